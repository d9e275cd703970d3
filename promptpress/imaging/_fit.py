"""Bring a picture into the shape that a channel or a page takes."""

import io
from collections.abc import Iterator

from PIL import Image, ImageCms, ImageFilter, ImageOps
from PIL.ImageFile import ImageFile
from PIL.PngImagePlugin import PngInfo

from promptpress.errors import InvalidPost
from promptpress.imaging._label import find_source, insert_xmp
from promptpress.imaging._look import flatten, make_picture, open_picture
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

    What does not fit is turned upright, laid over white, brought to sRGB and 8 bits, padded with
    a blurred copy of itself where it is too long, scaled down, and encoded as small as needed.

    Args:
        picture: as `inspect` returned it.
        rules: what the channel takes.
        source: last part of an IPTC digital source type; empty: nothing is claimed.
        description: what the picture shows.

    Raises:
        InvalidPost: no encoding obeys the rules.
    """
    packet = xmp_packet(source, description).encode() if source or description else b""
    image = open_picture(picture.content)
    if _fits(image, picture, rules):
        marked = _mark(image, picture, packet, description)
        if marked is not None and len(marked) <= rules.max_bytes:
            return make_picture(marked, picture.format, image.size)
    shaped = _shape(_normalise(image), rules)
    for format_, quality, smaller in _tries(shaped, picture.format, rules):
        content = _encode(smaller, format_, quality, packet)
        if len(content) <= rules.max_bytes:
            return make_picture(content, format_, smaller.size)
    raise InvalidPost(f"no picture fits into {rules.max_bytes:,} bytes: raise the channel's limit")


def resize(picture: Picture, width: int, format: str = "JPEG", *, source: str = "") -> Picture:  # noqa: A002  the field's name
    """Return a copy at most `width` pixels wide, upright, its ratio kept; never enlarged.

    Args:
        picture: as `inspect` returned it.
        width: pixels.
        format: JPEG, PNG, WEBP or AVIF.
        source: last part of an IPTC digital source type, written into the copy.
    """
    image = _normalise(open_picture(picture.content))
    if image.width > width:
        height = max(1, round(image.height * width / image.width))
        image = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    packet = xmp_packet(source).encode() if source else b""
    return make_picture(_encode(image, format, PAGE_QUALITY, packet), format, image.size)


def _fits(image: ImageFile, picture: Picture, rules: PictureRules) -> bool:
    """Tell whether the channel takes these very bytes, but for the mark."""
    long, short = max(image.size), min(image.size)
    return (
        picture.format in rules.formats
        and len(picture.content) <= rules.max_bytes
        and long <= rules.max_side
        and long + short <= rules.max_side_sum
        and long <= rules.max_ratio * short
        and image.mode != "CMYK"
        and not getattr(image, "is_animated", False)
        and _orientation(image) == 1
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
    if "exif" not in image.info:
        return 1  # asking Pillow would decode a PNG to look for it behind the pixels
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except (OSError, SyntaxError, ValueError, TypeError, Warning):
        return 1  # a broken note about a whole picture


def _normalise(image: ImageFile) -> Image.Image:
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


def _shape(image: Image.Image, rules: PictureRules) -> Image.Image:
    """Return the picture scaled and padded so that its sides obey the rules."""
    long, short = max(image.size), min(image.size)
    canvas_long = min(long, rules.max_side)
    while canvas_long + _short_side(canvas_long, long, short, rules) > rules.max_side_sum:
        canvas_long -= 1
    canvas_short = _short_side(canvas_long, long, short, rules)
    factor = canvas_long / long
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    if size != image.size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    wide = image.width >= image.height
    canvas = (canvas_long, canvas_short) if wide else (canvas_short, canvas_long)
    return image if canvas == image.size else _pad(image, canvas)


def _short_side(canvas_long: int, long: int, short: int, rules: PictureRules) -> int:
    """Return the short side that belongs to a long one, padded up to the ratio."""
    scaled = max(1, round(short * canvas_long / long))
    return max(scaled, -int(-canvas_long // rules.max_ratio))


def _pad(image: Image.Image, canvas: tuple[int, int]) -> Image.Image:
    """Lay the picture in the middle of a larger one, over a blurred copy of itself."""
    small = max(canvas) / 64
    size = (max(1, round(canvas[0] / small)), max(1, round(canvas[1] / small)))
    soft = ImageOps.fit(image, size, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(3))
    ground = soft.resize(canvas, Image.Resampling.BICUBIC)
    ground.paste(image, ((canvas[0] - image.width) // 2, (canvas[1] - image.height) // 2))
    return ground


def _tries(
    image: Image.Image, format_: str, rules: PictureRules
) -> Iterator[tuple[str, int, Image.Image]]:
    """Yield format, quality and picture, the best first, down to a single pixel."""
    target = format_ if format_ in rules.formats else rules.formats[0]
    if target not in _ENCODABLE:
        target = next((name for name in rules.formats if name in _ENCODABLE), "JPEG")
    if target == "PNG" and "JPEG" in rules.formats:
        yield target, 0, image
        target = "JPEG"  # has qualities to go down to
    while True:
        for quality in QUALITIES if target != "PNG" else (0,):
            yield target, quality, image
        if max(image.size) == 1:
            return
        size = (max(1, int(image.width * SHRINK)), max(1, int(image.height * SHRINK)))
        image = image.resize(size, Image.Resampling.LANCZOS)


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
