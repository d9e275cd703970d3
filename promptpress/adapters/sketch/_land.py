"""Landscapes: mountains, dunes, and a hill where somebody looks at the sun."""

import math
from collections.abc import Sequence

from promptpress.adapters.sketch._canvas import Canvas, Point, along, curve, peaks, waves
from promptpress.adapters.sketch._figures import (
    ANIMALS,
    PEOPLE,
    draw_animal,
    draw_conifer,
    draw_house,
    draw_leafy_tree,
    draw_person,
)
from promptpress.adapters.sketch._palette import Color, mix
from promptpress.adapters.sketch._sky import draw_birds, draw_sky
from promptpress.adapters.sketch._water import reflect

SAMPLES = 240
"""Points of a ridge: enough that none shows as a corner."""


def draw_ridge(
    canvas: Canvas, heights: Sequence[float], base: float, rise: float, colors: Sequence[Color]
) -> None:
    """Fill land from a ridge to the bottom: `base` and `rise` in pixels."""
    step = canvas.width / (len(heights) - 1)
    line = [(i * step, base - height * rise) for i, height in enumerate(heights)]
    bottom = min(canvas.height, max(y for _, y in line) + canvas.unit * 0.32)
    canvas.fill_shape([*line, (canvas.width, bottom), (0, bottom)], colors)
    if bottom < canvas.height:
        canvas.pen.rectangle((0, bottom - 1, canvas.width, canvas.height), fill=colors[-1])


def draw_mountains(canvas: Canvas, words: Sequence[str]) -> None:
    """Ranges of mountains in the haze, firs in front, often a lake."""
    rng, palette, unit = canvas.rng, canvas.palette, canvas.unit
    lake = "lake" in words or rng.random() < 0.45
    horizon = canvas.height * (0.66 if lake else 0.74)
    sun = (canvas.width * rng.uniform(0.24, 0.76), horizon - unit * rng.uniform(0.3, 0.46))
    draw_sky(canvas, horizon, sun, unit * rng.uniform(0.045, 0.075))
    layers = 4
    for layer in range(layers):
        share = layer / (layers - 1)
        color = mix(palette.far, palette.near, share * 0.72)
        haze = mix(color, palette.sky[-1], 0.62 - 0.3 * share)
        rise = unit * (0.42 - 0.23 * share) * rng.uniform(0.85, 1.15)
        base = horizon - unit * (0.03 - 0.035 * share)
        heights = peaks(rng, SAMPLES)
        draw_ridge(canvas, heights, base, rise, (color, haze))
        if layer < 2:
            _shade_slopes(canvas, heights, base, rise, sun[0])
    _plant_firs(canvas, horizon + unit * 0.015, 0.05, mix(palette.far, palette.near, 0.82))
    draw_birds(canvas, (canvas.width - sun[0], horizon * 0.42), mix(palette.near, palette.far, 0.2))
    if lake:
        reflect(canvas, horizon + unit * 0.012)
    _draw_shore(canvas, words)


def _shade_slopes(
    canvas: Canvas,
    heights: Sequence[float],
    base: float,
    rise: float,
    sun_x: float,
) -> None:
    """Darken the sides of the peaks that look away from the sun."""
    rng, step = canvas.rng, canvas.width / (len(heights) - 1)
    for index in range(6, len(heights) - 6):
        if heights[index] < 0.35 or heights[index] != max(heights[index - 6 : index + 7]):
            continue
        top = (index * step, base - heights[index] * rise)
        away = 1 if top[0] > sun_x else -1
        outline: list[Point] = [top]
        reach = index
        while 0 < reach < len(heights) - 1 and heights[reach + away] <= heights[reach] + 0.012:
            reach += away
            outline.append((reach * step, base - heights[reach] * rise))
        foot = outline[-1][1]
        depth = max(foot - top[1], 1)
        for part in (0.8, 0.6, 0.42, 0.24):
            x = top[0] + away * depth * rng.uniform(0.02, 0.3) * (0.4 + part)
            outline.append((x, top[1] + depth * part))
        canvas.pen.polygon(outline, fill=(*canvas.palette.near, 38))


def _plant_firs(canvas: Canvas, foot: float, size: float, color: Color) -> None:
    rng = canvas.rng
    crowd = waves(rng, 60, 0.2)
    x = -canvas.unit * 0.02
    while x < canvas.width + canvas.unit * 0.02:
        many = along(crowd, x, canvas.width)
        tall = canvas.unit * size * rng.uniform(0.5, 1.1) * (0.75 + 0.55 * many)
        draw_conifer(canvas, (x, foot), max(tall, 2), color)
        x += canvas.unit * size * rng.uniform(0.1, 0.28) * (1.5 - many)
    canvas.pen.rectangle((0, foot - 2, canvas.width, foot + canvas.unit * 0.012), fill=color)


