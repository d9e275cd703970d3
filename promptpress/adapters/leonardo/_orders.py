"""An order for pictures as the service takes it, in either API. Pure: nothing is sent from here."""

import itertools
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from promptpress.adapters.leonardo._models import (
    CONTRAST,
    count_of,
    find_style,
    fit_size,
    is_recent,
    is_v1,
    takes_alchemy,
    takes_seed,
    takes_style,
)
from promptpress.ports import ImageRequest

MAX_PROMPT = 1_500
"""Characters of a prompt (docs.leonardo.ai/reference/creategeneration); the guides of models in v2
name none that is lower. Taken for the negative prompt too, for which no page names one."""
MAX_SEED = 2_147_483_637
"""The least of the limits that the models have (the same page)."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is sent, and what of it is kept with the job."""

    path: str
    """Below the API's address."""
    body: dict[str, Any]
    count: int
    seed: int | None


def build_order(model: str, request: ImageRequest, *, alchemy: bool) -> Order:
    """Return the order for the pictures.

    The number of pictures is always stated: v1 makes four where it is not, and takes money for
    four. So is Alchemy, which v1 adds for more money, and `public`, or all the world sees them.

    Args:
        model: what shall make them, whatever the request says.
        request: what shall be made.
        alchemy: True orders with Alchemy from models of v1 that have it.
    """
    alchemy = alchemy and is_v1(model) and takes_alchemy(model)
    size = fit_size(model, request.width, request.height, alchemy=alchemy)
    count = count_of(model, request.count, size)
    known = takes_seed(model) and request.seed is not None
    seed = (request.seed or 0) % (MAX_SEED + 1) if known else None
    style = find_style(request.style) if takes_style(model) else ""
    wanted: dict[str, Any] = {"width": size[0], "height": size[1]}
    if seed is not None:
        wanted["seed"] = seed
    words = "" if style else request.style
    if is_v1(model):
        path, body = "/v1/generations", _build_v1(model, request, words, alchemy=alchemy)
        body |= wanted | {"num_images": count} | ({"styleUUID": style} if style else {})
    else:
        wanted |= {"quantity": count} | ({"style_ids": [style]} if style else {})
        path, body = "/v2/generations", _build_v2(model, request, words, wanted)
    return Order(path=path, body=body, count=count, seed=seed)


def _build_v1(model: str, request: ImageRequest, words: str, *, alchemy: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "modelId": model,
        "prompt": build_prompt(request.prompt, f", {words}" if words else ""),
        "alchemy": alchemy,
        "public": False,
    }
    if is_recent(model):
        body["contrast"] = CONTRAST
    if request.negative_prompt:
        body["negative_prompt"] = shorten(_sendable(request.negative_prompt), MAX_PROMPT)
    return body


def _build_v2(
    model: str, request: ImageRequest, words: str, wanted: dict[str, Any]
) -> dict[str, Any]:
    rest = f", {words}" if words else ""
    # Models of v2 have no field for it, and refuse one.
    rest += f". Do not show: {request.negative_prompt}" if request.negative_prompt else ""
    parameters = {"prompt": build_prompt(request.prompt, rest), **wanted}
    return {"model": model, "public": False, "parameters": parameters}


def build_prompt(prompt: str, rest: str) -> str:
    """Return the prompt and what follows it, which gets half of the room at most."""
    rest = shorten(_sendable(rest), MAX_PROMPT // 2)
    return shorten(_sendable(prompt), MAX_PROMPT - _length(rest)) + rest


def shorten(text: str, limit: int) -> str:
    """Return the text, cut after the last word that ends within so many characters.

    A first word that is longer is cut between two characters as people see them.
    """
    if _length(text) <= limit:
        return text
    end = sum(length <= limit for length in itertools.accumulate(map(_length, text)))
    if words := re.match(r"(.*\S)\s", text[: end + 1], re.DOTALL):
        return words[1]
    whole = end
    while whole > 0 and _joins(text[whole - 1], text[whole]):
        whole -= 1
    return text[: whole or end]


def _length(text: str) -> int:
    # As JavaScript and Java count, where most emoji are two: never less than any other way.
    return len(text.encode("utf-16-le")) // 2


def _joins(before: str, character: str) -> bool:
    """Tell whether two neighbours are seen as one: a letter and its accent, parts of an emoji."""
    tone = "\U0001f3fb" <= character <= "\U0001f3ff"
    return tone or "\u200d" in (before, character) or unicodedata.category(character)[0] == "M"


def _sendable(text: str) -> str:
    # A lone half of a surrogate pair cannot be sent in UTF-8, and services choke on its escape.
    return text.encode("utf-8", "replace").decode()
