"""What the service's answers say. Pure; any bytes at all may come in."""

import base64
from dataclasses import dataclass, field
from typing import Any

from promptpress.adapters._bodies import is_address, is_text, parse_json
from promptpress.adapters.openai._models import find_cost

MAX_PICTURE = 60_000_000
"""Bytes: a picture of so many is not taken, the largest that can be ordered has a third of it."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of an order: pictures, or where they lie; with neither there is none."""

    pictures: tuple[bytes, ...] = field(default=(), repr=False)
    urls: tuple[str, ...] = ()
    cost: float | None = None
    """US dollars for all of them together."""
    too_large: bool = False
    """True when a picture came that is larger than any that is taken."""


def parse_models(body: bytes) -> dict[str, dict[str, Any]] | None:
    """Return what a list of models says about each by its name, or None where it is no list."""
    value = parse_json(body)
    entries = value.get("data") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        return None
    return {
        str(entry["id"]): entry for entry in entries if isinstance(entry, dict) and "id" in entry
    }


def parse_outcome(model: str, body: bytes) -> Outcome:
    """Return what an answer of status 2xx says: every server has its own way to hand pictures over.

    Args:
        model: what was asked to make them.
        body: the answer.
    """
    value = parse_json(body)
    entries = value.get("data") if isinstance(value, dict) else None
    entries = [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    decoded = [_decode(entry.get("b64_json")) for entry in entries]
    return Outcome(
        pictures=tuple(one for one in decoded if one and not is_text(one) and is_taken(one)),
        urls=tuple(entry["url"] for entry in entries if is_address(entry.get("url"))),
        cost=find_cost(model, value.get("usage")) if isinstance(value, dict) else None,
        too_large=any(not is_taken(one) for one in decoded),
    )


def is_taken(content: bytes) -> bool:
    """Tell whether a picture is small enough."""
    return len(content) < MAX_PICTURE


def _decode(value: Any) -> bytes:
    """Return the bytes that a text is in base64, none where it is not."""
    if not isinstance(value, str):
        return b""
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        return b""
