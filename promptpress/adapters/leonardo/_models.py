"""What is known of the service's models: where they are ordered, what they take. Pure."""

import itertools
import math
import re
from collections.abc import Mapping

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""Form of the numbers of the service: of a key, a model of v1, a style, a job."""
STEP = 8
"""Pixels that each side is a multiple of."""
SIDES_V1 = (32, 1536)
SIDES_ALCHEMY = (32, 1024)
"""Pixels of a side (docs.leonardo.ai/reference/creategeneration and its error messages)."""
SIDES_V2 = (32, 2048)
"""The same for models of v2 (docs.leonardo.ai/docs/flux-schnell), where nothing else is known."""
_SIDES_OF: Mapping[str, tuple[int, int]] = {"flux-pro-2.0": (256, 1440)}
"""docs.leonardo.ai/docs/generate-images-using-flux-pro-2."""
_GEMINI = ("gemini-image-2", "nano-banana-2", "nano-banana-2-lite")
_GEMINI_SIZES = ((1024, 1024), (848, 1264), (896, 1200), (928, 1152), (768, 1376))
"""Sizes, each also lying, of models that take no others (docs.leonardo.ai/docs/nano-banana-pro)."""
MAX_COUNT = 8
MAX_COUNT_LARGE = 4
"""Pictures of one order: the second where a side has more pixels than LARGE."""
LARGE = 768
MAX_COUNT_V2 = 4
"""Some models of v2 make eight at once, some four."""
_SEEDLESS = ("gpt-image", "openai/")
"""How the names of models begin that take no seed (docs.leonardo.ai/docs/gpt-image-2)."""

_PHOENIX = ("de7d3faf-762f-48e0-b3b7-9d0ac3a3fcf3", "6b645e3a-d64f-4341-a6d8-7a3690fbf042")
_FLUX = ("1dd50843-d653-4516-a8e3-f0238ee453ff", "b2614463-296c-462a-9586-aafdb8f00e36")
_LUCID = ("7b592283-e8a7-4c5a-9ba6-d18c31f258b9", "05ce0082-2d80-4a2d-8653-4d1c85e2418e")
CONTRAST = 3.5
"""Medium; the newer models of v1 want one named, with Alchemy at least 2.5."""
STYLES: Mapping[str, str] = {
    "3d render": "debdf72a-91a4-467b-bf61-cc02bdeb69c6",
    "acrylic": "3cbb655a-7ca4-463f-b697-8a03ad67327c",
    "creative": "6fedbf1f-4a17-45ec-84fb-92fe524a29ef",
    "dynamic": "111dc692-d470-4eec-b791-3475abac4c46",
    "fashion": "594c4a08-a522-4e0e-b7ff-e4dac4b6b622",
    "game concept": "09d2b5b5-d7c5-4c02-905d-9f84051640f4",
    "graphic design 2d": "703d6fe5-7f1c-4a9e-8da0-5331f214d5cf",
    "graphic design 3d": "7d7c2bc5-4b12-4ac3-81a9-630057e9e89f",
    "illustration": "645e4195-f63d-4715-a3f2-3fb1e6eb8c70",
    "portrait": "8e2bc543-6ee2-45f9-bcd9-594b6ce84dcd",
    "portrait cinematic": "4edb03c9-8a26-4041-9d01-f85b5d4abd71",
    "portrait fashion": "0d34f8e1-46d4-428f-8ddd-4b11811fa7c9",
    "pro b&w photography": "22a9a7d2-2166-4d86-80ff-22e2643adbcf",
    "pro color photography": "7c3f932b-a572-47cb-9b9b-f20211e63b5b",
    "pro film photography": "581ba6d6-5aac-4492-bebe-54c424a0d46e",
    "ray traced": "b504f83c-3326-4947-82e1-7fe9e839ec0f",
    "stock photo": "5bdc3f2a-1be6-4d1c-8e77-992a30824a2c",
    "watercolor": "1db308ce-c7ad-4d10-96fd-592fa6b75cc4",
}
"""The service's own styles (docs.leonardo.ai/docs/nano-banana-pro)."""


def is_v1(model: str) -> bool:
    """Tell whether a model is ordered in the first API, where models have numbers."""
    return UUID.fullmatch(model) is not None


def is_model(name: str) -> bool:
    """Tell whether a model can be called so at all, in either API."""
    return re.fullmatch(r"[A-Za-z0-9][\w./-]{0,99}", name, re.ASCII) is not None


def is_recent(model: str) -> bool:
    """Tell whether a model of v1 is one that takes contrast and the service's own styles."""
    return model.lower() in _PHOENIX + _FLUX + _LUCID


def takes_alchemy(model: str) -> bool:
    """Tell whether a model of v1 can be ordered with Alchemy."""
    return model.lower() not in _FLUX + _LUCID


def takes_style(model: str) -> bool:
    """Tell whether a model takes the service's own styles by their numbers."""
    return is_recent(model) if is_v1(model) else model in ("flux-schnell", "flux-dev", *_GEMINI)


def takes_seed(model: str) -> bool:
    """Tell whether a seed is passed on to a model."""
    return not model.startswith(_SEEDLESS)


def find_style(style: str) -> str:
    """Return the number of a style of the service's own, by number or name; else nothing."""
    wanted = style.strip().lower()
    return wanted if UUID.fullmatch(wanted) else STYLES.get(" ".join(wanted.split()), "")


def fit_size(model: str, width: int, height: int, *, alchemy: bool) -> tuple[int, int]:
    """Return the size nearest in ratio that a model makes, not larger than asked where it can be.

    Args:
        model: what shall make it.
        width: pixels asked for.
        height: the same.
        alchemy: True when it is ordered with Alchemy.
    """
    if model in _GEMINI:
        lying = [(wide, high) for high, wide in _GEMINI_SIZES]
        return min((*_GEMINI_SIZES, *lying), key=lambda size: _distance(size, width, height))
    if is_v1(model):
        least, most = SIDES_ALCHEMY if alchemy else SIDES_V1
    else:
        least, most = _SIDES_OF.get(model, SIDES_V2)
    scale = min(max(1.0, least / min(width, height)), most / max(width, height))
    sizes = itertools.product(_near(width * scale, least, most), _near(height * scale, least, most))
    return min(sizes, key=lambda size: _distance(size, width, height))


def _near(side: float, least: int, most: int) -> set[int]:
    """Return the sides that can be ordered and are next to one, below and above it."""
    steps = math.floor(side / STEP), math.ceil(side / STEP)
    return {min(max(step * STEP, least), most) for step in steps}


def _distance(size: tuple[int, int], width: int, height: int) -> float:
    return abs(math.log(size[0] / size[1]) - math.log(width / height))


def count_of(model: str, wanted: int, size: tuple[int, int]) -> int:
    """Return how many pictures are ordered at once."""
    most = MAX_COUNT_V2
    if is_v1(model):
        most = MAX_COUNT if max(size) <= LARGE else MAX_COUNT_LARGE
    return min(max(wanted, 1), most)
