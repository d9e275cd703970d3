"""statistics: what people did with the posts that are out."""

import heapq
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter, validators

from promptpress import wiring
from promptpress.cli.output import one_line, say, say_table
from promptpress.cli.posts import PAGE
from promptpress.errors import PermanentError, PromptpressError
from promptpress.model import PostState, Publication, PublicationState
from promptpress.ports import CountingPublisher, PromptQueue

_SENT_IN = (PostState.PUBLISHING, PostState.PUBLISHED, PostState.FAILED, PostState.IN_DOUBT)
"""States of posts that may be out on one channel at least."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

_Count = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=1000))]


def statistics(*, limit: _Count = 20) -> int:
    """Show what the channels count of the latest published posts, such as likes and comments.

    Asked now, one post after the other; nothing is kept. A channel that cannot be asked is a line
    with the reason.

    Args:
        limit: How many posts at most, 20 when not given; one on two channels counts twice.
    """
    services = wiring.services()
    counting = {
        name: publisher
        for name, publisher in services.publishers.items()
        if isinstance(publisher, CountingPublisher)
    }
    if not counting:
        say("no channel counts what becomes of its posts: instagram does, once it is set up")
        return 0
    latest = heapq.nlargest(limit, _sent(services.queue, counting), key=_moment)
    if not latest:
        say("nothing is published yet on a channel that counts")
        return 0
    rows, is_told = _ask(latest, counting)
    say_table(("id", "channel", "counted", "address"), rows)
    return 0 if is_told else 1


def _sent(
    queue: PromptQueue, channels: Mapping[str, CountingPublisher]
) -> Iterator[tuple[int, Publication]]:
    after = 0
    while page := queue.find(_SENT_IN, limit=PAGE, after=after):
        for post in page:
            for one in post.publications:
                if one.state is PublicationState.SENT and one.channel in channels:
                    yield post.id, one
        after = page[-1].id


def _moment(sent: tuple[int, Publication]) -> tuple[datetime, int]:
    post_id, publication = sent
    return publication.sent_at or _LONG_AGO, post_id


def _ask(
    latest: list[tuple[int, Publication]], channels: Mapping[str, CountingPublisher]
) -> tuple[list[tuple[str, ...]], bool]:
    """Return a row for each post, and whether any was told of.

    A channel that fails for other reasons than the post is asked no more: its one line says why.
    """
    rows: list[tuple[str, ...]] = []
    failed: set[str] = set()
    is_told = False
    for post_id, publication in latest:
        name = publication.channel
        if name in failed:
            continue
        try:
            told = _describe(channels[name].count(publication))
            is_told = True
        except PromptpressError as error:
            told = f"not told: {one_line(error.message)}"
            if not isinstance(error, PermanentError):
                failed.add(name)
        rows.append((str(post_id), name, told, publication.url))
    return rows, is_told


def _describe(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{value:,} {name}" for name, value in counted.items()) or "nothing is told"
