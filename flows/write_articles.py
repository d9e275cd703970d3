"""write-articles: topics become articles with their pictures, ready to be published.

    topics: those named, else those that wait, else new ones within the themes
    claim → outline → text → pictures → ready

Every step is kept before the next begins; an article that an earlier run left half-way goes on
where that run stopped, and nothing is paid for twice.
"""

from functools import partial
from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import Field

from flows._command import run
from flows._way import judge, make_pictures, write_words
from promptpress.errors import PromptpressError
from promptpress.model import Post, PostState
from promptpress.orders import clean
from tasks import Pictures, Way
from tasks.articles import (
    ask_article_writer,
    find_articles,
    is_unwritten,
    queue_topics,
    think_of_topics,
)
from tasks.extract import affordable, ask_services, claim_posts, require_working
from tasks.fan_out import side_by_side
from tasks.hand import keep_leases, keeps_nothing
from tasks.load import deliver_audit_or_later, let_go, make_ready, put_down
from tasks.report import Progress, new_owner, nothing_to_do, report, shown_progress, stopped
from tasks.stopping import stoppable
from tasks.turns import share_limits

UNMADE = (PostState.GENERATED, PostState.GENERATING, PostState.QUEUED)
"""States of articles on their way to ready, furthest on it first."""

Limit = Annotated[int, Field(ge=1, le=100, description="articles at the most")]
Topics = Annotated[
    list[str], Field(description="what to write about; empty: what waits, else new within THEMES")
]


def make(post: Post, progress: Progress) -> Way[Post]:
    """Take one article as far as ready, from wherever it stands.

    Where pictures are kept nowhere it gets its text; whichever run publishes it makes them.
    """
    pictures: Pictures = ()
    if keeps_nothing():
        post, _ = write_words(post)
        return let_go(post)
    if post.state is not PostState.GENERATED:
        post, pictures = yield from make_pictures(post)
    judge(post, pictures)
    post = let_go(make_ready(post, ()))
    progress.step()
    return post


def find_work(limit: int, topics: list[str], owner: str) -> list[int]:
    """Return the articles that this run may take up; new ones are queued first, up to `limit`.

    Raises:
        MissingSetting: nothing can write what is not written yet; or nothing waits, and there are
            no themes.
        TransientError, SetupError: the language model does not answer, or refuses.
    """
    topics = [clean(topic) for topic in topics]
    waiting = [one for one in find_articles(UNMADE) if not topics or one.prompt in topics]
    if keeps_nothing():
        waiting = [one for one in waiting if is_unwritten(one)]
    if topics or not waiting or any(map(is_unwritten, waiting)):
        require_working(ask_article_writer())
    new = topics or ([] if waiting else think_of_topics(limit))
    ids = queue_topics(new, owner) if new else []
    return list(dict.fromkeys([*(one.id for one in waiting), *ids]))


@flow(name="write-articles")
@stoppable
async def write_articles(limit: Limit = 1, topics: Topics | None = None) -> State[None]:
    """Have articles written and their pictures made, ready to be published.

    Args:
        limit: articles at the most.
        topics: what to write about; empty: what waits, else new topics within THEMES.
    """
    try:
        require_working(await ask_services(publishing=False))
        owner = new_owner()
        ids = find_work(limit, topics or [], owner)
        if not ids:
            return nothing_to_do()
        await share_limits()
        states = affordable(UNMADE, owner)
        with keep_leases(owner):
            async with shown_progress("articles") as progress:
                posts = claim_posts(limit, owner, states, ids)
                progress.total = len(posts)
                outcomes = await side_by_side(posts, partial(make, progress=progress), put_down, 0)
            deliver_audit_or_later()
    except PromptpressError as error:
        return stopped(error)
    return await report(outcomes)


if __name__ == "__main__":
    run(write_articles)
