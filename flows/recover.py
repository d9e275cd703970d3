"""recover: what a run left behind when it died is settled, and the audit is delivered.

Leases that are over end by themselves with the next claim. This flow claims the posts that a dead
run left in the middle of something, asks the services what became of it where they can be asked,
and lets go of them again, so that the next run goes on from there.
"""

from functools import partial
from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import Field

from flows._command import run
from flows._way import settle
from promptpress.errors import PromptpressError, SetupError, TransientError
from promptpress.model import Post, PostState
from tasks.extract import claim_posts, has_work
from tasks.fan_out import side_by_side
from tasks.hand import keep_leases
from tasks.load import deliver_audit, let_go, put_down
from tasks.report import new_owner, nothing_to_do, report, stopped
from tasks.stopping import stoppable

LEFT = (PostState.PUBLISHING,)
"""States in which a dead run leaves a question: was it sent?"""

Limit = Annotated[int, Field(ge=1, le=1000, description="posts at the most")]


def settle_all(post: Post, broken: list[PromptpressError]) -> Post:
    """Find out what became of each send that nobody finished.

    A channel that needs a person is added to `broken`; the other posts are settled all the same.
    """
    post, late = settle(post)
    if isinstance(late, SetupError):
        broken.append(late)
        return put_down(post, late)
    if late is not None:
        raise late
    return let_go(post)


@flow(name="recover")
@stoppable
async def recover(limit: Limit = 100) -> State[None]:
    """Settle what a dead run left in the middle of a send, and deliver the audit.

    Args:
        limit: posts at the most.
    """
    try:
        if not has_work(LEFT):
            deliver_audit()
            return nothing_to_do()
        owner = new_owner()
        with keep_leases(owner):
            posts = claim_posts(limit, owner, LEFT)
            broken: list[PromptpressError] = []
            carry = partial(settle_all, broken=broken)
            outcomes = await side_by_side(posts, carry, put_down, 0)
            deliver_audit()
    except (SetupError, TransientError) as error:
        return stopped(error)
    return await report(outcomes, broken)


if __name__ == "__main__":
    run(recover)
