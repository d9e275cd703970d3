"""retry, hold, release, delete, resolve: what a person may decide about posts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated
from urllib.parse import urlsplit

from cyclopts import CycloptsError, Parameter

from promptpress import decisions, restoring, wiring
from promptpress.cli.output import complain, say
from promptpress.cli.posts import PAGE, get_post
from promptpress.errors import IllegalTransition, LeaseLost, PermanentError
from promptpress.model import Post, PostState, PublicationState, Stamp, Step
from promptpress.ports import LastingPublisher, PromptQueue

Decision = Callable[[Post, Stamp], Step | None]
"""What to write down about a post; None when it is as wished already."""

_Ids = Annotated[int, Parameter(required=True)]


def _decide(post_id: int, decision: Decision) -> Post:
    services = wiring.services()
    for _ in range(2):  # a worker may move the post between the look and the decision
        post = get_post(services.queue, post_id)
        step = decision(post, services.stamp())
        if step is None:
            return post
        try:
            return services.queue.record(step)
        except LeaseLost:
            continue
    raise LeaseLost(f"post {post_id} moves just now: look with `show {post_id}`, then repeat")


def decide_all(ids: Iterable[int], decision: Decision, word: Callable[[Post], str]) -> int:
    """Write a decision about each post down, say what came of it, and return the exit code."""
    code = 0
    for post_id in dict.fromkeys(ids):
        try:
            say(f"{post_id}: {word(_decide(post_id, decision))}")
        except (PermanentError, LeaseLost, IllegalTransition) as error:
            complain(error)
            code = 1
    return code


def all_in(queue: PromptQueue, states: Sequence[PostState]) -> Iterator[Post]:
    """Give all posts in any of some states."""
    after = 0
    while page := queue.find(states, limit=PAGE, after=after):
        yield from page
        after = page[-1].id


def retry(*ids: int, all_failed: bool = False) -> int:
    """Bring back posts that were set aside, at the step that failed.

    Args:
        ids: Ids of failed or rejected posts.
        all_failed: Bring back every failed post.
    """
    if all_failed == bool(ids):
        raise CycloptsError(msg="name either ids or --all-failed")
    queue = wiring.services().queue
    chosen = list(ids) or [post.id for post in all_in(queue, (PostState.FAILED,))]
    if not chosen:
        say("no post has failed")
    return decide_all(chosen, decisions.retry, lambda post: f"{post.state} again")


def hold(*ids: _Ids) -> int:
    """Keep posts from being worked on or sent, until `release`.

    Args:
        ids: Ids of the posts.
    """

    def decision(post: Post, stamp: Stamp) -> Step | None:
        return None if post.held else decisions.hold(post, stamp, held=True)

    return decide_all(ids, decision, lambda _: "held")


def release(*ids: int, all_restored: bool = False) -> int:
    """Let held posts go on.

    Args:
        ids: Ids of the posts.
        all_restored: Let all go on that `restored` holds: you have looked at their channels.
    """
    if all_restored == bool(ids):
        raise CycloptsError(msg="name either ids or --all-restored")

    def decision(post: Post, stamp: Stamp) -> Step | None:
        return decisions.hold(post, stamp, held=False) if post.held else None

    chosen = list(ids) or _all_restored(wiring.services().queue)
    if not chosen:
        say("no post is held because of a backup")
    return decide_all(chosen, decision, lambda post: f"not held, {post.state}")


def _all_restored(queue: PromptQueue) -> list[int]:
    posts = all_in(queue, restoring.TOUCHABLE)
    return [post.id for post in posts if post.held and post.reason.startswith(restoring.MARK)]


def delete(*ids: _Ids) -> int:
    """Take posts off the queue for good, and off a site; elsewhere they stay where they are.

    Args:
        ids: Ids of the posts.
    """

    def decision(post: Post, stamp: Stamp) -> Step | None:
        return None if post.state is PostState.DELETED else decisions.delete(post, stamp)

    return decide_all(ids, decision, lambda post: "deleted" + _withdraw(post))


def _withdraw(post: Post) -> str:
    """Take a post off the channels that stay ours; return which in words. Repeating is harmless."""
    left = ""
    for publication in post.publications:
        publisher = wiring.services().publishers.get(publication.channel)
        if isinstance(publisher, LastingPublisher):
            if publisher.withdraw(post):
                left += f", off {publication.channel}"
            elif publication.state is PublicationState.SENT:
                left += f"; the {publication.channel} on this machine does not show it"
    return left


def resolve(
    post: int,
    /,
    *,
    channel: str,
    sent: Annotated[bool, Parameter(negative="--not-sent")],
    url: str = "",
) -> int:
    """Say what became of a send whose outcome nobody could know.

    Look at the channel first: a post that is out there is `--sent`; one that is not is
    `--not-sent`, and goes out again.

    Args:
        post: Id of the post.
        channel: The channel that is in doubt.
        sent: Whether the post is there.
        url: Where it is, with `--sent`.
    """
    if url and not (sent and urlsplit(url).scheme in {"http", "https"} and urlsplit(url).netloc):
        raise CycloptsError(msg="--url goes with --sent and begins with https:// or http://")

    def decision(seen: Post, stamp: Stamp) -> Step:
        return decisions.resolve(seen, stamp, channel, was_sent=sent, url=url)

    def word(now: Post) -> str:
        told = "sent" if sent else "not sent, goes out again"
        doubts = [p.channel for p in now.publications if p.state is PublicationState.IN_DOUBT]
        return f"{told} ({channel})" + (f"; still in doubt: {', '.join(doubts)}" if doubts else "")

    return decide_all((post,), decision, word)
