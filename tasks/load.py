"""Where a post ends up: stored, published, in doubt, handed back or set aside."""

import logging
from dataclasses import replace
from datetime import datetime

from promptpress import imaging, steps
from promptpress.errors import (
    Interrupted,
    LeaseLost,
    NotYet,
    PermanentError,
    PromptpressError,
    SetupError,
)
from promptpress.model import WAITING, Media, Post, PostState, PublicationState
from promptpress.ports import Generated
from promptpress.wiring import services
from tasks import Pictures
from tasks.due import opens_at
from tasks.hand import VIDEO, as_known, open_channels, settle_cost, site_first
from tasks.looks import looks_of
from tasks.policy import AUDIT_BATCH, MAX_ATTEMPTS, READ, STORE, return_delay, step
from tasks.policy import LAST_RETURN as LONGEST_REST
from tasks.whole import require_whole_queue

logger = logging.getLogger("promptpress")


@step("store-pictures", STORE, run_name="store post {post.id}")
def store_pictures(post: Post, made: tuple[Generated, ...], pictures: Pictures) -> Post:
    """Put the pictures into every store, then write down that the post has them."""
    chosen = services()
    if stored := _stored_before(post, pictures):
        settle_cost(post, made)
        return stored
    kept = tuple(
        Media(
            sha256=picture.sha256,
            format=picture.format,
            width=picture.width,
            height=picture.height,
            size=len(picture.content),
            refs={
                name: store.put(picture.content, picture.sha256, imaging.suffix(picture.format))
                for name, store in chosen.stores.items()
            },
            position=len(post.media) + number,
            generator=post.generating_by,
            model=one.model,
            seed=one.seed,
            cost=one.cost,
            source=one.source,
        )
        for number, (one, picture) in enumerate(zip(made, pictures, strict=True))
    )
    looks = looks_of(post.owner).add(post, pictures)
    for item in kept:
        if note := looks_of(post.owner).note(item.sha256):
            logger.warning("post %s: its picture %s", post.id, note)
    stored = chosen.queue.record(steps.keep_media(post, chosen.stamp(post.owner), kept, looks))
    settle_cost(post, made)
    return stored


def _stored_before(post: Post, pictures: Pictures) -> Post | None:
    """Return the post as it stands now, where an earlier try wrote down that it has these."""
    current = as_known(post)
    first = len(post.media)
    there = [item.sha256 for item in current.media[first : first + len(pictures)]]
    return current if there == [picture.sha256 for picture in pictures] else None


def forget_pictures(post: Post) -> Post:
    """Take a post whose pictures were kept nowhere back to its prompt."""
    chosen = services()
    return chosen.queue.record(steps.forget_media(post, chosen.stamp(post.owner)))


def make_ready(post: Post, channels: tuple[str, ...]) -> Post:
    """Open a publication for each channel of the post, or each of the run's where it names none.

    Where one of them asks for a person's yes, a post that has none waits for that instead, and is
    nobody's any more. One that was on its way with these very pictures has it.
    """
    chosen = services()
    usual = channels or chosen.settings.channels
    is_video = bool(post.media) and all(item.format == VIDEO for item in post.media)
    taking = chosen.taking(post.kind, usual, is_video=is_video)
    wanted = site_first(post.kind, post.channels or taking)
    if chosen.settings.asks_before(wanted) and not _has_a_yes(post):
        return chosen.queue.record(steps.await_review(post, chosen.stamp(post.owner)))
    return chosen.queue.record(steps.make_ready(post, chosen.stamp(post.owner), wanted))


def _has_a_yes(post: Post) -> bool:
    """Tell whether a person has agreed to a post with the pictures it has now."""
    if post.state is not PostState.GENERATED:
        return True
    if not post.publications:
        return False
    # Set aside on its way, it may have got other pictures since.
    actions = [event.action for event in services().queue.history(post.id)]
    latest = next((action for action in reversed(actions) if action in ("store", "ready")), "")
    return latest == "ready"


