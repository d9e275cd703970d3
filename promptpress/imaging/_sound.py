"""The sound under a reel: somebody's file, cut or repeated to length, or silence.

Imported when a reel is made: it loads PyAV.
"""

import array
import io
from collections.abc import Iterator
from fractions import Fraction

import av
from av.audio.frame import AudioFrame

from promptpress.errors import InvalidPost
from promptpress.imaging._encode import SOUND_RATE

FADE = 1.0
"""Seconds over which the sound goes out at the end."""
LEAST = 0.1
"""Seconds that a sound lasts at the least: shorter ones would only buzz."""
BLOCK = 1_024
"""Moments in a block: as AAC packs them."""
_WIDTH = 4
"""Bytes of a moment: left and right, 16 bits each."""
_FORMATS = "mov,mp4,m4a,mp3,wav,ogg,flac,aac,matroska,webm,aiff"
"""What is opened. Not all that PyAV could: a playlist leads to other files."""
_BROKEN = (av.FFmpegError, ArithmeticError, MemoryError, ValueError)


def soundtrack(audio: bytes | None, seconds: float) -> Iterator[AudioFrame]:
    """Return sound that lasts so long, in blocks: 48 kHz, stereo; silence where there is no audio.

    Raises:
        InvalidPost: the audio cannot be read, or is no sound.
    """
    size = round(seconds * SOUND_RATE) * _WIDTH
    return _blocks(bytes(size) if audio is None else _fade_out(_fill(_decode(audio, size), size)))


def _blocks(samples: bytes) -> Iterator[AudioFrame]:
    for start in range(0, len(samples), BLOCK * _WIDTH):
        piece = samples[start : start + BLOCK * _WIDTH]
        frame = AudioFrame(format="s16", layout="stereo", samples=len(piece) // _WIDTH)
        frame.planes[0].update(piece)
        frame.sample_rate = SOUND_RATE
        frame.pts, frame.time_base = start // _WIDTH, Fraction(1, SOUND_RATE)
        yield frame


def _decode(audio: bytes, size: int) -> bytes:
    """Return the first bytes of the sound, 16 bits, stereo; no more of it is decoded."""
    samples = bytearray()
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=SOUND_RATE)
    options = {"format_whitelist": _FORMATS}
    try:
        with av.open(io.BytesIO(audio), "r", options=options, metadata_errors="replace") as file:
            for stream in file.streams.audio[:1]:
                for frame in file.decode(stream):
                    for piece in resampler.resample(frame):
                        samples += bytes(piece.planes[0])[: piece.samples * _WIDTH]
                    if len(samples) >= size:
                        break
    except _BROKEN as error:
        reason = getattr(error, "strerror", "") or str(error) or type(error).__name__
        raise InvalidPost(
            f"the sound of {len(audio):,} bytes cannot be read ({reason}): take an MP3, M4A or WAV"
        ) from error
    if len(samples) < LEAST * SOUND_RATE * _WIDTH:
        raise InvalidPost("there is no sound in the audio file: take another one")
    return bytes(samples)


def _fill(samples: bytes, size: int) -> bytes:
    """Return the sound cut or repeated to a number of bytes."""
    return (samples * -(-size // len(samples)))[:size]


def _fade_out(samples: bytes) -> bytes:
    """Return the sound, growing silent towards its end."""
    values = array.array("h", samples)
    last = min(len(values), round(FADE * SOUND_RATE) * 2)
    start = len(values) - last
    for at in range(last):
        values[start + at] = values[start + at] * (last - at) // last
    return values.tobytes()
