"""A picture is made to fit what a channel takes."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageStat

from promptpress.errors import InvalidPost
from promptpress.imaging import inspect, read_source, render, resize
from promptpress.ports import PictureRules
from tests.unit.pictures import AI, RULES, deep, noise, opened, paint, picture


def over_white(color: tuple[int, ...], alpha: int) -> list[int]:
    return [round((part * alpha + 255 * (255 - alpha)) / 255) for part in color]


def near(expected: list[int], got: tuple[int, ...], tolerance: int = 6) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(expected, got, strict=True))


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = image.getpixel((x, y))
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize(
    ("mode", "format_"),
    [("RGBA", "PNG"), ("P", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("1", "PNG"), ("I;16", "PNG"),
     ("P", "GIF"), ("RGB", "WEBP"), ("RGBA", "WEBP"), ("CMYK", "JPEG")],
)  # fmt: skip
def test_every_kind_of_pixel_becomes_an_rgb_jpeg(mode: str, format_: str) -> None:
    """Transparency, palettes, grey, 16 bits and print colours all become a plain JPEG."""
    before = deep() if mode == "I;16" else paint(mode=mode)

    made = render(picture(before, format_), RULES, source=AI)

    image = opened(made)
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (96, 64))
    assert made == inspect(made.content)


def test_transparency_lies_over_white() -> None:
    """Half a colour becomes half white; a hidden colour stays hidden."""
    image = paint().convert("RGBA")
    image.paste((200, 0, 0, 128), (0, 0, 48, 32))
    image.paste((0, 0, 0, 0), (48, 0, 96, 32))

    made = opened(render(picture(image), RULES, source=""))

    assert near(over_white((200, 0, 0), 128), pixel(made, 16, 16))
    assert near([255, 255, 255], pixel(made, 76, 12))


def test_sixteen_bits_keep_their_brightness() -> None:
    """Half of 65,535 becomes half of 255, and not white."""
    made = opened(render(picture(deep()), RULES, source=""))

    assert near([128] * 3, pixel(made, 32, 56))
    assert near([234] * 3, pixel(made, 32, 8))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_comes_out_upright(orientation: int) -> None:
    """The turn that Exif asks for is made, and no longer asked for."""
    upright = paint()
    undo = {2: 0, 3: 1, 4: 2, 5: 3, 6: 4, 7: 5, 8: 6}
    stored = {
        0: Image.Transpose.FLIP_LEFT_RIGHT, 1: Image.Transpose.ROTATE_180,
        2: Image.Transpose.FLIP_TOP_BOTTOM, 3: Image.Transpose.TRANSPOSE,
        4: Image.Transpose.ROTATE_90, 5: Image.Transpose.TRANSVERSE, 6: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    turned = upright if orientation == 1 else upright.transpose(stored[undo[orientation]])
    exif = Image.Exif()
    exif[0x0112] = orientation

    made = opened(render(picture(turned, "JPEG", exif=exif.tobytes()), RULES, source=AI))

    assert made.size == (96, 64)
    assert made.getexif().get(0x0112, 1) == 1
    for x, y in ((20, 16), (76, 16), (20, 48), (76, 48)):
        assert near(list(pixel(upright, x, y)), pixel(made, x, y), 25)


@pytest.mark.parametrize("kept_in", ["exif", "xmp"])
def test_the_place_where_a_photo_was_taken_is_not_published(kept_in: str) -> None:
    """A photo with GPS data loses it, though it would fit as it is; the camera's name may stay."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a exif:GPSLatitude="52,31N"/></x:xmpmeta>'
    notes = {"exif": exif} if kept_in == "exif" else {"xmp": packet}
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(file, "JPEG", **notes)

    shown = render(inspect(file.getvalue()), RULES, source="")

    assert 0x8825 not in opened(shown).getexif()
    assert b"GPSLatitude" not in shown.content
    assert b"\x88\x25" in file.getvalue() or b"GPSLatitude" in file.getvalue()


