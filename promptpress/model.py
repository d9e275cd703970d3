"""The values that travel through Promptpress, their states and the allowed transitions.

Values are frozen: a step makes a new one. Times are aware and in UTC, sizes in pixels or bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from promptpress.article import Article
from promptpress.errors import IllegalTransition

MAX_PROMPT = 10_000
"""Characters of a prompt or caption at most: our own limit; no service takes more."""
MAX_PICTURES = 10
"""Pictures of a post at most: an album of Telegram or Instagram holds 10."""


class PostState(StrEnum):
    """Where a post stands on its way."""

    QUEUED = "queued"
    GENERATING = "generating"
    GENERATED = "generated"
    REVIEW = "review"
    READY = "ready"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    FAILED = "failed"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"
    DELETED = "deleted"


class PublicationState(StrEnum):
    """Where a post stands on its way to one channel."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    MISSED = "missed"


_S = PostState
POST_TRANSITIONS: Mapping[PostState, frozenset[PostState]] = {
    _S.QUEUED: frozenset({_S.GENERATING, _S.FAILED, _S.REJECTED, _S.DELETED}),
    _S.GENERATING: frozenset({_S.QUEUED, _S.GENERATED, _S.FAILED, _S.REJECTED, _S.DELETED}),
    # Back to QUEUED only where pictures were kept nowhere, and the run that had them is dead.
    _S.GENERATED: frozenset({_S.QUEUED, _S.REVIEW, _S.READY, _S.FAILED, _S.REJECTED, _S.DELETED}),
    # Back to QUEUED when a person wants other pictures.
    _S.REVIEW: frozenset({_S.QUEUED, _S.READY, _S.REJECTED, _S.FAILED, _S.DELETED}),
    # To PUBLISHED only by the late receipt of an attempt that was thought not to be sent; to
    # IN_DOUBT when the last channel beside a doubt is closed without a send.
    _S.READY: frozenset(
        (_S.QUEUED, _S.PUBLISHING, _S.PUBLISHED, _S.FAILED, _S.IN_DOUBT, _S.REJECTED, _S.DELETED)
    ),
    _S.PUBLISHING: frozenset({_S.QUEUED, _S.READY, _S.PUBLISHED, _S.FAILED, _S.IN_DOUBT}),
    _S.PUBLISHED: frozenset({_S.DELETED}),
    _S.FAILED: frozenset({_S.QUEUED, _S.GENERATED, _S.READY, _S.REJECTED, _S.DELETED}),
    _S.REJECTED: frozenset({_S.QUEUED, _S.REVIEW, _S.DELETED}),
    _S.IN_DOUBT: frozenset({_S.READY, _S.PUBLISHED, _S.FAILED, _S.DELETED}),
    _S.DELETED: frozenset(),
}
"""The whole life of a post: from each state, the states that may follow."""

_P = PublicationState
PUBLICATION_TRANSITIONS: Mapping[PublicationState, frozenset[PublicationState]] = {
    # To SENT only by the late receipt of an attempt that was thought not to be sent.
    _P.PENDING: frozenset({_P.SENDING, _P.SENT, _P.FAILED, _P.MISSED}),
    _P.SENDING: frozenset({_P.PENDING, _P.SENT, _P.FAILED, _P.IN_DOUBT}),
    _P.SENT: frozenset(),
    _P.FAILED: frozenset({_P.PENDING}),
    _P.IN_DOUBT: frozenset({_P.PENDING, _P.SENT, _P.FAILED}),
    _P.MISSED: frozenset({_P.PENDING}),
}
"""The whole life of a publication."""

CLAIMABLE = (_S.PUBLISHING, _S.READY, _S.GENERATED, _S.GENERATING, _S.QUEUED)
"""States with work to do, furthest on its way first: what was paid for is finished first."""
WAITING = (_S.QUEUED, _S.GENERATING, _S.GENERATED, _S.REVIEW, _S.READY, _S.PUBLISHING)
"""States that are not an end."""
FINISHED = (_S.PUBLISHED, _S.FAILED, _S.REJECTED, _S.DELETED)
"""States in which nothing more happens unless a person wants it."""


def check_move(old: PostState, new: PostState) -> None:
    """Raise IllegalTransition unless a post may go from `old` to `new` (or stay)."""
    if new != old and new not in POST_TRANSITIONS[old]:
        raise IllegalTransition(f"a post cannot go from {old} to {new}")


