"""What a prompt's words say about light and colour."""

import colorsys
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

Color = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""


@dataclass(frozen=True, kw_only=True)
class Palette:
    """The colours of one picture, chosen to go together."""

    sky: tuple[Color, ...]
    """From the top down to the horizon."""
    sun: Color
    far: Color
    """Land in the distance, close to the horizon's colour: air lies between."""
    near: Color
    """Land in front, the darkest large surface."""
    accents: tuple[Color, ...]
    night: bool = False


def parse_color(code: str) -> Color:
    """Return the colour of six hexadecimal digits."""
    return int(code[:2], 16), int(code[2:4], 16), int(code[4:], 16)


def mix(first: Color, second: Color, share: float) -> Color:
    """Return the colour that lies `share` (0 to 1) of the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _make(sky: str, sun: str, far: str, near: str, accents: str, *, night: bool = False) -> Palette:
    return Palette(
        sky=tuple(map(parse_color, sky.split())),
        sun=parse_color(sun),
        far=parse_color(far),
        near=parse_color(near),
        accents=tuple(map(parse_color, accents.split())),
        night=night,
    )


PALETTES = {
    "dawn": _make(
        "5b6fa8 b693b8 f0b6a6 fde3c0", "fff3d6", "c79fae", "2e2f55", "f28f6b f7c873 6a8fb5 fbe8d3"
    ),
    "sunset": _make(
        "2f2a5a 8a3f74 e2665c fbb45f", "ffe9ad", "a9496f", "1d1638", "ff8a5b ffd27a 6d4b9e f4f1de"
    ),
    "day": _make(
        "4f9fcf 8cc6e0 cfe8ea fbf3dd", "fffbe8", "9fc3c9", "1f4a56", "e76f51 f4b942 2a9d8f fdf6e3"
    ),
    "night": _make(
        "0b1030 18245a 2f4480 5f7fb0", "f6f0d8", "3d558f", "070b22", "f2c14e 7fb7e6 b58bd6 f5f3ea",
        night=True,
    ),
    "forest": _make(
        "8fb8a8 bcd6b5 e4ecc4 f8f6d8", "fffbe0", "9dbfa0", "12352f", "e3b23c d1603d 5b8e7d f7f4e3"
    ),
    "autumn": _make(
        "c7886a e6b380 f6d9a4 fdf0d0", "fff6dc", "cf9468", "3d1f1b", "c8442e e79a2d 7a8b4f fbeed2"
    ),
    "winter": _make(
        "8fa9c9 b9cce0 dde7f0 f9f3ee", "ffffff", "b4c6da", "2c4260", "d96c75 6fa3c7 f2c6a0 ffffff"
    ),
    "mist": _make(
        "8d9aa5 b3bcc0 d5d7d2 efebe0", "fbf8ee", "b4bcbd", "2b3840", "c9735b d9b26f 6f8f94 f3efe5"
    ),
    "spring": _make(
        "9ac7d9 c9dfdc f6d9d5 fdeee2", "fffaf0", "b9cdb9", "2f5d55", "ee8aa0 f6c667 6fb39b fff6ec"
    ),
    "desert": _make(
        "5fa3b5 a8c9be f3d9a8 fbe7c3", "fff8e1", "dba878", "6e2f2a", "d95d39 f0a868 3b7a8c fdf1d8"
    ),
    "rose": _make(
        "6d5a8e b57fa5 eda6b0 fcd9cc", "fff1e6", "b886a6", "33204a", "e85d75 f9b5ac 7d6b9f fdf0ec"
    ),
    "neon": _make(
        "0d0628 2b0f54 7a1e78 f0487f", "ffd6e8", "5b1f7a", "0a0420", "19e3d0 ff4f9a ffb86b f6f0ff",
        night=True,
    ),
    "lagoon": _make(
        "14627a 3a9aa3 93cfbf f7ecc9", "fff9de", "6fb3ad", "0c3447", "ff7f5c ffc857 2f8f9d f9f5e3"
    ),
}  # fmt: skip

_MOODS = {
    "dawn": "dawn sunrise morning early breakfast coffee espresso hope birth young baby peace",
    "sunset": "sunset dusk evening golden volcano fire lava flame wine warm canyon erupting",
    "day": "day sunny summer noon field meadow grass farm school football tennis child cow horse",
    "night": "night midnight moon moonlight star stars dark starry space galaxy owl bat ghost sleep"
    " universe planet planets earth cosmos dream shadow vampire",
    "forest": "forest jungle tree trees wood woods bush frog green moss bamboo leaf leaves avocado",
    "autumn": "autumn fall october pumpkin fox walnut squirrel harvest bread violin fiddle harp",
    "winter": "winter snow snowy ice icy frozen polar penguin christmas arctic north cold glacier",
    "mist": "fog foggy mist rain rainy grey gray storm cloud clouds smoke ink london steam ruined",
    "spring": "spring flower flowers blossom cherry garden rose tulip rabbit bunny bird butterfly",
    "desert": "desert sand dune dunes camel egypt pyramid cactus arizona mars llama lion elephant"
    " kangaroo",
    "rose": "love pink heart wedding woman girl ballet tutu kiss romance princess unicorn cake",
    "neon": "neon cyberpunk futuristic robot robots technology future disco party laser computer"
    " electric synthwave downtown",
    "lagoon": "sea ocean beach island water wave waves fish river lake boat ship pool whale dolphin"
    " coral turtle sailing raft",
}
_MILD = ("dawn", "sunset", "day", "forest", "autumn", "spring", "desert", "rose", "lagoon")
"""What is chosen from where the words name no mood: neither grey nor glaring."""
_HUES = {
    "red": "d6493f", "orange": "ee8434", "yellow": "f4c143", "gold": "dfae4a", "golden": "dfae4a",
    "green": "5b9a6b", "teal": "2f8f8b", "blue": "3f78b5", "indigo": "4a4a9c", "purple": "7d5ba6",
    "violet": "8b66b0", "pink": "ec8fa8", "brown": "8a5a44", "white": "fbf7ec", "black": "23222b",
    "silver": "bcc3c9", "turquoise": "3fb3b0", "crimson": "b52f46",
}  # fmt: skip


def read_words(text: str) -> list[str]:
    """Return the words of a text in small letters."""
    return re.findall(r"[^\W\d_]+", text.lower())


def choose_palette(words: Sequence[str], rng: random.Random) -> Palette:
    """Return the palette whose mood the words name most, its hue a little off, its own each time.

    A colour named in the words becomes the first accent.
    """
    scores = {mood: sum(w in listed.split() for w in words) for mood, listed in _MOODS.items()}
    best = max(scores.values())
    moods = [mood for mood, score in scores.items() if score == best and (best or mood in _MILD)]
    palette = _turned(PALETTES[rng.choice(moods)], rng.uniform(-0.025, 0.025))
    named = tuple(parse_color(_HUES[word]) for word in words if word in _HUES)
    return replace(palette, accents=(*named, *palette.accents)) if named else palette


def _turned(palette: Palette, turn: float) -> Palette:
    """Return the palette with every hue turned by the same part of the circle."""

    def change(color: Color) -> Color:
        hue, light, depth = colorsys.rgb_to_hls(*(part / 255 for part in color))
        red, green, blue = colorsys.hls_to_rgb((hue + turn) % 1, light, depth)
        return round(red * 255), round(green * 255), round(blue * 255)

    return replace(
        palette,
        sky=tuple(map(change, palette.sky)),
        sun=change(palette.sun),
        far=change(palette.far),
        near=change(palette.near),
        accents=tuple(map(change, palette.accents)),
    )
