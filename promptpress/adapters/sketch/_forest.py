"""A forest: trunks in the mist, light between them."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFilter

from promptpress.adapters.sketch._canvas import Canvas, along, curve, waves
from promptpress.adapters.sketch._figures import ANIMALS, PEOPLE, draw_animal, draw_person
from promptpress.adapters.sketch._land import SAMPLES, draw_ridge
from promptpress.adapters.sketch._palette import Color, mix
from promptpress.adapters.sketch._sky import draw_mist


def draw_forest(canvas: Canvas, words: Sequence[str]) -> None:
    """Trunks in the mist, light between them, perhaps somebody on the path."""
    rng, palette, unit = canvas.rng, canvas.palette, canvas.unit
    light = mix(palette.sky[-1], palette.sun, 0.6)
    canvas.fill_gradient(
        (mix(palette.sky[0], palette.far, 0.3), palette.sky[-2], light), 0, canvas.height
    )
    middle = canvas.width * rng.uniform(0.38, 0.62)
    canvas.glow(middle, canvas.height * 0.5, unit * 0.75, palette.sun, 0.9)
    layers = 5
    for layer in range(layers):
        share = layer / (layers - 1)
        color = mix(mix(palette.far, light, 0.45), palette.near, share**1.25)
        ground = canvas.height * (0.66 + 0.23 * share)
        gap = unit * 0.1 * share
        for _ in range(round((15 - 2.2 * layer) * canvas.width / unit)):
            x = rng.uniform(-0.03, 1.03) * canvas.width
            if abs(x - middle) > gap + unit * 0.03:
                _draw_trunk(canvas, x, ground, unit * (0.006 + 0.026 * share**1.6), color)
        _draw_ground(canvas, ground, share, color)
        if layer == 3:
            _place_walker(canvas, middle, ground, words)
        if layer < layers - 1:
            draw_mist(canvas, ground - unit * 0.3, ground + unit * 0.08, light, 0.5 - 0.3 * share)
    _draw_beams(canvas, middle)


def _draw_trunk(canvas: Canvas, x: float, foot: float, half: float, color: Color) -> None:
    rng = canvas.rng
    half *= rng.uniform(0.55, 1.2)
    lean = rng.gauss(0, 0.018) * canvas.unit
    top = x + lean
    edge = [(x - half * 2.2, foot + half), (x - half, foot - half * 4), (top - half * 0.55, -4.0)]
    back = [(top + half * 0.55, -4.0), (x + half, foot - half * 4), (x + half * 2.2, foot + half)]
    canvas.pen.polygon([*edge, *back], fill=color)
    for _ in range(rng.randint(1, 4)):
        start = rng.uniform(0.05, 0.55) * foot
        side, length = rng.choice((-1, 1)), canvas.unit * rng.uniform(0.04, 0.13)
        root = (x + lean * (1 - start / foot), start)
        tip = (root[0] + side * length, start - length * rng.uniform(0.35, 0.9))
        bend = ((root[0] * 0.45 + tip[0] * 0.55), (root[1] * 0.7 + tip[1] * 0.3))
        thick = half * rng.uniform(0.3, 0.5)
        upper = curve([root, bend, tip], 6)
        lower = [(px, py + thick * (1 - i / len(upper)) * 2) for i, (px, py) in enumerate(upper)]
        canvas.pen.polygon([*upper, *reversed(lower)], fill=color)


def _draw_ground(canvas: Canvas, base: float, share: float, color: Color) -> None:
    """Draw the floor of one layer, with grass standing up from it."""
    rng, unit = canvas.rng, canvas.unit
    heights = waves(rng, SAMPLES, 0.2)
    draw_ridge(canvas, heights, base, unit * 0.016, (color, mix(color, canvas.palette.near, 0.3)))
    size = unit * (0.01 + 0.045 * share**2)
    pen = canvas.pen
    for _ in range(round(150 * canvas.width / unit)):
        x = rng.uniform(0, canvas.width)
        foot = base - along(heights, x, canvas.width) * unit * 0.016 + 2
        tip = (x + rng.gauss(0, 0.45) * size, foot - size * rng.uniform(0.3, 1.1))
        pen.polygon([(x - size * 0.05, foot), tip, (x + size * 0.05, foot)], fill=color)


def _draw_beams(canvas: Canvas, middle: float) -> None:
    """Let light fall in slanting beams from above."""
    rng = canvas.rng
    width, height = 160, max(8, round(160 * canvas.height / canvas.width))
    layer = Image.new("L", (width, height))
    pen = ImageDraw.Draw(layer)
    slant = rng.uniform(-0.35, 0.35) * height
    for _ in range(6):
        top = middle / canvas.width * width + rng.gauss(0, width * 0.2)
        wide = rng.uniform(2, 9)
        bottom = top + slant + rng.gauss(0, 4)
        pen.polygon(
            [
                (top - wide / 2, 0),
                (top + wide / 2, 0),
                (bottom + wide, height * 0.86),
                (bottom - wide, height * 0.86),
            ],
            fill=rng.randint(34, 70),
        )
    fade = (
        Image.linear_gradient("L")
        .resize((width, height))
        .point([255 - round(i * 0.9) for i in range(256)])
    )
    layer = Image.composite(layer, Image.new("L", layer.size), fade).filter(
        ImageFilter.GaussianBlur(2.5)
    )
    canvas.soften(layer, canvas.palette.sun, (0, 0, canvas.width, canvas.height))


def _place_walker(canvas: Canvas, x: float, foot: float, words: Sequence[str]) -> None:
    """Put whoever the words name on the path; nobody if they name nobody."""
    color = mix(canvas.palette.near, (0, 0, 0), 0.1)
    animals = [word for word in words if word in ANIMALS]
    if animals:
        draw_animal(canvas, (x, foot + canvas.unit * 0.02), canvas.unit * 0.12, color, animals[0])
    elif set(words) & PEOPLE:
        draw_person(canvas, (x, foot + canvas.unit * 0.02), canvas.unit * 0.15, color)
