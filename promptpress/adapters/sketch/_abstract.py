"""Pictures of no place: tiles, streams, a planet."""

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFilter

from promptpress.adapters.sketch._canvas import Canvas, Point, blurred_blobs
from promptpress.adapters.sketch._palette import Color, mix
from promptpress.adapters.sketch._sky import draw_stars


def paper_color(canvas: Canvas) -> Color:
    """Return the colour of warm paper that goes with the palette."""
    return mix(canvas.palette.accents[-1], canvas.palette.sky[-1], 0.35)


def draw_tiles(canvas: Canvas, words: Sequence[str]) -> None:  # noqa: ARG001  every scene is called alike
    """A grid of quarter circles, leaves and bows in few colours."""
    rng, palette, unit = canvas.rng, canvas.palette, canvas.unit
    paper = paper_color(canvas)
    canvas.fill_gradient((paper,), 0, canvas.height)
    count = rng.choice((4, 5, 6))
    margin = unit * 0.06
    side = (unit - 2 * margin) / count
    columns, rows = (
        int((canvas.width - 2 * margin) / side),
        int((canvas.height - 2 * margin) / side),
    )
    left, top = (canvas.width - columns * side) / 2, (canvas.height - rows * side) / 2
    colors = [
        *palette.accents[:3],
        palette.near,
        mix(palette.far, palette.near, 0.4),
        paper,
        palette.sky[-2],
    ]
    for row in range(rows):
        for column in range(columns):
            x, y = round(left + column * side), round(top + row * side)
            end = (round(left + (column + 1) * side), round(top + (row + 1) * side))
            ground, first, second = rng.sample(colors, 3)
            _draw_tile(canvas, (x, y, *end), (ground, first, second))


def _draw_tile(
    canvas: Canvas, box: tuple[int, int, int, int], colors: tuple[Color, Color, Color]
) -> None:
    """Draw one tile by itself, turned by a multiple of a right angle."""
    rng = canvas.rng
    side = max(2, box[2] - box[0])
    tile = Image.new("RGB", (side, side), colors[0])
    pen = ImageDraw.Draw(tile)
    kind = rng.randrange(8)
    if kind == 0:
        pen.ellipse((-side, -side, side, side), fill=colors[1])
    elif kind == 1:
        for part, color in ((1.0, colors[1]), (0.72, colors[0]), (0.44, colors[2])):
            pen.ellipse((-side * part, -side * part, side * part, side * part), fill=color)
    elif kind == 2:
        mask = Image.new("L", (side, side))
        ImageDraw.Draw(mask).ellipse((0, 0, 2 * side, 2 * side), fill=255)
        other = Image.new("L", (side, side))
        ImageDraw.Draw(other).ellipse((-side, -side, side, side), fill=255)
        tile.paste(colors[1], (0, 0), Image.composite(mask, Image.new("L", mask.size), other))
    elif kind == 3:
        pen.pieslice((0, -side / 2, side, side / 2), 0, 180, fill=colors[1])
        pen.pieslice((0, side / 2, side, side * 1.5), 180, 360, fill=colors[2])
    elif kind == 4:
        pen.ellipse((side * 0.14, side * 0.14, side * 0.86, side * 0.86), fill=colors[1])
        pen.ellipse((side * 0.36, side * 0.36, side * 0.64, side * 0.64), fill=colors[2])
    elif kind == 5:
        pen.polygon([(0, 0), (side, 0), (0, side)], fill=colors[1])
        pen.pieslice((0, 0, 2 * side, 2 * side), 180, 270, fill=colors[2])
    elif kind == 6:
        for stripe in range(4):
            pen.rectangle((0, side * stripe / 4, side, side * (stripe + 0.5) / 4), fill=colors[1])
    else:
        pen.ellipse((-side / 2, 0, side / 2, side), fill=colors[1])
        pen.ellipse((side / 2, 0, side * 1.5, side), fill=colors[2])
    canvas.image.paste(tile.rotate(90 * rng.randrange(4)), (box[0], box[1]))


def draw_streams(canvas: Canvas, words: Sequence[str]) -> None:  # noqa: ARG001  every scene is called alike
    """Hundreds of ribbons that follow one invisible current."""
    rng, palette, unit = canvas.rng, canvas.palette, canvas.unit
    dark = palette.night or rng.random() < 0.5
    ground = mix(palette.near, (0, 0, 0), 0.25) if dark else paper_color(canvas)
    canvas.fill_gradient((ground, mix(ground, palette.far, 0.16)), 0, canvas.height)
    terms = [
        (
            rng.uniform(1.2, 3.4),
            rng.uniform(0, math.tau),
            rng.uniform(0, math.tau),
            rng.uniform(0.5, 1.1),
        )
        for _ in range(4)
    ]
    start = rng.uniform(0, math.tau)
    colors = [*palette.accents, palette.sun, palette.sky[0], mix(palette.far, palette.sun, 0.2)]
    order = rng.sample(colors, len(colors))
    count = round(520 * math.sqrt(canvas.width * canvas.height) / unit)
    for number in range(count):
        x, y = rng.uniform(-0.1, 1.1) * canvas.width, rng.uniform(-0.1, 1.1) * canvas.height
        line = _follow(canvas, (x, y), terms, start)
        place = (math.sin(x / unit * 2.2 + start) + math.cos(y / unit * 2.7) + 2) / 4
        color = order[min(len(order) - 1, int((place + rng.gauss(0, 0.1)) % 1 * len(order)))]
        color = mix(color, ground, 0.45 * (1 - number / count) + rng.uniform(0, 0.15))
        _draw_ribbon(canvas, line, unit * rng.uniform(0.0016, 0.0085), color)


