"""Brings the folder up to date: what is written for a change, and in which order.

First what is led to, then what leads there: whoever reads meanwhile, or after a kill at any
moment, finds no link to something missing. The next writer finishes what an earlier one left:
posts beyond the position that is noted as whole, and those whose change is noted as due. What is
there already as it should be is not written again.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from promptpress.adapters.site import ledger
from promptpress.adapters.site.disk import Desk
from promptpress.adapters.site.ledger import Due, State
from promptpress.adapters.site.lists import Changes, Lists
from promptpress.adapters.site.pages import ALL
from promptpress.adapters.site.paging import GAP
from promptpress.adapters.site.printing import Printer
from promptpress.adapters.site.records import Record
from promptpress.adapters.site.rendering import Renderer
from promptpress.adapters.site.sweep import sweep, trim

Progress = Callable[[int, int], None]
"""Is told how many posts and lists are done, and of how many."""
AT_HAND = 512
"""Records kept at hand: neighbours, lists and the search ask for the same ones."""
_NOTHING = Due(place=0, lists=(), files=())


class Press:
    """The site in the hands of its one writer."""

    def __init__(self, desk: Desk, folder: Path, renderer: Renderer) -> None:
        """Read how far the site is."""
        self._desk = desk
        self._folder = folder
        self._look = renderer.look
        self._read = functools.lru_cache(AT_HAND)(functools.partial(ledger.read_record, folder))
        self._printer = Printer(desk, renderer, self._read)
        order = ledger.read_order(folder)
        self._order = ledger.rebuild_order(desk, folder) if order is None else order
        self._state = ledger.read_state(folder, self._look, len(self._order))
        self._lists = Lists(desk, folder)
        if not self._lists.is_known:
            self._forget()

    def put(self, record: Record, known: Record | None, files: Mapping[str, bytes]) -> None:
        """Put a post onto the site, or bring it up to date.

        Args:
            record: as it is now.
            known: as it was.
            files: of its pictures, name to bytes.
        """
        if known is None and record.id in self._order:
            self._forget()  # its record was damaged: nobody knows what shows it
        self._prepare()
        if known and known != record:
            gone = {known.path, *known.media} - {record.path, *record.media}
            self._note(record.id, {**known.lists, **record.lists}, gone)
        for name, content in files.items():
            self._desk.write(f"media/{name}", content)
        ledger.write_record(self._desk, record)
        self._read.cache_clear()
        if record.id not in self._order:
            self._desk.sync()
            ledger.append_to_order(self._desk, record.id)
            self._order.append(record.id)
        self._finish({self._order.index(record.id) + 1})

    def take(self, post_id: int) -> bool:
        """Take a post off the site, or finish taking it; False where it was not there."""
        known = self._read(post_id)
        if known:
            self._note(post_id, known.lists, {known.path, *known.media})
        elif post_id not in self._order and post_id not in self._state.due:
            return False
        elif post_id not in self._state.due:
            self._forget()  # its record is damaged: nobody knows what shows it
        self._prepare()
        self._desk.remove(ledger.record_path(post_id))
        self._desk.sync()
        self._read.cache_clear()
        self._finish(())
        return True

    def renew(self, progress: Progress) -> None:
        """Write everything anew from the records, and remove what belongs to no post.

        Args:
            progress: is told how far it is.
        """
        self._order = ledger.rebuild_order(self._desk, self._folder)
        self._forget()
        self._prepare()
        self._finish((), progress)
        sweep(self._desk, self._folder, self._printer.written)

    def _finish(self, changed: Iterable[int], progress: Progress = lambda *_: None) -> None:
        """Write every page that shows a change, and those that are due from earlier."""
        positions = {*changed}
        lists = self._bring_lists(positions)
        anew = not self._state.listed
        near = {p for place in positions for p in self._printer.neighbours(self._order, place)}
        total = len(near) + len(lists) + 1
        self._printer.ensure(self._order, sorted(positions), self._lists)
        for done, position in enumerate(sorted(near)):
            progress(done, total)
            self._printer.post(self._order, position)
        for done, (key, touched) in enumerate(lists.items(), len(near)):
            progress(done, total)
            self._write_list(key, touched)
        self._printer.archives(ALL, self._order, positions)
        self._printer.shards(self._order, positions)
        self._lists.keep()
        self._printer.fronts(self._order, self._lists)
        self._clear(lists)
        if anew:
            trim(self._desk, self._folder, self._printer.written)
        self._desk.sync()
        # Whether its name reaches the disk is no matter: without it the pages are looked at again.
        self._state = State(look=self._look, listed=len(self._order))
        ledger.write_state(self._desk, self._state)
        progress(total, total)

    def _write_list(self, key: str, touched: set[int]) -> None:
        listing = self._lists.get(key)
        if not listing.count:
            self._printer.empty(self._folder, listing)
        else:
            self._printer.archives(listing, self._lists.order(key), touched)
            self._printer.first(listing, self._lists.order(key))

    def _clear(self, lists: Iterable[str]) -> None:
        """Remove what no page leads to any more."""
        for post_id, due in self._state.due.items():
            record = self._read(post_id)
            shown = {record.path, *record.media} if record else set()
            # In this order the page goes before its pictures.
            for path in sorted(set(due.files) - shown, reverse=True):
                self._desk.remove(path)
        for key in lists:
            if not self._lists.get(key).count:
                self._lists.forget(key)

    def _prepare(self) -> None:
        if not self._state.listed:
            self._printer.prepare()

    def _forget(self) -> None:
        """Hold every page to be unwritten."""
        self._state = replace(self._state, listed=0)

    def _note(self, post_id: int, lists: Iterable[str], files: Iterable[str]) -> None:
        """Note that a post is being changed: whoever comes after a kill goes on from there.

        Args:
            post_id: of the post.
            lists: those that it was or will be on.
            files: what it will not show any more.
        """
        earlier = self._state.due.get(post_id, _NOTHING)
        both = Due(
            place=self._order.index(post_id) + 1 if post_id in self._order else earlier.place,
            lists=tuple(sorted({*earlier.lists, *lists})),
            files=tuple(sorted({*earlier.files, *files})),
        )
        self._state = replace(self._state, due={**self._state.due, post_id: both})
        ledger.write_state(self._desk, self._state)
        self._desk.sync()

    def _bring_lists(self, positions: set[int]) -> Changes:
        """Bring all orders up to date; return which lists have changed, and where.

        Args:
            positions: of changed posts; those that are due from earlier come to them.
        """
        places = {due.place for due in self._state.due.values()} & {*range(1, len(self._order) + 1)}
        positions |= {*places, *range(self._state.listed + 1, len(self._order) + 1)}
        ids = {self._order[place - 1] for place in positions} | {*self._state.due}
        records = {post_id: self._read(post_id) for post_id in sorted(ids - {GAP})}
        self._leave_gaps({i for i, record in records.items() if record is None})
        keys = {key for record in records.values() if record for key in record.lists}
        keys |= {key for one in self._state.due.values() for key in one.lists}
        if any(map(self._lists.is_damaged, keys)):
            self._forget()
            positions |= {*range(1, len(self._order) + 1)}
        if not self._state.listed:
            return self._lists.rebuild([i for i in self._order if i != GAP], self._read)
        changes: Changes = {}
        for post_id, record in records.items():
            there = record.lists if record else {}
            left = [k for k in self._state.due.get(post_id, _NOTHING).lists if k not in there]
            for part in (self._lists.put(post_id, there), self._lists.drop(post_id, left)):
                for key, places in part.items():
                    changes.setdefault(key, set()).update(places)
        return changes

    def _leave_gaps(self, missing: set[int]) -> None:
        """Put a gap where a post was that has been taken away."""
        gone = {i for i in missing if not self._desk.has(ledger.record_path(i))}
        if gone & {*self._order}:
            self._order[:] = [GAP if i in gone else i for i in self._order]
            ledger.write_order(self._desk, self._order)
