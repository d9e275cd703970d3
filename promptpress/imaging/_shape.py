"""The sides that rules allow, and how a picture is brought to them."""

import math

from PIL import Image, ImageFilter, ImageOps

from promptpress.errors import InvalidPost
from promptpress.ports import PictureRules

CROP = 0.9
"""A picture keeps this share of its longer side at least when it is cut to a ratio; one that would
lose more is laid over a blurred copy of itself."""


def obeys(width: int, height: int, rules: PictureRules) -> bool:
    """Tell whether a picture of this size is within the rules."""
    long, short = max(width, height), min(width, height)
    return (
        long <= rules.max_side
        and long + short <= rules.max_side_sum
        and long <= rules.max_ratio * short
        and rules.min_aspect * height <= width <= rules.max_aspect * height
        and width >= rules.min_width
    )


def shape(image: Image.Image, rules: PictureRules) -> Image.Image:
    """Return the picture scaled, and cut or padded where it must be, so that it obeys the rules.

    Raises:
        InvalidPost: no size obeys them.
    """
    size = image.size
    aspect = _nearest_aspect(size, rules)
    canvas = _largest(_width_at(size, aspect, rules), aspect, rules) or _tallest(rules)
    if canvas is None:
        raise InvalidPost(
            "no size of picture is within the channel's rules (width over height "
            f"{rules.min_aspect:g} to {rules.max_aspect:g}, width from {rules.min_width}, sides to "
            f"{rules.max_side}, together {rules.max_side_sum}): correct them"
        )
    return fill(image, canvas)


def smaller(image: Image.Image, factor: float, rules: PictureRules) -> Image.Image | None:
    """Return a smaller copy that still obeys the rules; None if there is none."""
    width = max(int(image.width * factor), rules.min_width)
    if width >= image.width:
        return None
    size = _largest(width, image.width / image.height, rules)
    return image.resize(size, Image.Resampling.LANCZOS) if size else None


def narrow(image: Image.Image, width: int) -> Image.Image:
    """Return the picture at most this wide, its ratio kept; never enlarged."""
    if image.width <= width:
        return image
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def fill(image: Image.Image, canvas: tuple[int, int]) -> Image.Image:
    """Return the picture in this size: cut if that takes little away, else over its own blur."""
    if image.size == canvas:
        return image
    scales = canvas[0] / image.width, canvas[1] / image.height
    if min(scales) >= CROP * max(scales):
        return ImageOps.fit(image, canvas, Image.Resampling.LANCZOS)
    inner = (
        min(canvas[0], max(1, round(image.width * min(scales)))),
        min(canvas[1], max(1, round(image.height * min(scales)))),
    )
    if inner != image.size:
        image = image.resize(inner, Image.Resampling.LANCZOS)
    return _pad(image, canvas)


def _nearest_aspect(size: tuple[int, int], rules: PictureRules) -> float:
    least = max(rules.min_aspect, 1 / rules.max_ratio)
    return min(max(size[0] / size[1], least), rules.max_aspect, rules.max_ratio)


def _width_at(size: tuple[int, int], aspect: float, rules: PictureRules) -> int:
    """Return the width at which as much of the picture as can stay keeps its size."""
    width, height = size
    own = width / height
    is_cut = min(own / aspect, aspect / own) >= CROP
    if (own > aspect) == is_cut:
        width = math.floor(height * aspect) if is_cut else math.ceil(height * aspect)
    highest = min(rules.max_side, rules.max_side_sum) * aspect
    return min(max(width, rules.min_width), rules.max_side, int(highest) + 1)


def _largest(width: int, aspect: float, rules: PictureRules) -> tuple[int, int] | None:
    """Return the largest size of about this aspect, at most this wide, that obeys the rules."""
    for less in range(width, max(rules.min_width, 1) - 1, -1):
        height = max(1, round(less / aspect))
        for near in (height, height + 1, height - 1):
            if near and obeys(less, near, rules):
                return less, near
    return None


def _tallest(rules: PictureRules) -> tuple[int, int] | None:
    """Return the tallest size that obeys the rules: for what gets too narrow when scaled."""
    for width in range(max(rules.min_width, 1), rules.max_side + 1):
        limits = [rules.max_side, rules.max_side_sum - width, int(width * rules.max_ratio)]
        if rules.min_aspect > 0:
            limits.append(int(width / rules.min_aspect))
        for height in (min(limits), min(limits) - 1):
            if height > 0 and obeys(width, height, rules):
                return width, height
    return None


def _pad(image: Image.Image, canvas: tuple[int, int]) -> Image.Image:
    """Lay the picture in the middle of a larger one, over a blurred copy of itself."""
    small = max(canvas) / 64
    size = (max(1, round(canvas[0] / small)), max(1, round(canvas[1] / small)))
    soft = ImageOps.fit(image, size, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(3))
    ground = soft.resize(canvas, Image.Resampling.BICUBIC)
    ground.paste(image, ((canvas[0] - image.width) // 2, (canvas[1] - image.height) // 2))
    return ground
