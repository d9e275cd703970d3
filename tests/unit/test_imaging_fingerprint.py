"""promptpress.imaging: how far fingerprints lie apart, measured on twenty drawings."""

import io
import itertools
from collections.abc import Callable

import pytest
from PIL import Image, ImageEnhance

from promptpress.adapters.sketch import SketchGenerator
from promptpress.errors import BadPicture
from promptpress.imaging import are_alike, distance, fingerprint, inspect
from promptpress.ports import ImageRequest
from tests.unit.pictures import encode, picture, png_header

SUBJECTS = ("a fox", "a lighthouse", "a city", "a garden", "an old tram")
PLACES = ("in the snow", "at dawn", "at night", "with a pond")
CHANGES: dict[str, tuple[Callable[[Image.Image], bytes], int, float]] = {
    "another encoding": (lambda image: encode(image, "JPEG", quality=40), 4, 1.0),
    "another size": (lambda image: encode(image.resize((300, 300))), 5, 1.0),
    "darker": (lambda image: encode(ImageEnhance.Brightness(image).enhance(0.8)), 5, 1.0),
    "brighter": (lambda image: encode(ImageEnhance.Brightness(image).enhance(1.3)), 15, 0.5),
    "5 % cut off": (lambda image: encode(image.crop((26, 26, 486, 486))), 16, 0.4),
}
"""What is done to a picture, how many bits it changes at the most, and what share stays alike."""


@pytest.fixture(scope="module")
def drawings() -> list[Image.Image]:
    sketch = SketchGenerator()
    prompts = [f"{subject} {place}" for subject in SUBJECTS for place in PLACES]
    asked = (ImageRequest(prompt=prompt, width=512, height=512) for prompt in prompts)
    made = [sketch.submit(one).pictures[0].content for one in asked]
    return [Image.open(io.BytesIO(content)).convert("RGB") for content in made]


@pytest.mark.parametrize(("change", "most", "share"), CHANGES.values(), ids=CHANGES.keys())
def test_the_same_picture_changed(
    drawings: list[Image.Image], change: Callable[[Image.Image], bytes], most: int, share: float
) -> None:
    """What only encodes or scales is always alike; what changes what is seen often still is."""
    before = [fingerprint(picture(image)) for image in drawings]
    after = [fingerprint(inspect(change(image))) for image in drawings]

    pairs = list(zip(before, after, strict=True))
    assert max(distance(*pair) for pair in pairs) <= most
    assert sum(are_alike(*pair) for pair in pairs) >= share * len(pairs)


def test_different_pictures(drawings: list[Image.Image]) -> None:
    """Of 190 pairs, all of one hand, next to none is alike."""
    prints = [fingerprint(picture(image)) for image in drawings]
    pairs = list(itertools.combinations(prints, 2))

    assert sum(are_alike(*pair) for pair in pairs) <= len(pairs) // 50
    assert sum(distance(*pair) for pair in pairs) / len(pairs) > 20


def test_a_decompression_bomb_has_none() -> None:
    """A picture that claims a gigapixel is refused before a pixel of it is read."""
    with pytest.raises(BadPicture, match="pixels"):
        fingerprint(inspect(png_header(40_000, 40_000)))
