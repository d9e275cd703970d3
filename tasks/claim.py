"""Which posts a run takes: those that can go on now, and that today's budget allows."""

import logging
from collections.abc import Sequence

from promptpress.errors import PromptpressError
from promptpress.model import Post, PostState
from tasks.due import costs_nothing, is_early
from tasks.extract import affordable, claim_posts
from tasks.load import rest_until_due
from tasks.pages import pages
from tasks.signals import require_going_on

logger = logging.getLogger("promptpress")


def claim_affordable(limit: int, owner: str, states: Sequence[PostState]) -> list[Post]:
    """Lease posts; once today's budget is used up, of the prompts only those that cost nothing."""
    paid = affordable(states, owner)
    posts = claim_posts(limit, owner, paid) if paid else []
    if len(paid) == len(states) or len(posts) == limit:
        return posts
    free = [post.id for post in pages((PostState.QUEUED,)) if costs_nothing(post)]
    wanted = limit - len(posts)
    return posts + (claim_posts(wanted, owner, (PostState.QUEUED,), free) if free else [])


def claim_open(limit: int, owner: str, states: Sequence[PostState]) -> list[Post]:
    """Lease posts that there is something to do for now.

    Those that only wait for their own time are let go of, and others take their place: a month's
    plan of finished posts does not keep today's from the run.
    """
    posts = claim_affordable(limit, owner, states)
    early = [post for post in posts if is_early(post)]
    try:
        for post in early:
            require_going_on()
            rest_until_due(post)
            posts.remove(post)
        if early:
            _fill_up(posts, limit, owner, states)
    except PromptpressError as error:
        # What is claimed is not left leased: the run goes on with it, or hands it back.
        logger.warning("no other posts are claimed: %s", error)
    return posts


def _fill_up(posts: list[Post], limit: int, owner: str, states: Sequence[PostState]) -> None:
    """Lease posts to take the places of those that were let go of."""
    due = [post.id for post in pages((PostState.READY,)) if not is_early(post)]
    if due:
        posts += claim_posts(limit - len(posts), owner, (PostState.READY,), due)
    if len(posts) < limit:
        others = [state for state in states if state is not PostState.READY]
        posts += claim_affordable(limit - len(posts), owner, others)
