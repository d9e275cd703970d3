"""Bring a picture into the shape that a channel or a page takes."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

from PIL import Image, ImageCms
from PIL.ImageFile import ImageFile
from PIL.PngImagePlugin import PngInfo

from promptpress.errors import InvalidPost
from promptpress.imaging._label import find_source, insert_xmp
from promptpress.imaging._look import flatten, make_picture, open_picture
from promptpress.imaging._shape import narrow, obeys, shape, smaller
from promptpress.ports import Picture, PictureRules
from promptpress.wording import xmp_packet

QUALITIES = (92, 85, 75, 65)
"""Tried in this order until the bytes are few enough; below 65 a smaller picture looks better."""
PAGE_QUALITY = 85
"""Of the smaller copies on a page."""
SHRINK = 0.75
"""What a side is multiplied by when no quality is low enough."""
_ENCODABLE = ("JPEG", "PNG", "WEBP", "AVIF")
_ORIENTATION = 0x0112
_PLACE = 0x8825
"""The Exif tag of the GPS directory (Exif 2.32, 4.6.3)."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each value of the Exif tag Orientation (Exif 2.32, 4.6.4)."""


def render(picture: Picture, rules: PictureRules, *, source: str, description: str = "") -> Picture:
    """Return the picture as the rules take it, with its mark; unchanged pixels where it fits.

    What does not fit, or tells where it was taken, is turned upright, laid over white, brought to
    sRGB and 8 bits, scaled down (or up, where it is too narrow), and encoded as small as needed. A
    ratio that is nearly right is made right by cutting the longer side; one that is not, by a
    blurred copy of itself around it.

    Args:
        picture: as `inspect` returned it.
        rules: what the channel takes.
        source: last part of an IPTC digital source type; empty: nothing is claimed.
        description: what the picture shows.

    Raises:
        InvalidPost: no size or no encoding obeys the rules.
    """
    packet = xmp_packet(source, description).encode() if source or description else b""
    image = open_picture(picture.content)
    if _fits(image, picture, rules):
        marked = _mark(image, picture, packet, description)
        if marked is not None and len(marked) <= rules.max_bytes:
            return make_picture(marked, picture.format, image.size)
    shaped = shape(normalise(image), rules)
    for format_, quality, tried in _tries(shaped, picture.format, rules):
        content = _encode(tried, format_, quality, packet)
        if len(content) <= rules.max_bytes:
            return make_picture(content, format_, tried.size)
    raise InvalidPost(f"no picture fits into {rules.max_bytes:,} bytes: raise the channel's limit")


def resize(picture: Picture, width: int, format: str = "JPEG", *, source: str = "") -> Picture:  # noqa: A002  the field's name
    """Return a copy at most `width` pixels wide, upright, its ratio kept; never enlarged.

    Args:
        picture: as `inspect` returned it.
        width: pixels.
        format: JPEG, PNG, WEBP or AVIF.
        source: last part of an IPTC digital source type, written into the copy.
    """
    image = narrow(normalise(open_picture(picture.content)), width)
    packet = xmp_packet(source).encode() if source else b""
    return make_picture(_encode(image, format, PAGE_QUALITY, packet), format, image.size)


def _fits(image: ImageFile, picture: Picture, rules: PictureRules) -> bool:
    """Tell whether the channel takes these very bytes, but for the mark."""
    return (
        picture.format in rules.formats
        and len(picture.content) <= rules.max_bytes
        and obeys(*image.size, rules)
        and image.mode != "CMYK"
        and not getattr(image, "is_animated", False)
        and _orientation(image) == 1
        and not _tells_where(image)
    )


def _mark(image: ImageFile, picture: Picture, packet: bytes, description: str) -> bytes | None:
    """Return the bytes with the mark, or None if only encoding anew can add it."""
    present = image.info.get("xmp", b"")
    same = present == packet or (not description and _names_same_source(present, packet))
    # A picture that says it all already keeps its bytes: its maker may have signed them.
    if not packet or same:
        return picture.content
    return insert_xmp(picture.content, picture.format, packet)


def _names_same_source(present: object, packet: bytes) -> bool:
    return find_source(present) == find_source(packet) != ""


def _orientation(image: Image.Image) -> int:
    try:
        return int(_notes(image).get(_ORIENTATION, 1))
    except (ValueError, TypeError):
        return 1


def _tells_where(image: ImageFile) -> bool:
    """Tell whether a picture says where it was taken: nobody means to publish that with it."""
    packet = image.info.get("xmp", b"")
    raw = packet.encode() if isinstance(packet, str) else packet
    return _PLACE in _notes(image) or b"GPSLatitude" in raw


def _notes(image: Image.Image) -> Mapping[int, Any]:
    """Return what the camera has noted, by Exif tag."""
    if "exif" not in image.info:
        return {}  # asking Pillow would decode a PNG to look for it behind the pixels
    try:
        return image.getexif()
    except (OSError, SyntaxError, ValueError, TypeError, Warning):
        return {}  # broken notes on a whole picture


def normalise(image: ImageFile) -> Image.Image:
    """Return it upright, in sRGB, over white, 8 bits a channel."""
    turn = _TURNS.get(_orientation(image))
    image.load()
    plain = flatten(_to_srgb(image))
    return plain.transpose(turn) if turn is not None else plain


def _to_srgb(image: Image.Image) -> Image.Image:
    """Return the picture in sRGB if it says which colours it has; else as it is."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(own):
            return image
        mode = "RGBA" if image.has_transparency_data else "RGB"
        if image.mode not in ("L", "CMYK"):
            image = image.convert(mode)
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, own, srgb, outputMode=mode) or image
    except (OSError, ValueError, TypeError, ImageCms.PyCMSError):
        return image  # a profile for other pixels than these


def _tries(
    image: Image.Image, format_: str, rules: PictureRules
) -> Iterator[tuple[str, int, Image.Image]]:
    """Yield format, quality and picture, the best first, down to the smallest that is allowed."""
    target = format_ if format_ in rules.formats else rules.formats[0]
    if target not in _ENCODABLE:
        target = next((name for name in rules.formats if name in _ENCODABLE), "JPEG")
    if target == "PNG" and "JPEG" in rules.formats:
        yield target, 0, image
        target = "JPEG"  # has qualities to go down to
    while True:
        for quality in QUALITIES if target != "PNG" else (0,):
            yield target, quality, image
        less = smaller(image, SHRINK, rules)
        if less is None:
            return
        image = less


def _encode(image: Image.Image, format_: str, quality: int, packet: bytes) -> bytes:
    """Return the bytes of an RGB picture; `quality` means nothing to PNG."""
    file = io.BytesIO()
    if format_ == "PNG":
        info = PngInfo()
        if packet:
            info.add_itxt("XML:com.adobe.xmp", packet.decode())
        image.save(file, "PNG", pnginfo=info)
    elif format_ == "JPEG":
        # Full colour resolution where quality matters: red edges fray without it. Not `optimize`:
        # Pillow guesses its buffer, and a picture full of detail breaks ("broken data stream").
        sampling = "4:4:4" if quality > PAGE_QUALITY else "4:2:0"
        extra = {"xmp": packet} if packet else {}
        image.save(file, "JPEG", quality=quality, subsampling=sampling, **extra)
    else:
        image.save(file, format_, quality=quality, xmp=packet)
    return file.getvalue()
