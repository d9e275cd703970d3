"""What the service's answers say. Pure; any bytes at all may come in."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from promptpress.adapters._bodies import find_texts, is_address, parse_json

MAX_PICTURE = 60_000_000
"""Bytes: a picture of so many is not taken, the largest that can be ordered has a third of it."""
_TOLD = ("error", "message", "msg", "detail", "errors", "failureReason", "extensions", "code")
"""Where words for people stand: those of the service, and of the GraphQL server behind it."""
_CREATED = ("sdGenerationJob", "generate")
"""What v1 and v2 call the answer to an order; v2 also gives it bare."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What became of an order; all blank: the answer says nothing of it."""

    id: str = ""
    """The job's number."""
    cost: float | None = None
    """US dollars for all of its pictures together."""
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Image:
    """One picture of a job that is done."""

    url: str
    unsafe: bool


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a job is."""

    known: bool
    """False: the service does not know it."""
    status: str = ""
    """PENDING, COMPLETE or FAILED, as far as is documented."""
    images: tuple[Image, ...] = ()
    withheld: bool = False
    """True: it is done, and the list of its pictures is empty."""
    seed: int | None = None
    words: str = ""


def parse_begun(body: bytes) -> Begun:
    """Return what the answer of status 2xx to an order says: v2 may say no with it, in a list."""
    value = parse_json(body)
    for part in [value, *(_dig(value, name) for name in _CREATED)]:
        number = _dig(part, "generationId")
        if isinstance(number, str):
            return Begun(id=number, cost=_parse_cost(_dig(part, "cost")))
    return Begun(words=find_words(value))


def _parse_cost(value: Any) -> float | None:
    """Return the US dollars of a cost, or None where it is told in credits or not at all."""
    if str(_dig(value, "unit")).upper() not in ("DOLLARS", "USD"):
        return None
    amount = _number(_dig(value, "amount"))
    return amount if amount is not None and amount >= 0 else None


def parse_progress(body: bytes) -> Progress | None:
    """Return what the answer of status 2xx about a job says, or None where it is no such answer."""
    value = parse_json(body)
    if not isinstance(value, dict) or "generations_by_pk" not in value:
        return None
    row = value["generations_by_pk"]
    if row is None:
        return Progress(known=False)
    if not isinstance(row, dict) or not isinstance(row.get("status"), str):
        return None
    status, images = row["status"].upper(), row.get("generated_images")
    seed = row.get("seed")
    return Progress(
        known=True,
        status=status,
        images=tuple(_parse_images(images)),
        withheld=status == "COMPLETE" and not images,
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        words=find_words(row),
    )


def _parse_images(images: Any) -> Iterator[Image]:
    for entry in images if isinstance(images, list) else ():
        url = _dig(entry, "url")
        if is_address(url):
            yield Image(url=url, unsafe=_is_true(_dig(entry, "nsfw")))


def parse_budget(body: bytes) -> float | None:
    """Return what the account has left for the API, or None where the answer does not tell."""
    details = _dig(parse_json(body), "user_details")
    about = details[0] if isinstance(details, list) and details else None
    parts = [_number(_dig(about, name)) for name in ("apiPaidTokens", "apiSubscriptionTokens")]
    told = [part for part in parts if part is not None]
    return sum(told) if told else None


def find_words(value: Any) -> str:
    """Return what an answer tells a person."""
    return "; ".join(find_texts(value, _TOLD))


def _dig(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _number(value: Any) -> float | None:
    # Amounts come as numbers, and as texts.
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _is_true(value: Any) -> bool:
    # Anything that may mean true does: a flagged picture must not pass for a harmless one.
    return value is not None and str(value).lower() not in ("false", "0", "")
