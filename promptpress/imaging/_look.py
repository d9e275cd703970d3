"""Open bytes that came from anywhere, and say what they are."""

import hashlib
import io
import struct
from collections.abc import Callable

from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from promptpress.errors import BadPicture, ContentRefused
from promptpress.ports import Picture

MAX_PIXELS = 100_000_000
"""Pixels of a picture at most: 300 MB once decoded; the largest ordered has 17 million."""
DARKEST = 16
"""A picture with no value above this (of 255) is black to the eye: what safety checkers put in
place of a censored one."""
FLATTEST = 8
"""A picture whose values lie this close together has one colour: noise of JPEG stays below."""

_OPENERS: dict[str, Callable[[io.BytesIO], ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "WEBP": WebPImageFile,
    "AVIF": AvifImageFile,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
}
"""The formats taken. Opened by their own class and not by Image.open: that would also start
Ghostscript for some bytes, and its limit of pixels hangs on the warning filters of the process."""
_SUFFIXES = {"JPEG": ".jpg"}
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, struct.error, Warning)
"""What Pillow raises over broken bytes."""


def suffix(format: str) -> str:  # noqa: A002  Pillow's word for it, and the field's name
    """Return the end of a file's name: ".jpg" for JPEG, ".png" for PNG."""
    return _SUFFIXES.get(format, f".{format.lower()}")


def mime(format: str) -> str:  # noqa: A002  Pillow's word for it, and the field's name
    """Return the media type: "image/jpeg" for JPEG, "video/mp4" for MP4."""
    return f"{'video' if format == 'MP4' else 'image'}/{format.lower()}"


def open_picture(content: bytes) -> ImageFile:
    """Return the picture with its header read and its pixels not; the first frame counts.

    Raises:
        BadPicture: no picture of a format we take, a broken header, or more than MAX_PIXELS.
    """
    found = _sniff(content)
    if found not in _OPENERS:
        raise BadPicture(f"no picture came but {found}: retry the post")
    try:
        image = _OPENERS[found](io.BytesIO(content))
    except (*_BROKEN, Image.DecompressionBombError) as error:
        raise BadPicture(f"a {found} came whose header is broken ({error}): retry") from error
    if image.width * image.height > MAX_PIXELS:
        raise BadPicture(
            f"a picture of {image.width} × {image.height} pixels came, more than "
            f"{MAX_PIXELS:,} in all are not opened: ask for a smaller one"
        )
    return image


def inspect(content: bytes) -> Picture:
    """Return the picture that the bytes are, decoded once to its last pixel.

    Raises:
        BadPicture: not a picture, cut short, damaged, or dangerously large.
        ContentRefused: one colour or nearly black: what services send for a censored picture.
    """
    image = open_picture(content)
    kind = _sniff(content)
    try:
        image.verify()  # finds checksums that are wrong; the object cannot be used after it
        image = open_picture(content)
        image.load()  # finds pixels that are missing
    except (*_BROKEN, Image.DecompressionBombError) as error:
        raise BadPicture(
            f"a {kind} of {len(content):,} bytes came that is damaged or cut short ({error}): "
            "retry the post"
        ) from error
    if is_blank(image):
        raise ContentRefused(
            "the picture is blank, as services send it for a censored one: change the prompt"
        )
    return make_picture(content, kind, image.size)


def make_picture(content: bytes, format: str, size: tuple[int, int]) -> Picture:  # noqa: A002  the field's name
    """Return the value that describes these bytes."""
    digest = hashlib.sha256(content).hexdigest()
    return Picture(content=content, format=format, width=size[0], height=size[1], sha256=digest)


def is_blank(image: Image.Image) -> bool:
    """Tell whether nobody would see anything in it: one colour, or nearly black."""
    extrema = flatten(image).getextrema()
    bands = [band for band in extrema if isinstance(band, tuple)]
    return all(high - low <= FLATTEST for low, high in bands) or all(
        high <= DARKEST for _, high in bands
    )


def flatten(image: Image.Image) -> Image.Image:
    """Return the picture as RGB; what is transparent lies over white, 16 bits become 8."""
    if image.mode.startswith("I"):
        # Pillow's own conversion clips at 255 and would make most of the picture white.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("RGB")
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    layer = image.convert("RGBA")
    # Converting to RGB alone would bring out the colours hidden under full transparency.
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")


def describe(content: bytes) -> str:
    """Return in words what came in place of a video."""
    found = _sniff(content)
    if content[4:8] == b"ftyp" and found not in _OPENERS:
        return "a picture (HEIC)"
    return f"a picture ({found})" if found in _OPENERS else found


def _sniff(content: bytes) -> str:
    """Return the name of the picture's format, or in words what the bytes look like."""
    for magic, name in (
        (b"\xff\xd8\xff", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"GIF8", "GIF"),
        (b"BM", "BMP"),
    ):
        if content.startswith(magic):
            return name
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp" and content[8:12] in (b"avif", b"avis"):
        return "AVIF"
    return _say(content)


def _say(content: bytes) -> str:
    start = content[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        return "nothing" if not content else "blanks"
    for mark, what in ((b"<svg", "an SVG drawing"), (b"<html", "an HTML page")):
        if mark in start and start.startswith(b"<"):
            return what
    for magic, what in (
        (b"<!doctype html", "an HTML page"),
        (b"<", "XML"),
        (b"{", "JSON"),
        (b"[", "JSON"),
        (b"%pdf", "a PDF"),
        (b"ii*\0", "a TIFF, which is not taken"),
        (b"mm\0*", "a TIFF, which is not taken"),
    ):
        if start.startswith(magic):
            return what
    if content[4:8] == b"ftyp":
        return "a film or HEIC, which is not taken"
    if all(byte >= 32 or byte in b"\t\r\n" for byte in start):
        return "plain text"
    return f"{len(content):,} bytes of no known format"
