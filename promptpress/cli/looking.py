"""list, show: what is in the queue, and the whole story of one post."""

import json as jsonlib
from collections.abc import Iterator
from typing import Annotated

from cyclopts import Parameter, validators

from promptpress import wiring
from promptpress.cli.output import one_line, say, say_table
from promptpress.cli.posts import PAGE, get_post
from promptpress.cli.story import (
    describe_event,
    describe_media,
    describe_order,
    describe_publication,
    moment,
    state_of,
    to_plain,
)
from promptpress.model import AuditEvent, Post, PostState
from promptpress.ports import PromptQueue

MAX_PROMPT_SHOWN = 60
"""Characters of a prompt in the list."""

_States = Annotated[tuple[PostState, ...], Parameter(consume_multiple=True)]
_Count = Annotated[int, Parameter(validator=validators.Number(gte=1))]


def list_posts(
    *, state: _States = (), limit: _Count = 50, after: int = 0, json: bool = False
) -> int:
    """Show the posts of the queue, and how many stand in each state.

    Args:
        state: Only posts in these states.
        limit: How many posts at most, 50 when not given.
        after: Only posts with an id above this one.
        json: One JSON object per line instead of a table.
    """
    queue = wiring.services().queue
    posts = _posts(queue, state, limit, after)
    if json:
        for post in posts:
            say(jsonlib.dumps(to_plain(post)))
        return 0
    counts = queue.count()
    if not counts:
        say('The queue is empty: python -m promptpress add "a lighthouse at dawn"')
        return 0
    rows = [_row(post) for post in posts]
    if rows:
        say_table(("id", "state", "due", "channels", "prompt", "reason"), rows)
        say()
    say(", ".join(f"{counts[one]:,} {one}" for one in PostState if one in counts))
    _say_rest(rows, sum(counts[one] for one in counts if not state or one in state), after)
    return 0


def _posts(
    queue: PromptQueue, states: tuple[PostState, ...], limit: int, after: int
) -> Iterator[Post]:
    while limit > 0 and (page := queue.find(states, limit=min(limit, PAGE), after=after)):
        yield from page
        limit -= len(page)
        after = page[-1].id


def _row(post: Post) -> tuple[str, ...]:
    return (
        str(post.id),
        state_of(post),
        moment(post.due_at),
        ", ".join(post.channels),
        one_line(post.prompt, MAX_PROMPT_SHOWN),
        one_line("; ".join(filter(None, (post.reason, *post.problems)))),
    )


def _say_rest(rows: list[tuple[str, ...]], total: int, after: int) -> None:
    if not rows:
        say("No such post: leave --state or --after out to see the others.")
    elif len(rows) < total and not after:
        say(f"{total - len(rows):,} more: list --after {rows[-1][0]}, or a higher --limit")


def show(post: int, /, *, json: bool = False) -> int:
    """Tell one post's whole story: the order, its pictures, where it went, every event.

    Times are in UTC.

    Args:
        post: Id of the post.
        json: One JSON object instead of a text.
    """
    queue = wiring.services().queue
    found = get_post(queue, post)
    events = queue.history(post)
    if json:
        say(jsonlib.dumps({"post": to_plain(found), "events": to_plain(events)}))
        return 0
    _say_post(found)
    _say_events(events)
    return 0


def _say_post(post: Post) -> None:
    say(f"Post {post.id}: {state_of(post)}")
    for name, value in describe_order(post):
        say(f"  {name}: {value}")
    if post.media:
        say("\nPictures")
        rows = [describe_media(media) for media in post.media]
        say_table(("picture", "made by", "how", "kept"), rows)
    if post.publications:
        say("\nPublications")
        said = [describe_publication(publication) for publication in post.publications]
        say_table(("channel", "state", "sent", "where or why"), said)


def _say_events(events: list[AuditEvent]) -> None:
    if events:
        say("\nStory")
        headings = ("time", "run", "action", "service", "outcome", "details")
        say_table(headings, [describe_event(event) for event in events])
