"""A reel has sound: a file, cut or repeated to length, or silence."""

import io
import wave
from pathlib import Path
from typing import Any

import pytest

from promptpress.errors import InvalidPost
from promptpress.imaging import make_reel
from promptpress.ports import Video
from tests.unit.pictures import paint, picture
from tests.unit.videos import film, song, sound_of

PAINTED = picture(paint((48, 80)))


def reel(**options: Any) -> Video:
    """Return a reel of three seconds that is hardly to be seen."""
    return make_reel([PAINTED], size=(48, 80), fps=24, seconds=3.0, **options)


def short_wav() -> bytes:
    """Return a hundredth of a second of sound."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(48_000)
        out.writeframes(bytes(960))
    return file.getvalue()


def test_a_reel_without_sound_has_silence() -> None:
    """Telegram would take a video without a track of sound for an animation."""
    codec, rate, channels, loudest = sound_of(reel().content)

    assert (codec, rate, channels) == ("aac", 48_000, 2)
    assert max(loudest) == 0
    assert len(loudest) * 1024 / 48_000 == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize(
    ("format_", "codec"),
    [("wav", "pcm_s16le"), ("mp3", "libmp3lame"), ("mp4", "aac"), ("ogg", "libopus"),
     ("flac", "flac"), ("matroska", "libopus")],
)  # fmt: skip
@pytest.mark.parametrize("seconds", [0.7, 5.0], ids=["repeated", "cut"])
def test_sound_is_brought_to_length(format_: str, codec: str, seconds: float) -> None:
    """A file that is shorter is repeated, a longer one cut; at the end it goes out softly."""
    made = reel(audio=song(seconds, format_, codec))

    codec, rate, channels, loudest = sound_of(made.content)
    assert (codec, rate, channels) == ("aac", 48_000, 2)
    assert len(loudest) * 1024 / 48_000 == pytest.approx(3.0, abs=0.1)
    assert min(loudest[4:90]) > 3_000
    assert 8_000 < max(loudest) < 12_000
    assert max(loudest[-3:]) < 900
    assert made.seconds == pytest.approx(3.0, abs=0.04)


def test_the_sound_of_a_film_is_sound() -> None:
    """A video may be given for its sound."""
    assert max(sound_of(reel(audio=film(0.5)).content)[3]) > 8_000


def test_no_other_file_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that names a sound beside it is no sound: its author could name any file of ours."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "song.wav").write_bytes(song(1.0))

    with pytest.raises(InvalidPost, match="cannot be read"):
        reel(audio=b"ffconcat version 1.0\nfile song.wav\n")


@pytest.mark.parametrize(
    ("audio", "message"),
    [
        (b"", "cannot be read"),
        (b"<html>502</html>", "cannot be read"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/hostname\n", "cannot be read"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", "cannot be read"),
        (song(1.0, "mp3", "libmp3lame")[:300], "cannot be read|no sound"),
        (short_wav(), "no sound"),
        (film(0.3, sound=""), "no sound"),
    ],
    ids=["nothing", "page", "HLS", "concat", "cut short", "too short", "silent film"],
)
def test_what_is_no_sound_is_said_so(audio: bytes, message: str) -> None:
    """The post is set aside with a sentence; no list of other files is followed."""
    with pytest.raises(InvalidPost, match=message):
        reel(audio=audio)
