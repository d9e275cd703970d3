"""Pictures for the tests of imaging."""

import io
import random
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw

from promptpress.imaging import inspect
from promptpress.ports import Picture, PictureRules

AI = "trainedAlgorithmicMedia"
RULES = PictureRules()


def paint(size: tuple[int, int] = (96, 64), mode: str = "RGB") -> Image.Image:
    """Return a picture whose four corners differ: red, green, blue, white."""
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    half_x, half_y = size[0] // 2, size[1] // 2
    pen.rectangle((0, 0, half_x - 1, half_y - 1), fill=(220, 30, 30))
    pen.rectangle((half_x, 0, size[0], half_y - 1), fill=(30, 160, 60))
    pen.rectangle((0, half_y, half_x - 1, size[1]), fill=(40, 60, 200))
    return image.convert(mode)


def deep(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """Return 16 bits of grey: 60,000 in the upper half, 32,768 in the lower."""
    half = size[0] * size[1] // 2
    return Image.frombytes("I;16", size, struct.pack("<H", 60_000) * half + b"\0\x80" * half)


def noise(size: tuple[int, int]) -> Image.Image:
    """Return what no encoder can make small."""
    return Image.frombytes("RGB", size, random.Random(1).randbytes(size[0] * size[1] * 3))


def encode(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:  # noqa: A002  Pillow's word
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def picture(image: Image.Image, format: str = "PNG", **options: Any) -> Picture:  # noqa: A002  Pillow's word
    return inspect(encode(image, format, **options))


def opened(made: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(made.content))
    image.load()
    return image


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that claims a size and has no pixels."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    empty = b"IDAT" + zlib.compress(b"")
    chunks = [struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c))
              for c in (body, empty, b"IEND")]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
