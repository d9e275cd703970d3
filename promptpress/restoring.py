"""A queue restored from a backup is older than the world: what is known of it since, and what not.

What other audit logs tell is done again with the very steps that were taken then. What nobody can
know stays back for a person. Pure: from a post and an event to a durable step.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from promptpress import decisions, steps
from promptpress.errors import IllegalTransition, InvalidPost, PermanentError
from promptpress.model import (
    WAITING,
    Media,
    Post,
    PostState,
    Publication,
    PublicationState,
    Stamp,
    Step,
    check_move,
    settled_state,
)
from promptpress.model import AuditEvent as Event
from promptpress.ports import Receipt

_S = PostState
_P = PublicationState
MARK = "restored from a backup"
"""How the reason of a post begins that waits for a person because of it."""
TOUCHABLE = (*WAITING, _S.FAILED, _S.REJECTED)
"""States from which a post may have gone on since the backup."""
TO_A_CHANNEL = (_S.GENERATING, _S.GENERATED, _S.READY)
"""The way of a post from its prompt to its channels."""
AT_REST = (_S.QUEUED, _S.GENERATED, _S.REVIEW, _S.READY)
"""States in which nothing was under way when the last event was written."""
UNSENT = (_P.PENDING, _P.SENDING)
CUT = 40
"""Characters that the audit keeps of a job: a longer one is lost with the queue."""


def _error(event: Event) -> PermanentError:
    return PermanentError(str(event.detail.get("message", "")) or event.outcome)


def _begin(post: Post, stamp: Stamp, event: Event) -> Step:
    asked = int(str(event.detail.get("pictures") or 1))
    fills = {} if post.article else {"num_images": len(post.media) + asked}
    return steps.begin_generation(post, stamp, event.service, fills)


def _job(post: Post, stamp: Stamp, event: Event) -> Step:
    job = str(event.detail.get("job", ""))
    if not 0 < len(job) < CUT:
        raise InvalidPost("the job of its pictures is known in part only")
    return steps.keep_job(post, stamp, job)


def _store(post: Post, stamp: Stamp, event: Event) -> Step:
    told = event.detail.get("media")
    known = Media.__dataclass_fields__
    if not isinstance(told, list | tuple) or not told:
        raise InvalidPost("the audit does not tell where its pictures are kept")
    media = tuple(Media(**{n: v for n, v in one.items() if n in known}) for one in told)
    step = steps.keep_media(post, stamp, media)
    # How many pictures an article was to have went with its text.
    return replace(step, to=_S.GENERATED) if steps.is_unwritten(post) else step


def _write(post: Post, event: Event) -> Step:
    check_move(post.state, _S.GENERATING)
    return Step(post=post, owner=None, to=_S.GENERATING, event=event)


def _ready(post: Post, stamp: Stamp, event: Event) -> Step:
    told = event.detail.get("channels")
    channels = tuple(map(str, told)) if isinstance(told, list | tuple) else ()
    check_move(post.state, _S.READY)
    return go_to_channels(post, stamp, _S.READY, channels)


def _sent(post: Post, stamp: Stamp, event: Event) -> Step:
    external_id, url = (str(event.detail.get(name, "")) for name in ("external_id", "url"))
    return steps.sent(post, stamp, event.service, external_id, url, {})


def _missed(post: Post, stamp: Stamp, event: Event) -> Step:
    slot, why = (str(event.detail.get(name, "")) for name in ("slot", "message"))
    return steps.missed(post, stamp, event.service, slot, why)


def _resolve(post: Post, stamp: Stamp, event: Event) -> Step:
    url = str(event.detail.get("url", ""))
    was_sent = event.outcome == "sent"
    return decisions.resolve(post, stamp, event.service, was_sent=was_sent, url=url)


_TOLD: Mapping[tuple[str, str], Callable[[Post, Stamp, Event], Step | None]] = {
    ("generate", "begun"): _begin,
    ("generate", "repeated"): _begin,
    ("generate", "submitted"): _job,
    ("generate", "failed"): lambda p, s, e: steps.drop_generation(p, s, _error(e)),
    ("check", "refused"): lambda p, s, e: steps.refuse_media(p, s, _error(e), 0, None),
    ("store", "done"): _store,
    ("outline", "begun"): lambda p, _, e: _write(p, e),
    ("write", "begun"): lambda p, _, e: _write(p, e),
    ("forget", "done"): lambda p, s, _: steps.forget_media(p, s),
    ("prune", "begun"): lambda p, s, _: steps.give_up_media(p, s),
    ("review", "begun"): lambda p, s, _: steps.await_review(p, s),
    ("approve", "done"): lambda p, s, _: decisions.approve(p, s),
    ("reject", "done"): lambda p, s, e: decisions.reject(p, s, str(e.detail.get("reason", ""))),
    ("ready", "done"): _ready,
    ("stage", "done"): lambda p, s, e: steps.keep_handle(
        p, s, e.service, str(e.detail.get("handle", ""))
    ),
    ("send", "begun"): lambda p, s, e: steps.begin_send(p, s, e.service),
    ("send", "done"): _sent,
    ("send", "not sent"): lambda p, s, e: steps.not_sent(p, s, e.service, _error(e)),
    ("send", "failed"): lambda p, s, e: steps.refused(p, s, e.service, _error(e)),
    ("send", "unknown"): lambda p, s, e: steps.in_doubt(p, s, e.service, _error(e)),
    ("miss", "done"): _missed,
    ("release", "done"): lambda p, s, _: steps.let_go(p, s),
    ("fail", "done"): lambda p, s, e: steps.set_aside(p, s, _error(e)),
    ("retry", "done"): lambda p, s, _: decisions.retry(p, s),
    ("hold", "done"): lambda p, s, _: decisions.hold(p, s, held=True),
    ("unhold", "done"): lambda p, s, _: decisions.hold(p, s, held=False),
    ("delete", "done"): lambda p, s, _: decisions.delete(p, s),
    ("resolve", "sent"): _resolve,
    ("resolve", "not sent"): _resolve,
}
"""The step behind each event that changes a post."""
_HARMLESS = ("claim", "order", "restore", "prune", "rest")
"""Actions that leave a post as it is."""
_OF_WORDS = ("outline", "write", "cover")
"""Actions that make words, which the audit does not keep."""


def replay(post: Post, event: Event) -> tuple[Step, bool]:
    """Return the step that an event tells of, and whether the event told all of it.

    Where it does not, the step keeps the event alone: the post is one that nobody can know.
    """
    stamp = Stamp(id=event.id, at=event.at, run=event.run)
    made = _TOLD.get((event.action, event.outcome))
    alone = Step(post=post, owner=None, to=post.state, event=event, frees=True)
    if made is None or (event.action == "generate" and steps.is_unwritten(post)):
        return alone, event.action in _HARMLESS
    try:
        step = made(post, stamp, event)
    except (IllegalTransition, InvalidPost, KeyError, TypeError, ValueError):
        return alone, False
    if step is None:
        return alone, True  # a person's word that was said before
    whole = event.action not in _OF_WORDS
    return replace(step, owner=None, event=event, frees=True), whole


def is_settled(post: Post) -> bool:
    """Tell whether a post needs nobody's word: it is at its end, or a person is asked already."""
    return post.state in (_S.PUBLISHED, _S.DELETED, _S.IN_DOUBT)


