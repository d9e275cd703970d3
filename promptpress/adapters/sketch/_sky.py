"""What stands above every landscape: air, light, clouds, stars, birds."""

import math
from collections.abc import Sequence

from PIL import Image

from promptpress.adapters.sketch._canvas import Canvas, Point, blurred_blobs, curve
from promptpress.adapters.sketch._palette import Color, mix, parse_color

WHITE = parse_color("ffffff")


def draw_sky(canvas: Canvas, horizon: float, sun: Point, radius: float) -> None:
    """Fill everything with sky down to the horizon, and put the sun or moon into it (pixels)."""
    palette = canvas.palette
    canvas.fill_gradient(palette.sky, 0, horizon)
    canvas.fill_gradient((palette.sky[-1],), horizon, canvas.height)
    if palette.night:
        draw_stars(canvas, horizon, 170)
    canvas.glow(*sun, canvas.unit * 0.85, palette.sun, 0.55)
    canvas.glow(*sun, radius * 3.2, palette.sun, 0.6)
    _draw_disc(canvas, sun, radius)
    if palette.night:
        _draw_moon_face(canvas, sun, radius)
    draw_clouds(canvas, horizon)


def _draw_disc(canvas: Canvas, sun: Point, radius: float) -> None:
    """Draw the sun or moon: bright on top, melting into the air of the horizon below."""
    palette = canvas.palette
    top = mix(palette.sun, WHITE, 0.3)
    below = mix(palette.sun, palette.sky[0 if palette.night else 1], 0.2)
    if not palette.night:
        below = mix(below, palette.accents[0], 0.3)
    outline = [
        (
            sun[0] + radius * math.cos(turn / 60 * math.pi),
            sun[1] + radius * math.sin(turn / 60 * math.pi),
        )
        for turn in range(120)
    ]
    canvas.fill_shape(outline, (top, mix(top, below, 0.35), below))


def _draw_moon_face(canvas: Canvas, moon: Point, radius: float) -> None:
    stain = (*mix(canvas.palette.sun, canvas.palette.sky[1], 0.35), 70)
    for x, y, part in (
        (-0.3, -0.25, 0.28),
        (0.25, 0.1, 0.22),
        (-0.1, 0.4, 0.18),
        (0.4, -0.4, 0.12),
    ):
        canvas.disc(moon[0] + x * radius, moon[1] + y * radius, radius * part, stain)


def draw_stars(canvas: Canvas, bottom: float, count: int) -> None:
    """Scatter stars, denser at the top; a few of them shine."""
    rng = canvas.rng
    for _ in range(count):
        x, y = rng.uniform(0, canvas.width), bottom * rng.random() ** 1.5
        size = canvas.unit * 0.0009 * (1 + 2 * rng.random() ** 4)
        canvas.disc(x, y, size, (*WHITE, rng.randint(90, 235)))
    for _ in range(count // 25):
        x, y = rng.uniform(0, canvas.width), bottom * 0.8 * rng.random()
        canvas.glow(x, y, canvas.unit * 0.018, WHITE, 0.5)
        canvas.disc(x, y, canvas.unit * 0.0026, WHITE)


def draw_clouds(canvas: Canvas, horizon: float) -> None:
    """Draw out long soft clouds, lit from below."""
    rng = canvas.rng
    width, height = 192, max(16, round(192 * horizon / canvas.width))
    blobs = []
    for _ in range(rng.randint(2, 5)):
        x, y = rng.uniform(-10, width + 10), height * rng.uniform(0.12, 0.85)
        length = rng.uniform(14, 46)
        for _ in range(7):
            off = rng.gauss(0, 0.45)
            half = length * rng.uniform(0.25, 0.55)
            thick = rng.uniform(0.8, 2.2) * (1.2 - min(1.0, abs(off)))
            blobs.append(
                (x + off * length, y + rng.uniform(-2, 1), half, thick, rng.randint(60, 125))
            )
    layer = blurred_blobs((width, height), blobs, 1.3)
    color = mix(canvas.palette.sun, canvas.palette.sky[-2], 0.3)
    canvas.soften(layer, color, (0, 0, canvas.width, round(horizon)))


def draw_mist(canvas: Canvas, top: float, bottom: float, color: Color, strength: float) -> None:
    """Let mist thicken from one height down to another (pixels)."""
    layer = Image.linear_gradient("L").point([round(i * strength) for i in range(256)])
    canvas.soften(layer, color, (0, round(top), canvas.width, round(bottom)))


def draw_birds(canvas: Canvas, middle: Point, color: Color) -> None:
    """Draw a small flock around a place."""
    rng = canvas.rng
    for _ in range(rng.randint(4, 9)):
        x = middle[0] + rng.gauss(0, 0.09) * canvas.unit
        y = middle[1] + rng.gauss(0, 0.035) * canvas.unit
        draw_bird(canvas, (x, y), canvas.unit * rng.uniform(0.008, 0.02), color)


def draw_bird(canvas: Canvas, place: Point, span: float, color: Color) -> None:
    """Draw a bird on the wing, half its span given in pixels."""
    lift, tilt = canvas.rng.uniform(0.35, 0.75), canvas.rng.uniform(-0.25, 0.25)
    upper: Sequence[Point] = curve(
        [(-1, -0.1), (-0.55, -lift), (0, 0), (0.55, -lift), (1, -0.1)], 6
    )
    lower = [(x, y + 0.17 * (1 - abs(x))) for x, y in reversed(upper)]
    turned = [
        (x * math.cos(tilt) - y * math.sin(tilt), x * math.sin(tilt) + y * math.cos(tilt))
        for x, y in (*upper, *lower)
    ]
    canvas.pen.polygon([(place[0] + x * span, place[1] + y * span) for x, y in turned], fill=color)
