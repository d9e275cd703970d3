"""A video is made to fit what a channel takes."""

import struct
from typing import Any

import pytest
from PIL import Image

from promptpress.errors import BadPicture, InvalidPost
from promptpress.imaging import fit_video, inspect_video, mark_video, read_source
from promptpress.imaging._footage import look
from promptpress.imaging._video import even_rate
from promptpress.ports import Video, VideoRules
from tests.unit.pictures import AI
from tests.unit.videos import boxes, film, fragments, frames, sound_of

RULES = VideoRules(max_bytes=5_000_000, min_seconds=0.3, max_seconds=60)


def fit(rules: VideoRules = RULES, **options: Any) -> tuple[Video, Video]:
    """Return a film before and after."""
    before = inspect_video(film(**options))
    return before, fit_video(before, rules)


def corners(image: Image.Image) -> list[str]:
    """Return the colours of the corners: above left and right, below left and right."""
    names = {"red": (220, 30, 30), "green": (30, 160, 60), "blue": (40, 60, 200)}
    seen = []
    for y in (image.height // 4, image.height * 3 // 4):
        for x in (image.width // 4, image.width * 3 // 4):
            found: Any = image.getpixel((x, y))
            near = [
                name
                for name, color in names.items()
                if sum(abs(a - b) for a, b in zip(color, found, strict=True)) < 40
            ]
            seen.append(near[0] if near else "white")
    return seen


@pytest.mark.parametrize(
    "options",
    [{}, {"turn": 90}, {"sound": ""}, {"rate": 23.976}, {"rate": 60}, {"codec": "libx265"},
     {"sound_rate": 44_100}],
    ids=["usual", "turned", "silent", "cinema", "fast", "HEVC", "44.1 kHz"],
)  # fmt: skip
def test_a_video_that_fits_keeps_its_bytes(options: dict[str, Any]) -> None:
    """H.264 or HEVC with AAC, in limits: not a byte is touched."""
    if options.get("codec") == "libx265":
        options = {**options, "options": {"x265-params": "log-level=none"}}

    before, after = fit(seconds=0.5, **options)

    assert before is after


@pytest.mark.parametrize("turn", [0, 90])
@pytest.mark.parametrize(
    "options",
    [{"container": "mov", "front": False}, {"front": False}],
    ids=["MOV", "index at the end"],
)
def test_what_only_lies_wrongly_is_packed_anew(options: dict[str, Any], turn: int) -> None:
    """Every picture stays as it was, with its turn; the index comes to the front."""
    before, after = fit(turn=turn, **options)

    assert frames(before.content) == frames(after.content)
    assert [kind for kind, _, _ in boxes(after.content)][:2] == [b"ftyp", b"moov"]
    assert after.content[8:12] != b"qt  "
    assert (before.width, before.height) == (after.width, after.height)
    assert look(before.content).turn == look(after.content).turn


def test_more_bits_than_services_take_are_fewer_afterwards() -> None:
    """More than 25 Mbit a second is coded anew, in the same size."""
    before, after = fit(
        VideoRules(max_bytes=50_000_000, min_seconds=0.1, max_seconds=60),
        seconds=0.2, size=(480, 360), noise=True, options={"qp": "1"},
    )  # fmt: skip

    assert len(before.content) * 8 > 25_000_000 * before.seconds
    assert len(after.content) * 8 < 25_000_000 * after.seconds
    assert (after.width, after.height) == (480, 360)


def test_what_an_edit_list_hides_stays_hidden() -> None:
    """A beginning that somebody cut off on a telephone does not come back."""
    content = film(1.0, sound="", container="mov", front=False)
    at = content.index(b"elst") + 4 + 8
    cut = content[:at] + struct.pack(">II", 600, 1024 + 512 * 8) + content[at + 8 :]
    before = inspect_video(cut)

    after = fit_video(before, RULES)

    assert before.seconds < 0.8
    assert after.seconds == pytest.approx(before.seconds, abs=0.05)
    assert b"elst" not in after.content


def test_fragments_become_one_piece() -> None:
    """An index that is spread over the file is gathered."""
    after = fit_video(inspect_video(fragments()), RULES)

    assert [kind for kind, _, _ in boxes(after.content)] == [b"ftyp", b"moov", b"free", b"mdat"]
    assert len(frames(after.content)) == 30


@pytest.mark.parametrize(
    "options",
    [
        {"codec": "mpeg4"},
        {"codec": "libvpx-vp9"},
        {"codec": "prores_ks", "pixels": "yuv422p10le", "container": "mov", "sound": "pcm_s16le",
         "front": False},
        {"pixels": "yuv444p"},
        {"rate": 12},
        {"rate": 120},
        {"sound": "mp3"},
        {"sound": "aac", "sound_rate": 96_000},
        {"size": (97, 63), "pixels": "yuv444p"},
        {"size": (2048, 64)},
    ],
    ids=["MPEG-4", "VP9", "ProRes", "4:4:4", "slow", "fast", "MP3", "96 kHz", "odd", "wide"],
)  # fmt: skip
def test_everything_else_is_coded_anew(options: dict[str, Any]) -> None:
    """What services refuse comes out as H.264 and AAC within the limits, and lasts as long."""
    before, after = fit(seconds=0.5, **options)

    found = look(after.content)
    assert (found.codec, found.pixel_format, found.sound) == ("h264", "yuv420p", "aac")
    assert 23 <= found.rate <= 60.1
    assert found.sound_rate <= 48_000
    assert found.width <= 1920
    assert found.width % 2 == found.height % 2 == 0
    assert abs(before.seconds - after.seconds) < 0.06
    assert [kind for kind, _, _ in boxes(after.content)][:2] == [b"ftyp", b"moov"]
    assert b"elst" not in after.content
    assert corners(frames(after.content)[0]) == ["red", "green", "blue", "white"]
    assert after == inspect_video(after.content)


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (0, ["red", "green", "blue", "white"]),
        (90, ["green", "white", "red", "blue"]),
        (180, ["white", "blue", "green", "red"]),
        (270, ["blue", "red", "white", "green"]),
    ],
)
def test_a_video_comes_out_upright(turn: int, expected: list[str]) -> None:
    """The turn that a player should make is made; PyAV counts it against the clock."""
    _, after = fit(seconds=0.4, turn=turn, codec="mpeg4")

    assert expected == corners(frames(after.content)[0])
    assert look(after.content).turn == 0


