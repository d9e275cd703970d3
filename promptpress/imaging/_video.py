"""Videos, bytes to bytes: open and judge one, and bring it into the shape that a channel takes.

PyAV is loaded when the first video comes: who posts pictures only does not pay for it.
"""

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from promptpress.errors import BadPicture, InvalidPost
from promptpress.imaging import _boxes
from promptpress.imaging._label import find_source
from promptpress.imaging._look import describe
from promptpress.ports import Video, VideoRules
from promptpress.wording import SOURCE_TYPES, xmp_packet

if TYPE_CHECKING:
    from promptpress.imaging._footage import Footage

MIN_RATE, MAX_RATE = 23, 60
"""Pictures per second, as Instagram takes them
(developers.facebook.com/docs/instagram-platform/reference/instagram-user/media, reels)."""
MAX_WIDTH = 1_920
"""Pixels, as Instagram takes them."""
MAX_BITS = 25_000_000
"""Per second, as Instagram takes them."""
MAX_SOUND_RATE = 48_000
"""Samples per second, as Instagram takes them."""
SIDES = (1_920, 1_280, 854, 480, 240)
"""Longer sides tried when it is coded anew, the largest first."""
BEST_BITS = 12_000_000
"""Per second at the most when it is coded anew: more is not seen."""
LEAST_BITS = 0.02
"""Per pixel: with fewer a smaller picture looks better."""
LEEWAY = 0.05
"""Seconds by which a video may miss a limit: sound comes in packets, and ends after the picture."""
MAX_LOSS = 0.5
"""Seconds by which a video may come out longer or shorter than it was."""
FEWEST_BITS = 10_000
"""Per second: with fewer nothing can be seen."""
_PIXELS = {
    "h264": ("yuv420p", "yuvj420p"),
    "hevc": ("yuv420p", "yuvj420p", "yuv420p10le"),
}
"""What phones and services play."""


def inspect_video(content: bytes) -> Video:
    """Return the video that the bytes are: read to their end, first and last pictures decoded.

    Raises:
        BadPicture: no MP4 or MOV, cut short, damaged, endless, dangerously large, or only sound.
    """
    return _describe(content, _look(content))


def fit_video(video: Video, rules: VideoRules, *, source: str = "", description: str = "") -> Video:
    """Return the video as the rules take it, with its mark; the very bytes where it fits.

    What only lies wrongly in its file (a MOV, an index at the end) is packed anew, every picture
    as it was; what is coded otherwise, too large or too fast is coded anew.

    Args:
        video: as `inspect_video` returned it.
        rules: what the channel takes.
        source: last part of an IPTC digital source type; empty: nothing is claimed.
        description: what the video shows.

    Raises:
        InvalidPost: too long, too short, or no coding obeys the rules.
        BadPicture: it cannot be decoded to its end.
    """
    _require_seconds(video, rules)
    footage = _look(video.content)
    for content in _tries(video, footage, rules):
        marked = mark_video(content, source=source, description=description)
        if len(marked) <= rules.max_bytes:
            return video if marked is video.content else _require_same(video, marked)
    raise InvalidPost(
        f"a video of {video.seconds:.0f} seconds does not fit into {rules.max_bytes:,} bytes: "
        "make it shorter"
    )


def mark_video(content: bytes, *, source: str, description: str = "") -> bytes:
    """Return the same video with the mark that says what made it, no picture touched.

    Args:
        content: an MP4 or MOV.
        source: last part of an IPTC digital source type.
        description: what the video shows.
    """
    packet = xmp_packet(source, description).encode() if source or description else b""
    present = _boxes.find_xmp(content)
    same_source = bool(find_source(present)) and find_source(present) == find_source(packet)
    if not packet or present == packet or (not description and same_source):
        return content
    return _boxes.insert_xmp_box(content, packet)


def comment(source: str) -> str:
    """Return what players show as a comment: the address of what made it."""
    return SOURCE_TYPES + source if source else ""


