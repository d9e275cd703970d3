"""What is a video and what is refused."""

import hashlib
import struct
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptpress.errors import BadPicture
from promptpress.imaging import inspect_video
from promptpress.ports import Video
from tests.architecture.tree import ROOT
from tests.unit.pictures import encode, paint
from tests.unit.videos import boxes, film, fragments, song


@pytest.fixture(scope="module")
def content() -> bytes:
    return film(1.0)


def test_inspect_says_what_the_bytes_are(content: bytes) -> None:
    """Size, length and hash come from the bytes."""
    found = inspect_video(content)

    digest = hashlib.sha256(content).hexdigest()
    assert Video(content=content, width=96, height=64, seconds=1.0, sha256=digest) == found


@pytest.mark.parametrize(
    ("turn", "expected"), [(0, (96, 64)), (90, (64, 96)), (180, (96, 64)), (270, (64, 96))]
)
def test_sides_are_those_that_are_seen(turn: int, expected: tuple[int, int]) -> None:
    """A telephone held upright films lying and notes the turn: width and height change places."""
    found = inspect_video(film(0.2, turn=turn))

    assert expected == (found.width, found.height)


@pytest.mark.parametrize(
    ("codec", "pixels", "sound", "container"),
    [
        ("libx264", "yuv420p", "aac", "mov"),
        ("libx264", "yuv420p", "", "mp4"),
        ("libx265", "yuv420p", "aac", "mp4"),
        ("mpeg4", "yuv420p", "mp3", "mp4"),
        ("mjpeg", "yuvj420p", "pcm_s16le", "mov"),
        ("prores_ks", "yuv422p10le", "pcm_s16le", "mov"),
        ("libvpx-vp9", "yuv420p", "aac", "mp4"),
    ],
)
def test_every_usual_coding_is_read(codec: str, pixels: str, sound: str, container: str) -> None:
    """What cameras, editors and services write is a video, whatever lies inside."""
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    made = film(
        0.4, codec=codec, pixels=pixels, sound=sound, container=container, options=options,
        front=False,
    )  # fmt: skip

    found = inspect_video(made)

    assert (found.width, found.height) == (96, 64)
    assert abs(found.seconds - 0.4) < 0.05


def test_fragments_are_read() -> None:
    """An index that is spread over the file, as recorders write it, is one."""
    assert inspect_video(fragments()).seconds == 1.0


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "nothing"),
        (b"<!DOCTYPE html><html><body>502</body></html>", "an HTML page"),
        (b'{"error": "overloaded"}', "JSON"),
        (b"\x1a\x45\xdf\xa3matroska webm\x00\x01", "no known format"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (encode(paint(), "AVIF"), "a picture"),
        (encode(paint(), "JPEG"), "a picture"),
        (encode(paint(), "GIF"), "a picture"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "plain text"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "plain text"),
    ],
    ids=["nothing", "page", "JSON", "WebM", "HEIC", "AVIF", "JPEG", "GIF", "HLS", "concat"],
)
def test_what_is_no_video_is_refused_by_name(content: bytes, what: str) -> None:
    """The message says what came in place of a video; no list of other files is followed."""
    with pytest.raises(BadPicture, match=what):
        inspect_video(content)


def test_sound_alone_is_no_video() -> None:
    """An audio book in an MP4 has no pictures."""
    with pytest.raises(BadPicture, match="only sound"):
        inspect_video(song(0.5, "mp4", "aac"))


@pytest.mark.parametrize("front", [True, False], ids=["index in front", "index at the end"])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9, 0.99, 0.999])
def test_a_video_cut_short_is_refused(front: bool, share: float) -> None:
    """A download that broke off is never taken for a video, however much of it came."""
    whole = film(0.6, front=front)

    with pytest.raises(BadPicture, match=r"cut short|index"):
        inspect_video(whole[: int(len(whole) * share)])


def _overwrite(content: bytes, start: float, length: int) -> bytes:
    """Put zeros over a part of the pictures."""
    _, begin, end = next(box for box in boxes(content) if box[0] == b"mdat")
    at = begin + 8 + int((end - begin - 8) * start)
    return content[:at] + bytes(length) + content[at + length :]


@pytest.mark.parametrize("start", [0.0, 0.8])
def test_damaged_pictures_are_refused(start: float) -> None:
    """Zeros where the first or the last pictures should be are noticed."""
    with pytest.raises(BadPicture):
        inspect_video(_overwrite(film(1.0, noise=True, sound=""), start, 3_000))