def test_colours_are_kept() -> None:
    """The full range of a camera's JPEGs becomes the narrow one of video, to the eye the same."""
    before, after = fit(codec="mjpeg", pixels="yuvj420p", container="mov", front=False)

    assert corners(frames(after.content)[0]) == corners(frames(before.content)[0])
    assert look(after.content).pixel_format == "yuv420p"


def test_sound_is_kept() -> None:
    """A note in MP3 is the same note, as loud, in AAC: stereo at 48 kHz."""
    _, after = fit(sound="mp3")

    codec, rate, channels, loudest = sound_of(after.content)
    assert (codec, rate, channels) == ("aac", 48_000, 2)
    assert 8_000 < max(loudest) < 10_500


def test_bytes_are_brought_under_the_limit() -> None:
    """Quality gives way first, then size, until the bytes fit."""
    rules = VideoRules(max_bytes=40_000, min_seconds=0.3, max_seconds=60)
    before, after = fit(rules, seconds=0.6, size=(320, 240), noise=True)

    assert len(before.content) > 300_000
    assert len(after.content) <= 40_000
    assert after.seconds == pytest.approx(0.6, abs=0.05)


def test_a_limit_that_nothing_keeps_is_said_so() -> None:
    """A channel that takes next to no bytes gets a clear error, not an endless search."""
    with pytest.raises(InvalidPost, match="make it shorter"):
        fit(VideoRules(max_bytes=2_000, min_seconds=0.3, max_seconds=60), noise=True)


@pytest.mark.parametrize(
    ("seconds", "rules"),
    [
        (0.5, VideoRules(max_bytes=10**6, min_seconds=3, max_seconds=900)),
        (1.0, VideoRules(max_bytes=10**6, min_seconds=0, max_seconds=0.9)),
    ],
    ids=["short", "long"],
)
def test_length_is_the_users_to_change(seconds: float, rules: VideoRules) -> None:
    """Too long and too short are said, with what the channel takes; nothing is cut."""
    said = f"lasts {seconds} seconds and the channel takes {rules.min_seconds:g} to"
    with pytest.raises(InvalidPost, match=said):
        fit(rules, seconds=seconds)


