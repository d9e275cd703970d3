"""The lists beside that of all posts: which posts are on which, as the folder has it."""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from promptpress.adapters.site import ledger
from promptpress.adapters.site.disk import Desk
from promptpress.adapters.site.ledger import Listing
from promptpress.adapters.site.paging import GAP, page_path
from promptpress.adapters.site.records import Record

Changes = dict[str, set[int]]
"""Keys of lists, and the positions on each where something is new."""


class Lists:
    """The lists of a site in the hands of its one writer."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        """Read what lists there are."""
        self._desk = desk
        self._folder = folder
        known = ledger.read_catalogue(folder)
        self.is_known = known is not None
        """False when it is not known which lists there are: `rebuild` finds out."""
        # No value per list: there may be thousands of tags, of which a publication touches few.
        self._sizes: dict[str, tuple[str, int]] = known or {}
        self._orders: dict[str, list[int]] = {}

    def get(self, key: str) -> Listing:
        """Return a list."""
        name, count = self._sizes[key]
        return Listing(key=key, name=name, count=count)

    def longest(self, folder: str, most: int) -> list[Listing]:
        """Return so many lists of a folder that hold posts, longest first."""
        there = ((-one[1], one[0], k) for k, one in self._sizes.items() if k.startswith(folder))
        found = heapq.nsmallest(most, (one for one in there if one[0]))
        return [self.get(key) for _, _, key in found]

    def order(self, key: str) -> list[int]:
        """Return the posts on a list, oldest first."""
        if key not in self._orders:
            self._orders[key] = ledger.read_order(self._folder, key) or []
        return self._orders[key]

    def is_damaged(self, key: str) -> bool:
        """Tell whether the list lost its order."""
        return key in self._sizes and ledger.read_order(self._folder, key) is None

    def put(self, post_id: int, lists: Mapping[str, str]) -> Changes:
        """Put a post onto the lists it belongs on; one that is there keeps its place."""
        changes: Changes = {}
        for key, name in lists.items():
            order = self.order(key)
            if post_id not in order:
                ledger.append_to_order(self._desk, post_id, key)
                order.append(post_id)
            changes[key] = {order.index(post_id) + 1}
            self._count(key, name)
        return changes

    def drop(self, post_id: int, keys: Iterable[str]) -> Changes:
        """Take a post off lists; a gap stays, so that nobody moves up."""
        changes: Changes = {}
        for key in keys:
            order = self.order(key)
            if post_id in order:
                changes[key] = {order.index(post_id) + 1}
                order[order.index(post_id)] = GAP
                ledger.write_order(self._desk, order, key)
            else:  # dropped before, by a writer that was killed: nobody knows where
                changes[key] = {*range(1, len(order) + 1)}
            self._count(key, "")
        return changes

    def rebuild(self, posts: Sequence[int], read: Callable[[int], Record | None]) -> Changes:
        """Make all lists anew from the records; return every position of every list."""
        earlier = ledger.known_keys(self._folder) | self._sizes.keys()
        self._orders = {key: [] for key in sorted(earlier)}
        names: dict[str, str] = {}
        for record in filter(None, map(read, posts)):
            for key, name in record.lists.items():
                names.setdefault(key, name)
                self._orders.setdefault(key, []).append(record.id)
        self._sizes = {}
        for key, order in self._orders.items():
            ledger.write_order(self._desk, order, key)
            self._count(key, names.get(key, ""))
        return {key: {*range(1, len(order) + 1)} for key, order in self._orders.items()}

    def keep(self) -> None:
        """Note which lists there are."""
        ledger.write_catalogue(self._desk, self._sizes)

    def forget(self, key: str) -> None:
        """Remove a list on which no post is left, and its page."""
        self._desk.remove(page_path(key, 1, 0))
        ledger.remove_order(self._desk, key)

    def _count(self, key: str, name: str) -> None:
        count = sum(1 for post_id in self.order(key) if post_id != GAP)
        known, _ = self._sizes.get(key, (name or key.partition("/")[2], 0))
        self._sizes[key] = (known, count)