def _patch(box: bytes, at: int, value: int) -> Callable[[bytes], bytes]:
    """Return what writes four bytes into the first box of a kind, counted from behind its name."""

    def patched(content: bytes) -> bytes:
        place = content.index(box) + 4 + at
        return content[:place] + struct.pack(">I", value) + content[place + 4 :]

    return patched


@pytest.mark.parametrize(
    ("lie", "message"),
    [
        (_patch(b"stsz", 8, 2**32 - 1), "claims more"),
        (_patch(b"stts", 8, 2**32 - 1), "claims more"),
        (_patch(b"ctts", 8, 2**31), "claims more"),
        (_patch(b"stts", 12, 2**30), "seconds"),
        (_patch(b"stts", 12, 60_000), "should last|seconds|lasts"),
        (_patch(b"mdhd", 12, 1), "seconds"),
        (lambda content: content.replace(b"mvhd", b"cmov"), "claims more"),
        (lambda content: content.replace(b"moov", b"free"), "index"),
        (lambda content: content.replace(b"avc1", b"wxyz"), "cannot be read here|damaged"),
    ],
    ids=["samples", "times", "offsets", "hour-long pictures", "long pictures", "slow clock",
         "packed index", "no index", "unknown coding"],
)  # fmt: skip
def test_an_index_that_lies_is_refused(
    content: bytes, lie: Callable[[bytes], bytes], message: str
) -> None:
    """What claims endless samples or times is refused before it fills memory or time."""
    with pytest.raises(BadPicture, match=message):
        inspect_video(lie(content))


def test_fragments_that_lie_are_refused() -> None:
    """A fragment may claim four thousand million samples without a byte for any of them."""
    with pytest.raises(BadPicture, match="claims more"):
        inspect_video(_patch(b"trun", 4, 2**32 - 1)(fragments()))


def test_a_video_that_says_it_lasts_longer_is_refused(content: bytes) -> None:
    """A declared length of a minute over a second of pictures is noticed."""
    with pytest.raises(BadPicture, match=r"should last 60\.0 seconds and lasts 1"):
        inspect_video(_patch(b"mvhd", 16, 60_000)(content))


def test_huge_pictures_are_refused() -> None:
    """A picture of more than 8,192 pixels a side is not decoded."""
    with pytest.raises(BadPicture, match="8208 × 16"):
        inspect_video(film(0.1, size=(8208, 16), sound=""))


def test_a_picture_that_claims_to_be_huge_is_refused(content: bytes) -> None:
    """A size that only the index claims is not believed: what the pictures say counts."""
    place = content.index(b"avc1") + 4 + 24
    lie = content[:place] + struct.pack(">HH", 65_535, 65_535) + content[place + 4 :]

    try:
        found = inspect_video(lie)
    except BadPicture:
        return
    assert (found.width, found.height) == (96, 64)


def test_boxes_within_boxes_end() -> None:
    """Boxes nested a hundred thousand deep neither stop the program nor pass."""
    nest = b"".join(struct.pack(">I", 8 * (100_000 - n)) + b"moov" for n in range(100_000))
    with pytest.raises(BadPicture):
        inspect_video(b"\0\0\0\x10ftypisom\0\0\0\0" + nest)


def test_endless_small_boxes_are_refused() -> None:
    """A million empty boxes are not counted to their end."""
    with pytest.raises(BadPicture, match="too many pieces"):
        inspect_video(b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08free" * 300_000)


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_our_errors(content: bytes) -> None:
    """Whatever comes, it is refused in a sentence."""
    for start in (b"", b"\0\0\0\x10ftypisom\0\0\0\0", b"\0\0\0\x08moov\0\0\0\x08mdat"):
        with pytest.raises(BadPicture):
            inspect_video(start + content)


SMALL = film(0.2)


@settings(deadline=None)
@given(st.data())
def test_a_damaged_video_raises_nothing_but_our_errors(data: st.DataObject) -> None:
    """Any four bytes may be wrong: the video passes or is refused, and nothing else happens."""
    damaged = bytearray(SMALL)
    at = data.draw(st.integers(0, len(damaged) - 4))
    damaged[at : at + 4] = data.draw(st.binary(min_size=4, max_size=4))

    try:
        found = inspect_video(bytes(damaged))
    except BadPicture:
        return
    assert bytes(damaged) == found.content


def test_pictures_alone_do_not_load_pyav() -> None:
    """Who posts no videos does not pay for their decoders."""
    program = "import sys, promptpress.imaging; print('av' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program], check=True, cwd=ROOT, capture_output=True, text=True
    )

    assert done.stdout == "False\n"
