"""An order as the service takes it, and what is known of its models. Pure: nothing is sent here.

Limits are those of platform.stability.ai/docs/api-reference, v2beta.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from promptpress.ports import ImageRequest

MODELS = ("core", "ultra", "sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium")
"""Known models, told where a name is none; newer ones of the family sd… are taken as well."""
MAX_PROMPT = 10_000
"""Characters of a prompt, and of a negative one."""
MAX_SEED = 4_294_967_294
RATIOS = ("1:1", "16:9", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21")
"""The only sizes: width and height are not to be ordered."""
PRESETS = (
    "3d-model",
    "analog-film",
    "anime",
    "cinematic",
    "comic-book",
    "digital-art",
    "enhance",
    "fantasy-art",
    "isometric",
    "line-art",
    "low-poly",
    "modeling-compound",
    "neon-punk",
    "origami",
    "photographic",
    "pixel-art",
    "tile-texture",
)
"""Styles that the model core has a field for; any other goes into the prompt."""
CREDIT = 0.01
"""US dollars (platform.stability.ai/pricing)."""
CREDITS: Mapping[str, float] = {
    "core": 3,
    "ultra": 8,
    "sd3.5-large": 6.5,
    "sd3.5-large-turbo": 4,
    "sd3.5-medium": 3.5,
}
"""Credits for a picture (as above)."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is sent: where below the API, and the fields of the form."""

    path: str
    fields: Mapping[str, str]


def model_name(name: str) -> str:
    """Return a model's plain name; an empty string where no model can be called so."""
    plain = name.strip().lower().removeprefix("stable-image-")
    known = plain in MODELS or re.fullmatch(r"sd\d[\w.-]*", plain, re.ASCII)
    return plain if known else ""


def find_cost(model: str) -> float | None:
    """Return the US dollars of a picture, or None where the price is unknown."""
    credits_ = CREDITS.get(model)
    return None if credits_ is None else credits_ * CREDIT


def build_order(model: str, request: ImageRequest) -> Order:
    """Return the order for one picture.

    Args:
        model: its plain name, whatever the request says.
        request: what shall be made.
    """
    preset = re.sub(r"[\s_]+", "-", request.style.strip().lower())
    has_field = model == "core" and preset in PRESETS
    fields = {
        "prompt": _sendable(_build_prompt(request.prompt, "" if has_field else request.style)),
        "aspect_ratio": nearest_ratio(request.width, request.height),
        "output_format": "png",
    }
    if has_field:
        fields["style_preset"] = preset
    if request.negative_prompt:
        fields["negative_prompt"] = _sendable(shorten(request.negative_prompt, MAX_PROMPT))
    if request.seed is not None:
        # 0 would mean any seed.
        fields["seed"] = str(request.seed % MAX_SEED or MAX_SEED)
    if model in ("core", "ultra"):
        return Order(path=f"/v2beta/stable-image/generate/{model}", fields=fields)
    fields |= {"model": model, "mode": "text-to-image"}
    return Order(path="/v2beta/stable-image/generate/sd3", fields=fields)


def nearest_ratio(width: int, height: int) -> str:
    """Return the ratio that the service has and that is nearest to a size."""

    def distance(ratio: str) -> float:
        wide, high = map(int, ratio.split(":"))
        return abs(math.log(wide / high) - math.log(width / height))

    return min(RATIOS, key=distance)


def _build_prompt(prompt: str, style: str) -> str:
    rest = f", {style}" if style else ""
    # What is too long loses the end of the prompt and keeps its style.
    return shorten(shorten(prompt, max(MAX_PROMPT - len(rest), 0)) + rest, MAX_PROMPT)


def shorten(text: str, limit: int) -> str:
    """Return the text, cut after the last word that ends within so many characters."""
    if len(text) <= limit:
        return text
    words = re.match(r"(.*\S)\s", text[: limit + 1], re.DOTALL)
    return words[1] if words else text[:limit]


def _sendable(text: str) -> str:
    # A lone half of a surrogate pair cannot be sent in UTF-8.
    return text.encode("utf-8", "replace").decode()
