"""daily-post: prompts become published posts, the whole way in one run.

    check connections → claim → caption → generate → check → store
           [→ review]         → render per channel → publish → audit

Every step is durable before the next begins, so a post that an earlier run left half-way goes on
at the step that run did not finish.
"""

from functools import partial
from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import Field

from flows._command import run
from flows._way import is_approved, judge, make_pictures, send, settle
from promptpress.errors import PromptpressError, SetupError, TransientError
from promptpress.model import CLAIMABLE, Post, PostState, PublicationState
from tasks import Pictures, Way
from tasks.claim import claim_open
from tasks.due import is_still_due
from tasks.extract import ask_services, has_work, require_working
from tasks.fan_out import side_by_side
from tasks.hand import keep_leases, open_channels
from tasks.load import (
    deliver_audit_or_later,
    forget_pictures,
    make_ready,
    put_down,
    rest_until_due,
)
from tasks.report import new_owner, nothing_to_do, report, stopped
from tasks.send import close_channel
from tasks.stopping import stoppable
from tasks.transform import (
    are_forgotten,
    fetch_pictures,
    needs_pictures,
    require_readable,
)
from tasks.turns import share_limits

Limit = Annotated[int, Field(ge=1, le=1000, description="posts at the most")]
Channels = Annotated[
    list[str],
    Field(description="where posts go that name no channel; empty: as CHANNELS says"),
]
Concurrency = Annotated[
    int, Field(ge=0, le=64, description="posts side by side; 0: as CONCURRENCY says")
]


def channels_in(post: Post, state: PublicationState) -> list[str]:
    """Return the channels that a post's publication of this state is for."""
    return [p.channel for p in post.publications if p.state is state]


def is_wanted(post: Post) -> bool:
    """Tell whether a channel still waits for a post's pictures."""
    return not post.publications or bool(channels_in(post, PublicationState.PENDING))


def publish(post: Post, pictures: Pictures) -> Way[Post]:
    """Send a post to each of its channels that has not got it yet.

    Args:
        post: the post.
        pictures: its pictures where they are at hand; what an earlier run made is fetched.
    """
    waiting = channels_in(post, PublicationState.PENDING)
    if waiting and len(pictures) < len(post.media):
        pictures = fetch_pictures(post)
    late: PromptpressError | None = None
    for channel in waiting:
        if not is_still_due(post, channel):
            continue
        try:
            post = yield from send(post, channel, pictures)
        except PromptpressError as error:
            # The other channels are still to be served; only then is this one looked at again.
            late = error
            post = close_channel(post, channel, error)
    if late is not None and channels_in(post, PublicationState.PENDING):
        raise late
    return post


def carry(post: Post, channels: tuple[str, ...]) -> Way[Post]:
    """Take one post the whole way, from wherever it stands."""
    pictures: Pictures = ()
    post, late = settle(post)
    if is_approved(post):
        post = make_ready(post, channels)
    if are_forgotten(post) and is_wanted(post):
        post = forget_pictures(post)
    if needs_pictures(post):
        post, pictures = yield from make_pictures(post)
    else:
        require_readable(post)
    if post.state is PostState.GENERATED:
        pictures = judge(post, pictures)
        post = make_ready(post, channels)
    post = yield from publish(post, pictures)
    if late is not None:
        raise late
    return rest_until_due(post) if open_channels(post) else post


@flow(name="daily-post")
@stoppable
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
        await share_limits()
        owner = new_owner()
        with keep_leases(owner):
            posts = claim_open(limit, owner, CLAIMABLE)
            outcomes = await side_by_side(
                posts, partial(carry, channels=named), put_down, concurrency
            )
            deliver_audit_or_later()
    except (SetupError, TransientError) as error:
        return stopped(error)
    return await report(outcomes)


if __name__ == "__main__":
    run(daily_post)
