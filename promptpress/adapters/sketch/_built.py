"""What people make: a city at the water, and vessels on a table."""

import math
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from promptpress.adapters.sketch._canvas import Canvas, Point, curve
from promptpress.adapters.sketch._palette import Color, mix
from promptpress.adapters.sketch._sky import WHITE, draw_birds, draw_mist, draw_sky
from promptpress.adapters.sketch._water import reflect


def draw_city(canvas: Canvas, words: Sequence[str]) -> None:  # noqa: ARG001  every scene is called alike
    """Towers behind towers in the haze, windows lit, all of it mirrored in a river."""
    rng, palette, unit = canvas.rng, canvas.palette, canvas.unit
    level = canvas.height * 0.76
    sun = (canvas.width * rng.uniform(0.25, 0.75), level - unit * rng.uniform(0.3, 0.5))
    draw_sky(canvas, level, sun, unit * rng.uniform(0.09, 0.16))
    layers = 4
    for layer in range(layers):
        share = layer / (layers - 1)
        color = mix(mix(palette.far, palette.sky[-1], 0.25), palette.near, share * 0.9)
        tall = unit * (0.46 - 0.2 * share)
        _draw_row(canvas, level, tall, unit * (0.05 + 0.045 * share), color, share)
        if layer < layers - 1:
            draw_mist(canvas, level - unit * 0.26, level, mix(palette.sky[-1], color, 0.2), 0.45)
    draw_birds(
        canvas, (canvas.width - sun[0], canvas.height * 0.22), mix(palette.near, palette.far, 0.3)
    )
    reflect(canvas, level)


def _draw_row(
    canvas: Canvas, level: float, tall: float, wide: float, color: Color, share: float
) -> None:
    """Draw one row of houses; `tall` and `wide` are pixels of a common one."""
    rng = canvas.rng
    x = -wide * rng.random()
    middle = canvas.width * rng.uniform(0.3, 0.7)
    while x < canvas.width:
        width = wide * rng.uniform(0.55, 1.35)
        bulge = 0.55 + 0.55 * math.exp(-(((x - middle) / (canvas.width * 0.3)) ** 2))
        height = tall * bulge * (0.45 + 0.6 * rng.random() ** 1.5)
        box = (x, level - height, x + width, level)
        canvas.fill_shape(
            [(x, level), (x, box[1]), (box[2], box[1]), (box[2], level)],
            (color, mix(color, canvas.palette.sky[-1], 0.22 * (1 - share))),
        )
        _draw_roof(canvas, box, color)
        if share > 0.3:
            _light_windows(canvas, box, share)
        x += width * rng.uniform(0.9, 1.12)


def _draw_roof(canvas: Canvas, box: tuple[float, float, float, float], color: Color) -> None:
    """Give a tower one of several tops."""
    left, top, right, _ = box
    width, middle = right - left, (left + right) / 2
    pen = canvas.pen
    kind = canvas.rng.randrange(6)
    if kind == 0:
        pen.polygon([(left, top + 1), (middle, top - width * 0.55), (right, top + 1)], fill=color)
    elif kind == 1:
        pen.polygon([(left, top + 1), (left, top - width * 0.4), (right, top + 1)], fill=color)
    elif kind == 2:
        step = width * 0.2
        pen.rectangle((left + step, top - step, right - step, top + 1), fill=color)
        pen.rectangle((left + 1.8 * step, top - 2.2 * step, right - 1.8 * step, top), fill=color)
        pen.line(
            (middle, top, middle, top - width * 1.1), fill=color, width=max(1, round(width * 0.05))
        )
    elif kind == 3:
        pen.pieslice(
            (left + width * 0.12, top - width * 0.36, right - width * 0.12, top + width * 0.4),
            180,
            360,
            fill=color,
        )
    elif kind == 4:
        pen.line(
            (left + width * 0.3, top, left + width * 0.3, top - width * 0.6),
            fill=color,
            width=max(1, round(width * 0.05)),
        )


def _light_windows(canvas: Canvas, box: tuple[float, float, float, float], share: float) -> None:
    rng, palette = canvas.rng, canvas.palette
    pane = canvas.unit * (0.0035 + 0.0035 * share)
    lit = 0.46 if palette.night else 0.24
    pen = canvas.pen
    rows, columns = int((box[3] - box[1]) / (pane * 2.7)), int((box[2] - box[0]) / (pane * 2.1)) - 1
    if columns < 2:
        return
    gap = (box[2] - box[0]) / (columns + 1)
    colors = (
        palette.sun,
        palette.sun,
        mix(palette.sun, palette.accents[1], 0.6),
        palette.accents[0],
    )
    for row in range(1, rows):
        for column in range(1, columns + 1):
            if rng.random() < lit:
                x, y = box[0] + column * gap, box[1] + row * pane * 2.7
                color = (*rng.choice(colors), round(90 + 130 * share))
                pen.rectangle((x - pane * 0.5, y, x + pane * 0.5, y + pane * 1.3), fill=color)


