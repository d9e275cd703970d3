"""May this step still be written? Pure: the step, and the post as the queue has it now."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from promptpress.article import Article
from promptpress.errors import IllegalTransition, LeaseLost
from promptpress.model import (
    PUBLICATION_TRANSITIONS,
    Post,
    PostState,
    Publication,
    PublicationState,
    Step,
    check_move,
    settled_state,
)


def _lost(step: Step, why: str) -> LeaseLost:
    return LeaseLost(f"post {step.post.id} {why}: it is left as it is", "queue")


def _check_receipt(step: Step, current: Post) -> None:
    stored = {p.channel: p for p in current.publications}
    for told in step.publications:
        known = stored.get(told.channel)
        if known is None or known.attempt != told.attempt:
            raise _lost(step, f"has a later attempt for {told.channel}")
        if told.state not in PUBLICATION_TRANSITIONS[known.state]:
            raise _lost(step, f"is already {known.state} on {told.channel}")
        if known.state is PublicationState.IN_DOUBT and told.state is not PublicationState.SENT:
            # A doubt is a person's to resolve; only the certainty that it was sent ends it.
            raise _lost(step, f"is in doubt on {told.channel}")


def _check_publications(step: Step, current: Post) -> None:
    """Refuse a step whose publications were changed after it was read, by a late receipt.

    A person's step decides from all channels together, a worker's only about its own.
    """
    mine = {p.channel for p in step.publications}
    if mine and step.owner is None:
        mine |= {p.channel for p in (*step.post.publications, *current.publications)}
    seen = {p.channel: (p.state, p.attempt) for p in step.post.publications}
    stored = {p.channel: (p.state, p.attempt) for p in current.publications}
    for channel in sorted(mine):
        if seen.get(channel) != stored.get(channel):
            raise _lost(step, f"has changed on {channel} meanwhile")


def _check_media(step: Step, current: Post) -> None:
    """Refuse pictures that do not come right after those of the post: they are there already."""
    if step.media and not step.drops_media and step.media[0].position != len(current.media):
        raise _lost(step, "has got pictures meanwhile")


def is_paid_for(step: Step) -> bool:
    """Tell whether a step brings what money was spent on: a job, pictures, words of an article.

    It may be written when the lease is over, as long as nobody has taken the post over: refused, it
    would only be paid for again. A queue that was away for longer than a lease is enough for that.
    """
    return bool(step.media or step.changes.get("job") or step.fills.get("article"))


def check_step(step: Step, current: Post, now: datetime) -> None:
    """Raise LeaseLost unless the step may be written over the post as it is now."""
    if step.is_receipt:
        _check_receipt(step, current)
        return
    if current.state is not step.post.state:
        raise _lost(step, f"is {current.state} by now, no longer {step.post.state}")
    _check_publications(step, current)
    _check_media(step, current)
    if step.owner is None:
        return
    if not step.owner or current.owner != step.owner:
        raise _lost(step, "is not ours: it was taken over, or never claimed")
    over = current.lease_until is None or current.lease_until <= now
    if over and not is_paid_for(step):
        raise _lost(step, "was worked on for too long: its lease is over")
    if step.is_intent and current.held:
        raise _lost(step, "is held by a person")


def merge_publications(step: Step, current: Post) -> tuple[Publication, ...]:
    """Return the publications of a post once the step is written."""
    merged = {p.channel: p for p in current.publications}
    merged.update({p.channel: p for p in step.publications})
    return tuple(merged.values())


def next_state(step: Step, current: Post) -> PostState:
    """Return the state the step leaves the post in.

    A receipt is stored even where a person has put the post elsewhere meanwhile; it then stays
    there.
    """
    if step.to is not None and not step.is_receipt:
        check_move(current.state, step.to)
        return step.to
    settled = settled_state(merge_publications(step, current))
    if current.state is PostState.IN_DOUBT and settled is PostState.PUBLISHING:
        settled = PostState.READY  # the last doubt is over, and other channels still wait
    try:
        check_move(current.state, settled)
    except IllegalTransition:
        return current.state
    return settled


def _is_open(known: object, value: object) -> bool:
    """Tell whether a field may be filled: one that is blank, and an outline with a whole text."""
    if isinstance(known, Article) and isinstance(value, Article):
        return value.is_written and not known.is_written
    return known in (None, "", ())


def changed_fields(step: Step, current: Post) -> dict[str, object]:
    """Return the fields of the post that the step sets, with their new values."""
    blank = {n: value for n, value in step.fills.items() if _is_open(getattr(current, n), value)}
    freed = {"owner": "", "lease_until": step.not_before} if frees_lease(step, current) else {}
    return {**step.changes, **blank, "state": next_state(step, current), **freed}


def apply_step(step: Step, current: Post) -> Post:
    """Return the post as the step leaves it: what reading it again would give."""
    fields: dict[str, Any] = changed_fields(step, current)
    media = (*(() if step.drops_media else current.media), *step.media)
    publications = merge_publications(step, current)
    return replace(current, **fields, media=media, publications=publications)


def frees_lease(step: Step, current: Post) -> bool:
    """Tell whether the step ends the lease: nobody ends another's, except a person."""
    return step.frees and (step.owner is None or current.owner in ("", step.owner))
