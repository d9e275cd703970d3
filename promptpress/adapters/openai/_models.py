"""What is known of OpenAI's models: until when they live, what they take and cost. Pure.

Any other name may be a model of a server of one's own, of which nothing is known.
"""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

MAX_PROMPT = 32_000
"""Characters of a prompt (OpenAI's reference of images.generate)."""
MAX_COUNT = 10
"""Pictures of one order (as above)."""
ENDS: Mapping[str, date] = {
    "dall-e-2": date(2026, 5, 12),
    "dall-e-3": date(2026, 5, 12),
    "gpt-image-1": date(2026, 10, 23),
    "gpt-image-1-mini": date(2026, 12, 1),
    "gpt-image-1.5": date(2026, 12, 1),
    "chatgpt-image-latest": date(2026, 12, 1),
}
"""When OpenAI shuts a model down (platform.openai.com/docs/deprecations)."""
_OURS = re.compile(
    r"(?:.*/)?((?:gpt-image|chatgpt-image|dall-e)-.*?)(?:-\d{4}-\d\d-\d\d)?", re.DOTALL
)
"""A model of OpenAI's: perhaps with the name of a proxy's route before it, or a date behind."""
_STANDARD = ((1024, 1024), (1536, 1024), (1024, 1536))
_STANDARD_ONLY = ("gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5", "chatgpt-image-latest")
"""Models that know no other sizes; later ones take any within the five limits that follow."""
STEP = 16
MAX_EDGE = 3840
MIN_PIXELS = 655_360
MAX_PIXELS = 8_294_400
MAX_RATIO = 3.0
"""Long side over short side (developers.openai.com/api/docs/guides/image-generation)."""
_PRICES: Mapping[str, tuple[float, float]] = {"gpt-image-2": (5.0, 30.0)}
"""US dollars for a million tokens of text that go in and of picture that come out
(developers.openai.com/api/docs/pricing)."""


def openai_name(model: str) -> str:
    """Return OpenAI's plain name of a model, or an empty string where it is none of theirs."""
    found = _OURS.fullmatch(model)
    return found[1] if found else ""


def find_end(model: str, told: Any, *, official: bool) -> date | None:
    """Return the day a model is shut down, where it is known.

    Args:
        model: its name.
        told: what the server says about it, in any form.
        official: True when the server is OpenAI's, where their names mean their models.
    """
    try:
        return date.fromisoformat(str(told)[:10])
    except ValueError:
        return ENDS.get(openai_name(model)) if official else None


def fit_size(model: str, width: int, height: int) -> str:
    """Return the size that the model takes and that is nearest, as in 1024x1024.

    The nearest in ratio comes first, then in pixels. A model that is not OpenAI's gets the size
    as it is: what it takes nobody knows.
    """
    name = openai_name(model)
    if name in _STANDARD_ONLY:
        width, height = min(_STANDARD, key=lambda size: _distance(size, (width, height)))
    elif "gpt-image" in name:
        width, height = min(
            _free(width / height), key=lambda size: _distance(size, (width, height))
        )
    return f"{width}x{height}"


def _free(ratio: float) -> Iterator[tuple[int, int]]:
    """Yield the sizes within the limits whose ratio is about the one given."""
    ratio = min(max(ratio, 1 / MAX_RATIO), MAX_RATIO)
    for height in range(STEP, MAX_EDGE + 1, STEP):
        near = round(height * ratio / STEP) * STEP
        for width in (near - STEP, near, near + STEP):
            if not STEP <= width <= MAX_EDGE or not MIN_PIXELS <= width * height <= MAX_PIXELS:
                continue
            if max(width, height) <= MAX_RATIO * min(width, height):
                yield width, height


def _distance(size: tuple[int, int], wanted: tuple[int, int]) -> float:
    """Return how far a size is from another: a wrong ratio weighs more than a wrong area."""
    ratio = math.log(size[0] / size[1]) - math.log(wanted[0] / wanted[1])
    area = math.log(size[0] * size[1]) - math.log(wanted[0] * wanted[1])
    return 4 * abs(ratio) + abs(area)


def find_cost(model: str, usage: Any) -> float | None:
    """Return the US dollars of an order by the tokens it used, or None where that is unknown."""
    prices = _PRICES.get(openai_name(model))
    tokens_in, tokens_out = _count(usage, "input_tokens"), _count(usage, "output_tokens")
    if prices is None or tokens_in is None or tokens_out is None:
        return None
    return (tokens_in * prices[0] + tokens_out * prices[1]) / 1_000_000


def _count(usage: Any, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and value >= 0 else None