def _draw_shore(canvas: Canvas, words: Sequence[str]) -> None:
    """Close the picture in front with a dark bank, firs at one side and perhaps a house."""
    rng, palette, unit = canvas.rng, canvas.palette, canvas.unit
    side = rng.choice((-1, 1))
    base = canvas.height - unit * 0.03
    slope = waves(rng, SAMPLES, 0.15)
    lift = [
        0.5 + 0.25 * h + 0.9 * max(0.0, side * (i / SAMPLES - 0.5)) ** 1.4
        for i, h in enumerate(slope)
    ]
    front = mix(palette.near, (0, 0, 0), 0.12)
    draw_ridge(canvas, lift, base, unit * 0.12, (mix(front, palette.far, 0.12), front))
    ground = [base - height * unit * 0.12 for height in lift]
    if {"house", "home", "town", "village", "cottage", "cabin"} & set(words):
        x = canvas.width * (0.5 - side * 0.22)
        draw_house(canvas, (x, along(ground, x, canvas.width)), unit * 0.075, front)
    for _ in range(11):
        x = canvas.width * (0.5 + side * (0.5 - abs(rng.gauss(0, 0.13))))
        foot = along(ground, x, canvas.width) + 3
        draw_conifer(canvas, (x, foot), unit * rng.uniform(0.13, 0.3), front)


def draw_dunes(canvas: Canvas, words: Sequence[str]) -> None:
    """Dunes with a lit and a shadowed side under a large sun; pyramids where they are named."""
    rng, palette, unit = canvas.rng, canvas.palette, canvas.unit
    horizon = canvas.height * 0.6
    sun = (canvas.width * rng.uniform(0.25, 0.75), horizon - unit * rng.uniform(0.12, 0.34))
    draw_sky(canvas, horizon, sun, unit * rng.uniform(0.1, 0.15))
    if {"pyramid", "pyramids", "egypt", "sphinx", "parthenon"} & set(words):
        _draw_pyramids(canvas, horizon + unit * 0.02, sun[0])
    away = 1 if sun[0] < canvas.width / 2 else -1
    layers = 5
    for layer in range(layers):
        share = layer / (layers - 1)
        lit = mix(palette.far, palette.near, 0.06 + share * 0.5)
        lit = mix(lit, palette.sun, 0.42 * (1 - share))
        base = horizon + (canvas.height - horizon) * share**1.15 * 0.86 + unit * 0.02
        _draw_dune(canvas, base, unit * (0.06 + 0.1 * share), lit, away)
    draw_birds(
        canvas, (canvas.width - sun[0], horizon * 0.45), mix(palette.near, palette.far, 0.15)
    )


