"""What a run tells people: a sentence, a table in Prefect's UI, an exit code by its state."""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import httpx
from prefect import runtime
from prefect.artifacts import (
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)
from prefect.client.schemas.objects import State
from prefect.exceptions import PrefectException
from prefect.states import Cancelled, Completed, Failed

from promptpress.errors import BudgetReached, Interrupted, PromptpressError, SetupError
from promptpress.model import Post, PostState, PublicationState
from promptpress.ports import Notice
from promptpress.wiring import services
from tasks.fan_out import Outcome
from tasks.prune import Gone
from tasks.summary import cell, row_of, summarise, summarise_error, summary_of
from tasks.write import Proposal

logger = logging.getLogger("promptpress")
NAMED = 10
"""Posts that a notice names; the others are counted."""
SHOWN = 500
"""Rows of a table in Prefect's UI: what is more is told in numbers."""
SHOWN_EVERY = 2.0
"""Seconds between two looks of the progress that Prefect's UI shows."""


def new_owner() -> str:
    """Return the name under which this run claims posts; the audit calls the run by it.

    Prefect may execute one run twice, so its name alone is not enough.
    """
    return f"{runtime.flow_run.get_name() or 'run'}-{services().new_id()[:8]}"


def nothing_to_do(why: str = "no post is due") -> State[None]:
    """Return the state of a run that found no work: clean, quick, without a word in the audit."""
    summarise(f"Nothing to do: {why}.\n")
    return Completed(message=f"nothing to do: {why}", name="NothingToDo")


def told(*titles: str, name: str | None = None) -> State[None]:
    """Return the state of a run that let a person know something, under a name if it is given."""
    message = "; ".join(titles)
    summarise(f"Told: {cell(message)}\n")
    return Completed(message=f"told: {message}", name=name)


def enough_waits() -> State[None]:
    """Return the state of a run that found the stock of prompts full."""
    summarise("Enough prompts wait: none was added.\n")
    return Completed(message="enough prompts wait: none was added", name="NothingToDo")


def renewed(said: Mapping[str, str]) -> State[None]:
    """Return the state of a run that looked after tokens, and say what came of each."""
    lines = [f"{name}: {word}" for name, word in said.items()]
    summarise("\n".join(lines) + "\n")
    return Completed(message="; ".join(lines))


def stopped(error: PromptpressError) -> State[None]:
    """Return the state of a run that could not begin, with what to do."""
    if isinstance(error, Interrupted):
        return _interrupted(error)
    logger.error("%s", error)
    summarise_error(error)
    return Failed(message=str(error))


def _interrupted(error: Interrupted, done: str = "") -> State[None]:
    """Return the state of a run that was asked to stop: it is nobody's failure."""
    message = f"{done}; {error}" if done else str(error)
    logger.warning("%s", message)
    summarise_error(error)
    return Cancelled(message=message)


@asynccontextmanager
async def shown_if_possible() -> AsyncIterator[None]:
    """Write to the run's page where that can be done: no post waits for it, and none fails."""
    try:
        yield
    except (httpx.HTTPError, PrefectException) as error:
        logger.warning("Prefect's page of this run lacks something: %s", error)


class Progress:
    """How far a run is, as its page in Prefect's UI shows it."""

    def __init__(self) -> None:
        """Begin with nothing done."""
        self.total = 0
        """How many there are; told once they are claimed."""
        self._lock = threading.Lock()
        self._done = 0

    def step(self) -> None:
        """Note that one more is done; from any thread."""
        with self._lock:
            self._done += 1

    @property
    def percent(self) -> float:
        """How much is done."""
        return 100.0 * self._done / max(1, self.total)


@asynccontextmanager
async def shown_progress(what: str) -> AsyncIterator[Progress]:
    """Show how far a run is while the block works, and once more when it ends.

    It is opened before posts are claimed: whatever goes wrong here leaves none of them leased.
    """
    progress = Progress()
    made: UUID | None = None
    async with shown_if_possible():
        made = await acreate_progress_artifact(0.0, key=what, description=f"{what} of this run")

    async def tell() -> None:
        async with shown_if_possible():
            if made is not None:
                await aupdate_progress_artifact(made, progress.percent)

    async def show() -> None:
        while True:
            await asyncio.sleep(SHOWN_EVERY)
            await tell()

    showing = asyncio.create_task(show())
    try:
        yield progress
    finally:
        showing.cancel()
        with suppress(asyncio.CancelledError):
            await showing
        await tell()


def _log(outcome: Outcome) -> None:
    post = outcome.post
    for publication in post.publications:
        if publication.state is PublicationState.SENT:
            logger.info("post %s is on %s: %s", post.id, publication.channel, publication.url)


def _tell_budget(error: BudgetReached) -> None:
    """Tell a person once: a run that began with nothing left asks for no picture."""
    chosen = services()
    notice = Notice(title="The budget for pictures is used up", text=str(error), at=chosen.now())
    chosen.notifier.notify(notice)


