"""Water: the sea, and what stands mirrored in a lake or river."""

import math
from collections.abc import Sequence

from PIL import Image, ImageFilter

from promptpress.adapters.sketch._canvas import Canvas, Point, curve, waves
from promptpress.adapters.sketch._figures import draw_boat, draw_lighthouse
from promptpress.adapters.sketch._palette import Color, mix
from promptpress.adapters.sketch._sky import WHITE, draw_birds, draw_sky


def reflect(canvas: Canvas, level: float) -> None:
    """Mirror what is drawn above a height (pixels) in still water below it."""
    top, depth = round(level), canvas.height - round(level)
    part = canvas.image.crop((0, max(0, top - round(depth * 1.35)), canvas.width, top))
    small = (max(2, canvas.width // 6), max(2, depth // 3))
    mirror = part.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize(small, Image.Resampling.BOX)
    mirror = mirror.filter(ImageFilter.GaussianBlur(1.1)).resize(
        (canvas.width, depth), Image.Resampling.BICUBIC
    )
    deep = mix(canvas.palette.near, canvas.palette.sky[0], 0.45)
    tint = Image.new("RGB", mirror.size, deep)
    fade = Image.linear_gradient("L").point([round(40 + i * 0.42) for i in range(256)])
    canvas.image.paste(Image.composite(tint, mirror, fade.resize(mirror.size)), (0, top))
    light = mix(canvas.palette.sky[-1], WHITE, 0.3)
    for _ in range(70):
        y = level + depth * canvas.rng.random() ** 1.6
        near = (y - level) / depth
        _draw_streak(
            canvas, canvas.rng.uniform(0, canvas.width), y, 0.02 + 0.1 * near, (*light, 46)
        )


def _draw_streak(canvas: Canvas, x: float, y: float, length: float, color: tuple[int, ...]) -> None:
    half = canvas.unit * length * canvas.rng.uniform(0.3, 1)
    thick = max(0.7, canvas.unit * 0.0011 * (0.5 + 8 * length))
    canvas.pen.ellipse((x - half, y - thick, x + half, y + thick), fill=color)


def draw_sea(canvas: Canvas, words: Sequence[str]) -> None:
    """The open sea under a low sun: its path of light, waves, a boat or a lighthouse."""
    rng, palette, unit = canvas.rng, canvas.palette, canvas.unit
    horizon = canvas.height * rng.uniform(0.5, 0.6)
    radius = unit * rng.uniform(0.07, 0.11)
    sun = (canvas.width * rng.uniform(0.3, 0.7), horizon - radius * rng.uniform(0.1, 2.4))
    draw_sky(canvas, horizon, sun, radius)
    surface = mix(palette.sky[-1], palette.far, 0.55)
    deep = mix(palette.near, palette.far, 0.12)
    canvas.fill_gradient((surface, mix(surface, deep, 0.5), deep), horizon, canvas.height)
    _draw_islands(canvas, horizon)
    _draw_path_of_light(canvas, sun[0], horizon)
    side = rng.choice((-1, 1))
    if "lighthouse" in words or rng.random() < 0.3:
        _draw_headland(canvas, horizon, side, lit="lighthouse" in words or rng.random() < 0.7)
    _draw_waves(canvas, horizon, surface, deep)
    far_boat = (canvas.width * (0.5 - side * rng.uniform(0.12, 0.3)), horizon + unit * 0.035)
    draw_boat(canvas, far_boat, unit * rng.uniform(0.09, 0.16), palette.near)
    draw_birds(
        canvas,
        (canvas.width * (0.5 - side * 0.2), horizon * 0.5),
        mix(palette.near, palette.far, 0.2),
    )


def _draw_islands(canvas: Canvas, horizon: float) -> None:
    rng, palette = canvas.rng, canvas.palette
    for _ in range(rng.randint(1, 3)):
        middle, half = rng.uniform(0, canvas.width), canvas.unit * rng.uniform(0.12, 0.3)
        tall = canvas.unit * rng.uniform(0.02, 0.06)
        bumps = waves(rng, 41, 0.3)
        line: list[Point] = [
            (
                middle + half * (i / 20 - 1),
                horizon - tall * (1 - (i / 20 - 1) ** 2) * (1 + 0.35 * bumps[i]),
            )
            for i in range(41)
        ]
        color = mix(palette.far, palette.sky[-1], rng.uniform(0.1, 0.4))
        canvas.fill_shape(
            [*line, (middle + half, horizon + 1), (middle - half, horizon + 1)], (color,)
        )


def _draw_path_of_light(canvas: Canvas, x: float, horizon: float) -> None:
    rng, unit = canvas.rng, canvas.unit
    light = mix(canvas.palette.sun, WHITE, 0.25)
    canvas.glow(x, horizon, unit * 0.4, canvas.palette.sun, 0.3)
    depth = canvas.height - horizon
    for _ in range(330):
        near = rng.random() ** 1.5
        y = horizon + depth * near
        spread = unit * (0.035 + 0.13 * near)
        place = x + rng.gauss(0, 0.55) * spread
        fade = math.exp(-(((place - x) / (spread * 1.1)) ** 2))
        opacity = round(235 * fade * (1 - near * 0.72))
        _draw_streak(canvas, place, y, 0.006 + 0.034 * near, (*light, opacity))


def _draw_waves(canvas: Canvas, horizon: float, surface: Color, deep: Color) -> None:
    """Lay wave behind wave, larger and darker towards us, each with a thin bright crest."""
    rng, unit = canvas.rng, canvas.unit
    depth = canvas.height - horizon
    count = 6
    for number in range(count):
        near = (number + 1) / count
        base = horizon + depth * (0.3 + 0.66 * near**1.25)
        swell = unit * (0.004 + 0.017 * near)
        heights = waves(rng, 160, 0.1)
        step = canvas.width / 159
        ripple = [0.16 * math.sin(i * (0.62 - 0.3 * near) + number) for i in range(160)]
        line = [
            (i * step, base - (h + r) * swell)
            for i, (h, r) in enumerate(zip(heights, ripple, strict=True))
        ]
        color = mix(surface, deep, 0.35 + 0.65 * near)
        body = [*line, (canvas.width, canvas.height), (0.0, canvas.height)]
        layer = mix(color, canvas.palette.near, 0.25 * near)
        canvas.pen.polygon(body, fill=(*layer, 150))
        crest = (*mix(color, canvas.palette.sky[-1], 0.5), 120)
        canvas.pen.line(line, fill=crest, width=max(1, round(unit * 0.0022 * near)))


def _draw_headland(canvas: Canvas, horizon: float, side: int, *, lit: bool) -> None:
    """Draw a rocky point that comes in from one side."""
    rng, palette, unit = canvas.rng, canvas.palette, canvas.unit
    edge = canvas.width if side > 0 else 0
    reach, tall = unit * rng.uniform(0.36, 0.46), unit * rng.uniform(0.12, 0.17)
    profile = [(0.0, 1.0), (0.3, 0.96), (0.52, 0.8), (0.66, 0.72), (0.8, 0.36), (1.0, -0.12)]
    line = [
        (
            edge - side * x * reach,
            horizon - y * tall + unit * 0.05 + rng.uniform(-1, 1) * unit * 0.004,
        )
        for x, y in curve(profile, 9)
    ]
    foot = horizon + unit * 0.085
    color = mix(palette.near, palette.far, 0.25)
    canvas.fill_shape([*line, (edge, foot)], (color, mix(color, palette.near, 0.6)))
    shadow = [(x, foot + (foot - y) * 0.28) for x, y in line]
    canvas.pen.polygon([*shadow, (edge, foot)], fill=(*palette.near, 90))
    if lit:
        x, y = line[len(line) * 2 // 5]
        draw_lighthouse(canvas, (x, y + unit * 0.012), unit * 0.24)
