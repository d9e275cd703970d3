"""Make a reel: the pictures of a post as a film, one fading into the next."""

import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from promptpress.errors import InvalidPost
from promptpress.imaging._fit import normalise
from promptpress.imaging._look import open_picture
from promptpress.imaging._shape import fill
from promptpress.imaging._video import MAX_RATE, MIN_RATE, comment, inspect_video, mark_video
from promptpress.ports import Picture, Video

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

    from promptpress.imaging._motion import Planes, Still

MIN_SECONDS = 3.0
"""Of a reel, as Instagram takes it
(developers.facebook.com/docs/instagram-platform/reference/instagram-user/media, reels)."""
MAX_SECONDS = 90.0
"""Of a reel that Instagram shows among its reels, as its help pages say."""
MAX_BYTES = 45_000_000
"""Telegram takes 50 MB from a bot (core.telegram.org/bots/api#senddocument)."""
MAX_BITS = 8_000_000
"""Per second: more is not seen."""
FADE = 0.5
"""Seconds in which one picture becomes the next."""


def make_reel(
    pictures: Sequence[Picture],
    *,
    seconds: float = 4.0,
    audio: bytes | None = None,
    size: tuple[int, int] = (1080, 1920),
    fps: int = 30,
    seed: int = 0,
    source: str = "",
    description: str = "",
) -> Video:
    """Return a film of the pictures: each moves slowly, and fades into the next.

    A picture of nearly the reel's ratio is cut to it, another lies over a blurred copy of itself.
    The same input gives the same bytes, as long as PyAV is the same.

    Args:
        pictures: in the order of the post.
        seconds: for each of them; longer where the reel would last less than three seconds.
        audio: MP3, M4A, WAV, OGG or FLAC, cut or repeated to length. None: a track of silence, as
            Telegram takes a video without sound for an animation
            (core.telegram.org/bots/api#sendanimation).
        size: width and height in pixels, both even.
        fps: pictures per second.
        seed: decides which way the pictures move.
        source: last part of an IPTC digital source type; empty: nothing is claimed.
        description: what the reel shows.

    Raises:
        InvalidPost: no pictures, too long, a size or pace that no service takes, or no sound.
    """
    each = _require_possible(len(pictures), seconds, size, fps)
    from promptpress.imaging import _sound  # noqa: PLC0415  loads PyAV

    total = max(round(each * fps * len(pictures)), fps * int(MIN_SECONDS))
    sound = _sound.soundtrack(audio, total / fps)
    bits = int(min(MAX_BITS, MAX_BYTES * 8 / (total / fps + 1)))
    frames = _frames(pictures, total, size, fps, seed)
    content = _record(frames, sound, size, fps, bits, comment(source))
    return inspect_video(mark_video(content, source=source, description=description))


def _record(
    frames: "Iterator[Planes]",
    sound: "Iterator[AudioFrame]",
    size: tuple[int, int],
    fps: int,
    bits: int,
    note: str,
) -> bytes:
    """Return frames and sound as an MP4."""
    from promptpress.imaging import _encode, _motion  # noqa: PLC0415  loads PyAV

    file = io.BytesIO()
    pace = Fraction(fps)
    with _encode.new_file(file, note) as out:
        shown = _encode.add_pictures(out, size, pace, bits=bits)
        for name, value in _motion.colours().items():
            setattr(shown.codec_context, name, value)
        heard = _encode.add_sound(out)
        for number, planes in enumerate(frames):
            out.mux(shown.encode(_motion.to_frame(planes, number, pace)))
            # Sound keeps step: what is far apart in time would pile up in memory.
            for block in sound:
                out.mux(heard.encode(block))
                if (block.pts or 0) * fps >= (number + 1) * block.sample_rate:
                    break
        for block in sound:
            out.mux(heard.encode(block))
        out.mux(heard.encode(None))
        out.mux(shown.encode(None))
    return file.getvalue()


def _require_possible(count: int, seconds: float, size: tuple[int, int], fps: int) -> float:
    """Return how many seconds each picture is shown."""
    if not count:
        raise InvalidPost("a reel is made of pictures, and the post has none: add one")
    if not 0 < seconds * count <= MAX_SECONDS:
        raise InvalidPost(
            f"a reel of {count} pictures at {seconds:g} seconds is not between 0 and "
            f"{MAX_SECONDS:g} seconds long: take fewer pictures or other times"
        )
    if not MIN_RATE <= fps <= MAX_RATE:
        raise InvalidPost(f"{fps} pictures per second: a reel has {MIN_RATE} to {MAX_RATE}")
    if min(size) < 16 or max(size) > 1_920 or size[0] % 2 or size[1] % 2:
        raise InvalidPost(
            f"a reel of {size[0]} × {size[1]} pixels: its sides are even, from 16 to 1920"
        )
    return max(seconds, MIN_SECONDS / count)


def _frames(
    pictures: Sequence[Picture], total: int, size: tuple[int, int], fps: int, seed: int
) -> "Iterator[Planes]":
    """Yield the frames; two of the pictures at the most are in memory at a time."""
    from promptpress.imaging import _motion  # noqa: PLC0415  loads PyAV

    count = len(pictures)
    half = int(min(FADE * fps, total / count / 2) / 2)
    changes = [total * place // count for place in range(1, count)]
    begins = [0, *(at - half for at in changes)]
    ends = [*(at + half for at in changes), total]
    before: Still | None = None
    for place, picture in enumerate(pictures):
        now = _still(picture, size, seed + place, begins[place], ends[place])
        alone = now.begin
        if before is not None:
            alone = before.end
            for frame in range(now.begin, before.end):
                share = (frame - now.begin + 0.5) / (2 * half)
                yield _motion.blend(before.at(frame, size), now.at(frame, size), share)
        for frame in range(alone, now.end if now.end == total else now.end - 2 * half):
            yield now.at(frame, size)
        before = now


def _still(picture: Picture, size: tuple[int, int], way: int, begin: int, end: int) -> "Still":
    from promptpress.imaging import _motion  # noqa: PLC0415  loads PyAV

    image = normalise(open_picture(picture.content))
    return _motion.still(fill(image, _motion.base_size(size)), way, begin, end)
