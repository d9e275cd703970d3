"""Flowers on paper."""

import math
from collections.abc import Sequence

from promptpress.adapters.sketch._abstract import paper_color
from promptpress.adapters.sketch._canvas import Canvas, Point, blurred_blobs, curve
from promptpress.adapters.sketch._palette import Color, mix
from promptpress.adapters.sketch._sky import WHITE


def draw_garden(canvas: Canvas, words: Sequence[str]) -> None:  # noqa: ARG001  every scene is called alike
    """Flowers on bent stems before washes of colour on paper."""
    rng, palette, unit = canvas.rng, canvas.palette, canvas.unit
    paper = mix(paper_color(canvas), WHITE, 0.35)
    canvas.fill_gradient((paper, mix(paper, palette.sky[-1], 0.5)), 0, canvas.height)
    for color in (palette.sky[-2], palette.accents[1], palette.accents[2]):
        blobs = [
            (
                rng.uniform(0, 96),
                rng.uniform(10, 96),
                rng.uniform(8, 24),
                rng.uniform(6, 20),
                rng.randint(35, 80),
            )
            for _ in range(4)
        ]
        canvas.soften(blurred_blobs((96, 96), blobs, 7), color, (0, 0, canvas.width, canvas.height))
    count = round(11 * canvas.width / unit)
    for number in range(count):
        near = (number + 1) / count
        x = canvas.width * ((number * 0.618 + rng.uniform(-0.04, 0.04)) % 1 * 0.86 + 0.07)
        head = (x + rng.gauss(0, 0.05) * unit, canvas.height * (0.2 + 0.42 * rng.random() ** 0.8))
        fade = 0.55 * (1 - near)
        stem = mix(mix(palette.near, palette.accents[2], 0.4), paper, fade)
        _draw_stem(canvas, (x, canvas.height + 4.0), head, stem)
        color = mix(palette.accents[rng.choice((0, 0, 1, 1, 2))], paper, fade * 0.7)
        _draw_blossom(canvas, head, unit * rng.uniform(0.07, 0.13) * (0.75 + 0.35 * near), color)


def _draw_stem(canvas: Canvas, foot: Point, head: Point, color: Color) -> None:
    """Draw a stem with leaves."""
    rng, unit = canvas.rng, canvas.unit
    bend = rng.gauss(0, 0.06) * unit
    middle = ((foot[0] + head[0]) / 2 + bend, (foot[1] + head[1]) / 2)
    line = curve([foot, middle, head], 16)
    canvas.pen.line(line, fill=color, width=max(1, round(unit * 0.0055)), joint="curve")
    for _ in range(rng.randint(2, 4)):
        root = line[rng.randrange(4, len(line) - 8)]
        side = rng.choice((-1, 1))
        turn = -math.pi / 2 + side * rng.uniform(0.5, 1.15)
        leaf = _petal(root, unit * rng.uniform(0.09, 0.17), turn, 0.2)
        canvas.pen.polygon(
            leaf, fill=(*mix(color, canvas.palette.accents[2], rng.uniform(0, 0.5)), 225)
        )


def _petal(root: Point, length: float, turn: float, wide: float) -> list[Point]:
    """Return the outline of a leaf that grows from a root in a direction (radians)."""
    shape = curve(
        [
            (0, 0),
            (0.3, wide * 0.9),
            (0.62, wide),
            (1, 0),
            (0.62, -wide),
            (0.3, -wide * 0.9),
            (0, 0),
        ],
        6,
    )
    return [
        (root[0] + length * (x * math.cos(turn) - y * math.sin(turn)),
         root[1] + length * (x * math.sin(turn) + y * math.cos(turn)))
        for x, y in shape
    ]  # fmt: skip


def _draw_blossom(canvas: Canvas, middle: Point, radius: float, color: Color) -> None:
    """Draw a blossom of two or three wreaths of petals that shine through each other."""
    rng, palette = canvas.rng, canvas.palette
    petals, wide = rng.choice((5, 6, 8, 11, 14)), rng.uniform(0.24, 0.42)
    start = rng.uniform(0, math.tau)
    for wreath, (reach, tone) in enumerate(((1.0, 0.0), (0.78, 0.25), (0.5, 0.45))):
        shade = (
            mix(color, WHITE, tone) if rng.random() < 0.7 else mix(color, palette.near, tone * 0.5)
        )
        for petal in range(petals):
            turn = start + (petal + wreath / 2) * math.tau / petals + rng.gauss(0, 0.04)
            outline = _petal(
                middle,
                radius * reach * rng.uniform(0.9, 1.08),
                turn,
                wide * 2.6 / math.sqrt(petals),
            )
            canvas.pen.polygon(outline, fill=(*shade, 205))
    heart = mix(palette.accents[1], palette.near, 0.35)
    canvas.disc(*middle, radius * 0.17, heart)
    for seed in range(18):
        turn, reach = seed * 2.4, radius * 0.16 * math.sqrt(seed / 18)
        spot = (middle[0] + math.cos(turn) * reach, middle[1] + math.sin(turn) * reach)
        canvas.disc(*spot, radius * 0.017, palette.sun)