def is_under_way(post: Post) -> bool:
    """Tell whether something was asked for whose answer only the lost queue had."""
    return post.state not in AT_REST and not is_settled(post) and bool(post.generating_by)


def hold_back(post: Post, stamp: Stamp, reason: str) -> Step:
    """Keep a post from every run until a person says that it may go on."""
    return Step(
        post=post,
        owner=None,
        to=post.state,
        event=steps.event_of(post, stamp, "restore", "held", detail={"message": reason}),
        changes={"held": True, "reason": _with_former(reason, post)},
        frees=True,
    )


def _with_former(reason: str, post: Post) -> str:
    if not post.reason or post.reason.startswith(MARK):
        return reason
    return f"{reason}. Before: {post.reason}"[: steps.MAX_REASON]


def note(post: Post, stamp: Stamp) -> Step:
    """Write down, with the newest post, that all of the queue was looked at."""
    event = steps.event_of(post, stamp, "restore", "done")
    return Step(post=post, owner=None, to=post.state, event=event)


def go_to_channels(post: Post, stamp: Stamp, to: PostState, channels: tuple[str, ...]) -> Step:
    """Move a post that a channel has on its way, one state of TO_A_CHANNEL at a time."""
    known = {p.channel for p in post.publications}
    opened = tuple(Publication(channel=c) for c in channels if c not in known)
    return Step(
        post=post,
        owner=None,
        to=to,
        event=steps.event_of(post, stamp, "restore", "moved"),
        changes={"generating_by": "", "job": ""},
        publications=opened if to is _S.READY else (),
        frees=True,
    )


def doubt(post: Post, stamp: Stamp, channel: str, reason: str) -> Step:
    """Write down that a post may have gone to a channel since the backup; a person is asked."""
    publication = steps.moved(_sending(post, stamp, channel), channel, _P.IN_DOUBT, reason=reason)
    return _told(post, stamp, publication, "unknown", {"message": reason}, reason)


def found(post: Post, stamp: Stamp, channel: str, receipt: Receipt) -> Step:
    """Write down that a channel itself says that it has the post."""
    where = {"external_id": receipt.external_id, "url": receipt.url}
    facts: dict[str, Any] = {**where, "reason": "", "sent_at": stamp.at}
    publication = steps.moved(_sending(post, stamp, channel), channel, _P.SENT, **facts)
    return _told(post, stamp, publication, "sent", where)


def _sending(post: Post, stamp: Stamp, channel: str) -> Post:
    """Return the post as if its send had begun: perhaps it had."""
    publication = post.publication(channel)
    if publication.state is not _P.PENDING:
        return post
    begun = steps.moved(
        post, channel, _P.SENDING, attempt=stamp.id, attempts=publication.attempts + 1
    )
    others = tuple(p for p in post.publications if p.channel != channel)
    return replace(post, publications=(*others, begun))


def _told(
    post: Post,
    stamp: Stamp,
    publication: Publication,
    outcome: str,
    detail: Mapping[str, object],
    reason: str = "",
) -> Step:
    others = tuple(p for p in post.publications if p.channel != publication.channel)
    return Step(
        post=post,
        owner=None,
        to=settled_state((publication, *others)),
        event=steps.event_of(post, stamp, "restore", outcome, publication.channel, detail),
        changes={"reason": reason} if reason else {},
        publications=(publication,),
        frees=True,
    )