def _tell_waiting(posts: Sequence[Post]) -> None:
    """Tell a person once of the posts that this run left for their yes."""
    named = "; ".join(f"{post.id} {' '.join(post.prompt.split())[:40]}" for post in posts[:NAMED])
    more = f"; and {len(posts) - NAMED} more" if len(posts) > NAMED else ""
    what = "1 post waits" if len(posts) == 1 else f"{len(posts)} posts wait"
    text = f"{what} for a yes: {named}{more}. Run review-posts, or `python -m promptpress review`"
    chosen = services()
    notice = Notice(title="Posts wait for a yes", text=text, at=chosen.now())
    chosen.notifier.notify(notice)


async def report(
    outcomes: Sequence[Outcome], broken: Sequence[PromptpressError] = ()
) -> State[None]:
    """Log and show how each post ended; return the state of the run.

    Cancelled when a signal stopped it; Completed when all went well; PartlyDone, a completed state
    too, when a post did not go on or its fate is unknown; BudgetReached, completed as well, when no
    more may be spent; Failed when the set-up stopped the run, or a channel of it (`broken`).
    """
    for outcome in outcomes:
        _log(outcome)
    waiting = [o.post for o in outcomes if o.post.state is PostState.REVIEW]
    if waiting:
        _tell_waiting(waiting)
    async with shown_if_possible():
        await acreate_table_artifact(
            [row_of(outcome) for outcome in outcomes],
            key="posts",
            description="How each post of this run ended",
        )
    summarise(summary_of(outcomes))
    counts = Counter(str(outcome.post.state) for outcome in outcomes)
    message = ", ".join(f"{number} {state}" for state, number in sorted(counts.items()))
    cut = next((o.error for o in outcomes if isinstance(o.error, Interrupted)), None)
    if cut is not None:
        return _interrupted(cut, message)
    spent = next((o.error for o in outcomes if isinstance(o.error, BudgetReached)), None)
    if spent is not None:
        _tell_budget(spent)
        return Completed(message=f"{message}; {spent}", name="BudgetReached")
    setup = [*(o.error for o in outcomes if isinstance(o.error, SetupError)), *broken]
    if setup:
        return Failed(message=f"{message}; stopped: {setup[0]}")
    aside = (PostState.FAILED, PostState.IN_DOUBT)
    if all(o.error is None and o.post.state not in aside for o in outcomes):
        return Completed(message=message or "nothing was left to do")
    return Completed(message=f"{message}; see `python -m promptpress list`", name="PartlyDone")


async def report_prompts(proposals: Sequence[Proposal], queued: int) -> State[None]:
    """Show what was thought of, and what was left out; return the state of the run."""
    rows = [
        {"theme": one.theme, "prompt": one.prompt, "left out": one.like and f"like: {one.like}"}
        for one in proposals
    ]
    async with shown_if_possible():
        await acreate_table_artifact(rows, key="prompts", description="What was thought of")
    left_out = sum(bool(one.like) for one in proposals)
    message = f"{queued} prompts queued, {left_out} left out as too much alike"
    summarise(f"{message}\n")
    return Completed(message=message, name=None if queued else "NothingNew")


async def report_gone(gone: Sequence[Gone], *, dry_run: bool) -> State[None]:
    """Show what went, or would go; return the state of the run."""
    rows = [
        {"post": one.post_id or "", "what": one.what, "number": one.number, "bytes": one.size,
         "kept": "; ".join(one.said)}
        for one in gone[:SHOWN]
    ]  # fmt: skip
    word = "would go" if dry_run else "went"
    async with shown_if_possible():
        await acreate_table_artifact(rows, key="pruned", description=f"What {word}")
    number = Counter[str]()
    for one in gone:
        number[one.what] += one.number
    size = sum(one.size for one in gone)
    told = ", ".join(
        f"{count:,} {what.removesuffix('s') if count == 1 else what}"
        for what, count in sorted(number.items())
    )
    message = f"{told} {word} ({size:,} bytes)"
    summarise(f"{message}\n")
    kept = any(one.said for one in gone)
    return Completed(message=message, name="PartlyDone" if kept and not dry_run else None)


async def report_connections(verdicts: Mapping[str, str]) -> State[None]:
    """Log and show what each service says; return the state of the check."""
    for name, word in verdicts.items():
        logger.log(logging.INFO if word == "works" else logging.ERROR, "%s: %s", name, word)
    async with shown_if_possible():
        await acreate_table_artifact(
            [{"service": name, "verdict": word} for name, word in verdicts.items()],
            key="connections",
            description="What each configured service says",
        )
    broken = [name for name, word in verdicts.items() if word != "works"]
    if broken:
        return Failed(message=f"not working: {', '.join(broken)}")
    return Completed(message=f"all {len(verdicts)} services work")
