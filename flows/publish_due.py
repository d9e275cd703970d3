"""publish-due: each channel sends the oldest post that is due, in its own hours.

    look what is due → claim → read again → render per channel → publish → audit

A post that has no pictures when its own time has come gets them on the spot. What a channel
refuses or misses ends that channel only; the others go on, and only what failed is tried again.
"""

from functools import partial
from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import Field

from flows._command import run
from flows._way import is_approved, judge, make_pictures, send, settle
from promptpress.errors import InvalidPost, PromptpressError, SetupError, TransientError
from promptpress.model import CLAIMABLE, Post, PostState, PublicationState
from tasks import Pictures, Way
from tasks.due import Plan, find_due, is_missed, is_still_due, leave_out_broken
from tasks.extract import affordable, ask_services, claim_posts, has_work, require_working
from tasks.fan_out import side_by_side
from tasks.hand import keep_leases
from tasks.load import deliver_audit_or_later, forget_pictures, let_go, make_ready, put_down
from tasks.report import new_owner, nothing_to_do, report, stopped
from tasks.send import close_channel, miss_channel
from tasks.stopping import stoppable
from tasks.transform import are_forgotten, fetch_pictures, needs_pictures, require_readable
from tasks.turns import share_limits

Limit = Annotated[int, Field(ge=1, le=1000, description="posts at the most")]
Channels = Annotated[
    list[str], Field(description="channels that are looked at; empty: all that are set up")
]
Concurrency = Annotated[
    int, Field(ge=0, le=64, description="posts side by side; 0: as CONCURRENCY says")
]


def make_sendable(post: Post) -> Way[tuple[Post, Pictures]]:
    """Take a post to where it can be sent: with pictures, looked at, a publication per channel."""
    pictures: Pictures = ()
    if are_forgotten(post):
        post = forget_pictures(post)
    if needs_pictures(post):
        post, pictures = yield from make_pictures(post)
    else:
        require_readable(post)
    if post.state is PostState.GENERATED:
        pictures = judge(post, pictures)
        post = make_ready(post, ())
    return post, pictures


def is_open(post: Post, channel: str) -> bool:
    """Tell whether a post waits to be sent to a channel."""
    return any(
        p.channel == channel and p.state is PublicationState.PENDING for p in post.publications
    )


def publish(post: Post, pictures: Pictures, plan: Plan) -> Way[Post]:
    """Send a post to the channels that have a chance for it."""
    late: PromptpressError | None = None
    chances = {name: one for name, one in plan.chances[post.id].items() if not one.missed}
    for channel, chance in chances.items():
        if channel in plan.broken or not is_open(post, channel) or not is_still_due(post, channel):
            continue
        try:
            if len(pictures) < len(post.media):
                pictures = fetch_pictures(post)
            post = yield from send(post, channel, pictures, chance)
        except PromptpressError as error:
            post = close_channel(post, channel, error)
            if isinstance(error, SetupError):
                plan.leave_out(channel, error)
            else:
                # The other channels are still to be served; then this one is looked at again.
                late = error
    if late is not None and any(is_open(post, name) for name in chances.keys() - plan.broken):
        raise late
    return post


def carry(post: Post, plan: Plan) -> Way[Post]:
    """Send one post to the channels whose hour it is, from wherever it stands."""
    post, late = settle(post)
    if is_approved(post):
        post = make_ready(post, ())
    chances = plan.chances.get(post.id, {})
    for channel, chance in chances.items():
        if chance.missed and is_open(post, channel):
            post = miss_channel(post, channel, chance)
    if not post.publications and is_missed(post, chances):
        why = next(iter(chances.values())).missed
        raise InvalidPost(f"{why}: give it another time, then retry it")
    if any(not one.missed for one in chances.values()):
        post, pictures = yield from make_sendable(post)
        post = yield from publish(post, pictures, plan)
    if isinstance(late, SetupError):
        plan.leave_out(late.service, late)
        return put_down(post, late)
    if late is not None:
        raise late
    return let_go(post)


@flow(name="publish-due")
@stoppable
async def publish_due(
    limit: Limit = 100, channels: Channels | None = None, concurrency: Concurrency = 0
) -> State[None]:
    """Send what is due to each channel whose hour it is, oldest first.

    Args:
        limit: posts at the most.
        channels: channels that are looked at; empty: all that are set up.
        concurrency: posts side by side; 0: as CONCURRENCY says.
    """
    named = tuple(channels or ())
    try:
        if not has_work():
            return nothing_to_do()
        owner = new_owner()
        plan = find_due(named, limit, affordable(CLAIMABLE, owner))
        if not plan:
            return nothing_to_do()
        plan, needed = leave_out_broken(plan, await ask_services(named))
        require_working(needed)
        await share_limits()
        with keep_leases(owner):
            posts = claim_posts(limit, owner, CLAIMABLE, list(plan.chances))
            outcomes = await side_by_side(posts, partial(carry, plan=plan), put_down, concurrency)
            deliver_audit_or_later()
    except (SetupError, TransientError) as error:
        return stopped(error)
    return await report(outcomes, [*plan.broken.values()])


if __name__ == "__main__":
    run(publish_due)
