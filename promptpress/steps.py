"""What may happen to a post next: pure functions from a post to a durable step.

A step carries the new state, the fields that change and its audit event; the queue writes it in
one transaction (`PromptQueue.record`). Nothing here does input or output, or asks a clock.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from promptpress.errors import PromptpressError
from promptpress.model import (
    AuditEvent,
    Media,
    Post,
    PostState,
    Publication,
    PublicationState,
    Stamp,
    Step,
    check_move,
    check_publication_move,
)

_S = PostState
_P = PublicationState
MAX_REASON = 500
"""Characters of an error kept with a post: a sentence or two for a person."""


def event_of(
    post: Post,
    stamp: Stamp,
    action: str,
    outcome: str,
    service: str = "",
    detail: Mapping[str, object] | None = None,
) -> AuditEvent:
    """Return the audit event of something that happens to a post."""
    return AuditEvent(
        id=stamp.id,
        at=stamp.at,
        run=stamp.run,
        post_id=post.id,
        action=action,
        outcome=outcome,
        service=service,
        detail=dict(detail or {}),
    )


def _error_detail(error: PromptpressError) -> dict[str, object]:
    return {"error": type(error).__name__, "message": str(error)[:MAX_REASON]}


def moved(post: Post, channel: str, state: PublicationState, **changes: object) -> Publication:
    """Return the publication in its new state; IllegalTransition if it may not go there."""
    publication = post.publication(channel)
    check_publication_move(publication.state, state)
    return replace(publication, state=state, **changes)  # type: ignore[arg-type]  # named by callers here


def begin_generation(post: Post, stamp: Stamp, generator: str, fills: Mapping[str, object]) -> Step:
    """Write down that a generation is about to be paid for, and what the order left open.

    A post found with an unanswered generation that has no job counts one repeat more.
    """
    check_move(post.state, _S.GENERATING)
    again = bool(post.generating_by) and not post.job
    return Step(
        post=post,
        owner=post.owner,
        to=_S.GENERATING,
        event=event_of(post, stamp, "generate", "repeated" if again else "begun", generator),
        changes={
            "generating_by": generator,
            "job": "",
            "repeats": post.repeats + again,
        },
        fills=fills,
    )


def keep_job(post: Post, stamp: Stamp, job: str) -> Step:
    """Write down the generator's id of the work, before it is first asked for."""
    return Step(
        post=post,
        owner=post.owner,
        to=_S.GENERATING,
        # A job may be the address of a picture, signed: the queue keeps it, the audit a hint.
        event=event_of(post, stamp, "generate", "submitted", post.generating_by, {"job": job[:40]}),
        changes={"job": job},
    )


def drop_generation(post: Post, stamp: Stamp, error: PromptpressError) -> Step:
    """Write down that a generation surely did not happen: the next one is no repeat."""
    return Step(
        post=post,
        owner=post.owner,
        to=_S.GENERATING,
        event=event_of(post, stamp, "generate", "failed", post.generating_by, _error_detail(error)),
        changes={"generating_by": "", "job": ""},
    )


def keep_media(post: Post, stamp: Stamp, media: tuple[Media, ...]) -> Step:
    """Add pictures that the stores hold; the post is generated once it has all it asked for."""
    whole = len(post.media) + len(media) >= (post.num_images or 1)
    first = media[0]
    detail = {
        "pictures": [item.sha256 for item in media],
        "model": first.model,
        "seed": first.seed,
        "cost": first.cost,
        "stores": sorted(first.refs),
    }
    return Step(
        post=post,
        owner=post.owner,
        to=_S.GENERATED if whole else _S.GENERATING,
        event=event_of(post, stamp, "store", "done", post.generating_by, detail),
        changes={"generating_by": "", "job": ""},
        media=media,
    )


def make_ready(post: Post, stamp: Stamp, channels: tuple[str, ...]) -> Step:
    """Open a publication per channel; the post may go out."""
    check_move(post.state, _S.READY)
    known = {publication.channel for publication in post.publications}
    return Step(
        post=post,
        owner=post.owner,
        to=_S.READY,
        event=event_of(post, stamp, "ready", "done", detail={"channels": list(channels)}),
        publications=tuple(Publication(channel=c) for c in channels if c not in known),
    )


