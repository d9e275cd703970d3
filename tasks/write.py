"""New prompts: thought of by a language model, and none like what was ever queued."""

import hashlib
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from promptpress.errors import MissingSetting
from promptpress.likeness import KnownPrompts
from promptpress.model import Order, PostState
from promptpress.ports import Service
from promptpress.wiring import services
from tasks.extract import check_connection
from tasks.policy import READ, WRITE, step

logger = logging.getLogger("promptpress")
SHOWN = 40
"""Of the latest prompts, how many the model is shown, so that it thinks of others."""
TO_COME = (PostState.QUEUED, PostState.GENERATING)
"""States of posts that wait for their pictures: the stock."""


@dataclass(frozen=True)
class Proposal:
    """A prompt that was thought of, and what it is too much like, if anything."""

    theme: str
    prompt: str
    like: str = ""


def themes_of(named: Sequence[str]) -> tuple[str, ...]:
    """Return the themes of a run, else those of the settings; MissingSetting if there are none."""
    themes = tuple(named) or services().settings.themes
    if not themes:
        message = "THEMES is missing: name what pictures are to be about, divided by semicolons"
        raise MissingSetting(message, "settings")
    return themes


def ask_writers() -> dict[str, str]:
    """Return what the queue and the language model say."""
    chosen = services()
    asked: list[Service] = [chosen.queue, chosen.prompt_writer]
    return {service.name: check_connection(service) for service in asked}


def count_places() -> int:
    """Return how many prompts more the stock takes."""
    chosen = services()
    waiting = chosen.queue.count()
    return max(0, chosen.settings.prompt_stock - sum(waiting.get(state, 0) for state in TO_COME))


@step("read-prompts", READ)
def read_known() -> tuple[KnownPrompts, list[str]]:
    """Return every prompt there ever was, to compare with, and the latest of them, to show."""
    latest: deque[str] = deque(maxlen=SHOWN)

    def watched() -> Iterator[str]:
        for prompt in services().queue.prompts():
            latest.append(prompt)
            yield prompt

    return KnownPrompts(watched()), list(latest)


@step("think-of-prompts", WRITE, run_name="think of {count} prompts on {theme}", begins=True)
def propose(theme: str, count: int, known: Sequence[str]) -> list[str]:
    """Have prompts thought of; what comes is whole and checked, but perhaps not new.

    Raises:
        ContentRefused: the model refuses the theme.
        PermanentError: it does not answer as it should.
    """
    return services().prompt_writer.propose(theme, count, known)


def choose(
    thought_of: Iterable[tuple[str, str]], known: KnownPrompts, limit: int
) -> list[Proposal]:
    """Return the first prompts that are new, at most `limit`, and those left out as too alike.

    Args:
        thought_of: themes and prompts, in the order of choice.
        known: what they are compared with; the new ones are known from then on.
        limit: new prompts at the most.
    """
    chosen: list[Proposal] = []
    new = 0
    for theme, prompt in thought_of:
        if new >= limit:
            break
        like = known.is_like(prompt) or ""
        chosen.append(Proposal(theme, prompt, like))
        if not like:
            known.add(prompt)
            new += 1
    return chosen


@step("queue-prompts", READ)
def queue_prompts(prompts: Sequence[str], run: str) -> list[int]:
    """Queue prompts, each once however often this is tried; return the ids of the posts."""
    orders = [Order(prompt=prompt, key=_key(prompt)) for prompt in prompts]
    return [post_id for post_id in services().queue.add(orders, run) if post_id is not None]


def _key(prompt: str) -> str:
    return f"written-{hashlib.sha256(prompt.encode()).hexdigest()[:32]}"
