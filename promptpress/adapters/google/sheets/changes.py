"""From what is to change in the sheet to one batch of requests, and what its answer says.

A step, its row of the audit, the row of Done and the removal of the finished row go into one batch:
the service applies it together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from promptpress.adapters.google.sheets import events, words, writes
from promptpress.adapters.google.sheets.book import MARK, Book, Row, Tab
from promptpress.adapters.google.sheets.cells import MAX_TEXT
from promptpress.adapters.google.sheets.data import Kept, write_kept
from promptpress.adapters.google.sheets.headings import AUDIT, DATA, DONE, NOTE, PROCESS, STATUS
from promptpress.adapters.google.sheets.layout import Layout
from promptpress.adapters.google.sheets.writes import Request
from promptpress.errors import PermanentError
from promptpress.model import AuditEvent, Post


@dataclass(frozen=True, kw_only=True)
class Change:
    """One row as it is to be."""

    post: Post
    kept: Kept
    row: Row | None = None
    """As it was read; None: there is none."""
    cells: Mapping[str, object] = field(default_factory=dict)
    """With no row: the cells of the new one, by column; none: it is only told what happened."""
    events: tuple[AuditEvent, ...] = ()
    ends: bool = False
    """True when the post is over with this."""

    @property
    def data(self) -> str:
        """The text of the data cell."""
        return write_kept(self.kept)

    def require_room(self) -> None:
        """Raise PermanentError where a cell cannot hold it: else the whole batch would fail."""
        longest = max(map(len, (self.data, *map(str, self.cells.values()))))
        if longest > MAX_TEXT:
            message = f"{longest:,} characters are more than a cell holds: shorten its texts"
            raise PermanentError(message, "queue")


def _cell_swap(tab: Tab, row: Row, column: str, new: str) -> list[Request]:
    """Write one of the cells for people: over the text that we saw there, or into a blank one."""
    seen, place = row.ours[column], tab.columns[column]
    if seen == new:
        return []
    if row.is_new and not seen:
        return [writes.fill(tab.id, row.index, place, new)]
    if MARK.search(seen) and not row.is_copy:
        return [writes.swap(tab.id, seen, new, column=place)]
    # Words of a person may stand in several rows: only the one where we read them is meant. What
    # somebody emptied stays empty: a blank cell could by now be another row's.
    return [writes.swap(tab.id, seen, new, row=row.index, column=place)] if seen else []


def _row_requests(tab: Tab, change: Change) -> list[Request]:
    """Return the requests for one row; the first decides whether the change came true."""
    told = {STATUS: words.status_of(change.post), NOTE: words.note_of(change.post)}
    row = change.row
    if row is None:
        cells = {**change.cells, **told, DATA: change.data}
        values = events.in_columns(cells, tab.columns)
        return [writes.append(tab.id, [values])] if change.cells else []
    data = tab.columns[DATA]
    if row.is_new and not row.is_copy:
        first = writes.fill(tab.id, row.index, data, change.data)
    elif row.is_copy:
        first = writes.swap(tab.id, row.ours[DATA], change.data, row=row.index, column=data)
    else:
        first = writes.swap(tab.id, row.ours[DATA], change.data)
    return [first, *(r for name, new in told.items() for r in _cell_swap(tab, row, name, new))]


def finished(book: Book, *, keeps: bool) -> dict[int, str]:
    """Return the rows that are to go, by their place, with the texts of their data cells."""
    over = [row for row in book.by_id.values() if row.kept and row.kept.state in words.ENDED]
    going = [*book.doubles, *(() if keeps else over)]
    return {row.index: row.ours[DATA] for row in going}


class Batch:
    """The requests for some changes, sent together."""

    def __init__(self, layout: Layout, book: Book, *, keeps: bool, relays: bool) -> None:
        """Begin with what the spreadsheet lacks.

        Args:
            layout: where everything is.
            book: the spreadsheet as it was read.
            keeps: whether rows of finished posts stay.
            relays: whether other audit logs are to get the events too.
        """
        self._layout = layout
        self._book = book
        self._keeps = keeps
        self._relays = relays
        self.requests: list[Request] = list(layout.requests)
        self._deciding: list[int | None] = []

    def add(self, changes: Sequence[Change], told: Sequence[AuditEvent], at: datetime) -> None:
        """Add the changes, in an order in which none disturbs another.

        Args:
            changes: the changes.
            told: further events for the audit.
            at: the time for the tab Done.
        """
        tab = self._layout.tabs[PROCESS]
        for change in changes:
            requests = _row_requests(tab, change)
            self._deciding.append(len(self.requests) if change.row is not None else None)
            self.requests += requests
        over = [words.done_row(c.post, at, self._book.zone) for c in changes if c.ends]
        self._append(DONE, over)
        happened = [event for change in changes for event in change.events]
        rows = [events.event_row(e, waits=self._relays) for e in (*happened, *told)]
        self._append(AUDIT, rows)
        self._remove_finished(changes)

    def _append(self, name: str, rows: Sequence[Mapping[str, object]]) -> None:
        if rows:
            tab = self._layout.tabs[name]
            table = [events.in_columns(row, tab.columns) for row in rows]
            self.requests.append(writes.append(tab.id, table))

    def _remove_finished(self, changes: Sequence[Change]) -> None:
        """Remove rows that are over, the lowest first: their numbers then hold for the others."""
        going = finished(self._book, keeps=self._keeps)
        if not self._keeps:
            going |= {c.row.index: c.data for c in changes if c.row and c.post.state in words.ENDED}
        tab = self._layout.tabs[PROCESS]
        for index in sorted(going, reverse=True):
            self.requests += writes.remove(tab.id, index, tab.columns[DATA], going[index])

    def judge(self, replies: Sequence[Mapping[str, object]]) -> list[bool]:
        """Return for each change whether it came true."""
        return [
            index is None or writes.times_changed(dict(replies[index])) > 0
            for index in self._deciding
        ]
