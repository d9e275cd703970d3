"""Questions: what became of a container, and which post came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from promptpress.adapters.instagram._answers import (
    Shown,
    parse_posts,
    parse_quota,
    parse_state,
    parse_subcode,
    parse_url,
    state_words,
)
from promptpress.adapters.instagram._errors import error_of_question
from promptpress.adapters.instagram._graph import Graph
from promptpress.adapters.instagram._handles import Handle
from promptpress.adapters.instagram._sending import caption_key
from promptpress.errors import PromptpressError, TransientError
from promptpress.ports import Receipt

PAGE, MAX_PAGES = 25, 8
"""Posts in one answer, and answers: more posts than an account may publish in the life of a
container, and answers that stay below a megabyte."""
LIFE = timedelta(hours=24)
"""For so long a container can be published."""
SKEW = timedelta(minutes=10)
"""By how much two clocks may differ."""
PAUSE = 15.0
"""Seconds between two looks at a container that may still be changing."""
QUOTA = "content_publishing_limit"
LIST_READS = 3
"""Looks for a post that is published and not in the list yet."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is known of a container."""

    state: str
    """One of `_answers.STATES`, or MISSING."""
    subcode: int = 0
    words: str = ""


def look(graph: Graph, container: str, name: str) -> Look:
    """Ask for the state of a container.

    Raises:
        TransientError, SetupError: it cannot be asked.
    """
    answer = graph.ask(container, "status_code,status")
    if answer.is_missing:
        return Look(state="MISSING")
    if state := parse_state(answer):
        return Look(
            state=state, subcode=parse_subcode(answer), words=graph.clean(state_words(answer))
        )
    if answer.value is not None:
        raise TransientError("it tells no state of a container: it is asked again", name)
    raise error_of_question(answer, name)


def watch(
    graph: Graph, container: str, name: str, *, seconds: float, sleep: Callable[[float], None]
) -> str:
    """Look at a container until its state will not change by itself, or the time is over.

    Right after a publish whose answer was lost, Instagram may still be at it: FINISHED then says
    little.

    Args:
        graph: who is asked.
        container: which.
        name: of the channel.
        seconds: how long it is looked at, at the most.
        sleep: waits some seconds.
    """
    left = seconds
    while True:
        state = look(graph, container, name).state
        if state in ("PUBLISHED", "EXPIRED", "ERROR") or left <= 0:
            return state
        sleep(min(PAUSE, left))
        left -= PAUSE


def find_receipt(
    graph: Graph, handle: Handle, *, reads: int = LIST_READS, sleep: Callable[[float], None]
) -> Receipt:
    """Return the receipt of a container that is published.

    Where its post cannot be told from others, the container's own id stands in for it.
    """
    for read in range(reads if handle.caption else 0):
        if read:
            sleep(PAUSE / LIST_READS)
        try:
            found = find_post(graph, handle)
        except PromptpressError:
            continue  # it is published all the same
        if found:
            return found
    return Receipt(
        external_id=handle.container,
        detail={"container": handle.container, "media_id": "not known"},
    )


def find_post(graph: Graph, handle: Handle) -> Receipt | None:
    """Return the receipt of the one post with the container's caption that came out in its life.

    Never just the latest post: that may be somebody else's. None where there is none, or several.

    Raises:
        TransientError, SetupError: the list cannot be read.
    """
    if not handle.caption:
        return None
    begin = datetime.fromtimestamp(handle.at, UTC) - SKEW
    end = begin + LIFE + 2 * SKEW
    ours = [
        shown
        for shown in _list(graph, begin)
        if begin <= shown.at <= end and caption_key(shown.caption) == handle.caption
    ]
    if len(ours) != 1:
        return None
    detail: dict[str, object] = {"container": handle.container, "found_by": "its caption"}
    return Receipt(external_id=ours[0].id, url=ours[0].url, detail=detail)


def _list(graph: Graph, begin: datetime) -> list[Shown]:
    """Return the account's posts since `begin`, latest first."""
    found: dict[str, Shown] = {}
    more: dict[str, str] = {}
    for _ in range(MAX_PAGES):
        answer = graph.ask(
            f"{graph.account()}/media", "id,caption,timestamp,permalink", limit=str(PAGE), **more
        )
        if answer.value is None:
            raise error_of_question(answer, graph.name)
        posts, after = parse_posts(answer)
        found |= {shown.id: shown for shown in posts}
        if not after or any(shown.at < begin for shown in posts):
            break
        more = {"after": after}
    return list(found.values())


def find_url(graph: Graph, media: str) -> str:
    """Return where people see a post; empty where that cannot be found out: it is out anyway."""
    try:
        return parse_url(graph.ask(media, "permalink").value)
    except Exception:  # noqa: BLE001  the post is out, and nothing may hide that
        return ""


def ask_quota(graph: Graph) -> tuple[int, int] | None:
    """Return how many posts of 24 hours are used, and how many there are; None if not told."""
    answer = graph.ask(f"{graph.account()}/{QUOTA}", "quota_usage,config")
    return parse_quota(answer)
