"""sync-library: pictures that people put into a store become posts; what is gone from it is marked.

list the folder → order a post per new picture → bring it → check → store → ready
posts that wait with pictures → still there? → else withdrawn, or held for a person
"""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import Field

from flows._command import run
from flows._way import judge, make_pictures
from promptpress.errors import SetupError, TransientError
from promptpress.model import Post, PostState
from tasks import Way
from tasks.fan_out import Outcome, side_by_side
from tasks.hand import keep_leases
from tasks.library import (
    claim_taken_in,
    find_gone,
    libraries,
    require_stores,
    settle_gone,
    take_in,
)
from tasks.load import deliver_audit_or_later, let_go, make_ready, put_down
from tasks.report import new_owner, nothing_to_do, report, stopped
from tasks.stopping import stoppable

Limit = Annotated[int, Field(ge=1, le=1000, description="pictures taken in at the most")]


def bring(post: Post) -> Way[Post]:
    """Take a post to its picture, as far as ready."""
    post, pictures = yield from make_pictures(post)
    if post.state is PostState.GENERATED:
        judge(post, pictures)
        post = make_ready(post, ())
    return let_go(post)


@flow(name="sync-library")
@stoppable
async def sync_library(limit: Limit = 100) -> State[None]:
    """Take in pictures that people put into the store, and mark posts whose picture is gone.

    Those that came of such a picture are withdrawn with it; others are held for a person.

    Args:
        limit: pictures taken in at the most.
    """
    try:
        owner = new_owner()
        new = sum(take_in(store, limit, owner) for store in libraries())
        with keep_leases(owner):
            posts = claim_taken_in(limit, owner)
            outcomes = await side_by_side(posts, bring, put_down, 0)
        gone = find_gone()
        require_stores(gone)
        settled = [Outcome(post) for one in gone if (post := settle_gone(one))]
        deliver_audit_or_later()
    except (SetupError, TransientError) as error:
        return stopped(error)
    if not (new or outcomes or settled):
        return nothing_to_do()
    return await report([*outcomes, *settled])


if __name__ == "__main__":
    run(sync_library)
