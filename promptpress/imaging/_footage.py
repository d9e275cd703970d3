"""Open a video and decode enough of it to know what it is.

Imported when a video comes, not before: the decoders behind it take time and memory to load.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from promptpress.errors import BadPicture
from promptpress.imaging import _boxes

MAX_SECONDS = 3_600.0
"""Four times of what any channel takes."""
MAX_SIDE = 8_192
MAX_PIXELS = 36_000_000
"""Of one picture: 8K has 33 million, and decoders keep up to 16 of them."""
TAIL = 1_200
"""Pictures decoded behind the last one that stands for itself: 20 seconds at the most."""
TAIL_PIXELS = 2_500_000_000
"""Of all these pictures together: for larger ones than 1080p they are fewer."""
SLACK = 0.05
"""Share of its length by which a video may last longer or shorter than it says; half a second
always may be."""
_OPTIONS = {"max_pixels": str(MAX_PIXELS)}
_BROKEN = (av.FFmpegError, ArithmeticError, MemoryError, ValueError)
"""What PyAV raises over broken bytes."""


@dataclass(frozen=True, kw_only=True)
class Footage:
    """What a video is, as its bytes show."""

    width: int
    """Of the picture as it is seen: turned upright, pixels square."""
    height: int
    seconds: float
    turn: int
    """Degrees by which a player turns it clockwise: 0, 90, 180 or 270."""
    codec: str
    pixel_format: str
    rate: float
    """Pictures per second, on the average."""
    sound: str
    """Codec of the sound; empty: there is none."""
    sound_rate: int
    is_trimmed: bool
    """True where an edit list hides pictures that are in the file."""


@dataclass
class _Pass:
    """What passing over all packets shows: times in seconds, stamps in the stream's own units."""

    first: VideoFrame | None = None
    shown: int = 0
    """Number of pictures, without those that an edit list hides."""
    first_stamp: int = 0
    last_stamp: int = 0
    last_key: int = 0
    start: float = 0.0
    end: float = 0.0
    sound_end: float = 0.0
    is_trimmed: bool = False


@contextmanager
def opened(content: bytes) -> Iterator[InputContainer]:
    """Give the open file; whatever goes wrong with it is said as a broken video.

    Raises:
        BadPicture: it cannot be read.
    """
    try:
        # The format is named: a guess might take a playlist that leads to other files.
        with av.open(
            io.BytesIO(content), "r", format="mov", options=_OPTIONS, metadata_errors="replace"
        ) as container:
            yield container
    except _BROKEN as error:
        reason = getattr(error, "strerror", "") or str(error) or type(error).__name__
        raise BadPicture(
            f"a video of {len(content):,} bytes came that is damaged or cut short ({reason}): "
            "retry the post"
        ) from error


def look(content: bytes) -> Footage:
    """Return what the video is: all of it read, its first and its last pictures decoded.

    Raises:
        BadPicture: damaged, cut short, endless, dangerously large, or without moving pictures.
    """
    _boxes.require_whole(content)
    with opened(content) as container:
        stream = picture_stream(container)
        passed = _pass_over(container, stream)
        first = _require_frames(container, stream, passed)
        seconds = max(passed.end, passed.sound_end) - passed.start
        _require_length(_boxes.said_seconds(content), seconds)
        turn = -first.rotation % 360
        width, height = _as_seen(stream, turn)
        sound = next(iter(sound_streams(container)), None)
        return Footage(
            width=width,
            height=height,
            seconds=round(seconds, 3),
            turn=turn,
            codec=stream.codec_context.name,
            pixel_format=stream.codec_context.pix_fmt or "",
            rate=passed.shown / max(passed.end - passed.start, 0.001),
            sound=sound.codec_context.name if sound else "",
            sound_rate=sound.codec_context.sample_rate if sound else 0,
            is_trimmed=passed.is_trimmed,
        )


