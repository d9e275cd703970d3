"""What the service's answers say. Pure; any bytes at all may come in."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from promptpress.adapters._bodies import is_text, parse_json

MAX_PICTURE = 60_000_000
"""Bytes: a picture of so many is not taken, the largest that is made has a tenth of it."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of an order: without content there is no picture."""

    content: bytes = field(default=b"", repr=False)
    seed: int | None = None
    filtered: bool = False
    """True when what came is a blurred picture in the place of one that is withheld."""


def parse_outcome(headers: Mapping[str, str], body: bytes) -> Outcome:
    """Return what an answer of status 2xx says: JSON as asked for, or the picture itself.

    Args:
        headers: of the answer; they tell of a picture what JSON tells of itself.
        body: the answer.
    """
    value = parse_json(body)
    if isinstance(value, dict):
        content, reason, seed = (
            _decode(value.get("image")),
            value.get("finish_reason"),
            value.get("seed"),
        )
    else:
        content, reason, seed = body, headers.get("finish-reason"), headers.get("seed")
    return Outcome(
        content=b"" if is_text(content) else content,
        seed=_seed(seed),
        filtered=str(reason).upper().replace("-", "_") == "CONTENT_FILTERED",
    )


def parse_credits(body: bytes) -> float | None:
    """Return the credits that an account has left, or None where the answer does not say."""
    value = parse_json(body)
    left = value.get("credits") if isinstance(value, dict) else None
    return float(left) if isinstance(left, int | float) else None


def _seed(value: Any) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _decode(value: Any) -> bytes:
    """Return the bytes that a text is in base64, none where it is not."""
    if not isinstance(value, str):
        return b""
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        return b""