def check_publication_move(old: PublicationState, new: PublicationState) -> None:
    """Raise IllegalTransition unless a publication may go from `old` to `new`."""
    if new not in PUBLICATION_TRANSITIONS[old]:
        raise IllegalTransition(f"a publication cannot go from {old} to {new}")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What somebody asks for; a prompt alone is complete."""

    prompt: str
    caption: str = ""
    hashtags: tuple[str, ...] = ()
    alt_text: str = ""
    negative_prompt: str = ""
    style: str = ""
    width: int | None = None
    height: int | None = None
    num_images: int | None = None
    """Pictures wanted; None: as the settings say, written down when generation begins."""
    seed: int | None = None
    generator: str = ""
    model: str = ""
    channels: tuple[str, ...] = ()
    kind: str = "photo"
    """photo, carousel, story, reel or article; what a channel has no such kind for is not sent."""
    due_at: datetime | None = None
    """Not worked on before."""
    local_time: str = ""
    """Published not before this time on a clock in `zone`, as 2026-12-01 08:30."""
    zone: str = ""
    """A name of the IANA's, such as Europe/Berlin; empty: the channel's own."""
    media_links: tuple[str, ...] = ()
    """Addresses of pictures or of a video that are used in place of generated ones."""
    link: str = ""
    """An address that the post points to: an article."""
    location: str = ""
    """The id of a page with a place, as Instagram knows it."""
    user_tags: tuple[str, ...] = ()
    """Names of accounts that are in the picture."""
    article: Article | None = None
    """The text of an article as far as it is written; its topic is the prompt."""
    priority: int = 0
    key: str = ""
    """An order with the key of an earlier one is that earlier one; empty: always a new post."""


@dataclass(frozen=True, kw_only=True)
class Media:
    """One picture of a post, kept in the stores."""

    sha256: str
    format: str
    """As Pillow names it: PNG, JPEG, WEBP."""
    width: int
    height: int
    size: int
    refs: Mapping[str, str]
    """Where it is kept: name of the store to its reference there."""
    position: int = 0
    generator: str = ""
    model: str = ""
    seed: int | None = None
    cost: float | None = None
    """In US dollars, where the service says."""
    source: str = ""
    """The last part of an IPTC digital source type, such as trainedAlgorithmicMedia."""


@dataclass(frozen=True, kw_only=True)
class Publication:
    """One post on its way to one channel."""

    channel: str
    state: PublicationState = PublicationState.PENDING
    attempt: str = ""
    """The id of the latest attempt to send; a receipt must name it."""
    attempts: int = 0
    handle: str = ""
    """A key of the service made before the send, by which it can be asked later."""
    external_id: str = ""
    url: str = ""
    reason: str = ""
    sent_at: datetime | None = None
    rests_until: datetime | None = None
    """Before when this channel is left alone; the others of the post are not."""


@dataclass(frozen=True, kw_only=True)
class Post(Order):
    """An order on its way: what was asked for, how far it is, and who works on it."""

    id: int
    state: PostState = PostState.QUEUED
    held: bool = False
    owner: str = ""
    """The claim that works on it; empty when nobody does."""
    lease_until: datetime | None = None
    """Until when the claim holds; with no owner: before when nobody shall claim it."""
    attempts: int = 0
    """How often it was handed back because a service could not do its part."""
    generating_by: str = ""
    """The generator whose answer is awaited; empty when none is."""
    job: str = ""
    """The generator's id of that work, where it has one."""
    repeats: int = 0
    """Generations begun anew because the outcome of an earlier one was unknown."""
    reason: str = ""
    """Why it was set aside, for a person to read."""
    created_at: datetime | None = None
    media: tuple[Media, ...] = ()
    publications: tuple[Publication, ...] = ()
    problems: tuple[str, ...] = ()
    """Cells of the row that could not be read, each in a sentence."""

    def publication(self, channel: str) -> Publication:
        """Return the publication to `channel`; KeyError if the post does not go there."""
        for publication in self.publications:
            if publication.channel == channel:
                return publication
        raise KeyError(channel)


def settled_state(publications: tuple[Publication, ...]) -> PostState:
    """Return what the outcomes of all channels together make of a post being published."""
    states = {publication.state for publication in publications}
    if states & {_P.PENDING, _P.SENDING}:
        return _S.PUBLISHING
    if _P.IN_DOUBT in states:
        return _S.IN_DOUBT
    if _P.FAILED in states or states == {_P.MISSED}:
        return _S.FAILED
    return _S.PUBLISHED


@dataclass(frozen=True, kw_only=True)
class AuditEvent:
    """One entry of the audit log: who did what to which post, and what came of it."""

    id: str
    at: datetime
    run: str
    """The run, or the person's command, that did it."""
    post_id: int
    action: str
    """A verb: order, claim, generate, store, send, settle, release, ..."""
    outcome: str
    """begun, done, failed, refused, unknown, ..."""
    service: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)
    """Plain values worth keeping: model, seed, cost, url, error. Never a secret."""


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """When, in which run and under which id something happens: no step asks a clock itself."""

    id: str
    at: datetime
    run: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One durable step of a post: the queue writes all of it, with its event, or nothing."""

    post: Post
    """As it was read."""
    owner: str | None
    """The claim that writes, whose lease must hold; None: a person, only the state must hold."""
    to: PostState | None
    """The state it moves to; None: whatever its publications make of it (`settled_state`)."""
    event: AuditEvent
    changes: Mapping[str, object] = field(default_factory=dict)
    """Fields of the post to set."""
    fills: Mapping[str, object] = field(default_factory=dict)
    """Fields of the post to set only where they are still blank: a person's edit wins."""
    media: tuple[Media, ...] = ()
    """Pictures to add."""
    drops_media: bool = False
    """True takes away the pictures the post has."""
    publications: tuple[Publication, ...] = ()
    """New versions of publications, and new ones."""
    frees: bool = False
    """True gives the lease back."""
    not_before: datetime | None = None
    """With `frees`: nobody shall claim the post before."""

    @property
    def is_intent(self) -> bool:
        """True when a send is about to begin: refused when the post is held meanwhile."""
        known = {p.channel: p.attempt for p in self.post.publications if p.state is _P.SENDING}
        begun = (p for p in self.publications if p.state is _P.SENDING)
        return any(known.get(p.channel) != p.attempt for p in begun)

    @property
    def is_receipt(self) -> bool:
        """True when the outcome of a send is told.

        A receipt is a fact: it holds as long as its attempt is the latest one, whoever has the
        lease by now, and the state of the post follows from what the publications are then.
        """
        before = {p.channel: p.state for p in self.post.publications}
        told = (p for p in self.publications if p.state is not _P.SENDING)
        return any(before.get(p.channel) is _P.SENDING for p in told)
