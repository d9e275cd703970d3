"""A picture that fits keeps every pixel and gets its label."""

import pytest
from PIL import Image

from promptpress.imaging import inspect, read_source, render
from promptpress.ports import PictureRules
from tests.unit.pictures import AI, RULES, opened, paint, picture


@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_a_picture_that_fits_keeps_every_pixel(format_: str) -> None:
    """Only the mark is added; the encoded pixels are the same bytes as before."""
    before = picture(paint(), format_, **({"quality": 60} if format_ == "JPEG" else {}))

    after = render(before, PictureRules(formats=(format_,)), source=AI, description="four corners")

    assert read_source(after.content) == AI
    assert opened(before).tobytes() == opened(after).tobytes()
    assert len(after.content) < len(before.content) + 1_200
    assert inspect(after.content) == after


def test_nothing_is_claimed_without_a_source() -> None:
    """A picture that fits and needs no mark is passed on byte for byte."""
    before = picture(paint(), "JPEG")

    assert before == render(before, RULES, source="")


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_every_format_carries_mark_and_description(format_: str) -> None:
    """The XMP packet names the source and holds the description, escaped."""
    made = render(
        picture(paint(), "BMP"),
        PictureRules(formats=(format_,)),
        source="algorithmicMedia",
        description="a <b> & 'c'",
    )

    assert format_ == made.format
    assert read_source(made.content) == "algorithmicMedia"
    assert b"a &lt;b&gt; &amp; 'c'" in made.content


@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_a_second_mark_takes_the_place_of_the_first(format_: str) -> None:
    """However often a picture is rendered, it has one XMP packet: the latest."""
    rules = PictureRules(formats=(format_,))
    once = render(picture(paint(), format_), rules, source=AI, description="one")
    twice = render(once, rules, source="algorithmicMedia", description="two")

    assert read_source(twice.content) == "algorithmicMedia"
    assert twice.content.count(b"<x:xmpmeta") == 1
    assert twice == render(twice, rules, source="algorithmicMedia", description="two")


def test_a_picture_that_names_its_source_keeps_its_bytes() -> None:
    """What its maker marked, and may have signed, is not touched without need."""
    marked = render(picture(paint(), "JPEG"), RULES, source=AI, description="by its maker")

    assert marked == render(marked, RULES, source=AI)


def test_comments_and_exif_of_a_jpeg_stay() -> None:
    """The mark goes behind JFIF and Exif and before everything else."""
    exif = Image.Exif()
    exif[0x0131] = "some software"
    before = picture(paint(), "JPEG", exif=exif.tobytes(), comment=b"sketch, not AI")

    image = opened(render(before, RULES, source=AI))

    assert image.getexif()[0x0131] == "some software"
    assert image.info["comment"] == b"sketch, not AI"
