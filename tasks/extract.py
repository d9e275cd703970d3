"""Out of the queue: is there work, would the services do it, and whose is it."""

import logging
from collections.abc import Sequence

from promptpress.errors import PromptpressError, RateLimited, SetupError, TransientError
from promptpress.model import CLAIMABLE, Post, PostState
from promptpress.ports import Service
from promptpress.wiring import services
from tasks import tokens  # noqa: F401  lets TOKENS=prefect be known to whoever checks or publishes
from tasks.fan_out import in_threads
from tasks.policy import READ, REST, step
from tasks.whole import require_whole_queue

logger = logging.getLogger("promptpress")


def has_work(states: Sequence[PostState] = CLAIMABLE) -> bool:
    """Tell whether a claim would find a post now; quick, and no task run of its own."""
    return services().queue.has_work(states)


@step("check-connection", run_name="check {service.name}", begins=True)
def check_connection(service: Service) -> str:
    """Ask one service whether it would work; return "works", "refused: …" or "offline: …"."""
    try:
        service.check()
    except RateLimited:
        return "works"  # it answers, and is only busy: its part of the way knows how to wait
    except TransientError as error:
        return f"offline: {error.message}"
    except PromptpressError as error:
        return f"refused: {error.message}"
    return "works"


async def ask_services(
    channels: Sequence[str] = (), *, needed: bool = True, publishing: bool = True
) -> dict[str, str]:
    """Return what each service says, in the order of a post's way.

    Args:
        channels: channels the run publishes to beside those of the settings.
        needed: only those without which no post goes its way: other audit logs get their events
            later, and no post waits for a notice.
        publishing: whether posts are to go as far as their channels.

    Raises:
        MissingSetting: names all that these channels lack.
    """
    chosen = services()
    chosen.require_channels(tuple(channels))
    asked = chosen.needed(publishing=publishing) if needed else chosen.everything()
    names = {service.name for service in asked}
    asked += [chosen.publishers[name] for name in channels if name not in names]
    words = await in_threads(check_connection, asked, len(asked))
    return {service.name: word for service, word in zip(asked, words, strict=True)}


def require_working(verdicts: dict[str, str]) -> None:
    """Raise for the services that would not work, all of them in one message.

    Raises:
        SetupError: one of them refuses.
        TransientError: one of them does not answer.
    """
    broken = {name: word for name, word in verdicts.items() if word != "works"}
    chosen = services()
    line = chosen.settings.generators
    # What makes videos does no photo: it does not stand in for the others.
    stills = [name for name in line if not chosen.makes_videos(name)]
    if any(verdicts.get(name) == "works" for name in stills or line):
        # One generator is enough; the others are in line for when it falls out.
        for name in set(line) & set(broken):
            word = broken.pop(name)
            logger.warning("%s: %s; the others make the pictures", name, word)
            rest = REST["quota" if word.startswith("refused") else "outage"]
            chosen.resting[name] = chosen.now() + rest
    if not broken:
        return
    message = "; ".join(f"{name}: {word}" for name, word in broken.items())
    if any(word.startswith("refused") for word in broken.values()):
        raise SetupError(message)
    raise TransientError(message)


def affordable(states: Sequence[PostState], owner: str) -> list[PostState]:
    """Return the states to claim from: no new prompts where today's budget is used up already."""
    reached = services().budget(owner).was_reached
    if reached:
        logger.info("the budget of today is used up: only what is paid for goes on")
    return [state for state in states if not (reached and state is PostState.QUEUED)]


@step("claim-posts", READ)
def claim_posts(
    limit: int,
    owner: str,
    states: Sequence[PostState] = CLAIMABLE,
    only: Sequence[int] = (),
) -> list[Post]:
    """Lease up to `limit` posts to this run and return them; only those named, if any are."""
    require_whole_queue()
    return services().queue.claim(limit, owner, states, only)
