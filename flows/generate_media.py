"""generate-media: prompts become pictures that wait to be published.

    claim → caption → generate → check → store → ready, or review

What an earlier run began is gone on with first: a picture that was asked for is fetched, not asked
for again.
"""

from functools import partial
from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import Field

from flows._command import run
from flows._way import judge, make_pictures
from promptpress.errors import SetupError, TransientError
from promptpress.model import Post, PostState
from tasks import Pictures, Way
from tasks.claim import claim_affordable
from tasks.extract import ask_services, has_work, require_working
from tasks.fan_out import side_by_side
from tasks.gallery import Gallery
from tasks.hand import keep_leases, keeps_nothing
from tasks.load import deliver_audit_or_later, let_go, make_ready, put_down
from tasks.report import Progress, new_owner, nothing_to_do, report, shown_progress, stopped
from tasks.stopping import stoppable
from tasks.turns import share_limits

FROM_PROMPTS = (PostState.GENERATED, PostState.GENERATING, PostState.QUEUED)
"""States that this flow takes a post out of, furthest on its way first."""

Limit = Annotated[int, Field(ge=1, le=1000, description="posts at the most")]
Concurrency = Annotated[
    int, Field(ge=0, le=64, description="posts side by side; 0: as CONCURRENCY says")
]


def make(post: Post, progress: Progress, gallery: Gallery) -> Way[Post]:
    """Take one post as far as ready, from wherever it stands."""
    pictures: Pictures = ()
    if post.state is not PostState.GENERATED:
        post, pictures = yield from make_pictures(post)
    gallery.add(post, pictures)
    judge(post, pictures)
    post = let_go(make_ready(post, ()))
    progress.step()
    return post


@flow(name="generate-media")
@stoppable
async def generate_media(limit: Limit = 10, concurrency: Concurrency = 0) -> State[None]:
    """Turn waiting prompts into pictures that are ready to be published.

    Args:
        limit: posts at the most.
        concurrency: posts side by side; 0: as CONCURRENCY says.
    """
    try:
        if keeps_nothing():
            return nothing_to_do("STORES is none: the run that publishes makes the pictures")
        if not has_work(FROM_PROMPTS):
            return nothing_to_do()
        require_working(await ask_services(publishing=False))
        await share_limits()
        owner = new_owner()
        with keep_leases(owner):
            gallery = Gallery()
            async with shown_progress("pictures") as progress:
                posts = claim_affordable(limit, owner, FROM_PROMPTS)
                progress.total = len(posts)
                outcomes = await side_by_side(
                    posts, partial(make, progress=progress, gallery=gallery), put_down, concurrency
                )
            await gallery.show()
            deliver_audit_or_later()
    except (SetupError, TransientError) as error:
        return stopped(error)
    return await report(outcomes)


if __name__ == "__main__":
    run(generate_media)
