"""What a person may decide about a post: pure functions from a post to a durable step.

Unlike a worker's step, a person's needs no lease: only the state must still be what they saw.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from promptpress.errors import InvalidPost
from promptpress.model import (
    AuditEvent,
    Post,
    PostState,
    Publication,
    PublicationState,
    Stamp,
    Step,
    check_move,
)
from promptpress.steps import (
    MAX_REASON,
    WORDS,
    count_pictures,
    event_of,
    is_unwritten,
    moved,
)

_S = PostState
_P = PublicationState
APPROVED = (_S.READY, _S.PUBLISHING, _S.PUBLISHED)
"""States in which a yes changes nothing any more."""
EDITABLE = (
    *("caption", "hashtags", "alt_text", "link", "channels", "due_at", "local_time", "zone"),
    *("prompt", "negative_prompt", "style", "seed"),
)
"""Fields of a post that a person may change while it waits for their yes."""
DRAWN = ("prompt", "negative_prompt", "style", "seed")
"""Those that its pictures were made from."""


def retry(post: Post, stamp: Stamp) -> Step:
    """Bring a post back that was set aside, at the step that failed, with a clean slate.

    One that a person rejected waits for a yes again.
    """
    if post.state not in (_S.FAILED, _S.REJECTED):
        raise InvalidPost(f"post {post.id} is {post.state}: only a failed one can be retried")
    is_made = len(post.media) >= (count_pictures(post) or 1) and not is_unwritten(post)
    made = _S.REVIEW if post.state is _S.REJECTED else _S.GENERATED
    to = made if is_made else _S.QUEUED
    again = tuple(
        replace(p, state=_P.PENDING, reason="", rests_until=None)
        for p in post.publications
        if p.state in (_P.FAILED, _P.MISSED) or (p.state is _P.PENDING and p.rests_until)
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


def approve(post: Post, stamp: Stamp) -> Step | None:
    """Say yes to a post that waits for it; None where it has one already."""
    if post.state in APPROVED:
        return None
    _require_review(post, "approved")
    return Step(
        post=post,
        owner=None,
        to=_S.READY,
        event=event_of(post, stamp, "approve", "done"),
    )


def reject(post: Post, stamp: Stamp, reason: str = "") -> Step | None:
    """Say no to a post that waits for a yes: its pictures are kept; None where it was said."""
    if post.state is _S.REJECTED:
        return None
    _require_review(post, "rejected")
    return Step(
        post=post,
        owner=None,
        to=_S.REJECTED,
        event=event_of(post, stamp, "reject", "done", detail={"reason": reason[:MAX_REASON]}),
        changes={"reason": (reason or "a person said no")[:MAX_REASON]},
    )


def edit(
    post: Post,
    stamp: Stamp,
    changes: Mapping[str, object],
    *,
    again: bool = False,
    written: Collection[str] = (),
) -> Step:
    """Change a post that waits for a yes.

    What its pictures were made from cannot change without them: they are made anew, and paid for
    anew, and the post waits once more. Pictures that were given stay.

    Args:
        post: the post.
        stamp: when, by whom.
        changes: fields of EDITABLE with their new values.
        again: True makes new pictures in any case.
        written: fields that no person wrote (`find_written`): new pictures get new words.
    """
    _require_review(post, "edited")
    is_given = bool(post.media_links) or post.generator == "library"
    if again and is_given:
        raise InvalidPost(f"post {post.id} has pictures that were given: order another post")
    redraws = again or (not is_given and any(name in changes for name in DRAWN))
    if redraws and post.kind == "article":
        raise InvalidPost(f"post {post.id} is an article: reject it, and order another")
    detail = {"changed": sorted(changes), "again": redraws}
    if not redraws:
        event = event_of(post, stamp, "edit", "done", detail=detail)
        return Step(post=post, owner=None, to=_S.REVIEW, event=event, changes=changes)
    blank = {name: () if name == "hashtags" else "" for name in WORDS if name in written}
    anew = {"generating_by": "", "job": "", "repeats": 0, "attempts": 0}
    return Step(
        post=post,
        owner=None,
        to=_S.QUEUED,
        event=event_of(post, stamp, "edit", "done", detail=detail),
        changes={**blank, **anew, **changes},
        drops_media=True,
    )


def find_written(events: Iterable[AuditEvent]) -> set[str]:
    """Return the fields whose words were written for a post, and by no person since."""
    found: set[str] = set()
    for event in events:
        if event.action == "generate":
            names = event.detail.get("wrote")
            found |= set(names) if isinstance(names, list | tuple) else set()
        elif event.action == "edit":
            names = event.detail.get("changed")
            found -= set(names) if isinstance(names, list | tuple) else set()
    return found


def _require_review(post: Post, what: str) -> None:
    if post.state is not _S.REVIEW:
        hints = {_S.REJECTED: "retry it first", _S.READY: "hold it to stop it"}
        hint = hints.get(post.state, "only one that waits in review can be")
        raise InvalidPost(f"post {post.id} is {post.state} and cannot be {what}: {hint}")


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
    """Take a post off the queue for good; no channel is told here."""
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