def picture_stream(container: InputContainer) -> VideoStream:
    """Return the moving pictures of a file; a cover of an album is none.

    Raises:
        BadPicture: there are none, or they are too large to be opened.
    """
    moving = [
        stream
        for stream in container.streams.video
        if not stream.disposition & av.stream.Disposition.attached_pic
    ]
    if not moving:
        raise BadPicture("a video came without pictures, only sound or text: retry the post")
    stream = moving[0]
    if stream.codec_context is None:
        raise BadPicture("a video came in a coding that cannot be read here: make it H.264")
    width, height = stream.codec_context.width, stream.codec_context.height
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise BadPicture(
            f"a video of {width} × {height} pixels came, more than {MAX_PIXELS:,} in all are not "
            "opened: make it smaller"
        )
    stream.codec_context.options = dict(_OPTIONS)
    stream.codec_context.thread_count = 1
    return stream


def sound_streams(container: InputContainer) -> list[AudioStream]:
    """Return the first sound that can be decoded here, if there is any; others are left out."""
    # PyAV's types do not tell that a stream which it cannot decode has no codec context.
    return [one for one in container.streams.audio if getattr(one, "codec_context", None)][:1]


def _pass_over(container: InputContainer, stream: VideoStream) -> _Pass:
    """Read every packet of pictures and sound, and decode the first picture."""
    passed = _Pass()
    for packet in container.demux([stream, *sound_streams(container)]):
        if packet.is_corrupt:
            raise BadPicture(
                "a video came with a piece that is damaged or cut short: retry the post"
            )
        if packet.pts is None or packet.time_base is None:
            continue  # the empty ones at the end
        end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
        if packet.stream is not stream:
            passed.sound_end = max(passed.sound_end, end)
            continue
        if passed.first is None:
            passed.first = next(iter(stream.codec_context.decode(packet)), None)
        if packet.is_discard:
            passed.is_trimmed = True
            continue
        passed.first_stamp = min(passed.first_stamp, packet.pts) if passed.shown else packet.pts
        passed.last_stamp = max(passed.last_stamp, packet.pts) if passed.shown else packet.pts
        passed.shown += 1
        passed.end = max(passed.end, end)
        if packet.is_keyframe:
            passed.last_key = packet.pts
    if stream.time_base is not None:
        passed.start = float(passed.first_stamp * stream.time_base)
    return passed


def _require_frames(container: InputContainer, stream: VideoStream, passed: _Pass) -> VideoFrame:
    """Return the first picture, after decoding what follows the last key picture to the end."""
    if not passed.shown:
        raise BadPicture("a video came without a single picture: retry the post")
    container.seek(passed.last_key, stream=stream)
    size = stream.codec_context.width * stream.codec_context.height
    most = min(TAIL, max(1, TAIL_PIXELS // max(1, size)))
    seen, decoded = passed.last_key - 1, 0
    for frame in container.decode(stream):
        decoded += 1
        passed.first = passed.first or frame
        if frame.is_corrupt:
            raise BadPicture("a video came whose pictures are damaged: retry the post")
        seen = max(seen, frame.pts if frame.pts is not None else seen)
        if decoded == most:
            break
    if passed.first is None or (seen < passed.last_stamp and decoded < most):
        raise BadPicture("a video came whose last pictures are missing or damaged: retry the post")
    return passed.first


def _require_length(said: float, seconds: float) -> None:
    """Raise unless it lasts as long as it says, and not for ever."""
    if max(said, seconds) > MAX_SECONDS:
        raise BadPicture(
            f"a video of {max(said, seconds):,.0f} seconds came, more than {MAX_SECONDS:,.0f} are "
            "not read: make it shorter"
        )
    if said and abs(said - seconds) > max(0.5, SLACK * said):
        raise BadPicture(
            f"a video came that should last {said:.1f} seconds and lasts {seconds:.1f}, it is cut "
            "short or damaged: retry the post"
        )


def _as_seen(stream: VideoStream, turn: int) -> tuple[int, int]:
    """Return width and height on a screen: pixels made square, the picture turned upright."""
    width, height = stream.codec_context.width, stream.codec_context.height
    square = stream.sample_aspect_ratio or 1
    if 0 < square <= 10:
        width = max(1, round(width * square))
    return (height, width) if turn in {90, 270} else (width, height)
