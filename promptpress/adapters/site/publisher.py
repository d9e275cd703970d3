"""What is written for a post, and in which order.

Pictures first, then the post's page, then the lists that lead to it: whoever reads meanwhile, or
after a kill at any moment, finds no link to something missing. The next publication finishes
what an earlier one left. What is there already as it should be is not written again.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from promptpress.adapters.site import ledger, paging
from promptpress.adapters.site.disk import Desk, open_desk, our_errors, probe
from promptpress.adapters.site.pages import Pages, assets
from promptpress.adapters.site.records import Record, build_record, media_name
from promptpress.errors import InvalidPost, SetupError
from promptpress.model import MAX_PICTURES, Post, Publication
from promptpress.ports import Picture, PictureRules, Receipt, Rendition

RULES = PictureRules(
    formats=("JPEG",),
    max_bytes=2_000_000,
    max_side=1600,
    max_side_sum=3200,
    max_ratio=4.0,
    max_pictures=MAX_PICTURES,
)
"""What the pages are laid out for: sharp on any screen, and quick to load."""


def _find_fault(pictures: Sequence[Picture]) -> str:
    """Return why the pictures cannot be shown, or an empty string."""
    if not pictures:
        return "the post has no picture to show: retry it from its prompt"
    if len(pictures) > RULES.max_pictures:
        return f"{len(pictures)} pictures, at most {RULES.max_pictures} are shown: order fewer"
    for picture in pictures:
        long, short = max(picture.width, picture.height), min(picture.width, picture.height)
        if (
            picture.format not in RULES.formats
            or len(picture.content) > RULES.max_bytes
            or long > RULES.max_side
            or not 0 < long <= RULES.max_ratio * short
        ):
            return (
                f"a {picture.format} of {picture.width} × {picture.height} pixels and "
                f"{len(picture.content):,} bytes is not within the site's rules: report it"
            )
    return ""


class SitePublisher:
    """Keeps a website in a folder; safe for any number of threads and processes."""

    name = "site"

    def __init__(
        self,
        folder: Path,
        *,
        title: str = "Promptpress",
        url: str = "",
        clock: Callable[[], datetime],
    ) -> None:
        """Keep what is needed; nothing is written.

        Args:
            folder: of the site; made when it is first needed.
            title: of the site.
            url: where the folder is published, for absolute links; empty: nowhere.
            clock: tells the time in UTC, for the dates of posts.
        """
        self._folder = folder
        self._url = url
        self._pages = Pages(title, url)
        self._clock = clock
        self._turn = threading.Lock()

    def check(self) -> None:
        """Prove that a page can be written where the folder is or will be; leave nothing.

        Raises:
            SetupError: it cannot, or the site's address is none; the message says what to do.
        """
        if self._url and not self._url.startswith(("https://", "http://")):
            raise SetupError("SITE_URL must begin with https:// or http://: correct it", self.name)
        probe(self._folder, self.name)

    @property
    def rules(self) -> PictureRules:
        """What the pages are laid out for."""
        return RULES

    def publish(self, rendition: Rendition, publication: Publication) -> Receipt:
        """Put the post onto the site, or bring its pages up to date if it is there already.

        Raises:
            InvalidPost: its pictures are none or not within the rules; nothing was written.
            SetupError: the folder cannot be written. Repeating is harmless.
            TransientError: another writer holds the folder for long.
        """
        fault = _find_fault(rendition.pictures)
        if fault:
            raise InvalidPost(fault, self.name)
        with open_desk(self._folder, self._turn, self.name) as desk:
            known = ledger.read_record(self._folder, rendition.post.id)
            record = build_record(rendition, known, publication.sent_at or self._clock())
            for picture in rendition.pictures:
                desk.write(f"media/{media_name(record.id, picture)}", picture.content)
            order = self._place(desk, record)
            self._write_pages(desk, order, order.index(record.id) + 1)
            if known:
                self._remove_media(desk, known, record)
        return self._receipt(record)

    def settle(self, post: Post, publication: Publication) -> Receipt | None:  # noqa: ARG002  the port's method: others ask by its handle
        """Return the receipt if the post and all lists are there, else None: repeat it.

        Raises:
            SetupError: the folder cannot be read.
        """
        with our_errors(self._folder, self.name):
            record = ledger.read_record(self._folder, post.id)
            order = ledger.read_order(self._folder) or []
            if record is None or post.id not in order:
                return None
            listed = ledger.read_listed(self._folder, self._pages.look, order)
            whole = order.index(post.id) < listed and (self._folder / record.path).is_file()
        return self._receipt(record) if whole else None

    def _receipt(self, record: Record) -> Receipt:
        address = self._pages.address(record, self._folder)
        return Receipt(external_id=str(record.id), url=address)

    def _place(self, desk: Desk, record: Record) -> list[int]:
        """Keep the record and give the post its position; return the order of all posts."""
        order = ledger.read_order(self._folder)
        if order is None:
            order = ledger.rebuild_order(desk, self._folder)
        if not ledger.read_listed(self._folder, self._pages.look, order):
            for path, content in assets().items():
                desk.write(path, content)
        if not order:
            self._write_lists(desk, order)  # the first page leads to them
        ledger.write_record(desk, record)
        if record.id in order:
            return order
        # From here on the lists of whoever comes next may name the post: its page is first.
        older = self._read(order[-1:])
        desk.write(record.path, self._pages.post(record, older[0] if older else None, None))
        desk.sync()
        ledger.append_to_order(desk, record.id)
        return [*order, record.id]

    def _write_pages(self, desk: Desk, order: Sequence[int], position: int) -> None:
        """Write every page that shows the post, and those that are due from earlier."""
        count = len(order)
        listed = ledger.read_listed(self._folder, self._pages.look, order)
        changed = paging.changed_positions(position, listed, count)
        for number in paging.touched_posts(changed, count):
            self._write_post(desk, order, number)
        for page in paging.touched_archives(changed, listed, count):
            posts = self._read_newest_first(order, paging.positions_of(page))
            desk.write(f"page/{page}.html", self._pages.archive(page, posts, count))
        self._write_lists(desk, order)
        desk.sync()
        # Whether its name reaches the disk is no matter: without it the pages are looked at again.
        ledger.write_listed(desk, self._pages.look, count)

    def _write_lists(self, desk: Desk, order: Sequence[int]) -> None:
        """Write what shows the newest posts."""
        count = len(order)
        latest = self._read_newest_first(order, paging.positions_of_feed(count))
        desk.write("feed.xml", self._pages.feed(latest))
        newest = self._read_newest_first(order, paging.positions_of_index(count))
        desk.write("index.html", self._pages.index(newest, count))

    def _write_post(self, desk: Desk, order: Sequence[int], number: int) -> None:
        post = ledger.read_record(self._folder, order[number - 1])
        if post is None:
            return  # its record is damaged: the page stays as it is
        older = self._read(order[number - 2 : number - 1] if number > 1 else ())
        newer = self._read(order[number : number + 1])
        page = self._pages.post(post, older[0] if older else None, newer[0] if newer else None)
        desk.write(post.path, page)

    def _read(self, post_ids: Iterable[int]) -> list[Record]:
        """Return the records of posts, without those that are missing or damaged."""
        found = (ledger.read_record(self._folder, post_id) for post_id in post_ids)
        return [record for record in found if record]

    def _read_newest_first(self, order: Sequence[int], positions: range) -> list[Record]:
        return self._read(order[position - 1] for position in reversed(positions))

    def _remove_media(self, desk: Desk, before: Record, now: Record) -> None:
        """Remove the pictures that no page shows any more."""
        for file in {shot.file for shot in before.shots} - {shot.file for shot in now.shots}:
            desk.remove(f"media/{file}")
