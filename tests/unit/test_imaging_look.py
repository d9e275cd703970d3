"""What is a picture and what is refused, and what a picture says about itself."""

import hashlib
import random
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from promptpress.errors import BadPicture, ContentRefused
from promptpress.imaging import inspect, mime, read_source, resize, suffix
from promptpress.imaging._look import make_picture
from promptpress.ports import Picture
from tests.unit.pictures import AI, encode, noise, opened, paint, picture, png_header


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP"])
def test_inspect_says_what_the_bytes_are(format_: str) -> None:
    """Format, size and hash come from the bytes."""
    content = encode(paint(), format_)

    found = inspect(content)

    expected = Picture(
        content=content,
        format=format_,
        width=96,
        height=64,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    assert expected == found


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "nothing"),
        (b" \n\t", "blanks"),
        (b"<!DOCTYPE html><html><body>502</body></html>", "an HTML page"),
        (b"\xef\xbb\xbf\n<html>", "an HTML page"),
        (b'{"error": "overloaded"}', "JSON"),
        (b'["busy"]', "JSON"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"<Error><Code>AccessDenied</Code></Error>", "XML"),
        (b"%PDF-1.7", "a PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "plain text"),
        (b"II*\0\x08\0\0\0", "a TIFF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"Too many requests", "plain text"),
        (b"\x00\x01\x02\x03", "4 bytes of no known format"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(content: bytes, what: str) -> None:
    """The message says what came in place of a picture."""
    with pytest.raises(BadPicture, match=what):
        inspect(content)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut in half": lambda content: content[: len(content) // 2],
    "header only": lambda content: content[:12],
}


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_picture_cut_short_is_refused(format_: str, damage: Callable[[bytes], bytes]) -> None:
    """A download that broke off is never taken for a picture."""
    with pytest.raises(BadPicture):
        inspect(damage(encode(noise((96, 64)), format_)))


def test_a_jpeg_without_its_last_bytes_is_refused() -> None:
    """Two missing bytes are noticed, which only decoding shows."""
    with pytest.raises(BadPicture, match="cut short"):
        inspect(encode(noise((96, 64)), "JPEG")[:-2])


def test_a_png_without_its_end_is_refused() -> None:
    """A missing last chunk is noticed, which only verifying shows."""
    with pytest.raises(BadPicture, match="cut short"):
        inspect(encode(noise((96, 64)))[:-12])


def test_a_flipped_bit_in_a_png_is_refused() -> None:
    """A wrong checksum is noticed."""
    content = bytearray(encode(noise((96, 64))))
    content[len(content) // 2] ^= 1

    with pytest.raises(BadPicture):
        inspect(bytes(content))


@pytest.mark.parametrize("filters", ["default", "ignore", "error"])
@pytest.mark.parametrize(
    "size", [(10_001, 10_000), (12_000, 12_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)]
)
def test_a_decompression_bomb_is_refused(filters: Any, size: tuple[int, int]) -> None:
    """More than 100 million pixels are never decoded, whatever warnings mean in this process."""
    with warnings.catch_warnings():
        warnings.simplefilter(filters)
        with pytest.raises(BadPicture, match="100,000,000"):
            inspect(png_header(*size))


STARTS = (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8 ", b"GIF89a", b"BM")


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_our_errors(content: bytes) -> None:
    """Whatever comes, it is a picture or a refusal."""
    for start in STARTS:
        with pytest.raises((BadPicture, ContentRefused)):
            inspect(start + content)


@settings(deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP"]), st.data())
def test_a_damaged_picture_raises_nothing_but_our_errors(format_: str, data: st.DataObject) -> None:
    """Any byte may be wrong: the picture passes or is refused, and nothing else happens."""
    content = bytearray(encode(paint(), format_))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))

    try:
        found = inspect(bytes(content))
    except (BadPicture, ContentRefused):
        return
    assert bytes(content) == found.content


NEARLY_BLACK = Image.frombytes("L", (64, 64), bytes(random.Random(2).choices(range(9), k=4096)))


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (64, 64), "black"),
        Image.new("RGB", (64, 64), "white"),
        Image.new("RGB", (64, 64), (120, 130, 90)),
        Image.new("L", (64, 64), 200),
        Image.new("P", (64, 64), 3),
        NEARLY_BLACK,
        NEARLY_BLACK.convert("RGB"),
        Image.new("RGBA", (64, 64), (255, 0, 0, 0)),
    ],
    ids=["black", "white", "grey", "one grey", "palette", "nearly black", "nearly black RGB",
         "transparent"],
)  # fmt: skip
def test_a_blank_picture_is_a_refusal(image: Image.Image) -> None:
    """One colour or almost black is what a safety checker leaves of a picture."""
    with pytest.raises(ContentRefused, match="blank"):
        inspect(encode(image))


