"""Where a post ends up: stored, published, in doubt, handed back or set aside."""

from promptpress import imaging, steps
from promptpress.errors import (
    LeaseLost,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    SetupError,
    TransientError,
)
from promptpress.model import WAITING, Media, Post, PublicationState
from promptpress.ports import Generated, Notice, Receipt, Rendition
from promptpress.wiring import services
from tasks import Pictures
from tasks.hand import as_known, publisher_of, read_again, write_down
from tasks.policy import AUDIT_BATCH, MAX_ATTEMPTS, PUBLISH, READ, STORE, return_delay, step


@step("store-pictures", STORE, run_name="store post {post.id}")
def store_pictures(post: Post, made: tuple[Generated, ...], pictures: Pictures) -> Post:
    """Put the pictures into every store, then write down that the post has them."""
    chosen = services()
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
    return chosen.queue.record(steps.keep_media(post, chosen.stamp(post.owner), kept))


def make_ready(post: Post, channels: tuple[str, ...]) -> Post:
    """Open a publication for each channel of the post, or each of the run's where it names none."""
    chosen = services()
    wanted = post.channels or channels or chosen.settings.channels
    return chosen.queue.record(steps.make_ready(post, chosen.stamp(post.owner), wanted))


def _write_receipt(post: Post, channel: str, receipt: Receipt) -> Post:
    stamp = services().stamp(post.owner)
    facts = (receipt.external_id, receipt.url, receipt.detail)
    try:
        return write_down(steps.sent(post, stamp, channel, *facts))
    except TransientError as error:
        message = (
            f"post {post.id} was sent as {receipt.external_id} {receipt.url}, but the queue could "
            f"not be told ({error}): resolve it as sent"
        )
        raise OutcomeUnknown(message, channel) from None


def _write_doubt(post: Post, channel: str, error: OutcomeUnknown) -> Post:
    chosen = services()
    stamp = chosen.stamp(post.owner)
    if chosen.settings.in_doubt == "resend":
        return write_down(steps.not_sent(post, stamp, channel, error))
    post = write_down(steps.in_doubt(post, stamp, channel, error))
    title = f"Was post {post.id} sent to {channel}?"
    chosen.notifier.notify(Notice(title=title, text=error.message, at=stamp.at))
    return post


@step("publish-post", PUBLISH, run_name="publish post {post.id} to {channel}")
def publish_post(post: Post, channel: str, pictures: Pictures) -> Post:
    """Write down the intent, send once, write down the receipt.

    Raises:
        TransientError, SetupError: surely not sent, and written down as such.
        PermanentError: refused, and written down as such.
        OutcomeUnknown: it may have been sent; written down, and a person is told.
        LeaseLost: somebody took it over, held it or withdrew it before the send.
    """
    chosen = services()
    publisher = publisher_of(channel)
    post = as_known(post)
    post = chosen.queue.record(steps.begin_send(post, chosen.stamp(post.owner), channel))
    try:
        receipt = publisher.publish(
            Rendition(post=post, pictures=pictures), post.publication(channel)
        )
    except OutcomeUnknown as error:
        _write_doubt(post, channel, error)
        raise
    except PermanentError as error:
        write_down(steps.refused(post, chosen.stamp(post.owner), channel, error))
        raise
    except PromptpressError as error:
        write_down(steps.not_sent(post, chosen.stamp(post.owner), channel, error))
        raise
    return _write_receipt(post, channel, receipt)


@step("settle-send", READ, run_name="settle post {post.id} on {channel}")
def settle_send(post: Post, channel: str) -> Post:
    """Ask the channel what became of a send that nobody finished, and write the answer down.

    Raises:
        TransientError: it cannot be asked just now.
    """
    chosen = services()
    post = read_again(post)
    publication = post.publication(channel)
    if publication.state is not PublicationState.SENDING:
        return post
    try:
        receipt = publisher_of(channel).settle(post, publication)
    except OutcomeUnknown as error:
        return _write_doubt(post, channel, error)
    if receipt is not None:
        return _write_receipt(post, channel, receipt)
    again = TransientError("it was surely not sent: it is sent again", channel)
    return write_down(steps.not_sent(post, chosen.stamp(post.owner), channel, again))


@step("close-channel", READ, run_name="close post {post.id} on {channel}")
def close_channel(post: Post, channel: str, error: PromptpressError) -> Post:
    """Return the post as a channel's error leaves it; a permanent one ends that channel."""
    chosen = services()
    post = read_again(post)
    pending = post.publication(channel).state is PublicationState.PENDING
    if pending and isinstance(error, PermanentError):
        stamp = chosen.stamp(post.owner)
        return chosen.queue.record(steps.refused(post, stamp, channel, error))
    return post


@step("put-down", READ, run_name="put down post {post.id}")
def put_down(post: Post, error: PromptpressError) -> Post:
    """Set a post aside, or hand it back for a later run, as its error says."""
    chosen = services()
    current = chosen.queue.get(post.id)
    if current is None or current.owner != post.owner or current.state not in WAITING:
        return current or post  # it is somebody else's by now, or at its end
    stamp = chosen.stamp(post.owner)
    asking = any(p.state is PublicationState.SENDING for p in current.publications)
    hopeless = isinstance(error, PermanentError) or current.attempts + 1 >= MAX_ATTEMPTS
    if hopeless and not asking:
        return chosen.queue.record(steps.set_aside(current, stamp, error))
    blameless = isinstance(error, SetupError | LeaseLost)  # a missing key, or a person's hold
    not_before = stamp.at if blameless else stamp.at + return_delay(current.attempts, error)
    step_ = steps.hand_back(current, stamp, error, not_before, counts=not blameless)
    return chosen.queue.record(step_)


@step("let-go", READ, run_name="let go of post {post.id}")
def let_go(post: Post) -> Post:
    """Give a post's lease back, if it is still ours and there is more to do."""
    chosen = services()
    current = chosen.queue.get(post.id)
    if current is None or current.owner != post.owner or current.state not in WAITING:
        return current or post
    return chosen.queue.record(steps.let_go(current, chosen.stamp(post.owner)))


@step("deliver-audit", READ)
def deliver_audit() -> int:
    """Give the other audit logs the events they have not got; return how many.

    A log that does not answer gets them in a later run: the queue keeps them until all have them.
    """
    chosen = services()
    delivered = 0
    while chosen.audits and (events := chosen.queue.undelivered(AUDIT_BATCH)):
        for audit in chosen.audits:
            audit.append(events)
        chosen.queue.mark_delivered([event.id for event in events])
        delivered += len(events)
    return delivered
