"""What a run tells people: a sentence, a table in Prefect's UI, an exit code by its state."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence

from prefect import runtime
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from promptpress.errors import PromptpressError, SetupError
from promptpress.model import PostState, PublicationState
from promptpress.wiring import services
from tasks.fan_out import Outcome

logger = logging.getLogger("promptpress")


def new_owner() -> str:
    """Return the name under which this run claims posts; the audit calls the run by it.

    Prefect may execute one run twice, so its name alone is not enough.
    """
    return f"{runtime.flow_run.get_name() or 'run'}-{services().new_id()[:8]}"


def nothing_to_do() -> State[None]:
    """Return the state of a run that found no work: clean, quick, without a word in the audit."""
    return Completed(message="nothing to do: no post is due", name="NothingToDo")


def stopped(error: PromptpressError) -> State[None]:
    """Return the state of a run that could not begin, with what to do."""
    logger.error("%s", error)
    return Failed(message=str(error))


def _row(outcome: Outcome) -> dict[str, object]:
    post = outcome.post
    links = [p.url for p in post.publications if p.url]
    return {
        "post": post.id,
        "state": str(post.state),
        "prompt": post.prompt[:80],
        "channels": ", ".join(f"{p.channel}: {p.state}" for p in post.publications),
        "link": links[0] if links else "",
        "reason": post.reason or (str(outcome.error) if outcome.error else ""),
    }


def _log(outcome: Outcome) -> None:
    post = outcome.post
    for publication in post.publications:
        if publication.state is PublicationState.SENT:
            logger.info("post %s is on %s: %s", post.id, publication.channel, publication.url)


async def report(outcomes: Sequence[Outcome]) -> State[None]:
    """Log and show how each post ended; return the state of the run.

    Completed when all went well; PartlyDone, a completed state too, when a post did not go on or
    its fate is unknown; Failed when the set-up stopped the run.
    """
    for outcome in outcomes:
        _log(outcome)
    await acreate_table_artifact(
        [_row(outcome) for outcome in outcomes],
        key="posts",
        description="How each post of this run ended",
    )
    counts = Counter(str(outcome.post.state) for outcome in outcomes)
    message = ", ".join(f"{number} {state}" for state, number in sorted(counts.items()))
    setup = [o.error for o in outcomes if isinstance(o.error, SetupError)]
    if setup:
        return Failed(message=f"{message}; stopped: {setup[0]}")
    aside = (PostState.FAILED, PostState.IN_DOUBT)
    if all(o.error is None and o.post.state not in aside for o in outcomes):
        return Completed(message=message or "nothing was left to do")
    return Completed(message=f"{message}; see `python -m promptpress list`", name="PartlyDone")


async def report_connections(verdicts: Mapping[str, str]) -> State[None]:
    """Log and show what each service says; return the state of the check."""
    for name, word in verdicts.items():
        logger.log(logging.INFO if word == "works" else logging.ERROR, "%s: %s", name, word)
    await acreate_table_artifact(
        [{"service": name, "verdict": word} for name, word in verdicts.items()],
        key="connections",
        description="What each configured service says",
    )
    broken = [name for name, word in verdicts.items() if word != "works"]
    if broken:
        return Failed(message=f"not working: {', '.join(broken)}")
    return Completed(message=f"all {len(verdicts)} services work")