_PROFILES: dict[str, Sequence[Point]] = {
    "bottle": [
        (0.09, 1.0),
        (0.085, 0.8),
        (0.1, 0.68),
        (0.19, 0.56),
        (0.24, 0.44),
        (0.25, 0.2),
        (0.23, 0.0),
    ],
    "vase": [
        (0.16, 1.0),
        (0.1, 0.9),
        (0.12, 0.8),
        (0.25, 0.64),
        (0.32, 0.46),
        (0.27, 0.2),
        (0.17, 0.0),
    ],
    "jug": [
        (0.19, 1.0),
        (0.16, 0.9),
        (0.17, 0.78),
        (0.27, 0.56),
        (0.32, 0.34),
        (0.29, 0.14),
        (0.22, 0.0),
    ],
    "bowl": [(0.6, 0.5), (0.58, 0.38), (0.5, 0.22), (0.36, 0.09), (0.24, 0.03), (0.23, 0.0)],
    "cup": [(0.36, 0.6), (0.36, 0.42), (0.34, 0.22), (0.28, 0.07), (0.22, 0.0)],
    "carafe": [
        (0.12, 1.0),
        (0.08, 0.9),
        (0.085, 0.7),
        (0.14, 0.5),
        (0.28, 0.28),
        (0.34, 0.12),
        (0.32, 0.0),
    ],
    "jar": [(0.2, 0.84), (0.2, 0.78), (0.27, 0.72), (0.32, 0.62), (0.33, 0.3), (0.3, 0.0)],
}
"""Half widths from the rim down, for a vessel one unit tall: (half width, height)."""
_HANDLED = ("jug", "cup")


def draw_still_life(canvas: Canvas, words: Sequence[str]) -> None:
    """Vessels and fruit on a table, in quiet light from one side."""
    rng, palette, unit = canvas.rng, canvas.palette, canvas.unit
    edge = canvas.height * rng.uniform(0.6, 0.66)
    wall = mix(palette.sky[-2], palette.far, 0.3)
    canvas.fill_gradient((mix(wall, palette.near, 0.2), mix(wall, palette.sun, 0.25)), 0, edge)
    cloth = mix(palette.accents[-1], palette.far, 0.22)
    canvas.fill_gradient(
        (mix(cloth, palette.near, 0.16), cloth, mix(cloth, palette.near, 0.2)), edge, canvas.height
    )
    canvas.glow(canvas.width * 0.2, canvas.height * 0.2, unit * 0.95, palette.sun, 0.55)
    named = [word.rstrip("s") for word in words if word.rstrip("s") in _PROFILES]
    kinds = [*named, *rng.sample(sorted(_PROFILES), 5)][:5]
    rng.shuffle(kinds)
    span = min(canvas.width, unit * 1.5)
    places = [canvas.width / 2 + span * (i / 4 - 0.5) * 0.66 for i in range(5)]
    colors = [*palette.accents[:4], mix(palette.near, palette.far, 0.35)]
    rng.shuffle(colors)
    order = sorted(range(5), key=lambda i: abs(i - 2) % 2)
    for index in order:
        foot = edge + unit * (0.09 + 0.07 * (abs(index - 2) % 2) + rng.uniform(-0.01, 0.02))
        size = unit * rng.uniform(0.34, 0.46) * (1 if kinds[index] not in ("bowl", "cup") else 0.55)
        muted = mix(colors[index], mix(wall, palette.near, 0.3), 0.22)
        draw_vessel(
            canvas, (places[index] + rng.gauss(0, 0.012) * unit, foot), size, muted, kinds[index]
        )
    for _ in range(rng.randint(2, 4)):
        place = (
            canvas.width / 2 + rng.uniform(-0.3, 0.3) * span,
            edge + unit * rng.uniform(0.24, 0.3),
        )
        _draw_fruit(canvas, place, unit * rng.uniform(0.036, 0.05), rng.choice(palette.accents[:2]))


