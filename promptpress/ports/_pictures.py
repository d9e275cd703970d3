"""What makes pictures, keeps them, and signs them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from promptpress.ports._service import Service


@dataclass(frozen=True, kw_only=True)
class ImageRequest:
    """What a generator is asked for."""

    prompt: str
    negative_prompt: str = ""
    style: str = ""
    width: int
    height: int
    seed: int | None = None
    model: str = ""
    count: int = 1
    """How many pictures at the most; a generator may answer with fewer, never with none."""
    links: tuple[str, ...] = ()
    """Where the pictures or the video lie already, for what brings them."""


@dataclass(frozen=True, kw_only=True)
class Generated:
    """One picture as the generator made it, and what it said about it."""

    content: bytes = field(repr=False)
    model: str = ""
    seed: int | None = None
    cost: float | None = None
    source: str = "trainedAlgorithmicMedia"
    """Last part of the IPTC digital source type: what kind of thing made it."""
    unsafe: bool = False
    """True when the service itself flags the picture."""


@dataclass(frozen=True, kw_only=True)
class Generation:
    """How far a generation is: either a job to ask again, or its pictures."""

    job: str = ""
    pictures: tuple[Generated, ...] = ()
    wait: float = 0.0
    """Seconds after which asking again makes sense."""


class ImageGenerator(Service, Protocol):
    """Makes pictures, for money perhaps: so a call whose outcome is unknown is never hidden."""

    def submit(self, request: ImageRequest) -> Generation:
        """Begin; return the pictures at once or a job whose id is kept before it is asked for.

        Raises:
            TransientError: surely not begun and not paid for.
            ContentRefused: refused, censored, or flagged and withheld.
            OutcomeUnknown: the answer was lost: it may have been made and paid for.
        """

    def collect(self, job: str) -> Generation:
        """Ask after a job; harmless to repeat."""


class MediaStore(Service, Protocol):
    """Keeps bytes under a name made of their content: the same bytes have the same reference."""

    def put(self, content: bytes, sha256: str, suffix: str) -> str:
        """Keep the bytes durably; return the reference. Storing twice is storing once."""

    def get(self, ref: str) -> bytes:
        """Return the very bytes; PermanentError if they are gone or no longer the same."""

    def link(self, ref: str) -> str:
        """Return an address where anybody can fetch the picture, or an empty string."""


@runtime_checkable
class ShapingStore(MediaStore, Protocol):
    """A store that cuts pictures to size by itself."""

    def derive(self, ref: str, width: int, height: int) -> str:
        """Return an address of the picture as a JPEG cut to that size; it is there already."""


@runtime_checkable
class RemovingStore(MediaStore, Protocol):
    """A store that gives up what is needed no more."""

    def remove(self, ref: str) -> None:
        """Remove a picture, into the service's bin where it has one; gone already is done too.

        Raises:
            PermanentError: no reference of ours; nothing was removed.
            SetupError, TransientError: it is still there, or may be; repeating is harmless.
        """


@runtime_checkable
class DeployedStore(MediaStore, Protocol):
    """A store whose addresses show a file only once somebody has brought it there."""

    @property
    def shows_after(self) -> float:
        """Seconds after which looking again makes sense, where an address shows nothing."""


@runtime_checkable
class LimitedStore(MediaStore, Protocol):
    """A store that can be full, and knows it before a picture is paid for."""

    def require_room(self) -> None:
        """Return quickly where there is room for what a run has in hand; SetupError else."""


@dataclass(frozen=True, kw_only=True)
class LibraryPicture:
    """A picture that lies in a store, whoever put it there."""

    ref: str
    name: str
    """As people call it there."""
    sha256: str = ""
    """Where the store knows it without reading the picture."""
    description: str = ""
    is_ours: bool = False
    """True when we stored it ourselves."""


class Library(MediaStore, Protocol):
    """A store in which people keep pictures too."""

    def pictures(self) -> Iterator[LibraryPicture]:
        """Give all pictures that lie there now."""

    def adopt(self, picture: LibraryPicture) -> None:
        """Note that a picture is ours from now on: putting its bytes gives its reference."""


class Signer(Service, Protocol):
    """Signs where a picture comes from."""

    def sign(self, content: bytes, format: str, source: str) -> bytes:  # noqa: A002  Pillow's word
        """Return the same picture with signed provenance: the last thing done to its bytes.

        Args:
            content: the bytes.
            format: JPEG, PNG or WEBP.
            source: the last part of an IPTC digital source type.
        """