def _draw_dune(canvas: Canvas, base: float, rise: float, lit: Color, away: int) -> None:
    """Draw one dune; its side away from the sun lies in shadow behind a curved edge."""
    rng, width = canvas.rng, canvas.width
    heights = waves(rng, SAMPLES, 0.0)
    dark = mix(lit, canvas.palette.near, 0.5)
    draw_ridge(
        canvas, heights, base, rise, (mix(lit, canvas.palette.sun, 0.2), mix(lit, dark, 0.35))
    )
    top = max(range(SAMPLES // 8, SAMPLES * 7 // 8), key=lambda i: heights[i])
    step = width / (SAMPLES - 1)
    ridge: list[Point] = []
    at = top
    while 0 <= at < SAMPLES and heights[at] > -0.55:
        ridge.append((at * step, base - heights[at] * rise))
        at += away
    if len(ridge) < 4:
        return
    end, depth = ridge[-1], canvas.unit * rng.uniform(0.2, 0.34)
    swing = away * canvas.unit
    edge = curve(
        [ridge[0], (ridge[0][0] + swing * 0.05, ridge[0][1] + depth * 0.35),
         (ridge[0][0] - swing * 0.02, ridge[0][1] + depth * 0.7),
         (ridge[0][0] + swing * 0.16, ridge[0][1] + depth * 1.15)], 12,
    )  # fmt: skip
    canvas.fill_shape(
        [*ridge, (end[0], end[1] + depth), *reversed(edge)], (dark, mix(dark, lit, 0.75))
    )


def _draw_pyramids(canvas: Canvas, foot: float, sun_x: float) -> None:
    palette, unit = canvas.palette, canvas.unit
    lit, dark = mix(palette.far, palette.sun, 0.3), mix(palette.far, palette.near, 0.45)
    for place, size in ((0.3, 0.15), (0.72, 0.2), (0.52, 0.11)):
        x, half = canvas.width * place, unit * size
        top = (x, foot - half * 1.15)
        split = (x + half * (0.3 if x > sun_x else -0.3), foot)
        left, right = (x - half, foot), (x + half, foot)
        first, second = (lit, dark) if x > sun_x else (dark, lit)
        canvas.fill_shape([left, top, split], (first, mix(first, palette.sky[-1], 0.3)))
        canvas.fill_shape([split, top, right], (second, mix(second, palette.sky[-1], 0.3)))


def draw_watchers(canvas: Canvas, words: Sequence[str]) -> None:
    """A hill in front of a large sun or moon; whoever the words name sits there and looks."""
    rng, palette, unit = canvas.rng, canvas.palette, canvas.unit
    horizon = canvas.height * rng.uniform(0.68, 0.74)
    sun = (canvas.width * rng.uniform(0.3, 0.7), horizon - unit * rng.uniform(0.2, 0.36))
    draw_sky(canvas, horizon, sun, unit * rng.uniform(0.13, 0.22))
    rough = rng.choice((0.1, 0.25, 0.5))
    for share in (0.0, 0.33, 0.66):
        color = mix(palette.far, palette.near, share * 0.75)
        haze = mix(color, palette.sky[-1], 0.5)
        base = horizon + unit * (0.02 + 0.1 * share)
        draw_ridge(canvas, waves(rng, SAMPLES, rough), base, unit * 0.05, (color, haze))
    top = rng.uniform(0.3, 0.7)
    bumps = waves(rng, SAMPLES, 0.2)
    heights = [math.cos((i / SAMPLES - top) * 2.8) + 0.06 * h for i, h in enumerate(bumps)]
    base = canvas.height + unit * 0.02
    front = mix(palette.near, (0, 0, 0), 0.15)
    draw_ridge(canvas, heights, base, unit * 0.2, (mix(front, palette.far, 0.12), front))
    ground = [base - h * unit * 0.2 for h in heights]
    _draw_meadow(canvas, ground, front)
    _seat(canvas, ground, front, words, top)
    flock = (canvas.width * rng.uniform(0.2, 0.8), horizon * 0.3)
    draw_birds(canvas, flock, mix(palette.near, palette.far, 0.2))


def _seat(
    canvas: Canvas, ground: Sequence[float], color: Color, words: Sequence[str], top: float
) -> None:
    """Set up to three on the top of the hill and a tree beside them; nobody named: a large tree."""
    rng, unit = canvas.rng, canvas.unit
    animals = list(dict.fromkeys(word for word in words if word in ANIMALS))[:3]
    someone = bool(set(words) & PEOPLE)
    many = len(animals) + someone
    place = canvas.width * (top + rng.uniform(-0.04, 0.04)) - unit * 0.09 * (many - 1)
    if someone:
        draw_person(canvas, (place, along(ground, place, canvas.width) + 2), unit * 0.27, color)
        place += unit * 0.2
    for kind in animals:
        foot = (place, along(ground, place, canvas.width) + 2)
        draw_animal(canvas, foot, unit * 0.19, color, kind)
        place += unit * 0.2
    draw_tree = rng.choice((draw_leafy_tree, draw_conifer))
    away = 0.13 if top > 0.5 else 0.87
    for _ in range(rng.randint(1, 3) if many else 1):
        x = canvas.width * (away + rng.gauss(0, 0.04) if many else top)
        tall = unit * (rng.uniform(0.26, 0.44) if many else rng.uniform(0.45, 0.6))
        draw_tree(canvas, (x, along(ground, x, canvas.width) + 4), tall, color)


def _draw_meadow(canvas: Canvas, ground: Sequence[float], color: Color) -> None:
    """Let grass and a few flowers stand on a line of ground heights (pixels)."""
    rng, unit = canvas.rng, canvas.unit
    pen = canvas.pen
    for number in range(round(330 * canvas.width / unit)):
        x = rng.uniform(0, canvas.width)
        foot = along(ground, x, canvas.width) + 3
        size = unit * rng.uniform(0.012, 0.04)
        tip = (x + rng.gauss(0, 0.35) * size, foot - size)
        pen.polygon([(x - unit * 0.0017, foot), tip, (x + unit * 0.0017, foot)], fill=color)
        if number % 13 == 0:
            canvas.disc(*tip, unit * rng.uniform(0.0025, 0.005), rng.choice(canvas.palette.accents))