@pytest.mark.parametrize("size", [0.04, -0.04])
def test_a_packet_of_sound_more_or_less_is_no_matter(size: float) -> None:
    """Three seconds are three seconds, even where the sound ends a little later."""
    before = inspect_video(film(0.5))
    exact = before.seconds + size

    assert fit_video(before, VideoRules(max_bytes=10**6, min_seconds=exact, max_seconds=exact)) is (
        before
    )


def test_damage_in_the_middle_is_found_when_it_is_coded_anew() -> None:
    """What `inspect_video` did not decode is not passed on broken."""
    content = film(2.0, codec="mpeg4", sound="", noise=True, options={"g": "12"})
    _, begin, end = next(box for box in boxes(content) if box[0] == b"mdat")
    at = (begin + end) // 2
    broken = content[:at] + b"\xff" * 9_000 + content[at + 9_000 :]

    with pytest.raises(BadPicture):
        fit_video(inspect_video(broken), RULES)


def test_the_same_video_gives_the_same_bytes() -> None:
    """Coding anew holds no clock and no chance, nor what lies in memory from before."""
    before = inspect_video(film(0.5, codec="libvpx-vp9", sound=""))
    made = set()
    for number in range(8):
        del [bytes([number]) * size for size in range(0, 200_000, 7_001)][:]
        made.add(fit_video(before, RULES, source=AI).sha256)

    assert len(made) == 1


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (30, 30), (23, 23), (60, 60), (25.0001, 25), (15, 30), (12, 24), (10, 30), (1, 23),
        (0.001, 23), (120, 60), (100, 50), (240, 60), (1_000_000, 60), (29.97, 29.97),
    ],
)  # fmt: skip
def test_pictures_are_shown_equally_long(rate: float, expected: float) -> None:
    """A rate out of limits is multiplied or divided, so that nothing stutters."""
    assert expected == pytest.approx(float(even_rate(rate)), abs=0.02)


@pytest.mark.parametrize("options", [{}, {"codec": "mpeg4"}, {"front": False}])
def test_a_mark_is_written_and_read(options: dict[str, Any]) -> None:
    """The digital source type and the description lie in an XMP box; every picture stays."""
    before = inspect_video(film(0.4, **options))

    after = fit_video(before, RULES, source=AI, description="a <b> & 'c'")

    assert read_source(after.content) == AI
    assert b"a &lt;b&gt; &amp; 'c'" in after.content
    assert frames(after.content)
    assert read_source(before.content) == ""


def test_a_mark_costs_no_picture() -> None:
    """A video that fits gets its mark behind all else; nothing before it moves."""
    before, _ = fit(seconds=0.4)

    after = fit_video(before, RULES, source=AI)

    assert after.content.startswith(before.content)
    assert fit_video(after, RULES, source=AI) is after


@pytest.mark.parametrize("last", [True, False], ids=["at the end", "in the middle"])
def test_a_second_mark_takes_the_place_of_the_first(last: bool) -> None:
    """However often a video is marked, it has one XMP packet: the latest."""
    once = mark_video(film(0.3), source=AI, description="one")
    once += b"" if last else b"\0\0\0\x08free"

    twice = mark_video(once, source="algorithmicMedia", description="two")

    assert read_source(twice) == "algorithmicMedia"
    found = [twice[end - 5 : end] for kind, _, end in boxes(twice) if kind == b"uuid"]
    assert len(found) == 1
    assert inspect_video(twice).seconds == pytest.approx(0.3, abs=0.05)


def test_a_mark_fits_behind_an_open_end() -> None:
    """A last box without a length gets one: else the mark would lie inside of it."""
    content = film(0.3)
    kind, begin, _ = boxes(content)[-1]
    assert kind == b"mdat"
    open_ended = content[:begin] + bytes(4) + content[begin + 4 :]

    marked = mark_video(open_ended, source=AI)

    assert read_source(marked) == AI
    assert inspect_video(marked).seconds == inspect_video(content).seconds
