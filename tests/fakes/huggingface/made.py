"""What the providers make: pictures and videos that are others for every prompt and seed."""

import io
import random
import struct
from dataclasses import dataclass

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from tests.fakes.telegram.samples import mp4

REFUSED_WORD = "nsfw"
"""A prompt with this word is refused, or by fal-ai answered with a flagged black picture; its queue
takes a video with it, and refuses the result."""


@dataclass
class Made:
    """A picture or a video that was paid for."""

    number: str
    prompt: str
    seed: int
    asked: int = 0
    """How often somebody asked whether it is done."""
    moves: bool = False
    """True for a video."""

    @property
    def flagged(self) -> bool:
        return REFUSED_WORD in self.prompt


def draw(prompt: str, seed: int, size: int, at_least: int = 0) -> bytes:
    """Return a PNG that is another for every prompt and seed, of at least so many bytes."""
    rng = random.Random(f"{seed}\0{prompt}")
    image = Image.new("RGB", (size, size), (20, 30, 60))
    brush = ImageDraw.Draw(image)
    for shade in (40, 90, 140, 190, 240):
        x, y, radius = rng.randrange(size), rng.randrange(size), rng.randrange(size // 8, size // 2)
        color = (shade, rng.randrange(256), rng.randrange(256))
        brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)
    info = PngInfo()
    if at_least:
        info.add(b"paDd", bytes(at_least))
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=info)
    return file.getvalue()


def film(prompt: str, seed: int, at_least: int = 0) -> bytes:
    """Return an MP4 that is another for every prompt and seed, of at least so many bytes."""
    told = f"{seed}\0{prompt}".encode("utf-8", "replace") + bytes(at_least)
    # A box of this kind is passed over by whoever reads the file.
    return mp4() + struct.pack(">I4s", 8 + len(told), b"free") + told
