"""Where posts go."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from promptpress.model import Post, Publication
from promptpress.ports._service import Service


@dataclass(frozen=True, kw_only=True)
class VideoRules:
    """What a channel takes as a video."""

    max_bytes: int
    min_seconds: float
    max_seconds: float


@dataclass(frozen=True, kw_only=True)
class PictureRules:
    """What a channel takes as a picture; imaging makes a picture fit."""

    formats: tuple[str, ...] = ("JPEG",)
    """Formats taken as they are; anything else becomes the first of them."""
    max_bytes: int = 10_000_000
    max_side: int = 10_000
    max_side_sum: int = 20_000
    """Width plus height at most, in pixels."""
    max_ratio: float = 20.0
    """Long side over short side at most."""
    max_pictures: int = 1
    min_aspect: float = 0.0
    """Width over height at the least."""
    max_aspect: float = math.inf
    """Width over height at the most."""
    min_width: int = 1
    """Pixels; a narrower picture is scaled up."""
    wants_links: bool = False
    """True where the service fetches pictures itself, from addresses that anybody can open."""
    video: VideoRules | None = None
    """What it takes in place of pictures; None: no video goes there."""
    widths: tuple[int, ...] = ()
    """Pixels of the copies it shows on smaller screens, narrowest first; empty: none."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A whole picture, looked at: what its bytes really are."""

    content: bytes = field(repr=False)
    format: str
    width: int
    height: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Video:
    """A whole video in MP4, looked at: what its bytes really are."""

    content: bytes = field(repr=False)
    width: int
    height: int
    seconds: float
    sha256: str
    format: str = "MP4"


@dataclass(frozen=True, kw_only=True)
class Copies:
    """One picture in the sizes and formats among which a browser chooses."""

    pictures: tuple[Picture, ...]
    """AVIF, WebP and JPEG, each in the widths of the rules and as wide as the picture itself; the
    JPEG of full width is the picture itself and not among them."""
    colour: str
    """What stands in its place until it is there: #rrggbb, the mean of its colours."""


@dataclass(frozen=True, kw_only=True)
class Rendition:
    """A post in the shape that one channel takes."""

    post: Post
    """As it stands now: its caption, hashtags and alt text are the latest."""
    pictures: tuple[Picture, ...]
    """In the order of the post; labelled, and within the channel's rules."""
    links: tuple[str, ...] = ()
    """Where anybody can fetch each of the pictures, tried out; only where the rules want them."""
    video: Video | None = None
    """What goes out in place of the pictures, if anything."""
    video_link: str = ""
    """Where anybody can fetch the video, tried out; only where the rules want links."""
    copies: tuple[Copies, ...] = ()
    """Of each of the pictures, in their order; only where the rules name widths."""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A service's word that a post is out."""

    external_id: str
    url: str = ""
    """Where to look at it; empty where the service tells none."""
    detail: dict[str, object] = field(default_factory=dict)
    """What else is worth keeping: a new chat id, a fallback taken, a shortened caption."""


class Publisher(Service, Protocol):
    """Sends a post to one channel and says *sent*, *surely not sent* or *unknown*."""

    def rules_for(self, kind: str) -> PictureRules:
        """Return what the channel takes for a post of this kind.

        Raises:
            InvalidPost: it takes none of this kind.
        """

    def publish(self, rendition: Rendition, publication: Publication) -> Receipt:
        """Send the post once.

        Args:
            rendition: the post in this channel's shape.
            publication: the attempt, already durable; its handle is the service's key, if any.

        Raises:
            TransientError, PermanentError, SetupError: surely not sent.
            OutcomeUnknown: it may have been sent.
        """

    def settle(self, post: Post, publication: Publication) -> Receipt | None:
        """Ask what became of an attempt that nobody finished.

        Returns the receipt if it was sent, None if it was surely not sent or sending again is
        harmless.

        Raises:
            OutcomeUnknown: the service cannot be asked.
        """


@dataclass(frozen=True, kw_only=True)
class Staging:
    """How far a send is made ready."""

    handle: str
    """What the service has made for it by now; kept durably before the next call."""
    wait: float = 0.0
    """Seconds after which going on makes sense."""
    is_ready: bool = False
    """True when `publish` may be called."""


@runtime_checkable
class StagingPublisher(Publisher, Protocol):
    """A Publisher whose service makes a send ready first, under an id that it can be asked for."""

    def stage(self, rendition: Rendition, publication: Publication) -> Staging:
        """Do the next harmless piece of making a send ready; go on from the publication's handle.

        Nothing of it shows on the channel, and a piece that is done twice is only a piece too many.

        Raises:
            TransientError, PermanentError, SetupError: it cannot be made ready now, or ever.
        """


@runtime_checkable
class LastingPublisher(Publisher, Protocol):
    """A Publisher whose channel stays ours: what is out can be changed and taken away."""

    def withdraw(self, post: Post) -> bool:
        """Take a post away, with all that only it needed; False if it was not there.

        Repeating is harmless.
        """

    def revise(self, post: Post) -> Receipt | None:
        """Bring the words of a post that is out up to date; None if it is not out."""

    def rebuild(self, progress: Callable[[int, int], None]) -> None:
        """Make the whole channel anew from what it keeps of its posts.

        Args:
            progress: is told how many pieces of work are done, and of how many.
        """


@runtime_checkable
class CountingPublisher(Publisher, Protocol):
    """A Publisher whose service counts what people do with a post."""

    def count(self, publication: Publication) -> Mapping[str, int]:
        """Return what is counted of a post that is out; what the service does not tell is left out.

        Nothing hangs on it: no post is gone on with or set aside for it.

        Args:
            publication: sent, with the service's id of the post.

        Raises:
            TransientError: the service cannot be asked now.
            PermanentError: nothing can be told of this post.
            SetupError: nothing can be told of any post.
        """


class LinkChecker(Service, Protocol):
    """Opens an address as a platform will: without credentials, from outside."""

    def require_public(self, link: str, sha256: str = "") -> None:
        """Raise unless anybody can fetch a picture or video there.

        Args:
            link: the address.
            sha256: of the bytes that must come; empty: any whole picture or video will do.

        Raises:
            TransientError: it cannot be opened just now.
            SetupError: it is not public, or shows a page in place of the bytes.
        """
