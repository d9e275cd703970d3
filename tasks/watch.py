"""What in the queue a person should know of, and how they hear of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from prefect.client.orchestration import get_client
from prefect.events import emit_event
from prefect.events.schemas.automations import Automation, EventTrigger
from prefect.exceptions import PrefectException
from prefect.settings import PREFECT_API_URL

from promptpress.errors import InvalidPost, TransientError
from promptpress.model import Post, PostState, PublicationState
from promptpress.ports import PromptQueue
from promptpress.wiring import services
from tasks.due import own_time, wanted_channels
from tasks.notices import tell
from tasks.pages import pages
from tasks.policy import READ, SETTLING, step

IN_DOUBT = "promptpress.posts.in-doubt"
OVERDUE_EVENT = "promptpress.posts.overdue"
STARVING = "promptpress.queue.starving"
RESOURCE = {"prefect.resource.id": "promptpress.queue", "prefect.resource.name": "the queue"}
TO_COME = (
    PostState.QUEUED,
    PostState.GENERATING,
    PostState.GENERATED,
    PostState.REVIEW,
    PostState.READY,
)
"""States of posts that are still to be published: the stock."""
NAMED = 5
"""Posts named in a notice at the most."""


@dataclass(frozen=True)
class Worry:
    """Something that only a person can mend."""

    event: str
    """The name of the event by which Prefect hears of it."""
    title: str
    text: str
    """What to do."""


@step("look-at-the-queue", READ, begins=True)
def find_worries() -> list[Worry]:
    """Return what a person should know of, the most urgent first."""
    chosen = services()
    queue, now = chosen.queue, chosen.now()
    counts = queue.count()
    found = [
        _doubt(queue, counts.get(PostState.IN_DOUBT, 0), now),
        _delay(now),
        _need(sum(counts.get(state, 0) for state in TO_COME), chosen.settings.low_stock),
    ]
    return [worry for worry in found if worry is not None]


def _doubt(queue: PromptQueue, number: int, now: datetime) -> Worry | None:
    """Remind of posts in doubt; the run that left one so has told of it at once."""
    posts = queue.find((PostState.IN_DOUBT,), limit=NAMED) if number else []
    if not any(_is_settled(queue, post, now) for post in posts):
        return None
    first = posts[0]
    channels = [p.channel for p in first.publications if p.state is PublicationState.IN_DOUBT]
    channel = channels[0] if channels else "NAME"
    text = (
        f"Nobody can know whether they went out: {_named(posts, number)}. Look at the channel, "
        f"then python -m promptpress resolve {first.id} --channel {channel} --sent (or --not-sent)."
    )
    return Worry(IN_DOUBT, f"{_count(number)} in doubt", text)


def _is_settled(queue: PromptQueue, post: Post, now: datetime) -> bool:
    events = queue.history(post.id)
    return not events or events[-1].at <= now - SETTLING


def _delay(now: datetime) -> Worry | None:
    late = [post for post in pages(TO_COME, timed=True) if not post.held and _is_overdue(post, now)]
    if not late:
        return None
    text = (
        f"Their time is long past: {_named(late, len(late))}. Look at "
        f"python -m promptpress show {late[0].id}, and at the latest runs of publish-due."
    )
    return Worry(OVERDUE_EVENT, f"{_count(len(late))} overdue", text)


def _is_overdue(post: Post, now: datetime) -> bool:
    try:
        times = [post.due_at, *(own_time(post, name) for name in wanted_channels(post))]
    except InvalidPost:
        return False  # it is set aside on its way, which tells why
    known = [time for time in times if time is not None]
    late = timedelta(seconds=services().settings.late_seconds)
    return bool(known) and max(known) < now - late


def _need(stock: int, least: int) -> Worry | None:
    if stock >= least:
        return None
    text = (
        f"{_count(stock)} still to be published, and LOW_STOCK is {least}: add prompts "
        "(python -m promptpress add), or turn the schedule of write-prompts on."
    )
    return Worry(STARVING, "The queue runs dry", text)


def _count(number: int) -> str:
    return f"{number:,} {'post' if number == 1 else 'posts'}"


def _named(posts: Sequence[Post], number: int) -> str:
    shown = ", ".join(f"post {post.id}" for post in posts[:NAMED])
    return shown if number <= NAMED else f"{shown} and {number - NAMED:,} more"


async def announce(worries: Sequence[Worry]) -> None:
    """Let a person know: by the automations that answer an event, else by a notice.

    Raises:
        TransientError: Prefect's server does not say what answers.
    """
    answered = await _answered()
    for worry in worries:
        if worry.event in answered:
            emit_event(worry.event, RESOURCE, payload={"title": worry.title, "text": worry.text})
        else:
            tell(worry.title, worry.text)


async def _answered() -> set[str]:
    """Return the events that some automation answers; one that is switched off is an answer too."""
    if not PREFECT_API_URL.value():
        return set()
    try:
        async with get_client() as client:
            automations = await client.read_automations()
    except (PrefectException, httpx.HTTPError, OSError):
        message = "Prefect's server does not tell its automations: this is repeated later"
        raise TransientError(message, "prefect") from None
    return {event for one in automations for event in _expected(one)}


def _expected(automation: Automation) -> set[str]:
    return automation.trigger.expect if isinstance(automation.trigger, EventTrigger) else set()
