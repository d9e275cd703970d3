"""write-prompts: a language model thinks of pictures, and what is new joins the queue.

    places in the stock → every prompt there ever was → think, theme by theme
                        → leave out what is alike → queue

Nothing is queued beyond the stock, so a model that runs wild fills no queue.
"""

import math
from functools import partial
from itertools import chain, zip_longest
from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import Field

from flows._command import run
from promptpress.errors import PromptpressError
from promptpress.likeness import KnownPrompts
from tasks.extract import require_working
from tasks.fan_out import in_threads
from tasks.load import deliver_audit_or_later
from tasks.report import enough_waits, new_owner, report_prompts, stopped
from tasks.stopping import stoppable
from tasks.write import (
    SHOWN,
    Proposal,
    ask_writers,
    choose,
    count_places,
    propose,
    queue_prompts,
    read_known,
    themes_of,
)

ROUNDS = 5
"""How often each theme is asked at the most: a model that repeats itself is not asked for ever."""
SPARE = 1.25
"""How many prompts are asked for, for each that is wanted: some will be like others."""

Count = Annotated[int, Field(ge=1, le=500, description="prompts at the most")]
Themes = Annotated[
    list[str], Field(description="what pictures are to be about; empty: as THEMES says")
]


async def think(
    themes: tuple[str, ...], wanted: int, known: KnownPrompts, latest: list[str]
) -> list[Proposal]:
    """Return what was thought of in one round: as many new prompts as are wanted, or fewer."""
    each = math.ceil(SPARE * wanted / len(themes)) + 1
    ask = partial(propose, count=each, known=latest)
    answers = await in_threads(ask, themes, len(themes))
    named = [[(theme, one) for one in found] for theme, found in zip(themes, answers, strict=True)]
    # One of each theme, then the next of each: no theme fills the stock alone.
    in_turn = chain.from_iterable(zip_longest(*named))
    return choose(filter(None, in_turn), known, wanted)


@flow(name="write-prompts")
@stoppable
async def write_prompts(count: Count = 10, themes: Themes | None = None) -> State[None]:
    """Have new prompts thought of and queue them, up to the stock.

    Args:
        count: prompts at the most.
        themes: what pictures are to be about; empty: as THEMES says.
    """
    try:
        named = themes_of(themes or ())
        wanted = min(count, count_places())
        if not wanted:
            return enough_waits()
        require_working(ask_writers())
        owner = new_owner()
        known, latest = read_known()
        proposals: list[Proposal] = []
        ids: list[int] = []
        for _ in range(ROUNDS):
            found = await think(named, min(wanted - len(ids), count_places()), known, latest)
            proposals += found
            new = [one.prompt for one in found if not one.like]
            latest = [*latest, *new][-SHOWN:]
            ids += queue_prompts(new, owner)
            if not new or len(ids) >= wanted or not count_places():
                break
        deliver_audit_or_later()
    except PromptpressError as error:
        return stopped(error)
    return await report_prompts(proposals, len(ids))


if __name__ == "__main__":
    run(write_prompts)