def _look(content: bytes) -> "Footage":
    if not _boxes.is_mp4_or_mov(content):
        raise BadPicture(f"no video came (MP4 or MOV) but {describe(content)}: retry the post")
    from promptpress.imaging import _footage  # noqa: PLC0415  loads PyAV

    return _footage.look(content)


def _describe(content: bytes, footage: "Footage") -> Video:
    return Video(
        content=content,
        width=footage.width,
        height=footage.height,
        seconds=footage.seconds,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _require_seconds(video: Video, rules: VideoRules) -> None:
    if not rules.min_seconds - LEEWAY <= video.seconds <= rules.max_seconds + LEEWAY:
        raise InvalidPost(
            f"the video lasts {video.seconds:.1f} seconds and the channel takes "
            f"{rules.min_seconds:g} to {rules.max_seconds:g}: cut it to that"
        )


def _require_same(video: Video, content: bytes) -> Video:
    """Return what was made of a video, unless a part of it was lost."""
    made = inspect_video(content)
    if abs(made.seconds - video.seconds) > MAX_LOSS:
        raise BadPicture(
            f"of {video.seconds:.1f} seconds of video only {made.seconds:.1f} can be read: "
            "retry the post"
        )
    return made


def _tries(video: Video, footage: "Footage", rules: VideoRules) -> Iterator[bytes]:
    """Yield the video in other clothes, the least changed first."""
    from promptpress.imaging import _encode  # noqa: PLC0415  loads PyAV

    content = video.content
    if _plays(footage) and len(content) * 8 <= MAX_BITS * footage.seconds:
        if _boxes.is_mp4(content) and _boxes.is_streamable(content):
            yield content
        elif len(content) <= rules.max_bytes and not footage.is_trimmed:
            yield from _repacked(content, footage)
    rate = even_rate(footage.rate)
    room = rules.max_bytes * 8 * 0.97 / (footage.seconds + 1)
    bits = int(min(room - (_encode.SOUND_BITS if footage.sound else 0), BEST_BITS))
    sizes = list(dict.fromkeys(_sides(footage, side) for side in SIDES))
    for size in sizes:
        is_too_large = bits < LEAST_BITS * size[0] * size[1] * rate and size != sizes[-1]
        if bits >= FEWEST_BITS and not is_too_large:
            yield _encode.encode(content, footage, size, rate, bits=bits)


def _repacked(content: bytes, footage: "Footage") -> Iterator[bytes]:
    """Yield the same pictures in another file, unless its maker's oddities do not survive that."""
    from promptpress.imaging import _encode  # noqa: PLC0415  loads PyAV

    try:
        made = _encode.repack(content)
        if abs(_look(made).seconds - footage.seconds) <= MAX_LOSS:
            yield made
    except BadPicture:
        return  # then it is coded anew


def _plays(footage: "Footage") -> bool:
    """Tell whether services and phones play it as it is coded."""
    return (
        footage.pixel_format in _PIXELS.get(footage.codec, ())
        and footage.width <= MAX_WIDTH
        and MIN_RATE - 0.1 <= footage.rate <= MAX_RATE + 0.1
        and footage.sound in {"", "aac"}
        and footage.sound_rate <= MAX_SOUND_RATE
    )


def even_rate(rate: float) -> Fraction:
    """Return an allowed rate at which each picture is shown equally long."""
    exact = Fraction(max(rate, 0.01)).limit_denominator(1_001)
    if exact < MIN_RATE:
        exact *= -(-MIN_RATE // exact)
    elif exact > MAX_RATE:
        exact /= -(-exact // MAX_RATE)
    return min(max(exact, Fraction(MIN_RATE)), Fraction(MAX_RATE)).limit_denominator(1_001)


def _sides(footage: "Footage", side: int) -> tuple[int, int]:
    """Return width and height, both even, the longer one at most `side`."""
    factor = min(1.0, side / max(footage.width, footage.height))
    return (
        max(16, round(footage.width * factor / 2) * 2),
        max(16, round(footage.height * factor / 2) * 2),
    )
