"""A post goes out: sent once, asked after where nobody knows, or the channel is closed."""

from dataclasses import replace

from promptpress import steps
from promptpress.errors import (
    Interrupted,
    LeaseLost,
    NotYet,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    SetupError,
    TransientError,
)
from promptpress.model import Post, PublicationState
from promptpress.ports import Notice, Receipt, Rendition
from promptpress.wiring import services
from tasks.desk import Chance, fence_id, find_chance
from tasks.hand import (
    as_known,
    in_its_words,
    open_channels,
    publisher_of,
    read_again,
    write_down,
)
from tasks.policy import MAX_ATTEMPTS, PUBLISH, READ, return_delay, step


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


def _says_the_same(post: Post, rendition: Rendition, channel: str) -> bool:
    words = in_its_words(post, channel)
    told = rendition.post
    return (words.caption, words.hashtags, words.alt_text, words.link) == (
        *(told.caption, told.hashtags),
        *(told.alt_text, told.link),
    )


@step("publish-post", PUBLISH, run_name="publish post {post.id} to {channel}", begins=True)
def publish_post(
    post: Post, channel: str, rendition: Rendition, chance: Chance | None = None
) -> Post:
    """Write down the intent, send once, write down the receipt.

    `chance` is the moment of the channel's hours that it is for, where they say it.

    Raises:
        TransientError, SetupError: surely not sent, and written down as such.
        PermanentError: refused, and written down as such.
        OutcomeUnknown: it may have been sent; written down, and a person is told.
        LeaseLost: somebody took it over, held it or withdrew it before the send.
    """
    chosen = services()
    publisher = publisher_of(channel)
    first, post = post, as_known(post)
    stamp = chosen.stamp(post.owner)
    if chance and chance.fence and post != first:
        # Another try is another intent: somebody else may have the moment by now.
        chance = find_chance(post, channel)
        if chance is None:
            raise LeaseLost("another post has its moment: it waits for the next", channel)
    if fence := fence_id(chance):
        # A run that sends another post for the same reason writes the same id, and is refused.
        stamp = replace(stamp, id=fence)
    slot = chance.slot if chance else None
    post = chosen.queue.record(steps.begin_send(post, stamp, channel, slot))
    publication = post.publication(channel)
    if publication.handle and not _says_the_same(post, rendition, channel):
        error = LeaseLost("its words were changed meanwhile: it is made ready again", channel)
        write_down(steps.not_sent(post, chosen.stamp(post.owner), channel, error))
        raise error
    try:
        receipt = publisher.publish(
            replace(rendition, post=in_its_words(post, channel)), publication
        )
    except OutcomeUnknown as error:
        return _ask_or_doubt(post, channel, error)
    except PermanentError as error:
        write_down(steps.refused(post, chosen.stamp(post.owner), channel, error))
        raise
    except PromptpressError as error:
        write_down(steps.not_sent(post, chosen.stamp(post.owner), channel, error))
        raise
    return _write_receipt(post, channel, receipt)


def _ask_or_doubt(post: Post, channel: str, error: OutcomeUnknown) -> Post:
    """Find out at once what became of a send, where the service can be asked about it.

    Raises:
        TransientError: it was surely not sent.
        OutcomeUnknown: nobody knows, and a person is told; or it cannot be asked just now, and a
            later run does.
    """
    publication = post.publication(channel)
    if not publication.handle:
        _write_doubt(post, channel, error)
        raise error
    try:
        receipt = publisher_of(channel).settle(post, publication)
    except OutcomeUnknown as again:
        _write_doubt(post, channel, again)
        raise
    except PromptpressError:
        raise error from None
    if receipt is None:
        _write_not_sent(post, channel)
        raise _not_sent(channel)
    return _write_receipt(post, channel, receipt)


def _not_sent(channel: str) -> TransientError:
    return TransientError("it was surely not sent: it is sent again", channel)


def _write_not_sent(post: Post, channel: str) -> Post:
    stamp = services().stamp(post.owner)
    return write_down(steps.not_sent(post, stamp, channel, _not_sent(channel)))


@step("settle-send", READ, run_name="settle post {post.id} on {channel}", begins=True)
def settle_send(post: Post, channel: str) -> Post:
    """Ask the channel what became of a send that nobody finished, and write the answer down.

    Raises:
        TransientError: it cannot be asked just now.
    """
    post = read_again(post)
    publication = post.publication(channel)
    if publication.state is not PublicationState.SENDING:
        return post
    if channel not in services().publishers:
        message = (
            "perhaps sent, and it is no longer set up: look there, then run `python -m promptpress "
            f"resolve {post.id} --channel {channel} --sent` or with --not-sent"
        )
        return _write_doubt(post, channel, OutcomeUnknown(message, channel))
    try:
        receipt = publisher_of(channel).settle(post, publication)
    except OutcomeUnknown as error:
        return _write_doubt(post, channel, error)
    if receipt is not None:
        return _write_receipt(post, channel, receipt)
    return _write_not_sent(post, channel)


@step("miss-channel", READ, run_name="leave post {post.id} out of {channel}")
def miss_channel(post: Post, channel: str, chance: Chance) -> Post:
    """Write down that a post's time on a channel went by."""
    chosen = services()
    post = read_again(post)
    if post.publication(channel).state is not PublicationState.PENDING:
        return post
    stamp = chosen.stamp(post.owner)
    return chosen.queue.record(steps.missed(post, stamp, channel, chance.slot, chance.missed))


@step("close-channel", READ, run_name="close post {post.id} on {channel}")
def close_channel(post: Post, channel: str, error: PromptpressError) -> Post:
    """Return the post as a channel's error leaves it.

    A permanent one ends that channel, and so does any other in the last of the runs that a post
    has: the channels left get as many anew. Before, it lets that channel rest; also one of which
    nobody can tell just now whether it was sent.
    """
    chosen = services()
    post = read_again(post)
    pending = post.publication(channel).state is PublicationState.PENDING
    blameless = isinstance(error, SetupError | LeaseLost | NotYet | Interrupted)
    is_last = not blameless and post.attempts + 1 >= MAX_ATTEMPTS
    if not pending or not (is_last or isinstance(error, PermanentError)):
        return _rest(post, channel, error)
    refused = steps.refused(post, chosen.stamp(post.owner), channel, error)
    changes = {**refused.changes, "attempts": 0}
    return chosen.queue.record(replace(refused, changes=changes) if is_last else refused)


def _rest(post: Post, channel: str, error: PromptpressError) -> Post:
    """Leave a channel alone after an error; where it is the only one left, its post rests."""
    going = [publication.channel for publication in open_channels(post)]
    blameless = isinstance(error, SetupError | LeaseLost | Interrupted)
    if blameless or channel not in going or len(going) == 1:
        return post
    stamp = services().stamp(post.owner)
    until = stamp.at + return_delay(post.attempts, error)
    return services().queue.record(steps.rest(post, stamp, channel, error, until))


@step("rest-channel", READ, run_name="let post {post.id} rest on {channel}")
def let_channel_rest(post: Post, channel: str, error: PromptpressError) -> Post:
    """Leave a channel alone that cannot be asked just now; the others of the post go on."""
    return _rest(read_again(post), channel, error)