def begin_send(post: Post, stamp: Stamp, channel: str) -> Step:
    """Write down the intent to send; from here on only an answer or a question ends it."""
    check_move(post.state, _S.PUBLISHING)
    attempts = post.publication(channel).attempts + 1
    sending = moved(post, channel, _P.SENDING, attempt=stamp.id, attempts=attempts, reason="")
    return Step(
        post=post,
        owner=post.owner,
        to=_S.PUBLISHING,
        event=event_of(post, stamp, "send", "begun", channel, {"attempt": attempts}),
        publications=(sending,),
    )


def _receipt(post: Post, publication: Publication, event: AuditEvent, reason: str = "") -> Step:
    others = [p for p in post.publications if p.channel != publication.channel]
    over = publication.state is not _P.PENDING and not any(
        p.state in (_P.PENDING, _P.SENDING) for p in others
    )
    return Step(
        post=post,
        owner=post.owner,
        to=None,
        event=event,
        changes={"reason": reason} if reason else {},
        publications=(publication,),
        frees=over,
    )


def sent(
    post: Post,
    stamp: Stamp,
    channel: str,
    external_id: str,
    url: str,
    detail: Mapping[str, object],
) -> Step:
    """Write down the service's receipt."""
    publication = moved(
        post, channel, _P.SENT, external_id=external_id, url=url, reason="", sent_at=stamp.at
    )
    facts = {"external_id": external_id, "url": url, **detail}
    return _receipt(post, publication, event_of(post, stamp, "send", "done", channel, facts))


def not_sent(post: Post, stamp: Stamp, channel: str, error: PromptpressError) -> Step:
    """Write down that a send surely did not happen and may be tried again."""
    publication = moved(post, channel, _P.PENDING, reason=str(error)[:MAX_REASON])
    event = event_of(post, stamp, "send", "not sent", channel, _error_detail(error))
    return _receipt(post, publication, event)


def refused(post: Post, stamp: Stamp, channel: str, error: PromptpressError) -> Step:
    """Write down that a channel refuses the post for good."""
    reason = str(error)[:MAX_REASON]
    publication = moved(post, channel, _P.FAILED, reason=reason)
    event = event_of(post, stamp, "send", "failed", channel, _error_detail(error))
    return _receipt(post, publication, event, reason)


def in_doubt(post: Post, stamp: Stamp, channel: str, error: PromptpressError) -> Step:
    """Write down that nobody can know whether a send happened; a person is asked."""
    reason = str(error)[:MAX_REASON]
    publication = moved(post, channel, _P.IN_DOUBT, reason=reason)
    event = event_of(post, stamp, "send", "unknown", channel, _error_detail(error))
    return _receipt(post, publication, event, reason)


def _let_go_to(post: Post) -> PostState:
    sending = any(p.state is _P.SENDING for p in post.publications)
    if post.state is _S.PUBLISHING and not sending:
        return _S.READY
    if post.state is _S.GENERATING and not post.generating_by and not post.media:
        return _S.QUEUED
    return post.state


def let_go(post: Post, stamp: Stamp) -> Step:
    """Give the lease back: the next claim goes on from here."""
    return Step(
        post=post,
        owner=post.owner,
        to=_let_go_to(post),
        event=event_of(post, stamp, "release", "done"),
        frees=True,
    )


def hand_back(
    post: Post, stamp: Stamp, error: PromptpressError, not_before: datetime, *, counts: bool = True
) -> Step:
    """Give the lease back because of an error; the next claim goes on from here.

    Args:
        post: the post in hand.
        stamp: when, by whom.
        error: why.
        not_before: when the next claim may come.
        counts: False when the post is not to blame, as with a missing key.
    """
    return replace(
        let_go(post, stamp),
        event=event_of(post, stamp, "release", "done", error.service, _error_detail(error)),
        changes={"attempts": post.attempts + counts, "reason": str(error)[:MAX_REASON]},
        not_before=not_before,
    )


def set_aside(post: Post, stamp: Stamp, error: PromptpressError) -> Step:
    """Take a post out of the way with its reason; `retry` brings it back."""
    check_move(post.state, _S.FAILED)
    return Step(
        post=post,
        owner=post.owner,
        to=_S.FAILED,
        event=event_of(post, stamp, "fail", "done", error.service, _error_detail(error)),
        changes={"reason": str(error)[:MAX_REASON], "generating_by": "", "job": ""},
        frees=True,
    )
