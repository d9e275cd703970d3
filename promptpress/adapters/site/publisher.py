"""The site as a Publisher: what it takes, and whose turn it is to write."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from promptpress.adapters.site import ledger
from promptpress.adapters.site.building import build_record
from promptpress.adapters.site.disk import OURS, open_desk, our_errors, probe
from promptpress.adapters.site.pages import Pages
from promptpress.adapters.site.press import Press, Progress
from promptpress.adapters.site.records import Record
from promptpress.adapters.site.rendering import Renderer
from promptpress.adapters.site.shots import SUFFIXES, build_shots, files_of, retell
from promptpress.errors import InvalidPost, SetupError
from promptpress.model import MAX_PICTURES, Post, Publication
from promptpress.ports import Copies, Picture, PictureRules, Receipt, Rendition

RULES = PictureRules(
    formats=("JPEG",),
    max_bytes=2_000_000,
    max_side=1600,
    max_side_sum=3200,
    max_ratio=4.0,
    max_pictures=MAX_PICTURES,
    widths=(480, 960),
)
"""What the pages are laid out for: sharp on any screen, and quick to load."""


def _find_fault(pictures: Sequence[Picture], copies: Sequence[Copies]) -> str:
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
    strange = {one.format for some in copies for one in some.pictures} - SUFFIXES.keys()
    if strange:
        return (
            f"a copy of a picture is a {', '.join(sorted(strange))}, which no page shows: report it"
        )
    return ""


class SitePublisher:
    """Keeps a website in a folder; safe for any number of threads and processes."""

    def __init__(
        self,
        folder: Path,
        *,
        title: str = "Promptpress",
        url: str = "",
        clock: Callable[[], datetime],
        name: str = "site",
    ) -> None:
        """Keep what is needed; nothing is written.

        Args:
            folder: of the site; made when it is first needed.
            title: of the site.
            url: where the folder is published, for absolute links; empty: nowhere.
            clock: tells the time in UTC, for the dates of posts.
            name: of the channel.
        """
        self.name = name
        self._folder = folder
        self._url = url
        self._renderer = Renderer(title, url)
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

    def rules_for(self, kind: str) -> PictureRules:  # noqa: ARG002  every kind is shown alike
        """Return what the pages are laid out for."""
        return RULES

    def publish(self, rendition: Rendition, publication: Publication) -> Receipt:
        """Put the post onto the site, or bring its pages up to date if it is there already.

        Raises:
            InvalidPost: its pictures are none or not within the rules; nothing was written.
            SetupError: the folder cannot be written. Repeating is harmless.
            TransientError: another writer holds the folder for long.
        """
        fault = _find_fault(rendition.pictures, rendition.copies)
        if fault:
            raise InvalidPost(fault, self.name)
        with open_desk(self._folder, self._turn, self.name) as desk:
            known = ledger.read_record(self._folder, rendition.post.id)
            shots = [*build_shots(rendition)]
            now = publication.sent_at or self._clock()
            record = build_record(rendition.post, shots, known, now)
            Press(desk, self._folder, self._renderer).put(record, known, files_of(rendition))
        return self._receipt(record)

    def revise(self, post: Post) -> Receipt | None:
        """Bring the words of a post on the site up to date; its pictures stay.

        Returns:
            The receipt, or None if the post is not there.

        Raises:
            SetupError: the folder cannot be written. Repeating is harmless.
            TransientError: another writer holds the folder for long.
        """
        if not (self._folder / ledger.record_path(post.id)).exists():
            return None
        with open_desk(self._folder, self._turn, self.name) as desk:
            known = ledger.read_record(self._folder, post.id)
            if known is None:
                return None
            record = build_record(post, retell(known.shots, post), known, known.at)
            Press(desk, self._folder, self._renderer).put(record, known, {})
        return self._receipt(record)

    def withdraw(self, post: Post) -> bool:
        """Take a post off the site, with its pictures; False if it was not there.

        Repeating is harmless.

        Raises:
            SetupError: the folder cannot be written.
            TransientError: another writer holds the folder for long.
        """
        if not (self._folder / OURS).exists():
            return False
        with open_desk(self._folder, self._turn, self.name) as desk:
            return Press(desk, self._folder, self._renderer).take(post.id)

    def rebuild(self, progress: Progress) -> None:
        """Write the whole site anew; others who publish meanwhile are told to come again later.

        Args:
            progress: is told how many pieces of work are done, and of how many.

        Raises:
            SetupError: the folder cannot be written.
            TransientError: another writer holds the folder for long.
        """
        with open_desk(self._folder, self._turn, self.name) as desk:
            Press(desk, self._folder, self._renderer).renew(progress)

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
            state = ledger.read_state(self._folder, self._renderer.look, len(order))
            whole = (
                order.index(post.id) < state.listed
                and post.id not in state.due
                and (self._folder / record.path).is_file()
            )
        return self._receipt(record) if whole else None

    def _receipt(self, record: Record) -> Receipt:
        address = Pages(self._renderer).address(record, self._folder)
        return Receipt(external_id=str(record.id), url=address)
