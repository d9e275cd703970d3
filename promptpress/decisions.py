"""What a person may decide about a post: pure functions from a post to a durable step.

Unlike a worker's step, a person's needs no lease: only the state must still be what they saw.
"""

from dataclasses import replace

from promptpress.errors import InvalidPost
from promptpress.model import (
    Post,
    PostState,
    Publication,
    PublicationState,
    Stamp,
    Step,
    check_move,
)
from promptpress.steps import event_of, moved

_S = PostState
_P = PublicationState


def retry(post: Post, stamp: Stamp) -> Step:
    """Bring a post back that was set aside, at the step that failed, with a clean slate."""
    if post.state not in (_S.FAILED, _S.REJECTED):
        raise InvalidPost(f"post {post.id} is {post.state}: only a failed one can be retried")
    to = _S.GENERATED if len(post.media) >= (post.num_images or 1) else _S.QUEUED
    again = tuple(
        replace(p, state=_P.PENDING, reason="") for p in post.publications if p.state is _P.FAILED
    )
    return Step(
        post=post,
        owner=None,
        to=to,
        event=event_of(post, stamp, "retry", "done"),
        changes={"reason": "", "attempts": 0, "repeats": 0},
        publications=again,
        frees=True,
    )


def hold(post: Post, stamp: Stamp, *, held: bool) -> Step:
    """Keep a post from being claimed or sent, or let it go again."""
    return Step(
        post=post,
        owner=None,
        to=post.state,
        event=event_of(post, stamp, "hold" if held else "unhold", "done"),
        changes={"held": held},
    )


def delete(post: Post, stamp: Stamp) -> Step:
    """Take a post off the queue for good; what was published stays where it is."""
    if post.state is _S.PUBLISHING:
        raise InvalidPost(f"post {post.id} is being published just now: hold it and try again")
    check_move(post.state, _S.DELETED)
    return Step(
        post=post,
        owner=None,
        to=_S.DELETED,
        event=event_of(post, stamp, "delete", "done"),
        changes={},
        frees=True,
    )


def resolve(post: Post, stamp: Stamp, channel: str, *, was_sent: bool, url: str = "") -> Step:
    """Write down what a person found out about a send in doubt; unsent goes out again."""
    if channel not in {p.channel for p in post.publications if p.state is _P.IN_DOUBT}:
        raise InvalidPost(f"post {post.id} is not in doubt on {channel}: nothing to resolve")
    if was_sent:
        publication = moved(post, channel, _P.SENT, url=url, reason="", sent_at=stamp.at)
    else:
        publication = moved(post, channel, _P.PENDING, reason="")
    left = [p for p in post.publications if p.channel != channel]
    at_work = bool(post.owner) and post.state is _S.PUBLISHING
    to = _after_resolve([*left, publication], at_work=at_work)
    return Step(
        post=post,
        owner=None,
        to=to,
        event=event_of(
            post, stamp, "resolve", "sent" if was_sent else "not sent", channel, {"url": url}
        ),
        changes={"reason": ""} if to is not _S.IN_DOUBT else {},
        publications=(publication,),
        frees=not post.owner,
    )


def _after_resolve(publications: list[Publication], *, at_work: bool) -> PostState:
    states = {publication.state for publication in publications}
    if at_work and states & {_P.PENDING, _P.SENDING}:
        return _S.PUBLISHING  # a run is just serving the other channels: it stays theirs
    if _P.IN_DOUBT in states:
        return _S.IN_DOUBT
    if _P.PENDING in states:
        return _S.READY
    return _S.FAILED if _P.FAILED in states else _S.PUBLISHED
