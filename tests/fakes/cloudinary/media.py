"""What Cloudinary makes of bytes: it looks at them, and cuts pictures to size."""

import io
import re
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}


@dataclass(frozen=True)
class Looks:
    """What the bytes really are."""

    format: str
    width: int
    height: int


def look(kind: str, content: bytes) -> Looks | None:
    """Return what the bytes are, or None where they are none of the kind."""
    if kind == "video":
        return Looks("mp4", 1080, 1920) if content[4:8] == b"ftyp" else None
    try:
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
            return Looks(FORMATS.get(picture.format or "", "png"), *picture.size)
    except (UnidentifiedImageError, OSError, SyntaxError):
        return None


def read_fill(transformation: str) -> tuple[int, int] | None:
    """Return the size of a transformation that fills one with a JPEG, or None for any other."""
    parts = transformation.split(",")
    known = {"c_fill", "f_jpg", "g_auto", "q_auto"}
    sizes = [re.fullmatch(r"([wh])_([1-9]\d{0,4})", part) for part in parts if part not in known]
    named = {match[1]: int(match[2]) for match in sizes if match}
    if len(named) != len(sizes) or set(named) != {"w", "h"} or not {"c_fill", "f_jpg"} <= {*parts}:
        return None
    return named["w"], named["h"]


def cut(content: bytes, size: tuple[int, int]) -> bytes:
    """Return the picture as a JPEG of just this size."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        ImageOps.fit(picture.convert("RGB"), size).save(file, "JPEG", quality=80)
    return file.getvalue()
