"""Small silhouettes that give a landscape its story: somebody, a boat, a house, a tree."""

import math
from collections.abc import Sequence

from promptpress.adapters.sketch._canvas import Canvas, Point, curve
from promptpress.adapters.sketch._palette import Color, mix

_BODY = [(-0.02, -1.0), (-0.14, -0.97), (-0.2, -0.8), (-0.16, -0.66), (-0.27, -0.42),
         (-0.33, -0.16), (-0.27, 0.02), (0.0, 0.05), (0.27, 0.02), (0.33, -0.16),
         (0.27, -0.42), (0.16, -0.66), (0.2, -0.8), (0.14, -0.97), (0.02, -1.0)]  # fmt: skip
"""Somebody on four feet, sitting, from behind: one unit tall, the feet at the origin."""
_EARS: dict[str, Sequence[Point]] = {
    "pointed": [(0.05, -0.96), (0.185, -1.19), (0.2, -0.84)],
    "round": [(0.06, -0.95), (0.1, -1.08), (0.2, -1.09), (0.24, -0.98), (0.18, -0.86)],
    "long": [(0.03, -0.95), (0.05, -1.25), (0.12, -1.46), (0.18, -1.25), (0.14, -0.9)],
    "hanging": [(0.1, -0.98), (0.22, -0.96), (0.29, -0.72), (0.22, -0.66), (0.15, -0.85)],
    "none": [],
}
_TAILS: dict[str, Sequence[tuple[float, float, float]]] = {
    "thin": [(0.2, 0.0, 0.05), (0.42, 0.03, 0.05), (0.56, -0.07, 0.045), (0.58, -0.22, 0.04)],
    "bushy": [(0.2, 0.0, 0.07), (0.42, 0.02, 0.13), (0.6, -0.06, 0.14), (0.74, -0.22, 0.05)],
    "short": [(0.26, -0.06, 0.1), (0.31, -0.09, 0.09)],
    "none": [],
}
ANIMALS = {
    "cat": ("pointed", "thin"), "cats": ("pointed", "thin"), "kitten": ("pointed", "thin"),
    "tiger": ("round", "thin"), "lion": ("round", "thin"), "leopard": ("round", "thin"),
    "fox": ("pointed", "bushy"), "wolf": ("pointed", "bushy"), "squirrel": ("pointed", "bushy"),
    "dog": ("hanging", "thin"), "dogs": ("hanging", "thin"), "puppy": ("hanging", "thin"),
    "corgi": ("pointed", "short"), "rabbit": ("long", "short"), "bunny": ("long", "short"),
    "hare": ("long", "short"), "kangaroo": ("long", "thin"), "donkey": ("long", "thin"),
    "bear": ("round", "short"), "panda": ("round", "short"), "mouse": ("round", "thin"),
    "monkey": ("round", "thin"), "raccoon": ("round", "bushy"), "chimpanzee": ("round", "none"),
    "owl": ("pointed", "none"), "penguin": ("none", "none"), "capybara": ("round", "none"),
    "wombat": ("round", "none"), "hamster": ("round", "none"), "pig": ("pointed", "thin"),
    "pigs": ("pointed", "thin"), "llama": ("long", "short"), "cow": ("hanging", "thin"),
}  # fmt: skip
"""Ears and tail of those who can be drawn sitting."""
_PEOPLE_WORDS = """
man woman person people boy girl child children baby king queen knight astronaut worker
musician portrait tourist soldier teacher student dancer couple family wizard monk samurai
statue player singer farmer doctor nurse artist painter men women kids friend friends lady
businessman president mother father human life humans
"""
PEOPLE = frozenset(_PEOPLE_WORDS.split())
"""Words for somebody who can be drawn standing in a coat."""


