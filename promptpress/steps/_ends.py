"""Steps by which a post leaves the hand: let go, handed back, set aside."""

from dataclasses import replace
from datetime import datetime

from promptpress.errors import PromptpressError
from promptpress.model import Post, PostState, PublicationState, Stamp, Step, check_move
from promptpress.steps._events import MAX_REASON, error_detail, event_of

_S = PostState
_P = PublicationState


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
        event=event_of(post, stamp, "release", "done", error.service, error_detail(error)),
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
        event=event_of(post, stamp, "fail", "done", error.service, error_detail(error)),
        changes={"reason": str(error)[:MAX_REASON], "generating_by": "", "job": ""},
        frees=True,
    )
