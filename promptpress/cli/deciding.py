"""retry, hold, release, delete, resolve: what a person may decide about posts."""

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated
from urllib.parse import urlsplit

from cyclopts import CycloptsError, Parameter

from promptpress import decisions, wiring
from promptpress.cli.output import complain, say
from promptpress.cli.posts import PAGE, get_post
from promptpress.errors import IllegalTransition, LeaseLost, PermanentError
from promptpress.model import Post, PostState, PublicationState, Stamp, Step
from promptpress.ports import PromptQueue

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


def _decide_all(ids: Iterable[int], decision: Decision, word: Callable[[Post], str]) -> int:
    code = 0
    for post_id in dict.fromkeys(ids):
        try:
            say(f"{post_id}: {word(_decide(post_id, decision))}")
        except (PermanentError, LeaseLost, IllegalTransition) as error:
            complain(error)
            code = 1
    return code


def _all_failed(queue: PromptQueue) -> Iterator[int]:
    after = 0
    while page := queue.find((PostState.FAILED,), limit=PAGE, after=after):
        yield from (post.id for post in page)
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
    chosen = list(ids) or list(_all_failed(queue))
    if not chosen:
        say("no post has failed")
    return _decide_all(chosen, decisions.retry, lambda post: f"{post.state} again")


def hold(*ids: _Ids) -> int:
    """Keep posts from being worked on or sent, until `release`.

    Args:
        ids: Ids of the posts.
    """

    def decision(post: Post, stamp: Stamp) -> Step | None:
        return None if post.held else decisions.hold(post, stamp, held=True)

    return _decide_all(ids, decision, lambda _: "held")


def release(*ids: _Ids) -> int:
    """Let held posts go on.

    Args:
        ids: Ids of the posts.
    """

    def decision(post: Post, stamp: Stamp) -> Step | None:
        return decisions.hold(post, stamp, held=False) if post.held else None

    return _decide_all(ids, decision, lambda post: f"not held, {post.state}")


def delete(*ids: _Ids) -> int:
    """Take posts off the queue for good; what is published stays where it is.

    Args:
        ids: Ids of the posts.
    """

    def decision(post: Post, stamp: Stamp) -> Step | None:
        return None if post.state is PostState.DELETED else decisions.delete(post, stamp)

    return _decide_all(ids, decision, lambda _: "deleted")


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

    return _decide_all((post,), decision, word)