def _follow(
    canvas: Canvas, place: Point, terms: Sequence[tuple[float, float, float, float]], start: float
) -> list[Point]:
    """Return the way of a leaf on the current, from a place on."""
    x, y = place
    stride = canvas.unit * 0.017
    line = [place]
    for _ in range(canvas.rng.randint(14, 34)):
        turn = start
        for often, one, two, weight in terms:
            turn += (
                weight
                * math.sin(often * x / canvas.unit + one)
                * math.cos(often * y / canvas.unit + two)
            )
        x, y = x + math.cos(turn) * stride, y + math.sin(turn) * stride
        line.append((x, y))
    return line


def _draw_ribbon(canvas: Canvas, line: Sequence[Point], half: float, color: Color) -> None:
    """Draw a line that swells in the middle and ends in points."""
    left: list[Point] = []
    right: list[Point] = []
    for index in range(len(line) - 1):
        (x, y), (next_x, next_y) = line[index], line[index + 1]
        long = math.hypot(next_x - x, next_y - y) or 1
        width = half * math.sin(math.pi * index / (len(line) - 2)) / long
        left.append((x - (next_y - y) * width, y + (next_x - x) * width))
        right.append((x + (next_y - y) * width, y - (next_x - x) * width))
    canvas.pen.polygon([*left, *reversed(right)], fill=color)


def draw_space(canvas: Canvas, words: Sequence[str]) -> None:  # noqa: ARG001  every scene is called alike
    """A planet with rings before clouds of stars."""
    rng, palette, unit = canvas.rng, canvas.palette, canvas.unit
    black = mix(palette.near, (4, 4, 18), 0.7)
    canvas.fill_gradient((black, mix(black, palette.sky[0], 0.4)), 0, canvas.height)
    slope = rng.uniform(-0.8, 0.8)
    for color in (palette.accents[0], palette.sky[1], palette.accents[2], palette.sky[-1]):
        blobs = []
        for _ in range(20):
            x = rng.uniform(0, 96)
            y = 48 + (x - 48) * slope + rng.gauss(0, 12)
            blobs.append((x, y, rng.uniform(3, 14), rng.uniform(3, 10), rng.randint(50, 130)))
        layer = blurred_blobs((96, 96), blobs, 6)
        canvas.soften(layer, color, (0, 0, canvas.width, canvas.height))
    draw_stars(canvas, canvas.height, 420)
    middle = (canvas.width * rng.uniform(0.42, 0.58), canvas.height * rng.uniform(0.45, 0.58))
    radius, tilt = unit * rng.uniform(0.2, 0.26), rng.uniform(-0.5, 0.5)
    canvas.glow(*middle, radius * 1.7, palette.sky[-2], 0.5)
    _draw_rings(canvas, middle, radius, tilt, front=False)
    draw_planet(canvas, middle, radius, palette.accents[rng.randrange(3)], tilt)
    _draw_rings(canvas, middle, radius, tilt, front=True)
    away = rng.uniform(0, math.tau)
    moon = (middle[0] + math.cos(away) * unit * 0.4, middle[1] + math.sin(away) * unit * 0.36)
    draw_planet(canvas, moon, unit * rng.uniform(0.03, 0.05), palette.sun, 0.3)


def draw_planet(canvas: Canvas, middle: Point, radius: float, color: Color, tilt: float) -> None:
    """Draw a banded ball lit from the upper left; the radius in pixels."""
    rng = canvas.rng
    side = max(4, round(radius * 2))
    steps, strip = 64, bytearray()
    shade = mix(color, canvas.palette.near, 0.4)
    other = mix(color, canvas.palette.sky[-1], 0.5)
    for _ in range(steps // 4):
        band = mix(rng.choice((color, shade, other)), color, rng.uniform(0.2, 0.7))
        strip += bytes(band) * 4
    skin = Image.frombytes("RGB", (1, steps), bytes(strip)).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    skin = skin.rotate(-math.degrees(tilt), Image.Resampling.BICUBIC, fillcolor=color)
    light = Image.radial_gradient("L").resize((side * 2, side * 2), Image.Resampling.BICUBIC)
    light = light.crop(
        (round(side * 0.7), round(side * 0.74), round(side * 0.7) + side, round(side * 0.74) + side)
    )
    light = light.point([min(242, round((i / 255) ** 1.7 * 560)) for i in range(256)])
    dark = Image.new("RGB", skin.size, mix(canvas.palette.near, (0, 0, 8), 0.6))
    ball = Image.composite(dark, skin, light)
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).ellipse((0, 0, side - 1, side - 1), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(max(0.6, side / 700)))
    canvas.image.paste(ball, (round(middle[0] - radius), round(middle[1] - radius)), mask)


def _draw_rings(canvas: Canvas, middle: Point, radius: float, tilt: float, *, front: bool) -> None:
    """Draw the half of the rings before or behind the planet."""
    palette = canvas.palette
    begin, end = (0, 180) if front else (180, 360)
    for number in range(26):
        reach = radius * (1.32 + 0.034 * number)
        if number in (12, 13):
            continue
        color = mix(
            palette.sun, palette.accents[number % 3], 0.15 + 0.5 * abs(math.sin(number * 1.7))
        )
        line: list[Point] = []
        for degree in range(begin, end + 1, 3):
            x, y = (
                math.cos(math.radians(degree)) * reach,
                math.sin(math.radians(degree)) * reach * 0.24,
            )
            line.append((middle[0] + x * math.cos(tilt) - y * math.sin(tilt),
                         middle[1] + x * math.sin(tilt) + y * math.cos(tilt)))  # fmt: skip
        opacity = round(70 + 120 * abs(math.sin(number * 0.9)))
        canvas.pen.line(line, fill=(*color, opacity), width=max(1, round(radius * 0.026)))
