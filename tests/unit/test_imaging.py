"""promptpress.imaging: what is refused, what comes out, what it says about itself."""

import hashlib
import io
import random
import struct
import warnings
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw, ImageStat
from PIL.PngImagePlugin import PngInfo

from promptpress.errors import BadPicture, ContentRefused, InvalidPost
from promptpress.imaging import inspect, mime, read_source, render, resize, suffix
from promptpress.imaging._look import make_picture
from promptpress.ports import Picture, PictureRules

AI = "trainedAlgorithmicMedia"
RULES = PictureRules()


def paint(size: tuple[int, int] = (96, 64), mode: str = "RGB") -> Image.Image:
    """Return a picture whose four corners differ: red, green, blue, white."""
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    half_x, half_y = size[0] // 2, size[1] // 2
    pen.rectangle((0, 0, half_x - 1, half_y - 1), fill=(220, 30, 30))
    pen.rectangle((half_x, 0, size[0], half_y - 1), fill=(30, 160, 60))
    pen.rectangle((0, half_y, half_x - 1, size[1]), fill=(40, 60, 200))
    return image.convert(mode)


def deep(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """Return 16 bits of grey: 60,000 in the upper half, 32,768 in the lower."""
    half = size[0] * size[1] // 2
    return Image.frombytes("I;16", size, struct.pack("<H", 60_000) * half + b"\0\x80" * half)


def noise(size: tuple[int, int]) -> Image.Image:
    """Return what no encoder can make small."""
    return Image.frombytes("RGB", size, random.Random(1).randbytes(size[0] * size[1] * 3))


def encode(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:  # noqa: A002  Pillow's word
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def picture(image: Image.Image, format: str = "PNG", **options: Any) -> Picture:  # noqa: A002  Pillow's word
    return inspect(encode(image, format, **options))


def opened(made: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(made.content))
    image.load()
    return image


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that claims a size and has no pixels."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    empty = b"IDAT" + zlib.compress(b"")
    chunks = [struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c))
              for c in (body, empty, b"IEND")]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


# --- inspect ---


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
    [("JPEG", ".jpg", "image/jpeg"), ("PNG", ".png", "image/png"), ("WEBP", ".webp", "image/webp")],
)
def test_formats_have_the_usual_names(format_: str, ending: str, media_type: str) -> None:
    """Files and HTTP headers name a format as everybody does."""
    assert (ending, media_type) == (suffix(format_), mime(format_))


# --- render ---


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
    """Too large is scaled, too long is padded; nothing is cropped."""
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


# --- read_source ---


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


# --- resize ---


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
