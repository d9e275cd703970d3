"""An order for pictures as the service takes it. Pure: nothing is sent from here."""

import re
from typing import Any

from promptpress.adapters.openai._models import MAX_COUNT, MAX_PROMPT, fit_size, openai_name
from promptpress.ports import ImageRequest


def build_order(model: str, request: ImageRequest) -> dict[str, Any]:
    """Return the JSON body that orders the pictures.

    OpenAI's own models know neither seed nor negative prompt and refuse the fields; they follow
    words. Nothing is sent that nobody asked for, so no `response_format` either.

    Args:
        model: the model to name, whatever the request says.
        request: what shall be made.
    """
    theirs = bool(openai_name(model))
    unwanted = request.negative_prompt
    order = {
        "model": model,
        "prompt": _sendable(_build_prompt(request, unwanted if theirs else "")),
        "n": count_of(request),
        "size": fit_size(model, request.width, request.height),
    }
    if unwanted and not theirs:
        order["negative_prompt"] = _sendable(unwanted)
    if takes_seed(model) and request.seed is not None:
        order["seed"] = request.seed
    return order


def count_of(request: ImageRequest) -> int:
    """Return how many pictures are ordered."""
    return min(max(request.count, 1), MAX_COUNT)


def takes_seed(model: str) -> bool:
    """Tell whether a seed is passed on to a model."""
    return not openai_name(model)


def _build_prompt(request: ImageRequest, unwanted: str) -> str:
    rest = f", {request.style}" if request.style else ""
    rest += f". Do not show: {unwanted}" if unwanted else ""
    # What is too long loses the end of the prompt and keeps its style.
    return shorten(shorten(request.prompt, max(MAX_PROMPT - len(rest), 0)) + rest, MAX_PROMPT)


def shorten(text: str, limit: int) -> str:
    """Return the text, cut after the last word that ends within so many characters."""
    if len(text) <= limit:
        return text
    words = re.match(r"(.*\S)\s", text[: limit + 1], re.DOTALL)
    return words[1] if words else text[:limit]


def _sendable(text: str) -> str:
    # A lone half of a surrogate pair cannot be sent in UTF-8, and services choke on its escape.
    return text.encode("utf-8", "replace").decode()
