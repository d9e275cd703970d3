"""An order for pictures as the server takes it. Pure: nothing is sent from here."""

from collections.abc import Mapping
from typing import Any

from promptpress.ports import ImageRequest

STEP, MIN_SIDE = 8, 64
"""Pixels: sides are multiples of the first (8 of them are one of the model's own), from the second
up; of other sides the server would drop the rest."""
SEEDS = 2**32
"""Seeds that all generators of noise of the server take."""


def build_order(request: ImageRequest, title: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of an order.

    Args:
        request: what shall be made.
        title: of the checkpoint, as the server lists it; empty for the one that is loaded.
        options: further fields; what the request says is stronger.
    """
    override: dict[str, Any] = dict(options.get("override_settings") or {})
    if title:
        override["sd_model_checkpoint"] = title
    return {
        **options,
        "prompt": _sendable(", ".join(part for part in (request.prompt, request.style) if part)),
        "negative_prompt": _sendable(request.negative_prompt),
        "width": fit_side(request.width),
        "height": fit_side(request.height),
        "seed": -1 if request.seed is None else request.seed % SEEDS,
        # One after the other: side by side they may not fit into the memory of the graphics card.
        "batch_size": 1,
        "n_iter": max(1, request.count),
        "send_images": True,
        "save_images": False,
        "override_settings": override,
        # Whoever works at the server's page finds the checkpoint that they had chosen.
        "override_settings_restore_afterwards": True,
    }


def fit_side(side: int) -> int:
    """Return the nearest side that the server makes, so that ratios stay as they are."""
    return max(MIN_SIDE, (side + STEP // 2) // STEP * STEP)


def find_title(known: Mapping[str, tuple[str, ...]], name: str) -> str:
    """Return the title of the checkpoint that is called so, or an empty string.

    Args:
        known: titles, and the other names of each.
        name: what a person calls it, in any letter case.
    """
    wanted = name.strip().lower()
    for title, names in known.items():
        if wanted in (title.lower(), *(other.lower() for other in names)):
            return title
    return ""


def _sendable(text: str) -> str:
    # A lone half of a surrogate pair cannot be sent in UTF-8.
    return text.encode("utf-8", "replace").decode()
