"""An order for a picture as the service takes it. Pure: nothing is sent from here."""

import itertools
import json
import math
import re
import unicodedata
from typing import Any

from promptpress.adapters.fusionbrain._apis import Model
from promptpress.adapters.fusionbrain._client import Parts
from promptpress.ports import ImageRequest

MAX_PROMPT = 1_000
"""Characters of a prompt (fusionbrain.ai/docs, API documentation: the field query)."""
STEP, MAX_SIDE = 64, 1_024
"""Pixels: sides are multiples of the first, up to the second (the same page)."""
STYLES = {
    "KANDINSKY": ("kandinsky", "кандинский"),
    "UHD": ("uhd", "detailed photo", "детальное фото"),
    "ANIME": ("anime", "аниме"),
    "DEFAULT": ("default", "no style", "свой стиль"),
}
"""The service's own styles and what it calls them (cdn.fusionbrain.ai/static/styles/key)."""
_JOINER = "\u200d"


def build_order(model: Model, request: ImageRequest) -> Parts:
    """Return the form that orders one picture; more than one the service never makes.

    The part `params` has a type of its own, or the service answers 415.

    Args:
        model: what shall make it.
        request: what shall be made.
    """
    style = find_style(request.style)
    words = request.style if request.style and not style else ""
    width, height = fit_size(request.width, request.height)
    params: dict[str, Any] = {
        "type": "GENERATE",
        "width": width,
        "height": height,
        "numImages": 1,
        "generateParams": {"query": build_prompt(_sendable(request.prompt), _sendable(words))},
    }
    if style:
        params["style"] = style
    if request.negative_prompt:
        params[model.api.negative_field] = shorten(_sendable(request.negative_prompt), MAX_PROMPT)
    return {
        model.api.model_field: (None, model.number),
        "params": (None, json.dumps(params), "application/json"),
    }


def find_style(style: str) -> str:
    """Return the service's own name for a style, or nothing where it has none."""
    wanted = style.strip().lower()
    return next((name for name, titles in STYLES.items() if wanted in titles), "")


def build_prompt(prompt: str, style: str) -> str:
    """Return the prompt with a style in words; what is too long loses the prompt's end."""
    rest = f", {style}" if style else ""
    return shorten(shorten(prompt, max(MAX_PROMPT - _length(rest), 0)) + rest, MAX_PROMPT)


def shorten(text: str, limit: int) -> str:
    """Return the text, cut after the last word that ends within so many characters.

    A first word that is longer is cut between two characters as people see them: no letter loses
    its accents, no emoji its parts.
    """
    if _length(text) <= limit:
        return text
    lengths = itertools.accumulate(map(_length, text))
    end = sum(length <= limit for length in lengths)
    words = re.match(r"(.*\S)\s", text[: end + 1], re.DOTALL)
    if words:
        return words[1]
    whole = end
    while whole and _belongs_to(text[whole], text[whole - 1]):
        whole -= 1
    return text[: whole or end]


def _length(text: str) -> int:
    # As Java counts, in which the service is written: most emoji are two. Never less than ours.
    return len(text.encode("utf-16-le")) // 2


def _belongs_to(character: str, before: str) -> bool:
    """Tell whether a character is one with that before it: an accent, a part of an emoji."""
    joined = _JOINER in (character, before) or "\U0001f3fb" <= character <= "\U0001f3ff"
    return joined or unicodedata.category(character).startswith("M")


def fit_size(width: int, height: int) -> tuple[int, int]:
    """Return the size that the service makes which is nearest in ratio and, then, in area."""
    scale = min(1.0, MAX_SIDE / max(width, height))
    sides = range(STEP, MAX_SIDE + 1, STEP)

    def distance(size: tuple[int, int]) -> float:
        ratio = math.log(size[0] / size[1]) - math.log(width / height)
        area = math.log(size[0] * size[1]) - math.log(width * height * scale * scale)
        return 10 * abs(ratio) + abs(area)

    return min(itertools.product(sides, sides), key=distance)


def _sendable(text: str) -> str:
    # A lone half of a surrogate pair cannot be sent in UTF-8, and services choke on its escape.
    return text.encode("utf-8", "replace").decode()
