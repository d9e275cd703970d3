"""A picture in the sizes and formats among which a browser chooses."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from promptpress.imaging import make_copies, read_source, render
from promptpress.imaging._look import make_picture
from promptpress.ports import Copies, Picture
from tests.unit.pictures import AI, RULES, encode, opened, paint, picture

WIDTHS = (480, 960)
GPS = 0x8825


def small(mode: str, size: tuple[int, int]) -> Picture:
    """Return a picture of any size, a blank one too, as no service would send it."""
    image = Image.new(mode, size, 0) if min(size) < 2 else paint(size, mode)
    return make_picture(encode(image, "PNG"), "PNG", size)


def shapes(copies: Copies) -> list[tuple[str, int, int]]:
    return [(one.format, one.width, one.height) for one in copies.pictures]


def test_there_is_a_copy_in_each_width_and_format() -> None:
    """AVIF, WebP and JPEG in the smaller widths; its own width has its JPEG already."""
    made = make_copies(picture(paint((1024, 768)), "JPEG"), WIDTHS)

    assert shapes(made) == [
        *(("AVIF", 480, 360), ("WEBP", 480, 360), ("JPEG", 480, 360)),
        *(("AVIF", 960, 720), ("WEBP", 960, 720), ("JPEG", 960, 720)),
        *(("AVIF", 1024, 768), ("WEBP", 1024, 768)),
    ]


@settings(max_examples=30, deadline=None)
@given(
    mode=st.sampled_from(["RGB", "RGBA", "L", "LA", "P", "1"]),
    width=st.integers(1, 300),
    height=st.integers(1, 300),
    widths=st.lists(st.integers(1, 400), max_size=2),
)
def test_every_copy_is_what_it_says_and_keeps_the_ratio(
    mode: str, width: int, height: int, widths: list[int]
) -> None:
    """Whatever comes: one pixel, grey, transparent, twenty times as wide as it is high."""
    original = small(mode, (width, height))
    made = make_copies(original, widths)

    below = sorted({one for one in widths if one < width})
    assert [one.width for one in made.pictures] == [w for w in below for _ in range(3)] + [
        width
    ] * 2
    for one in made.pictures:
        image = opened(one)
        assert (image.format, image.size) == (one.format, (one.width, one.height))
        assert one.height == max(1, round(height * one.width / width))
        assert one == make_picture(one.content, one.format, (one.width, one.height))
    assert made == make_copies(original, widths)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (2000, 100)])
def test_extreme_pictures_have_copies(size: tuple[int, int]) -> None:
    """The smallest picture and the narrowest strip are shown too."""
    made = make_copies(small("RGB", size), WIDTHS)

    assert {(one.width, one.height) for one in made.pictures if one.width == size[0]} == {size}
    assert all(one.height >= 1 for one in made.pictures)


def test_every_copy_names_the_source_and_nothing_else() -> None:
    """What made the picture stays with it; where it was taken, and by which camera, does not."""
    exif = Image.Exif()
    exif[0x010F] = "SOME CAMERA"
    exif.get_ifd(GPS)[1] = "N"
    profile = b"an odd profile"
    before = picture(paint((640, 480)), "JPEG", exif=exif.tobytes(), icc_profile=profile)
    made = make_copies(render(before, RULES, source=AI, description="WHERE I LIVE"), WIDTHS)

    assert len(made.pictures) == 5
    for one in made.pictures:
        image = opened(one)
        assert read_source(one.content) == AI
        assert dict(image.getexif()) == {}
        assert "icc_profile" not in image.info
        assert b"SOME CAMERA" not in one.content
        assert b"WHERE I LIVE" not in one.content


def test_nothing_is_claimed_without_a_source() -> None:
    """A picture that says nothing of its maker has copies that say nothing."""
    made = make_copies(picture(paint((600, 400)), "JPEG"), WIDTHS)

    assert [read_source(one.content) for one in made.pictures] == [""] * 5
    assert not any(b"xmpmeta" in one.content for one in made.pictures)


def test_a_copy_stands_upright_like_the_picture() -> None:
    """A picture that lies on its side by its Exif is as wide as it looks."""
    exif = Image.Exif()
    exif[0x0112] = 6
    made = make_copies(picture(paint((800, 600)), "JPEG", exif=exif.tobytes()), WIDTHS)

    assert [(one.width, one.height) for one in made.pictures][-1] == (600, 800)
    assert (480, 640) in [(one.width, one.height) for one in made.pictures]


def test_jpegs_show_before_all_has_come() -> None:
    """They are progressive."""
    made = make_copies(picture(paint((600, 400)), "JPEG"), WIDTHS)
    (jpeg,) = (one for one in made.pictures if one.format == "JPEG")

    assert Image.open(io.BytesIO(jpeg.content)).info.get("progressive")


@pytest.mark.parametrize(
    ("colours", "mean"),
    [
        (((255, 0, 0), (255, 0, 0)), "#ff0000"),
        (((0, 0, 0), (255, 255, 255)), "#808080"),
        (((10, 20, 30), (30, 40, 50)), "#141e28"),
    ],
)
def test_the_colour_is_the_mean(colours: tuple[tuple[int, int, int], ...], mean: str) -> None:
    """What stands in the picture's place has its colours, all in one."""
    image = Image.new("RGB", (40, 20), colours[0])
    image.paste(colours[1], (20, 0, 40, 20))
    content = encode(image, "PNG")

    assert make_copies(make_picture(content, "PNG", image.size), ()).colour == mean


def test_what_is_transparent_counts_as_white() -> None:
    """A placeholder over nothing is white, as the picture will be."""
    assert make_copies(small("RGBA", (1, 1)), ()).colour == "#ffffff"


def test_a_pillow_without_avif_does_without() -> None:
    """The other formats are there all the same, and JPEG whatever Pillow can."""
    whole = picture(paint((600, 400)), "JPEG")

    assert {one.format for one in make_copies(whole, WIDTHS, modern=["WEBP"]).pictures} == {
        *("WEBP", "JPEG")
    }
    assert shapes(make_copies(whole, WIDTHS, modern=[])) == [("JPEG", 480, 320)]
