"""What the server's answers say. Pure; any bytes at all may come in."""

import base64
import re
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from promptpress.adapters._bodies import is_text, parse_json

MAX_PICTURE = 60_000_000
"""Bytes: a picture of so many is not taken, the largest that is made has a tenth of it."""
MAX_LEFT = 86_400
"""Seconds: work that would take longer is a slip of the server's reckoning."""
MAX_SEED = 2**63
"""Numbers beyond it no database keeps."""
_ENDINGS = (".safetensors", ".ckpt", ".gguf", ".sft")
"""Of the files of checkpoints; people leave them out."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of an order."""

    pictures: tuple[tuple[bytes, int | None], ...] = field(default=(), repr=False)
    """Each with its seed; none: there is nothing."""
    model: str = ""
    too_large: bool = False
    """True when a picture came that is not taken for its size."""


def parse_outcome(body: bytes) -> Outcome:
    """Return what an answer of status 2xx says.

    `info` is JSON within the JSON: it tells seeds and model, and where among the images the first
    picture stands. A grid of all may come before, and the drafts of extensions after them.
    """
    value = _dict(parse_json(body))
    told = value.get("info")
    info = _dict(parse_json(told) if isinstance(told, str) else told)
    images = value.get("images")
    decoded = [_decode(image) for image in images] if isinstance(images, list) else []
    first = info.get("index_of_first_image")
    begin = first if _is_number(first) and 0 <= first < len(decoded) else 0
    seeds = _read_seeds(info)
    numbered = zip(decoded[begin:], seeds, strict=False)
    return Outcome(
        pictures=tuple(one for one in numbered if 0 < len(one[0]) < MAX_PICTURE),
        model=_read_model(info),
        too_large=any(len(content) >= MAX_PICTURE for content in decoded),
    )


def parse_models(body: bytes) -> dict[str, tuple[str, ...]] | None:
    """Return the titles of all checkpoints with their other names, None where it is no list."""
    value = parse_json(body)
    if not isinstance(value, list):
        return None
    found: dict[str, tuple[str, ...]] = {}
    for item in map(_dict, value):
        title = item.get("title")
        if isinstance(title, str) and title:
            # As in "folder/name.safetensors [6ce0161689]".
            plain = re.sub(r"\s*\[\w+\]$", "", title)
            names = (plain, _stem(plain), item.get("model_name"), item.get("hash"))
            found[title] = tuple(name for name in names if isinstance(name, str) and name)
    return found


def parse_seconds_left(body: bytes) -> float:
    """Return the seconds that the work at hand still takes; 0 where there is none or no word."""
    value = _dict(parse_json(body))
    busy = _dict(value.get("state")).get("job_count")
    left = value.get("eta_relative")
    if not _is_number(busy) or busy <= 0 or not isinstance(left, int | float):
        return 0.0
    return float(left) if 0 < left < MAX_LEFT else 0.0


def _read_seeds(info: dict[str, Any]) -> list[int | None]:
    """Return the seed of each picture: there are as many as pictures."""
    seeds = info.get("all_seeds")
    seeds = seeds if isinstance(seeds, list) and seeds else [info.get("seed")]
    return [seed if _is_number(seed) and abs(seed) < MAX_SEED else None for seed in seeds]


def _read_model(info: dict[str, Any]) -> str:
    """Return the name of the checkpoint, or its hash: older servers tell no more."""
    for name in ("sd_model_name", "sd_model_hash"):
        if isinstance(info.get(name), str) and info[name]:
            return str(info[name])
    return "unnamed"


def _stem(title: str) -> str:
    name = re.split(r"[/\\]", title)[-1]
    return next((name.removesuffix(end) for end in _ENDINGS if name.endswith(end)), name)


def _decode(value: Any) -> bytes:
    """Return the bytes that a text is in base64, none where it is no picture."""
    if not isinstance(value, str):
        return b""
    # Some forks send it as the address of its own data.
    text = value.partition(",")[2] if value.startswith("data:") else value
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        return b""
    return b"" if is_text(content) else content


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_number(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
