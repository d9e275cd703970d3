"""daily-post: prompts become published posts, the whole way in one run.

    check connections → claim → caption → generate → check → store
                              → render per channel → publish → audit

Every step is durable before the next begins, so a post that an earlier run left half-way goes on
at the step that run did not finish.
"""

from functools import partial
from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import Field

from flows._command import run
from promptpress.errors import PromptpressError, SetupError, TransientError
from promptpress.model import Post, PostState, PublicationState
from tasks import Pictures
from tasks.extract import (
    ask_services,
    claim_posts,
    has_work,
    require_working,
)
from tasks.fan_out import side_by_side
from tasks.hand import keep_leases
from tasks.load import (
    close_channel,
    deliver_audit,
    make_ready,
    publish_post,
    put_down,
    settle_send,
    store_pictures,
)
from tasks.report import new_owner, nothing_to_do, report, stopped
from tasks.transform import (
    check_pictures,
    fetch_pictures,
    generate_pictures,
    needs_pictures,
    render_pictures,
    require_readable,
    write_caption,
)

Limit = Annotated[int, Field(ge=1, le=1000, description="posts at the most")]
Channels = Annotated[
    list[str],
    Field(description="where posts go that name no channel; empty: as CHANNELS says"),
]
Concurrency = Annotated[
    int, Field(ge=0, le=64, description="posts side by side; 0: as CONCURRENCY says")
]


def make_pictures(post: Post) -> tuple[Post, Pictures]:
    """Take a post from its prompt to pictures that are stored; return those just made too."""
    words = write_caption(post)
    pictures: Pictures = ()
    while needs_pictures(post):
        post, made = generate_pictures(post, words)
        checked = check_pictures(post, made)
        post = store_pictures(post, made, checked)
        pictures += checked
    return post, pictures


def channels_in(post: Post, state: PublicationState) -> list[str]:
    """Return the channels that a post's publication of this state is for."""
    return [p.channel for p in post.publications if p.state is state]


def publish(post: Post, pictures: Pictures) -> Post:
    """Send a post to each of its channels that has not got it yet.

    Args:
        post: the post.
        pictures: its pictures where they are at hand; what an earlier run made is fetched.
    """
    for channel in channels_in(post, PublicationState.SENDING):
        post = settle_send(post, channel)
    waiting = channels_in(post, PublicationState.PENDING)
    if waiting and len(pictures) < len(post.media):
        pictures = fetch_pictures(post)
    late: PromptpressError | None = None
    for channel in waiting:
        try:
            post = publish_post(post, channel, render_pictures(post, channel, pictures))
        except PromptpressError as error:
            # The other channels are still to be served; only then is this one looked at again.
            late = error
            post = close_channel(post, channel, error)
    if late is not None and channels_in(post, PublicationState.PENDING):
        raise late
    return post


def carry(post: Post, channels: tuple[str, ...]) -> Post:
    """Take one post the whole way, from wherever it stands."""
    pictures: Pictures = ()
    if needs_pictures(post):
        post, pictures = make_pictures(post)
    else:
        require_readable(post)
    if post.state is PostState.GENERATED:
        post = make_ready(post, channels)
    return publish(post, pictures)


@flow(name="daily-post")
async def daily_post(
    limit: Limit = 10, channels: Channels | None = None, concurrency: Concurrency = 0
) -> State[None]:
    """Turn waiting prompts into published posts, the whole way in one run.

    Args:
        limit: posts at the most.
        channels: where posts go that name no channel; empty: as CHANNELS says.
        concurrency: posts side by side; 0: as CONCURRENCY says.
    """
    named = tuple(channels or ())
    try:
        if not has_work():
            return nothing_to_do()
        require_working(await ask_services(named))
        owner = new_owner()
        with keep_leases(owner):
            posts = claim_posts(limit, owner)
            outcomes = await side_by_side(
                posts, partial(carry, channels=named), put_down, concurrency
            )
            deliver_audit()
    except (SetupError, TransientError) as error:
        return stopped(error)
    return await report(outcomes)


if __name__ == "__main__":
    run(daily_post)