def test_a_wide_colour_profile_is_brought_to_srgb() -> None:
    """Pixels with a profile of their own come out as sRGB without one."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    foreign = lab.replace(b"s\0R\0G\0B", b"X\0Y\0Z\0W").replace(b"sRGB", b"XYZW")

    for profile in (lab, foreign, b"no profile at all"):
        made = opened(render(picture(paint(), "PNG", icc_profile=profile), RULES, source=AI))

        assert "icc_profile" not in made.info
        assert near([220, 30, 30], pixel(made, 20, 16), 12)


@pytest.mark.parametrize(
    ("size", "rules", "expected"),
    [
        ((300, 200), PictureRules(max_side=150), (150, 100)),
        ((300, 200), PictureRules(max_side_sum=250), (150, 100)),
        ((400, 100), PictureRules(max_ratio=2), (400, 200)),
        ((100, 400), PictureRules(max_ratio=2), (200, 400)),
        ((400, 10), PictureRules(max_ratio=1.91, max_side=200), (200, 105)),
        ((401, 13), PictureRules(max_ratio=3, max_side_sum=300), (225, 75)),
    ],
)
def test_sides_are_brought_within_the_rules(
    size: tuple[int, int], rules: PictureRules, expected: tuple[int, int]
) -> None:
    """Too large is scaled, far too long is padded; nothing is cut from that."""
    made = render(picture(paint(size)), rules, source=AI)

    assert expected == (made.width, made.height) == opened(made).size


@settings(deadline=None, max_examples=60)
@given(
    st.integers(8, 260),
    st.integers(8, 260),
    st.integers(10, 300),
    st.integers(20, 400),
    st.floats(1, 30),
)
def test_the_rules_hold_for_every_size(
    width: int, height: int, max_side: int, max_side_sum: int, max_ratio: float
) -> None:
    """Whatever goes in, sides, their sum and their ratio obey."""
    rules = PictureRules(max_side=max_side, max_side_sum=max_side_sum, max_ratio=max_ratio)

    made = render(picture(paint((width, height))), rules, source="")

    long, short = max(made.width, made.height), min(made.width, made.height)
    assert long <= max_side
    assert long + short <= max_side_sum
    assert long <= max_ratio * short


def test_padding_is_a_soft_copy_of_the_picture() -> None:
    """The picture stands in the middle, whole; beside it are its own colours, blurred."""
    made = opened(render(picture(paint((400, 100))), PictureRules(max_ratio=1), source=""))

    assert near([220, 30, 30], pixel(made, 50, 170), 12)
    above = made.crop((0, 0, 400, 100))
    assert max(ImageStat.Stat(above).stddev) > 10


@pytest.mark.parametrize("formats", [("JPEG",), ("PNG",), ("PNG", "JPEG"), ("WEBP",)])
def test_bytes_are_brought_under_the_limit(formats: tuple[str, ...]) -> None:
    """Quality gives way first, then size, until the bytes fit with their mark."""
    rules = PictureRules(formats=formats, max_bytes=20_000)

    made = render(picture(noise((256, 256))), rules, source=AI, description="noise " * 50)

    assert len(made.content) <= 20_000
    assert made.format in formats
    assert read_source(made.content) == AI


def test_an_impossible_limit_is_said_so() -> None:
    """A channel that takes no bytes gets a clear error, not an endless search."""
    with pytest.raises(InvalidPost, match="raise the channel's limit"):
        render(picture(paint()), PictureRules(max_bytes=100), source=AI)


def test_a_film_becomes_a_still() -> None:
    """A channel that takes PNG gets the first frame of an animated one."""
    film = picture(paint(), "PNG", save_all=True, append_images=[noise((96, 64))])

    made = opened(render(film, PictureRules(formats=("PNG",)), source=AI))

    assert not getattr(made, "is_animated", False)
    assert near([220, 30, 30], pixel(made, 20, 16))


def test_the_same_input_gives_the_same_bytes() -> None:
    """Rendering and resizing hold no clock and no chance."""
    before = picture(noise((300, 200)).convert("RGBA"))
    rules = PictureRules(max_side=200, max_ratio=1.2, max_bytes=30_000)

    first, second = (render(before, rules, source=AI, description="x") for _ in range(2))

    assert first == second
    assert resize(before, 100) == resize(before, 100)