def draw_animal(canvas: Canvas, foot: Point, size: float, color: Color, kind: str) -> None:
    """Draw an animal that sits with its back to us, `size` pixels tall."""
    ears, tail = ANIMALS[kind]
    side = canvas.rng.choice((-1, 1))
    body = curve(_BODY, 6)
    _fill(canvas, foot, size, body, color)
    for mirror in (-1, 1):
        if _EARS[ears]:
            ear = [(x * mirror, y) for x, y in _EARS[ears]]
            _fill(canvas, foot, size, ear if ears == "pointed" else curve(ear, 5), color)
    parts = _TAILS[tail]
    if parts:
        line = curve([(x * side, y) for x, y, _ in parts], 10)
        for index, (x, y) in enumerate(line):
            width = _width(parts, index / (len(line) - 1))
            canvas.disc(foot[0] + x * size, foot[1] + y * size, width * size, color)


def _width(parts: Sequence[tuple[float, float, float]], share: float) -> float:
    at = share * (len(parts) - 1)
    index = min(int(at), len(parts) - 2)
    return parts[index][2] + (parts[index + 1][2] - parts[index][2]) * (at - index)


def draw_person(canvas: Canvas, foot: Point, size: float, color: Color) -> None:
    """Draw somebody in a long coat who stands with the back to us, `size` pixels tall."""
    sway = canvas.rng.uniform(-0.03, 0.03)
    coat = [(-0.05, -0.84), (-0.13, -0.78), (-0.15, -0.55), (-0.17 + sway, -0.2),
            (0.17 + sway, -0.2), (0.15, -0.55), (0.13, -0.78), (0.05, -0.84)]  # fmt: skip
    _fill(canvas, foot, size, coat, color)
    for left in (-0.1, 0.02):
        _fill(canvas, foot, size, [(left, -0.25), (left + 0.08, -0.25), (left + 0.075, 0.03),
                                   (left + 0.0, 0.03)], color)  # fmt: skip
    canvas.disc(foot[0], foot[1] - 0.91 * size, 0.082 * size, color)
    scarf = canvas.palette.accents[0]
    _fill(
        canvas, foot, size, [(-0.075, -0.85), (0.075, -0.85), (0.085, -0.8), (-0.085, -0.8)], scarf
    )
    tail = [(0.05, -0.82), (0.16 + sway, -0.8), (0.24 + sway, -0.72), (0.15, -0.74), (0.05, -0.78)]
    _fill(canvas, foot, size, curve(tail, 4), scarf)


def draw_boat(canvas: Canvas, middle: Point, size: float, color: Color) -> None:
    """Draw a sailing boat on the water, `size` pixels tall."""
    lean = canvas.rng.choice((-1, 1))
    sail = mix(canvas.palette.sun, canvas.palette.accents[-1], 0.5)
    shaded = mix(sail, canvas.palette.far, 0.35)
    _fill(canvas, middle, size, [(-0.34, -0.12), (0.36, -0.12), (0.24, 0.03), (-0.24, 0.03)], color)
    main = curve([(0.02 * lean, -1.0), (0.2 * lean, -0.6), (0.36 * lean, -0.17)], 8)
    _fill(canvas, middle, size, [*main, (0.02 * lean, -0.17)], sail)
    jib = curve([(-0.03 * lean, -0.86), (-0.16 * lean, -0.5), (-0.3 * lean, -0.17)], 8)
    _fill(canvas, middle, size, [*jib, (-0.03 * lean, -0.17)], shaded)