@step("put-down", READ, run_name="put down post {post.id}")
def put_down(post: Post, error: PromptpressError) -> Post:
    """Set a post aside, or hand it back for a later run, as its error says."""
    chosen = services()
    current = chosen.queue.get(post.id)
    if current is None or current.owner != post.owner or current.state not in WAITING:
        return current or post  # it is somebody else's by now, or at its end
    stamp = chosen.stamp(post.owner)
    asking = any(p.state is PublicationState.SENDING for p in current.publications)
    waiting = isinstance(error, NotYet)
    worn_out = current.attempts + 1 >= MAX_ATTEMPTS and not waiting
    if (isinstance(error, PermanentError) or worn_out) and not asking:
        return chosen.queue.record(steps.set_aside(current, stamp, error))
    # A missing key, a person's hold, a signal.
    blameless = isinstance(error, SetupError | LeaseLost | Interrupted)
    not_before = stamp.at if blameless else _end_of_rest(post, current, stamp.at, error)
    counts = not (blameless or waiting)
    step_ = steps.hand_back(current, stamp, error, not_before, counts=counts)
    return chosen.queue.record(step_)


def _end_of_rest(claimed: Post, current: Post, now: datetime, error: PromptpressError) -> datetime:
    """Return until when a post rests: not at all where a channel is left that does not."""
    before = {p.channel: p.rests_until for p in claimed.publications}
    going = open_channels(current)
    if any(p.rests_until not in (None, before.get(p.channel)) for p in going):
        return max(now, min(p.rests_until or now for p in going))
    return now + return_delay(current.attempts, error)


@step("let-go", READ, run_name="let go of post {post.id}")
def let_go(post: Post) -> Post:
    """Give a post's lease back, if it is still ours and there is more to do."""
    if not post.owner:
        return post  # it waits for a person
    chosen = services()
    current = chosen.queue.get(post.id)
    if current is None or current.owner != post.owner or current.state not in WAITING:
        return current or post
    return chosen.queue.record(steps.let_go(current, chosen.stamp(post.owner)))


@step("rest-until-due", READ, run_name="let post {post.id} rest")
def rest_until_due(post: Post) -> Post:
    """Give back the lease of a post that no channel takes yet, so that it is not claimed at once.

    Until its own time on the first of them, or until that has rested; for an hour at the most,
    because people may change its time.
    """
    chosen = services()
    current = chosen.queue.get(post.id)
    if current is None or current.owner != post.owner or current.state not in WAITING:
        return current or post
    stamp = chosen.stamp(post.owner)
    opening = (opens_at(current, p.channel) for p in open_channels(current))
    known = [moment for moment in opening if moment is not None and moment > stamp.at]
    not_before = min(stamp.at + LONGEST_REST, *known)
    return chosen.queue.record(replace(steps.let_go(current, stamp), not_before=not_before))


@step("deliver-audit", READ, begins=True)
def deliver_audit() -> int:
    """Give the other audit logs the events they have not got; return how many.

    A log that does not answer gets them in a later run: the queue keeps them until all have them.

    Raises:
        SetupError: the queue was restored from a backup, and nobody has told it what it missed.
    """
    chosen = services()
    delivered = 0
    while chosen.audits and (events := chosen.queue.undelivered(AUDIT_BATCH)):
        require_whole_queue()
        # One log that is down does not keep the events from the others; all get them again then,
        # and leave out what they have.
        late: PromptpressError | None = None
        for audit in chosen.audits:
            try:
                audit.append(events)
            except PromptpressError as error:
                late = error
        if late is not None:
            raise late
        chosen.queue.mark_delivered([event.id for event in events])
        delivered += len(events)
    return delivered


def deliver_audit_or_later() -> None:
    """Deliver the audit, or leave it to a later run: the queue keeps what is not delivered."""
    try:
        deliver_audit()
    except PromptpressError as error:
        logger.warning("the audit is delivered later: %s", error)
