"""SketchGenerator: reproducible, exact in size, marked, never blank, every scene drawn."""

import io
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from promptpress.adapters.sketch import _SCENES, SketchGenerator
from promptpress.adapters.sketch._canvas import Canvas
from promptpress.adapters.sketch._figures import ANIMALS
from promptpress.adapters.sketch._palette import PALETTES, choose_palette, read_words
from promptpress.errors import InvalidPost
from promptpress.imaging import inspect, read_source
from promptpress.ports import Generated, ImageRequest

SMALL = ImageRequest(prompt="a lighthouse at dawn", width=128, height=96)


def draw(prompt: str, **wishes: Any) -> Generated:
    return SketchGenerator().submit(replace(SMALL, prompt=prompt, **wishes)).pictures[0]


def test_the_answer_comes_at_once_and_says_what_made_it() -> None:
    """One picture, no job, no cost, an honest source."""
    generator = SketchGenerator()
    generator.check()

    answer = generator.submit(SMALL)
    picture = answer.pictures[0]

    assert (answer.job, len(answer.pictures)) == ("", 1)
    assert picture.seed is not None
    assert (
        picture.model, picture.cost, picture.source, picture.unsafe
    ) == ("sketch", 0.0, "algorithmicMedia", False)  # fmt: skip


def test_the_picture_says_that_it_is_no_ai() -> None:
    """The mark stands in the comment and in the XMP packet."""
    content = draw("a fox").content

    assert read_source(content) == "algorithmicMedia"
    assert Image.open(io.BytesIO(content)).info["comment"] == b"sketch, not AI"
    assert b">sketch, not AI<" in content


def test_the_same_request_gives_the_same_bytes() -> None:
    """Drawn twice, with and without a seed given, it is the same picture."""
    first = draw("a fox in the forest")

    assert first == draw("a fox in the forest")
    assert first == draw("a fox in the forest", seed=first.seed)


@pytest.mark.parametrize(
    "other",
    [
        {"prompt": "a lighthouse at dusk"},
        {"prompt": "A lighthouse at dawn"},
        {"style": "ink"},
        {"seed": 7},
    ],
)
def test_another_wish_gives_another_picture(other: dict[str, Any]) -> None:
    """Prompt, style and seed each change what is drawn."""
    pictures = SketchGenerator().submit(replace(SMALL, **other)).pictures

    assert draw(SMALL.prompt).content != pictures[0].content


def test_several_pictures_differ() -> None:
    """Each of several has a seed of its own, by which it can be drawn again."""
    pictures = SketchGenerator().submit(replace(SMALL, count=3)).pictures

    assert len({picture.content for picture in pictures}) == 3
    assert pictures[2] == draw(SMALL.prompt, seed=pictures[2].seed)


@pytest.mark.parametrize(
    ("width", "height"), [(64, 64), (64, 512), (1024, 64), (127, 255), (800, 600), (4096, 80)]
)
def test_the_size_is_exactly_the_one_asked_for(width: int, height: int) -> None:
    """Small, long and odd sizes come out to the pixel."""
    found = inspect(draw("mountains", width=width, height=height).content)

    assert ("JPEG", width, height) == (found.format, found.width, found.height)


@pytest.mark.parametrize(("width", "height"), [(63, 64), (64, 4097), (0, 0), (-5, 100)])
def test_an_impossible_size_is_refused(width: int, height: int) -> None:
    """The message says what can be drawn."""
    with pytest.raises(InvalidPost, match="between 64 and 4096"):
        SketchGenerator().submit(replace(SMALL, width=width, height=height))


@pytest.mark.parametrize("scene", sorted(_SCENES))
@pytest.mark.parametrize("palette", sorted(PALETTES))
def test_every_scene_is_a_picture_in_every_light(scene: str, palette: str) -> None:
    """Whatever words meet, something is to be seen."""
    words = read_words(_SCENES[scene][1])
    canvas = Canvas(96, 96, PALETTES[palette], random.Random(scene + palette))
    _SCENES[scene][0](canvas, words)

    file = io.BytesIO()
    canvas.finish().save(file, "PNG")
    assert inspect(file.getvalue()).width == 96


@pytest.mark.parametrize("animal", sorted(ANIMALS))
def test_every_animal_can_be_drawn(animal: str) -> None:
    """No word for an animal breaks the drawing."""
    assert inspect(draw(f"a {animal} on a hill").content).width == 128


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=200), st.integers(-(2**63), 2**63))
def test_any_text_and_any_seed_make_a_picture(prompt: str, seed: int) -> None:
    """Emoji, no letters at all, huge and negative seeds: never blank, never an error."""
    inspect(draw(prompt, seed=seed, width=64, height=64).content)


def test_words_choose_the_light() -> None:
    """A night is dark, a named colour leads."""
    night = choose_palette(read_words("Midnight under the stars"), random.Random(1))
    red = choose_palette(read_words("a red door"), random.Random(1))

    assert night.night
    assert red.accents[0] == (214, 73, 63)


def test_there_is_never_a_job_to_ask_for() -> None:
    """Asking for one is answered with what to do."""
    with pytest.raises(InvalidPost, match="retry"):
        SketchGenerator().collect("abc")
