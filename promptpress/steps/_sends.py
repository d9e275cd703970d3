"""Steps of a post on its way to a channel: made ready, begun, and what came of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from promptpress.errors import InvalidPost, PromptpressError
from promptpress.model import (
    AuditEvent,
    Post,
    PostState,
    Publication,
    PublicationState,
    Stamp,
    Step,
    check_move,
    check_publication_move,
    settled_state,
)
from promptpress.steps._articles import is_unwritten
from promptpress.steps._events import MAX_REASON, error_detail, event_of

_S = PostState
_P = PublicationState


def moved(post: Post, channel: str, state: PublicationState, **changes: object) -> Publication:
    """Return the publication in its new state; IllegalTransition if it may not go there."""
    publication = post.publication(channel)
    check_publication_move(publication.state, state)
    return replace(publication, state=state, rests_until=None, **changes)  # type: ignore[arg-type]  # named by callers here


def await_review(post: Post, stamp: Stamp) -> Step:
    """Let a post wait for a person's yes; nobody claims it before.

    Raises:
        InvalidPost: it is an article without its text.
    """
    check_move(post.state, _S.REVIEW)
    _require_text(post)
    return Step(
        post=post,
        owner=post.owner,
        to=_S.REVIEW,
        event=event_of(post, stamp, "review", "begun"),
        frees=True,
    )


def _require_text(post: Post) -> None:
    if is_unwritten(post):
        message = "the article has no text: write it, or retry the post to have it written"
        raise InvalidPost(message, "article")


def make_ready(post: Post, stamp: Stamp, channels: tuple[str, ...]) -> Step:
    """Open a publication per channel; the post may go out.

    Raises:
        InvalidPost: it is an article without its text.
    """
    check_move(post.state, _S.READY)
    _require_text(post)
    known = {publication.channel for publication in post.publications}
    return Step(
        post=post,
        owner=post.owner,
        to=_S.READY,
        event=event_of(post, stamp, "ready", "done", detail={"channels": list(channels)}),
        publications=tuple(Publication(channel=c) for c in channels if c not in known),
    )


def keep_handle(post: Post, stamp: Stamp, channel: str, handle: str) -> Step:
    """Write down what a service has made for a send that is to come, before it is gone on from."""
    publication = post.publication(channel)
    check_publication_move(publication.state, _P.SENDING)
    event = event_of(post, stamp, "stage", "done", channel, {"handle": handle[:MAX_REASON]})
    return Step(
        post=post,
        owner=post.owner,
        to=post.state,
        event=event,
        publications=(replace(publication, handle=handle),),
    )


def begin_send(post: Post, stamp: Stamp, channel: str, slot: str | None = None) -> Step:
    """Write down the intent to send; from here on only an answer or a question ends it.

    `slot` is what the channel's hours call the moment it is for; "" for none of them.
    """
    check_move(post.state, _S.PUBLISHING)
    attempts = post.publication(channel).attempts + 1
    sending = moved(post, channel, _P.SENDING, attempt=stamp.id, attempts=attempts, reason="")
    detail: dict[str, object] = {"attempt": attempts}
    if slot is not None:
        detail["slot"] = slot
    return Step(
        post=post,
        owner=post.owner,
        to=_S.PUBLISHING,
        event=event_of(post, stamp, "send", "begun", channel, detail),
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
    event = event_of(post, stamp, "send", "not sent", channel, error_detail(error))
    return _receipt(post, publication, event)


def rest(post: Post, stamp: Stamp, channel: str, error: PromptpressError, until: datetime) -> Step:
    """Leave one channel alone for a while because of an error; the others go on."""
    publication = post.publication(channel)
    detail = {**error_detail(error), "until": until.isoformat()}
    return Step(
        post=post,
        owner=post.owner,
        to=post.state,
        event=event_of(post, stamp, "rest", "done", channel, detail),
        publications=(replace(publication, rests_until=until, reason=str(error)[:MAX_REASON]),),
    )


def refused(post: Post, stamp: Stamp, channel: str, error: PromptpressError) -> Step:
    """Write down that a channel refuses the post for good."""
    reason = str(error)[:MAX_REASON]
    # What the service had made for it is of no use any more: a retry begins anew.
    publication = moved(post, channel, _P.FAILED, reason=reason, handle="")
    event = event_of(post, stamp, "send", "failed", channel, error_detail(error))
    return _receipt(post, publication, event, reason)


def missed(post: Post, stamp: Stamp, channel: str, slot: str, why: str) -> Step:
    """Write down that a post is not sent to a channel, because its time there went by."""
    publication = moved(post, channel, _P.MISSED, reason=why[:MAX_REASON])
    others = [p for p in post.publications if p.channel != channel]
    over = not any(p.state in (_P.PENDING, _P.SENDING) for p in others)
    state = settled_state((publication, *others)) if over else post.state
    event = event_of(post, stamp, "miss", "done", channel, {"slot": slot, "message": why})
    return Step(
        post=post,
        owner=post.owner,
        to=state,
        event=event,
        changes={"reason": why[:MAX_REASON]},
        publications=(publication,),
        frees=over,
    )


def in_doubt(post: Post, stamp: Stamp, channel: str, error: PromptpressError) -> Step:
    """Write down that nobody can know whether a send happened; a person is asked."""
    reason = str(error)[:MAX_REASON]
    publication = moved(post, channel, _P.IN_DOUBT, reason=reason)
    event = event_of(post, stamp, "send", "unknown", channel, error_detail(error))
    return _receipt(post, publication, event, reason)
