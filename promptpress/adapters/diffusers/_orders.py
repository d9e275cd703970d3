"""A request as pipelines take it. Pure: nothing is made here."""

import inspect
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from promptpress.ports import ImageRequest

STEP, MIN_SIDE = 16, 64
"""Pixels: sides are multiples of the first: of 8 for Stable Diffusion, of 16 for Flux."""
SEEDS = 2**63
"""Seeds that both torch and every database take."""
CHOSEN_SEEDS = 2**48
"""Seeds that are chosen here, where a post names none."""


def build_seeds(request: ImageRequest, new_id: Callable[[], str]) -> tuple[int, ...]:
    """Return a seed for each picture, so that each can be made again by itself.

    Args:
        request: what shall be made.
        new_id: gives 32 hexadecimal digits that nobody else has.
    """
    first = request.seed
    if first is None:
        first = uuid.UUID(hex=new_id()).int % CHOSEN_SEEDS
    return tuple((first + index) % SEEDS for index in range(max(1, request.count)))


def build_order(
    pipeline: Callable[..., Any], request: ImageRequest, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of a call, of those that the pipeline knows.

    Args:
        pipeline: what will be called.
        request: what shall be made.
        options: further arguments; what the request says is stronger.
    """
    words = ", ".join(part for part in (request.prompt, request.style) if part)
    wanted = {
        **options,
        "prompt": _sendable(words),
        "width": fit_side(request.width),
        "height": fit_side(request.height),
    }
    if request.negative_prompt:
        wanted["negative_prompt"] = _sendable(request.negative_prompt)
    known = inspect.signature(pipeline).parameters
    return {name: value for name, value in wanted.items() if name in known}


def fit_side(side: int) -> int:
    """Return the nearest side that can be made, so that ratios stay as they are."""
    return max(MIN_SIDE, (side + STEP // 2) // STEP * STEP)


def _sendable(text: str) -> str:
    # A lone half of a surrogate pair is no text to a tokenizer.
    return text.encode("utf-8", "replace").decode()