def draw_lighthouse(canvas: Canvas, foot: Point, size: float) -> None:
    """Draw a striped lighthouse with its lamp lit, `size` pixels tall."""
    palette = canvas.palette
    white, red = mix(palette.accents[-1], palette.far, 0.15), palette.accents[0]
    for band in range(5):
        low, high = band / 5, (band + 1) / 5
        wide, slim = 0.13 - 0.05 * low, 0.13 - 0.05 * high
        color = red if band % 2 else white
        tower = [(-wide, -low * 0.8), (wide, -low * 0.8), (slim, -high * 0.8), (-slim, -high * 0.8)]
        _fill(canvas, foot, size, tower, color)
        shade = [(0.0, -low * 0.8), (wide, -low * 0.8), (slim, -high * 0.8), (0.0, -high * 0.8)]
        _fill(canvas, foot, size, shade, mix(color, palette.near, 0.28))
    _fill(
        canvas,
        foot,
        size,
        [(-0.11, -0.8), (0.11, -0.8), (0.11, -0.83), (-0.11, -0.83)],
        palette.near,
    )
    _fill(
        canvas,
        foot,
        size,
        [(-0.06, -0.83), (0.06, -0.83), (0.06, -0.93), (-0.06, -0.93)],
        palette.sun,
    )
    _fill(canvas, foot, size, [(-0.08, -0.93), (0.08, -0.93), (0.0, -1.03)], red)
    canvas.glow(foot[0], foot[1] - 0.88 * size, size * 0.5, palette.sun, 0.75)


def draw_house(canvas: Canvas, foot: Point, size: float, color: Color) -> None:
    """Draw a small house with light in its window, `size` pixels tall."""
    wall = mix(color, canvas.palette.accents[0], 0.25)
    _fill(canvas, foot, size, [(-0.45, 0.06), (-0.45, -0.5), (0.45, -0.5), (0.45, 0.06)], wall)
    _fill(canvas, foot, size, [(-0.56, -0.48), (-0.3, -0.95), (0.3, -0.95), (0.56, -0.48)], color)
    _fill(canvas, foot, size, [(0.14, -0.9), (0.14, -1.15), (0.25, -1.15), (0.25, -0.9)], color)
    for left in (-0.27, 0.09):
        pane = [(left, -0.18), (left, -0.36), (left + 0.18, -0.36), (left + 0.18, -0.18)]
        _fill(canvas, foot, size, pane, canvas.palette.sun)
    canvas.glow(foot[0], foot[1] - 0.27 * size, size * 0.7, canvas.palette.sun, 0.45)


def draw_conifer(canvas: Canvas, foot: Point, size: float, color: Color) -> None:
    """Draw a fir tree, `size` pixels tall."""
    rng = canvas.rng
    tiers = 7
    wide = rng.uniform(0.17, 0.25)
    right: list[Point] = []
    for tier in range(1, tiers + 1):
        drop = tier / tiers
        reach = wide * drop**0.85 * rng.uniform(0.85, 1.12)
        right += [(reach, -1 + drop * 0.95), (reach * 0.5, -1 + drop * 0.95 - 0.035)]
    left = [(-x * rng.uniform(0.88, 1.1), y) for x, y in reversed(right)]
    _fill(canvas, foot, size, [(0, -1), *right, (0.03, 0.06), (-0.03, 0.06), *left], color)


def draw_leafy_tree(canvas: Canvas, foot: Point, size: float, color: Color) -> None:
    """Draw a tree with a broad crown, `size` pixels tall."""
    rng = canvas.rng
    trunk = [
        (-0.05, 0.05),
        (-0.022, -0.1),
        (-0.02, -0.62),
        (0.02, -0.62),
        (0.022, -0.1),
        (0.05, 0.05),
    ]
    _fill(canvas, foot, size, trunk, color)
    for side in (-1, 1):
        branch = [(0, -0.3), (0.2 * side, -0.56), (0.22 * side, -0.6), (0, -0.37)]
        _fill(canvas, foot, size, branch, color)
    leaves = 34
    for step in range(leaves):
        turn, reach = step * 2.4, 0.31 * math.sqrt(step / leaves)
        x, y = math.cos(turn) * reach * 1.12, -0.67 + math.sin(turn) * reach * 0.8
        part = rng.uniform(0.05, 0.1) if step > leaves // 3 else 0.12
        canvas.disc(foot[0] + x * size, foot[1] + y * size, size * part, color)


def _fill(canvas: Canvas, foot: Point, size: float, outline: Sequence[Point], color: Color) -> None:
    canvas.pen.polygon([(foot[0] + x * size, foot[1] + y * size) for x, y in outline], fill=color)
