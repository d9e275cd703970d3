"""A reel is made of a post's pictures."""

import itertools
import struct
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from promptpress.errors import InvalidPost
from promptpress.imaging import fit_video, inspect_video, make_reel, read_source
from promptpress.imaging._footage import look
from promptpress.ports import Picture, Video, VideoRules
from tests.unit.pictures import AI, paint, picture
from tests.unit.videos import boxes, frames

SIZE = (90, 160)
INSTAGRAM = VideoRules(max_bytes=300_000_000, min_seconds=3, max_seconds=900)
STORY = VideoRules(max_bytes=100_000_000, min_seconds=3, max_seconds=60)
TELEGRAM = VideoRules(max_bytes=50_000_000, min_seconds=0, max_seconds=3_600)


def plain(color: tuple[int, int, int], size: tuple[int, int] = SIZE) -> Picture:
    """Return a picture of one colour, but for a point in its middle."""
    image = Image.new("RGB", size, color)
    ImageDraw.Draw(image).point((size[0] // 2, size[1] // 2), "white")
    return picture(image)


RED, GREEN, BLUE = plain((200, 20, 20)), plain((20, 160, 40)), plain((20, 40, 200))


def reel(*pictures: Picture, **options: Any) -> Video:
    """Return a small reel: 24 pictures a second, 90 by 160 pixels."""
    return make_reel(pictures or (RED, GREEN, BLUE), **{"size": SIZE, "fps": 24, "seconds": 1.0,
                                                        **options})  # fmt: skip


def middle(image: Image.Image) -> tuple[int, int, int]:
    """Return the mean colour of the middle of a picture."""
    width, height = image.size
    part = image.crop((width // 4, height // 4, width * 3 // 4, height * 3 // 4))
    red, green, blue = ImageStat.Stat(part).mean
    return round(red), round(green), round(blue)


def is_near(one: tuple[int, ...], other: tuple[int, ...], tolerance: int = 8) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


def test_a_reel_is_what_services_take() -> None:
    """H.264 high and AAC at 48 kHz in an MP4, the index in front, no edit lists."""
    made = reel()

    found = look(made.content)
    assert (
        found.codec,
        found.pixel_format,
        found.sound,
        found.sound_rate,
    ) == ("h264", "yuv420p", "aac", 48_000)
    assert found.rate == pytest.approx(24, abs=0.1)
    assert (made.width, made.height) == SIZE
    assert made.seconds == pytest.approx(3.0, abs=0.04)
    assert made.content[made.content.index(b"avcC") + 5] == 100  # profile_idc: High
    assert [kind for kind, _, _ in boxes(made.content)] == [b"ftyp", b"moov", b"free", b"mdat"]
    assert b"elst" not in made.content
    assert made == inspect_video(made.content)


@pytest.mark.parametrize("rules", [INSTAGRAM, STORY, TELEGRAM])
def test_a_reel_goes_out_as_it_is(rules: VideoRules) -> None:
    """No channel has to code it anew."""
    made = reel()

    assert fit_video(made, rules) is made


def test_each_picture_has_its_time_and_its_colours() -> None:
    """One after the other, a second each, in the colours that it had."""
    shown = frames(reel().content)

    assert len(shown) == 72
    for at, color in ((0, (200, 20, 20)), (12, (200, 20, 20)), (36, (20, 160, 40)),
                      (60, (20, 40, 200)), (71, (20, 40, 200))):  # fmt: skip
        assert is_near(color, middle(shown[at]))


def test_one_picture_fades_into_the_next() -> None:
    """Half way between two pictures both are seen alike, and no step is a jump."""
    shown = frames(reel(RED, BLUE, seconds=1.5).content)

    reds = [middle(image)[0] for image in shown]
    assert is_near((110, 30, 110), middle(shown[36]), 14)
    assert max(reds[:30]) - min(reds[:30]) < 8
    steps = [a - b for a, b in itertools.pairwise(reds[29:43])]
    assert min(steps) >= -3
    assert max(steps) < 30


@pytest.mark.parametrize("seed", range(8))
def test_a_picture_moves_slowly_and_evenly(seed: int) -> None:
    """It moves all the time, and never far from one frame to the next, nor against its way."""
    image = Image.new("RGB", (180, 320), "white")
    ImageDraw.Draw(image).ellipse((30, 60, 60, 90), fill="black")
    shown = frames(reel(picture(image), size=(180, 320), seed=seed).content)

    places = [_centre(one) for one in shown[::8]]

    for axis in (0, 1):
        steps = [b[axis] - a[axis] for a, b in itertools.pairwise(places)]
        assert max(map(abs, steps)) < 3.0
        assert all(step > -0.15 for step in steps) or all(step < 0.15 for step in steps)
    assert sum(abs(a - b) for a, b in zip(places[0], places[-1], strict=True)) > 2


def _centre(image: Image.Image) -> tuple[float, float]:
    """Return where the dark pixels lie on the average."""
    dark = image.convert("L").point(lambda value: 255 if value < 128 else 0)
    found = [at for at, value in enumerate(dark.tobytes()) if value]
    width = image.width
    return sum(at % width for at in found) / len(found), sum(at // width for at in found) / len(
        found
    )


@pytest.mark.parametrize("size", [(160, 90), (120, 120), (30, 400), (768, 1344), (9, 16)])
def test_no_border_is_black(size: tuple[int, int]) -> None:
    """Whatever the ratio of a picture, the frame is filled to its edges with its colours."""
    shown = frames(reel(plain((210, 190, 60), size)).content)

    for image in shown[::24]:
        low = [band[0] for band in image.getextrema() if isinstance(band, tuple)]
        assert min(low[0], low[1]) > 100


def test_a_wide_picture_is_seen_whole_at_the_far_end_of_its_zoom() -> None:
    """Nothing but the zoom cuts text off: at one end all four corners are there."""
    first = frames(reel(picture(paint((160, 90)))).content)[0]

    assert first.size == SIZE
    for spot, color in (((3, 60), (220, 30, 30)), ((86, 60), (30, 160, 60)),
                        ((3, 100), (40, 60, 200)), ((86, 100), (255, 255, 255))):  # fmt: skip
        found = first.getpixel(spot)
        assert isinstance(found, tuple)
        assert is_near(color, found, 40)


def test_the_zoom_takes_less_than_a_tenth_away() -> None:
    """At the near end of the zoom at least 90 % of each side are seen."""
    image = Image.new("RGB", SIZE, "white")
    ImageDraw.Draw(image).rectangle((9, 16, 80, 143), outline="black", width=2)

    for seed in range(4):
        for shown in (0, 71):
            frame = frames(reel(picture(image), seed=seed).content)[shown]
            box = ImageChops.invert(frame.convert("L")).point(lambda v: v > 90 and 255).getbbox()
            assert box is not None
            assert box[2] - box[0] <= 72 * 1.1 + 3
            assert min(box[0], box[1], SIZE[0] - box[2], SIZE[1] - box[3]) >= 0


def test_the_seed_decides_the_way() -> None:
    """Another seed moves the pictures another way; the same seed gives the same bytes."""
    pictures = (picture(paint((120, 160))), GREEN)

    assert reel(*pictures, seed=3) == reel(*pictures, seed=3)
    assert len({reel(*pictures, seed=seed).sha256 for seed in range(4)}) == 4


@pytest.mark.parametrize(
    ("options", "seconds"),
    [({"seconds": 0.2}, 3.0), ({"seconds": 1.0}, 3.0), ({"seconds": 1.3}, 3.9)],
)
def test_a_reel_lasts_three_seconds_at_least(options: dict[str, Any], seconds: float) -> None:
    """Pictures are shown longer where the reel would be too short for Instagram."""
    made = reel(**options)

    assert made.seconds == pytest.approx(seconds, abs=0.05)
    assert made.seconds >= 3


def test_a_reel_of_many_pictures_shows_them_all() -> None:
    """Thirty pictures in three seconds: each is seen, though hardly."""
    many = [plain((8 * number, 255 - 8 * number, 128)) for number in range(30)]

    shown = frames(reel(*many, seconds=0.1).content)

    assert len(shown) == 72
    assert is_near((0, 255, 128), middle(shown[0]), 14)
    assert is_near((232, 23, 128), middle(shown[-1]), 14)


@pytest.mark.parametrize(
    ("pictures", "options", "message"),
    [
        ((), {}, "the post has none"),
        ((RED,) * 31, {"seconds": 3.0}, "fewer pictures"),
        ((RED,), {"seconds": 0.0}, "other times"),
        ((RED,), {"seconds": float("nan")}, "other times"),
        ((RED,), {"fps": 12}, "12 pictures per second"),
        ((RED,), {"fps": 90}, "90 pictures per second"),
        ((RED,), {"size": (91, 160)}, "91 × 160"),
        ((RED,), {"size": (0, 160)}, "0 × 160"),
        ((RED,), {"size": (4096, 4096)}, "4096 × 4096"),
    ],
)
def test_an_impossible_reel_is_said_so(
    pictures: tuple[Picture, ...], options: dict[str, Any], message: str
) -> None:
    """No pictures, too many, or what no service takes: one sentence, no work."""
    with pytest.raises(InvalidPost, match=message):
        make_reel(pictures, **options)


def test_a_reel_says_what_made_it() -> None:
    """The digital source type is there for machines, and for players as a comment."""
    made = reel(source=AI, description="three <colours>")

    assert read_source(made.content) == AI
    assert b"three &lt;colours&gt;" in made.content
    address = f"http://cv.iptc.org/newscodes/digitalsourcetype/{AI}".encode()
    assert made.content.count(address) == 2
    assert read_source(reel().content) == ""


@pytest.mark.parametrize("mode", ["RGBA", "L", "CMYK", "P"])
def test_every_kind_of_picture_can_be_shown(mode: str) -> None:
    """Transparency, palettes, grey and print colours all become a film."""
    before = picture(paint(SIZE, mode), "JPEG" if mode == "CMYK" else "PNG")

    assert len(frames(reel(before).content)) == 72


def test_a_picture_is_shown_upright() -> None:
    """The turn that Exif asks for is made."""
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = paint((160, 90))

    first = frames(reel(picture(lying, "JPEG", exif=exif.tobytes())).content)[0]

    found = first.getpixel((20, 30))
    assert isinstance(found, tuple)
    assert is_near((40, 60, 200), found, 30)  # the lower left corner comes to the top


@pytest.mark.prove
def test_a_real_reel_is_quick_and_small() -> None:
    """In full size a reel of three seconds stays far below what Telegram takes."""
    made = make_reel([picture(paint((1080, 1920)))], seconds=3.0, fps=24)

    assert (made.width, made.height) == (1080, 1920)
    assert made.seconds == pytest.approx(3.0, abs=0.04)
    assert len(made.content) < 4_000_000
    assert fit_video(made, INSTAGRAM) is made
    assert struct.unpack_from(">I", made.content)[0] < 64
