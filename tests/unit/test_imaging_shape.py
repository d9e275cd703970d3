"""Whatever picture and rules there are, the result obeys them."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageStat

from promptpress.errors import InvalidPost
from promptpress.imaging import render
from promptpress.imaging._shape import obeys, shape, smaller
from promptpress.ports import PictureRules
from tests.unit.pictures import AI, noise, opened, paint, picture

INSTAGRAM = PictureRules(max_bytes=8_000_000, min_aspect=0.8, max_aspect=1.91, min_width=320)

SIDE = st.one_of(st.integers(1, 300), st.integers(1, 2_500), st.integers(1, 4))
ANY_RULES = st.builds(
    PictureRules,
    max_side=st.integers(1, 400),
    max_side_sum=st.integers(2, 800),
    max_ratio=st.floats(1, 30),
    min_aspect=st.one_of(st.just(0.0), st.floats(0.01, 2)),
    max_aspect=st.one_of(st.just(math.inf), st.floats(0.3, 4)),
    min_width=st.one_of(st.just(1), st.integers(1, 350)),
)


@settings(deadline=None, max_examples=300)
@given(SIDE, SIDE, ANY_RULES)
def test_every_picture_obeys_every_rule(width: int, height: int, rules: PictureRules) -> None:
    """Sides, their sum, both kinds of ratio and the least width hold, or nothing could hold them.

    A picture that obeys already keeps its size, and so do all the smaller ones.
    """
    image = Image.new("L", (width, height))
    try:
        made = shape(image, rules)
    except InvalidPost:
        assert not obeys(width, height, rules)
        assert not any(
            obeys(rules.min_width, other, rules) for other in range(1, rules.max_side + 1)
        )
        return
    assert obeys(*made.size, rules)
    assert made.size == image.size or not obeys(width, height, rules)
    less = smaller(made, 0.75, rules)
    while less is not None:
        assert obeys(*less.size, rules)
        less = smaller(less, 0.75, rules)


@settings(deadline=None, max_examples=25)
@given(st.integers(8, 300), st.integers(8, 300), st.integers(6_000, 40_000))
def test_every_rendering_obeys(width: int, height: int, max_bytes: int) -> None:
    """The bytes are few enough too, and the picture is never made too narrow for that."""
    rules = PictureRules(max_bytes=max_bytes, min_aspect=0.8, max_aspect=1.91, min_width=64)

    made = render(picture(noise((width, height))), rules, source="")

    assert len(made.content) <= max_bytes
    assert opened(made).size == (made.width, made.height)
    assert obeys(made.width, made.height, rules)


@pytest.mark.parametrize(
    ("size", "expected", "is_cut"),
    [
        ((1024, 1024), (1024, 1024), False),
        ((1024, 1792), (1434, 1792), False),
        ((832, 1216), (973, 1216), False),
        ((768, 1000), (768, 960), True),
        ((1080, 1450), (1080, 1350), True),
        ((1344, 690), (1317, 690), True),
        ((1600, 400), (1600, 838), False),
        ((200, 200), (320, 320), False),
        ((256, 300), (320, 375), False),
        ((100, 400), (320, 400), False),
    ],
)
def test_a_feed_takes_certain_ratios(
    size: tuple[int, int], expected: tuple[int, int], is_cut: bool
) -> None:
    """4:5 to 1.91:1: what is a little off is cut, what is far off is padded, never squeezed."""
    made = render(picture(paint(size)), INSTAGRAM, source=AI)

    assert expected == (made.width, made.height)
    assert (made.width * made.height < size[0] * size[1]) == is_cut


def test_what_is_cut_is_cut_on_both_sides() -> None:
    """The middle stays the middle, and nothing is stretched."""
    made = opened(render(picture(paint((1000, 1300))), INSTAGRAM, source=""))

    assert made.size == (1000, 1250)
    above, below = made.getpixel((10, 620)), made.getpixel((10, 630))
    assert isinstance(above, tuple)
    assert isinstance(below, tuple)
    assert above[0] > 150 > below[0]  # red above blue, where the middle was


def test_what_is_padded_is_whole() -> None:
    """A tall picture stands in the middle over its own blur; nothing of it is gone."""
    made = opened(render(picture(paint((400, 1000))), INSTAGRAM, source=""))

    assert made.size == (800, 1000)
    corner = made.getpixel((210, 10))
    assert isinstance(corner, tuple)
    assert corner[0] > 200
    assert corner[1] < 60
    assert max(ImageStat.Stat(made.crop((0, 0, 200, 1000))).stddev) > 10


def test_a_narrow_picture_is_scaled_up() -> None:
    """A picture of 100 pixels fills the least width, its corners where they were."""
    made = opened(render(picture(paint((100, 100))), INSTAGRAM, source=""))

    assert made.size == (320, 320)
    corner = made.getpixel((300, 300))
    assert isinstance(corner, tuple)
    assert min(corner) > 240


def test_too_narrow_for_its_height_is_padded_to_the_least_width() -> None:
    """Where scaling up would make it too high, it stands in the middle of what may be."""
    rules = PictureRules(max_side=1_000, min_width=320, max_ratio=200)

    made = render(picture(paint((10, 1000))), rules, source="")

    assert (made.width, made.height) == (320, 1000)


def test_rules_that_contradict_each_other_are_said_so() -> None:
    """No picture is wider than 400 and not wider than 300: the rules are named, not the post."""
    with pytest.raises(InvalidPost, match="width from 400, sides to 300"):
        render(picture(paint()), PictureRules(max_side=300, min_width=400), source="")


def test_bytes_never_cost_the_least_width() -> None:
    """Where only a narrower picture would be small enough, that is said."""
    with pytest.raises(InvalidPost, match="raise the channel's limit"):
        render(picture(noise((400, 400))), PictureRules(max_bytes=5_000, min_width=300), source="")
