"""Videos for the tests of imaging."""

import io
import math
import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, cast

import av
from PIL import Image

from tests.unit.pictures import paint

SIZE = (96, 64)


def film(
    seconds: float = 1.0,
    *,
    size: tuple[int, int] = SIZE,
    rate: float = 30,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    sound: str = "aac",
    sound_rate: int = 48_000,
    container: str = "mp4",
    turn: int = 0,
    front: bool = True,
    options: dict[str, str] | None = None,
    noise: bool = False,
) -> bytes:
    """Return a video whose four corners differ, and which grows lighter; the index in front."""
    file = io.BytesIO()
    pace = Fraction(rate).limit_denominator(1001)
    with av.open(file, "w", format=container) as out:
        pictures: Any = out.add_stream(codec, rate=pace, options=options or {})
        pictures.width, pictures.height, pictures.pix_fmt = *size, pixels
        pictures.codec_context.gop_size = 12
        if turn:
            pictures.set_display_rotation(turn)
        heard: Any = out.add_stream(sound, rate=sound_rate) if sound else None
        for number in range(round(seconds * pace)):
            frame = _frame(_painted(size, number, noise))
            frame.pts, frame.time_base = number, 1 / pace
            out.mux(pictures.encode(frame))
        if heard:
            for block in tone(seconds, sound_rate):
                out.mux(heard.encode(block))
            out.mux(heard.encode(None))
        out.mux(pictures.encode(None))
    return to_front(file.getvalue()) if front else file.getvalue()


def _frame(image: Image.Image) -> av.VideoFrame:
    frame: Any = av.VideoFrame
    return cast("av.VideoFrame", frame.from_image(image))  # PyAV has no types for it


def _painted(size: tuple[int, int], number: int, noise: bool) -> Image.Image:
    if noise:
        return Image.effect_noise(size, 90).convert("RGB")
    return Image.blend(paint(size), Image.new("RGB", size, "white"), number % 50 / 100)


def tone(seconds: float, rate: int = 48_000) -> list[Any]:
    """Return a note of 440 Hz in blocks of a tenth of a second, 16 bits, stereo."""
    blocks = []
    step = rate // 10
    for start in range(0, round(seconds * rate), step):
        block = av.AudioFrame(format="s16", layout="stereo", samples=step)
        waves = (round(9_000 * math.sin(n * 440 * 2 * math.pi / rate)) for n in range(step))
        block.planes[0].update(b"".join(struct.pack("<hh", wave, wave) for wave in waves))
        block.sample_rate, block.pts, block.time_base = rate, start, Fraction(1, rate)
        blocks.append(block)
    return blocks


def song(seconds: float, format: str = "wav", codec: str = "pcm_s16le") -> bytes:  # noqa: A002  PyAV's word
    """Return a note that lasts so long."""
    file = io.BytesIO()
    with av.open(file, "w", format=format) as out:
        heard: Any = out.add_stream(codec, rate=48_000)
        for block in tone(seconds):
            out.mux(heard.encode(block))
        out.mux(heard.encode(None))
    return file.getvalue()


def boxes(content: bytes) -> list[tuple[bytes, int, int]]:
    """Return kind, start and end of the outermost boxes."""
    found, at = [], 0
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        found.append((kind, at, at + size))
        at += size
    return found


def to_front(content: bytes) -> bytes:
    """Return the same MP4 with its index before its pictures."""
    parts = {kind: content[start:end] for kind, start, end in boxes(content)}
    moov = bytearray(parts.pop(b"moov"))
    at = -1
    while (at := moov.find(b"stco", at + 1)) > 0:
        for entry in range(struct.unpack_from(">I", moov, at + 8)[0]):
            place = at + 12 + 4 * entry
            offset = struct.unpack_from(">I", moov, place)[0]
            struct.pack_into(">I", moov, place, offset + len(moov))
    start = parts.pop(b"ftyp")
    return start + bytes(moov) + b"".join(parts.values())


def frames(content: bytes) -> list[Image.Image]:
    """Return every picture of a video, as a player that knows of turns would hold it."""
    with av.open(io.BytesIO(content), "r", format="mov") as container:
        decoded: Iterator[Any] = container.decode(video=0)  # PyAV has no types for to_image
        return [frame.to_image() for frame in decoded]


def sound_of(content: bytes) -> tuple[str, int, int, list[int]]:
    """Return codec, rate, channels and the loudest value of each block of sound."""
    with av.open(io.BytesIO(content), "r", format="mov") as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=stream.rate)
        loudest = []
        for block in container.decode(stream):
            for same in resampler.resample(block):
                values = memoryview(bytes(same.planes[0])).cast("h")
                loudest.append(max(map(abs, values)) if values else 0)
        name = stream.codec_context.name
        return name, stream.rate, stream.codec_context.channels, loudest


def fragments() -> bytes:
    """Return a second of video whose index is spread over the file."""
    file = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov"}
    with av.open(file, "w", format="mp4", container_options=options) as out:
        pictures: Any = out.add_stream("libx264", rate=30)
        pictures.width, pictures.height = SIZE
        pictures.codec_context.gop_size = 6
        for number in range(30):
            frame = _frame(_painted(SIZE, number, noise=False))
            frame.pts, frame.time_base = number, Fraction(1, 30)
            out.mux(pictures.encode(frame))
        out.mux(pictures.encode(None))
    return file.getvalue()