def test_a_night_is_no_blank() -> None:
    """A dark picture with one small light in it is a picture."""
    night = Image.new("RGB", (64, 64), (2, 2, 6))
    night.putpixel((30, 20), (250, 250, 220))

    assert inspect(encode(night)).width == 64


def test_the_first_frame_of_a_film_counts() -> None:
    """An animated picture is judged by its first frame."""
    frames = [Image.new("RGB", (32, 32), "black"), paint((32, 32))]

    with pytest.raises(ContentRefused):
        inspect(encode(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True))
    assert picture(frames[1], "GIF", save_all=True, append_images=frames[:1]).width == 32


@pytest.mark.parametrize(
    ("format_", "ending", "media_type"),
    [
        ("JPEG", ".jpg", "image/jpeg"),
        ("PNG", ".png", "image/png"),
        ("WEBP", ".webp", "image/webp"),
        ("MP4", ".mp4", "video/mp4"),
    ],
)
def test_formats_have_the_usual_names(format_: str, ending: str, media_type: str) -> None:
    """Files and HTTP headers name a format as everybody does."""
    assert (ending, media_type) == (suffix(format_), mime(format_))


@pytest.mark.parametrize(
    "xmp",
    [
        'Iptc4xmpExt:DigitalSourceType="{}"',
        "Iptc4xmpExt:DigitalSourceType='{}'",
        "<Iptc4xmpExt:DigitalSourceType>{}</Iptc4xmpExt:DigitalSourceType>",
        '<Iptc4xmpExt:DigitalSourceType rdf:resource="{}"/>',
        "<x:DigitalSourceType>\n  {}\n</x:DigitalSourceType>",
    ],
)
def test_every_way_to_write_the_source_is_read(xmp: str) -> None:
    """As attribute, element or resource: other programs write each of them."""
    packet = xmp.format(f"http://cv.iptc.org/newscodes/digitalsourcetype/{AI}").encode()

    assert read_source(encode(paint(), "JPEG", xmp=packet)) == AI


@pytest.mark.parametrize(
    "content",
    [
        encode(paint()),
        encode(paint(), "JPEG", xmp=b"<x:xmpmeta/>"),
        encode(paint(), "JPEG", xmp=b"\xff\xfe garbage DigitalSourceType"),
        b"",
        b"<html>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    ],
)
def test_no_source_is_read_where_none_is_named(content: bytes) -> None:
    """A picture without a mark, and what is no picture, say nothing."""
    assert read_source(content) == ""


def test_a_compressed_mark_in_a_png_is_read() -> None:
    """Other programs compress the text of a PNG."""
    info = PngInfo()
    packet = (
        f'<x Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/{AI}"/>'
    )
    info.add_itxt("XML:com.adobe.xmp", packet, zip=True)

    assert read_source(encode(paint(), pnginfo=info)) == AI


@pytest.mark.parametrize(
    ("width", "expected"), [(48, (48, 32)), (96, (96, 64)), (500, (96, 64)), (1, (1, 1))]
)
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_a_copy_is_never_larger(format_: str, width: int, expected: tuple[int, int]) -> None:
    """The copy has the width asked for, or the picture's own; the ratio stays, and the mark."""
    made = resize(picture(paint()), width, format_, source=AI)

    assert (format_, *expected) == (made.format, made.width, made.height)
    assert expected == opened(made).size
    assert read_source(made.content) == AI


def test_make_picture_and_inspect_agree() -> None:
    """A picture made here is what inspecting its bytes would say."""
    content = encode(paint(), "JPEG")

    assert inspect(content) == make_picture(content, "JPEG", (96, 64))
