"""Out of the queue: is there work, would the services do it, and whose is it."""

from collections.abc import Sequence

from promptpress.errors import PromptpressError, RateLimited, SetupError, TransientError
from promptpress.model import CLAIMABLE, Post, PostState
from promptpress.ports import Service
from promptpress.wiring import services
from tasks.fan_out import in_threads
from tasks.policy import READ, step


def has_work(states: Sequence[PostState] = CLAIMABLE) -> bool:
    """Tell whether a claim would find a post now; quick, and no task run of its own."""
    return services().queue.has_work(states)


@step("check-connection", run_name="check {service.name}")
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


async def ask_services(channels: Sequence[str] = ()) -> dict[str, str]:
    """Return what each service says that a run needs, in the order of a post's way.

    Args:
        channels: channels the run publishes to beside those of the settings.

    Raises:
        MissingSetting: names all that these channels lack.
    """
    chosen = services()
    chosen.require_channels(tuple(channels))
    asked = chosen.everything()
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
    if not broken:
        return
    message = "; ".join(f"{name}: {word}" for name, word in broken.items())
    if any(word.startswith("refused") for word in broken.values()):
        raise SetupError(message)
    raise TransientError(message)


@step("claim-posts", READ)
def claim_posts(limit: int, owner: str, states: Sequence[PostState] = CLAIMABLE) -> list[Post]:
    """Lease up to `limit` posts to this run and return them."""
    return services().queue.claim(limit, owner, states)