def draw_vessel(canvas: Canvas, foot: Point, size: float, color: Color, kind: str) -> None:
    """Draw a turned vessel, `size` pixels tall for a bottle, lit from the left."""
    profile = curve(_PROFILES[kind], 10)
    right = [(foot[0] + x * size, foot[1] - y * size) for x, y in profile]
    left = [(2 * foot[0] - x, y) for x, y in right]
    half = max(x for x, _ in profile) * size
    base = profile[-1][0] * size
    _draw_shadow(canvas, foot, half, base)
    if kind in _HANDLED:
        _draw_handle(canvas, foot, size, color, kind)
    bottom = [
        (
            foot[0] + base * math.cos(a / 10 * math.pi),
            foot[1] + base * 0.2 * math.sin(a / 10 * math.pi),
        )
        for a in range(11)
    ]
    _fill_round(canvas, [*left, *reversed(bottom), *reversed(right)], color)
    rim_half, rim_y = profile[0][0] * size, right[0][1]
    flat = rim_half * 0.2
    canvas.pen.ellipse(
        (foot[0] - rim_half, rim_y - flat, foot[0] + rim_half, rim_y + flat),
        fill=mix(color, WHITE, 0.28),
    )
    inner = rim_half * 0.86
    canvas.pen.ellipse(
        (foot[0] - inner, rim_y - flat * 0.74, foot[0] + inner, rim_y + flat * 0.82),
        fill=mix(color, canvas.palette.near, 0.55),
    )


def _fill_round(canvas: Canvas, outline: Sequence[Point], color: Color) -> None:
    """Fill an outline so that it looks round: light at the left third, shadow at the right."""
    left, right = math.floor(min(x for x, _ in outline)), math.ceil(max(x for x, _ in outline))
    top, bottom = math.floor(min(y for _, y in outline)), math.ceil(max(y for _, y in outline))
    size = (max(1, right - left), max(1, bottom - top))
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in outline], fill=255)
    dark, light = mix(color, canvas.palette.near, 0.62), mix(color, WHITE, 0.42)
    strip = bytearray()
    for step in range(128):
        at = step / 127 * 2 - 1
        lit = max(0.0, math.cos((at + 0.42) * 1.25)) ** 1.5
        rim = 0.22 * max(0.0, at - 0.72) / 0.28
        strip += bytes(
            mix(mix(dark, color, min(1.0, lit * 1.25 + rim)), light, max(0.0, lit - 0.72) * 2.1)
        )
    skin = Image.frombytes("RGB", (128, 1), bytes(strip)).resize(size, Image.Resampling.BICUBIC)
    canvas.image.paste(skin, (left, top), mask)


def _draw_shadow(canvas: Canvas, foot: Point, half: float, base: float) -> None:
    """Let a soft shadow lie on the table, to the right."""
    long, flat = half * 2.6, max(base * 0.5, half * 0.3)
    layer = Image.new("L", (96, 48))
    ImageDraw.Draw(layer).ellipse((14, 14, 82, 34), fill=150)
    layer = layer.filter(ImageFilter.GaussianBlur(5))
    box = (
        round(foot[0] - half * 1.0),
        round(foot[1] - flat * 1.2),
        round(foot[0] + long),
        round(foot[1] + flat * 1.2),
    )
    canvas.soften(layer, canvas.palette.near, box)


def _draw_handle(canvas: Canvas, foot: Point, size: float, color: Color, kind: str) -> None:
    tall = 0.9 if kind == "jug" else 0.55
    loop = curve([(0.2, tall), (0.44, tall * 0.98), (0.52, tall * 0.68), (0.33, tall * 0.42)], 10)
    line = [(foot[0] + x * size, foot[1] - y * size) for x, y in loop]
    width = max(2, round(size * 0.055))
    canvas.pen.line(line, fill=mix(color, canvas.palette.near, 0.3), width=width, joint="curve")


def _draw_fruit(canvas: Canvas, place: Point, radius: float, color: Color) -> None:
    """Draw a round fruit with a stalk."""
    _draw_shadow(canvas, (place[0], place[1] + radius * 0.75), radius, radius)
    side = max(4, round(radius * 2))
    mask = Image.new("L", (side * 2, side * 2))
    ImageDraw.Draw(mask).ellipse((1, 1, side * 2 - 2, side * 2 - 2), fill=255)
    light, dark = mix(color, WHITE, 0.5), mix(color, canvas.palette.near, 0.6)
    shade = ImageChops.offset(
        Image.radial_gradient("L").resize((side * 2, side * 2)), -side // 3, -side // 3
    )
    shade = shade.point([min(255, round(i * 1.5)) for i in range(256)])
    ball = Image.composite(
        Image.new("RGB", shade.size, dark), Image.new("RGB", shade.size, light), shade
    )
    ball = Image.blend(ball, Image.new("RGB", ball.size, color), 0.35).resize(
        (side, side), Image.Resampling.LANCZOS
    )
    mask = mask.resize((side, side), Image.Resampling.LANCZOS)
    canvas.image.paste(ball, (round(place[0] - radius), round(place[1] - radius)), mask)
    stalk = [
        (place[0], place[1] - radius * 0.85),
        (place[0] + radius * 0.25, place[1] - radius * 1.35),
    ]
    canvas.pen.line(stalk, fill=canvas.palette.near, width=max(1, round(radius * 0.09)))
