"""Paper and brushes: gradients, light, mist and grain on a Pillow image.

Lengths are parts of the shorter side unless they are called pixels; places are pixels.
"""

import itertools
import math
import random
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from promptpress.adapters.sketch._palette import Color, Palette, mix

Point = tuple[float, float]
BUDGET = 2_400 * 2_400
"""Pixels that are drawn at most: 17 MB a layer. A larger picture is enlarged from there."""
_FINEST = 2.4
"""Drawn pixels per pixel of the result at most, in each direction: what smooths the edges."""


class Canvas:
    """A picture in the making, larger than it will be so that its edges come out smooth."""

    def __init__(self, width: int, height: int, palette: Palette, rng: random.Random) -> None:
        """Stretch the paper for a result of `width` × `height` pixels."""
        self.result = (width, height)
        scale = min(_FINEST, math.sqrt(BUDGET / (width * height)))
        self.width, self.height = max(8, round(width * scale)), max(8, round(height * scale))
        self.unit = min(self.width, self.height)
        """Pixels of the shorter side."""
        self.palette = palette
        self.rng = rng
        self.image = Image.new("RGB", (self.width, self.height), palette.sky[-1])

    @property
    def pen(self) -> ImageDraw.ImageDraw:
        """A pen whose colours may have a fourth part, their opacity."""
        return ImageDraw.Draw(self.image, "RGBA")

    def fill_gradient(self, colors: Sequence[Color], top: float, bottom: float) -> None:
        """Fill the stripe between two heights (pixels) with colours from top to bottom."""
        height = max(1, round(bottom) - round(top))
        self.image.paste(gradient(colors, (self.width, height)), (0, round(top)))

    def fill_shape(self, outline: Sequence[Point], colors: Sequence[Color]) -> None:
        """Fill an outline with colours from its top to its bottom."""
        left, top = math.floor(min(x for x, _ in outline)), math.floor(min(y for _, y in outline))
        right, bottom = math.ceil(max(x for x, _ in outline)), math.ceil(max(y for _, y in outline))
        left, top = max(0, left), max(0, top)
        right, bottom = min(self.width, right), min(self.height, bottom)
        if right <= left or bottom <= top:
            return
        size = (right - left, bottom - top)
        mask = Image.new("L", size)
        moved = [(x - left, y - top) for x, y in outline]
        ImageDraw.Draw(mask).polygon(moved, fill=255)
        self.image.paste(gradient(colors, size), (left, top), mask)

    def glow(self, x: float, y: float, radius: float, color: Color, strength: float) -> None:
        """Let light shine from a point, fading to nothing at the radius (pixels)."""
        side = max(2, round(radius * 2))
        fade = [round(255 * strength * (1 - i / 255) ** 2.4) for i in range(256)]
        mask = _disc().point(fade).resize((side, side), Image.Resampling.BILINEAR)
        self.image.paste(color, (round(x) - side // 2, round(y) - side // 2), mask)

    def disc(self, x: float, y: float, radius: float, color: tuple[int, ...]) -> None:
        """Fill a circle; the radius in pixels."""
        self.pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)

    def soften(self, layer: Image.Image, color: Color, box: tuple[int, int, int, int]) -> None:
        """Lay a colour over a box of pixels, as thick as a small grey layer says, smoothly."""
        size = (box[2] - box[0], box[3] - box[1])
        if size[0] > 0 and size[1] > 0:
            mask = layer.resize(size, Image.Resampling.BICUBIC)
            self.image.paste(color, (box[0], box[1]), mask)

    def finish(self) -> Image.Image:
        """Return the picture at its size, with the grain of paper and slightly darker corners."""
        image = self.image.resize(self.result, Image.Resampling.LANCZOS, reducing_gap=2.0)
        corners = _disc().point([255 - round(34 * (i / 255) ** 2.2) for i in range(256)])
        shade = corners.resize(self.result, Image.Resampling.BILINEAR)
        image = ImageChops.multiply(image, Image.merge("RGB", (shade, shade, shade)))
        # The grain also hides the steps that 8 bits leave in a soft gradient.
        noise = Image.frombytes("L", self.result, self.rng.randbytes(math.prod(self.result)))
        grain = noise.point([round(i / 255 * 9) for i in range(256)])
        return ImageChops.add(image, Image.merge("RGB", (grain, grain, grain)), 1, -4)


def _disc() -> Image.Image:
    """Return a small grey picture: distance from the middle, 0 there and 255 at the edge."""
    return Image.radial_gradient("L")


def gradient(colors: Sequence[Color], size: tuple[int, int]) -> Image.Image:
    """Return a picture that goes through the colours from top to bottom."""
    steps = 256
    strip = bytearray()
    for step in range(steps):
        at = step / (steps - 1) * (len(colors) - 1)
        index = min(int(at), len(colors) - 2) if len(colors) > 1 else 0
        share = at - index
        share = share * share * (3 - 2 * share)
        strip += bytes(mix(colors[index], colors[min(index + 1, len(colors) - 1)], share))
    small = Image.frombytes("RGB", (1, steps), bytes(strip))
    return small.resize(size, Image.Resampling.BICUBIC)


def blurred_blobs(
    size: tuple[int, int], blobs: Sequence[tuple[float, float, float, float, int]], blur: float
) -> Image.Image:
    """Return a small grey picture of soft ellipses: middle, half width, half height, thickness."""
    layer = Image.new("L", size)
    pen = ImageDraw.Draw(layer)
    for x, y, half_width, half_height, thickness in blobs:
        pen.ellipse((x - half_width, y - half_height, x + half_width, y + half_height), thickness)
    return layer.filter(ImageFilter.GaussianBlur(blur))


def waves(rng: random.Random, count: int, rough: float) -> list[float]:
    """Return `count` heights between -1 and 1 that wander smoothly.

    Args:
        rng: where chance comes from.
        count: how many.
        rough: 0 for hills, 1 for rocks: the weight of the finer movements.
    """
    octaves = 7 if rough > 0.3 else 3
    start = rng.uniform(1.1, 2.3)
    terms = [
        (start * 2.03**n, rng.uniform(0, math.tau), (0.36 + 0.2 * rough) ** n)
        for n in range(octaves)
    ]
    total = sum(weight for *_, weight in terms)
    return [
        sum(w * math.sin(f * math.tau * i / count + p) for f, p, w in terms) / total
        for i in range(count)
    ]


def peaks(rng: random.Random, count: int) -> list[float]:
    """Return `count` heights between 0 and 1 with pointed tops, as mountains have."""
    spread = 0.5
    heights = [rng.uniform(0.1, 0.6) for _ in range(4)]
    while len(heights) < count:
        between = [
            (a + b) / 2 + rng.uniform(-spread, spread) for a, b in itertools.pairwise(heights)
        ]
        heights = [h for pair in zip(heights, between, strict=False) for h in pair] + [heights[-1]]
        spread *= 0.5
    heights = heights[:count]
    low, high = min(heights), max(heights)
    return [(height - low) / ((high - low) or 1) for height in heights]


def along(heights: Sequence[float], x: float, width: float) -> float:
    """Return the height above place `x` of a line of heights stretched over `width`."""
    at = min(max(x / width, 0.0), 1.0) * (len(heights) - 1)
    index = min(int(at), len(heights) - 2)
    return heights[index] + (heights[index + 1] - heights[index]) * (at - index)


def curve(points: Sequence[Point], steps: int = 12) -> list[Point]:
    """Return a smooth line through the points (Catmull-Rom)."""
    full = [points[0], *points, points[-1]]
    line: list[Point] = []
    for a, b, c, d in zip(full, full[1:], full[2:], full[3:], strict=False):
        for step in range(steps):
            t = step / steps
            line.append((_between(a[0], b[0], c[0], d[0], t), _between(a[1], b[1], c[1], d[1], t)))
    return [*line, points[-1]]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
