"""Writes single pages and files of the site: what stands on each of them, not when it is due."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from promptpress.adapters.site import paging
from promptpress.adapters.site.disk import Desk
from promptpress.adapters.site.feeds import Feeds
from promptpress.adapters.site.ledger import Listing
from promptpress.adapters.site.lists import Lists
from promptpress.adapters.site.pages import (
    COMMONEST,
    MONTHS,
    MOST_MONTHS,
    MOST_TAGS,
    SEARCH,
    TAGS,
    Pages,
)
from promptpress.adapters.site.paging import GAP, page_path
from promptpress.adapters.site.records import Record
from promptpress.adapters.site.rendering import Renderer


class Printer:
    """Writes pages of one site for its one writer."""

    def __init__(
        self, desk: Desk, renderer: Renderer, read: Callable[[int], Record | None]
    ) -> None:
        """Keep where pages go, what makes them, and who knows the posts."""
        self._desk = desk
        self._pages = Pages(renderer)
        self._feeds = Feeds(renderer)
        self._read = read
        self.written: set[str] = set()
        """All that stands as it should now."""

    def prepare(self) -> None:
        """Write what all pages need, and what they all lead to where it is missing."""
        self._write_all(self._feeds.fixed())
        self._write_all(self._pages.fixed())
        # The first page comes last: without it nobody finds the others.
        bare = {
            SEARCH: self._pages.search(0),
            TAGS: self._pages.tags(()),
            MONTHS: self._pages.months(()),
            **self._feeds.feeds(()),
            "index.html": self._pages.index((), 0, 0, ()),
        }
        self._write_all({path: page for path, page in bare.items() if not self._desk.has(path)})

    def ensure(self, order: Sequence[int], positions: Iterable[int], lists: Lists) -> None:
        """Write pages of posts and lists that are missing, so that others can lead to them.

        Args:
            order: of all posts.
            positions: those of the posts, in rising order.
            lists: all lists.
        """
        for position in positions:
            record = self._read(order[position - 1])
            if record is None:
                continue
            for key in record.lists:
                if not self._desk.has(page_path(key, 1, 0)):
                    self._write_bare(lists.get(key))
            if self._desk.has(record.path):
                continue
            older = self._neighbour(order, position, -1)
            there = older if older and self._desk.has(older.path) else None
            self._write(record.path, self._pages.post(record, there, None))

    def post(self, order: Sequence[int], position: int) -> None:
        """Write the page of a post; where its record is damaged the page stays as it is."""
        record = self._read(order[position - 1])
        if record:
            older, newer = (self._neighbour(order, position, step) for step in (-1, 1))
            self._write(record.path, self._pages.post(record, older, newer))

    def neighbours(self, order: Sequence[int], position: int) -> set[int]:
        """Return a position and the nearest on both sides, as far as posts are there."""
        found = {position, *(_next(order, position, step, self._read) for step in (-1, 1))}
        return {place for place in found if place and order[place - 1] != GAP}

    def archives(self, listing: Listing, order: Sequence[int], touched: Iterable[int]) -> None:
        """Write the pages of a list that its first page leads on to."""
        pages = paging.touched_archives(touched, len(order))
        for page in reversed(pages):
            if not self._desk.has(page_path(listing.key, page, len(order))):
                # As if it were the newest: what leads on to newer ones comes when those are there.
                self._write_archive(listing, order, page, (page + 1) * paging.PER_PAGE)
        for page in pages:
            self._write_archive(listing, order, page, len(order))

    def first(self, listing: Listing, order: Sequence[int]) -> None:
        """Write the first page of a list."""
        count = len(order)
        posts = self._newest(order, paging.positions_of_index(count), paging.PER_PAGE)
        page = paging.archives(count) + 1
        path = page_path(listing.key, page, count)
        self._write(path, self._pages.list_page(listing, page, posts, count))

    def shards(self, order: Sequence[int], touched: Iterable[int]) -> None:
        """Write the files of the search and of the sitemap."""
        for shard in paging.touched_shards(touched):
            posts = self._newest(order, paging.positions_of_shard(shard, len(order)), 0)
            self._write(f"search/{shard}.json", self._feeds.search(posts))
            self._write_all(self._feeds.sitemap(shard, posts))

    def fronts(self, order: Sequence[int], lists: Lists) -> None:
        """Write what tells of the whole site; its first page last."""
        shards = paging.shards(len(order))
        tags = lists.longest("tags/", MOST_TAGS)
        self._write_all(
            {
                SEARCH: self._pages.search(shards),
                TAGS: self._pages.tags(tags),
                MONTHS: self._pages.months(lists.longest("month/", MOST_MONTHS)),
                **self._feeds.sitemap_index(shards),
            }
        )
        count = len(order)
        latest = self._newest(order, paging.positions_of_feed(count), paging.FEED_ITEMS)
        self._write_all(self._feeds.feeds(latest[: paging.FEED_ITEMS]))
        newest = self._newest(order, paging.positions_of_index(count), paging.PER_PAGE)
        there = sum(1 for post_id in order if post_id != GAP)
        self._write("index.html", self._pages.index(newest, count, there, tags[:COMMONEST]))

    def empty(self, folder: Path, listing: Listing) -> None:
        """Leave nothing of a list but a bare first page, which goes when nothing leads there."""
        self._write_bare(listing)
        for path in (folder / listing.key / "page").glob("*"):
            self._desk.remove(path.relative_to(folder).as_posix())

    def _write_bare(self, listing: Listing) -> None:
        bare = replace(listing, count=0)
        self._write(page_path(listing.key, 1, 0), self._pages.list_page(bare, 1, (), 0))

    def _write_archive(self, listing: Listing, order: Sequence[int], page: int, count: int) -> None:
        posts = self._newest(order, paging.positions_of(page), 0)
        path = page_path(listing.key, page, count)
        self._write(path, self._pages.list_page(listing, page, posts, count))

    def _newest(self, order: Sequence[int], positions: range, least: int) -> list[Record]:
        """Return posts of a list, newest first, without those whose records are damaged."""
        found = map(self._read, paging.newest(order, positions, least))
        return [record for record in found if record]

    def _neighbour(self, order: Sequence[int], position: int, step: int) -> Record | None:
        place = _next(order, position, step, self._read)
        return self._read(order[place - 1]) if place else None

    def _write_all(self, files: dict[str, bytes]) -> None:
        for path, content in files.items():
            self._write(path, content)

    def _write(self, path: str, content: bytes) -> None:
        self._desk.write(path, content)
        self.written.add(path)


def _next(
    order: Sequence[int], position: int, step: int, read: Callable[[int], Record | None]
) -> int:
    """Return the nearest position with a post that can be shown, or 0."""
    place = position + step
    while 1 <= place <= len(order):
        if order[place - 1] != GAP and read(order[place - 1]):
            return place
        place += step
    return 0
