"""What Promptpress asks of the world, in the order of a post's way.

PromptQueue → TextWriter → ImageGenerator → MediaStore → Publisher → AuditLog → Notifier

Each protocol states a promise; tests/contracts/ holds one suite per protocol and runs it over
every adapter. All methods raise the errors of promptpress.errors and nothing else. None retries:
retries belong to tasks. Every call to a service has a timeout and ends by its deadline.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from promptpress.model import AuditEvent, Order, Post, PostState, Publication, Step


class Service(Protocol):
    """What every adapter can do."""

    @property
    def name(self) -> str:
        """The name by which settings, audit and messages call it."""

    def check(self) -> None:
        """Ask the service, at no cost, whether it would work.

        Raises:
            SetupError: it answers and refuses; the message says what to fix.
            TransientError: it does not answer.
        """


class PromptQueue(Service, Protocol):
    """Keeps posts; hands each to one claimer at a time; forgets nothing."""

    def add(self, orders: Iterable[Order], run: str) -> list[int | None]:
        """Queue the orders, all or none; return their ids, None for one whose key is known."""

    def claim(
        self, limit: int, owner: str, states: Sequence[PostState], only: Sequence[int] = ()
    ) -> list[Post]:
        """Lease up to `limit` posts that are due to `owner`, atomically, and return them whole.

        Ordered by state as given, then due time (posts with a due time first), priority
        (highest first), age. Not claimed: held posts, posts not due, posts whose lease holds.
        A row whose cells cannot be read comes with `problems` and stops nobody else.

        Args:
            limit: how many posts at the most.
            owner: the id of this claim; every later write must carry it.
            states: states to claim from.
            only: ids to choose from; empty for all.
        """

    def renew(self, owner: str) -> int:
        """Extend every lease that `owner` still holds; return how many."""

    def record(self, step: Step) -> Post:
        """Write the step and its audit event in one transaction; return the post as it is now.

        Raises:
            LeaseLost: the post has another state or owner than the step was made from, its lease
                is over, an intent meets a held post, or a receipt names an attempt that is not
                the latest. Nothing was written.
        """

    def get(self, post_id: int) -> Post | None:
        """Return one post, or None."""

    def find(self, states: Sequence[PostState] = (), limit: int = 50, after: int = 0) -> list[Post]:
        """Return posts by id, those after `after` first, of the states given (or any)."""

    def count(self) -> dict[PostState, int]:
        """Return how many posts stand in each state that has any."""

    def has_work(self, states: Sequence[PostState]) -> bool:
        """Tell whether a claim would find something now; cheap."""

    def history(self, post_id: int) -> list[AuditEvent]:
        """Return the events written with the steps of one post, oldest first."""

    def undelivered(self, limit: int) -> list[AuditEvent]:
        """Return the oldest events that other audit logs have not got yet."""

    def mark_delivered(self, event_ids: Sequence[str]) -> None:
        """Note that every other audit log has these events."""


@dataclass(frozen=True, kw_only=True)
class Texts:
    """The words that go with a picture."""

    caption: str
    alt_text: str


class TextWriter(Service, Protocol):
    """Writes the words of a post that its order left open."""

    def write(self, order: Order) -> Texts:
        """Return caption and alt text; ContentRefused rather than free text parsed by hope."""


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


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A whole picture, looked at: what its bytes really are."""

    content: bytes = field(repr=False)
    format: str
    width: int
    height: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Rendition:
    """A post in the shape that one channel takes."""

    post: Post
    """As it stands now: its caption, hashtags and alt text are the latest."""
    pictures: tuple[Picture, ...]
    """In the order of the post; labelled, and within the channel's rules."""


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

    @property
    def rules(self) -> PictureRules:
        """What the channel takes as a picture."""

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


class AuditLog(Service, Protocol):
    """An append-only book of events beside the queue's own."""

    def append(self, events: Sequence[AuditEvent]) -> None:
        """Write the events in order; one whose id is known already is left out."""

    def history(self, post_id: int) -> list[AuditEvent]:
        """Return the events of one post, oldest first."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something a person should know now."""

    title: str
    text: str
    at: datetime


class Notifier(Service, Protocol):
    """Tells a person; a failure to do so never fails a post."""

    def notify(self, notice: Notice) -> None:
        """Send the notice; raise nothing."""
