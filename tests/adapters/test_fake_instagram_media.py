"""The stand-in of Instagram: what it takes as picture or video, and what not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from PIL import Image

from tests.fakes.instagram import ACCOUNT, Album, Instagram
from tests.fakes.instagram.samples import call, clip, refused, still
from tests.fakes.server import Answer


@pytest.fixture(scope="module")
def album() -> Iterator[Album]:
    with Album() as running:
        yield running


@pytest.fixture
def instagram() -> Iterator[Instagram]:
    with Instagram(polls=0) as running:
        yield running


def create(instagram: Instagram, **fields: Any) -> dict[str, Any]:
    return call(instagram, "POST", f"/v25.0/{ACCOUNT}/media", **fields)


HUGE = still() + bytes(8 * 1024 * 1024)
PICTURES = [
    ("a PNG", still(kind="PNG"), refused(36001, 2207005)),
    ("a WebP", still(kind="WEBP"), refused(36001, 2207005)),
    (
        "an MPO, which calls itself a JPEG",
        still(kind="MPO", save_all=True, append_images=[Image.new("RGB", (9, 9))]),
        refused(36001, 2207005),
    ),
    ("over 8 MiB", HUGE, refused(36000, 2207004)),
    ("9:16", still(90, 160), refused(36003, 2207009)),
    ("just under 4:5", still(799, 1000), refused(36003, 2207009)),
    ("just over 1.91:1", still(192, 100), refused(36003, 2207009)),
    ("half a JPEG", still(500, 500)[:1000], refused(9004, 2207052)),
    ("noise", b"\x00\x01noise", refused(9004, 2207052)),
    ("nothing", b"", refused(9004, 2207052)),
]


@pytest.mark.parametrize(("what", "content", "answer"), PICTURES, ids=[p[0] for p in PICTURES])
def test_a_picture_is_looked_at(
    instagram: Instagram, album: Album, what: str, content: bytes, answer: dict[str, Any]
) -> None:
    """Format, size and ratio are those of the bytes that are fetched."""
    assert create(instagram, image_url=album.put(content)) == answer


@pytest.mark.parametrize("size", [(800, 1000), (191, 100), (1080, 1080), (2, 2)])
def test_the_ends_of_the_ratio_are_taken(
    instagram: Instagram, album: Album, size: tuple[int, int]
) -> None:
    """From 4:5 to 1.91:1, both included."""
    assert create(instagram, image_url=album.put(still(*size)))["id"]


def test_a_story_may_be_tall(instagram: Instagram, album: Album) -> None:
    """9:16 is what a story looks best in."""
    link = album.put(still(90, 160))

    assert create(instagram, image_url=link, media_type="STORIES")["id"]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("gone", None),
        ("page", Answer(200, b"<html>log in</html>", {"Content-Type": "text/html"})),
        ("walled", Answer(403, b"no robots")),
        ("to-page", Answer(302, b"", {"Location": "page"})),
        ("away", Answer(302, b"", {"Location": "http://example.com/x.jpg"})),
        ("f%C3%BCchse/ü", Answer(200, still())),
    ],
    ids=["404", "a page", "403", "redirect to a page", "redirect off loopback", "umlaut"],
)
def test_what_cannot_be_fetched_is_no_media(
    instagram: Instagram, album: Album, path: str, answer: Answer | None
) -> None:
    """The code is 9004/2207052."""
    album.put(b"<html>", "text/html", "page")
    if answer is not None:
        album.answers[f"/{path}"] = answer

    assert create(instagram, image_url=f"{album.url}/{path}") == refused(9004, 2207052)


def test_a_redirect_to_a_picture_is_followed(instagram: Instagram, album: Album) -> None:
    """Only what lies at its end counts."""
    album.put(still(), name="fox")
    album.answers["/old"] = Answer(301, b"", {"Location": "/fox"})

    assert create(instagram, image_url=f"{album.url}/old")["id"]


def test_the_look_may_come_later(instagram: Instagram, album: Album) -> None:
    """Then a mistake shows in the status of a container that was made."""
    instagram.desk.late = ("image", "video")

    made = create(instagram, image_url=album.put(still(kind="PNG")))["id"]

    status = call(instagram, "GET", f"/{made}", fields="status_code,status")
    assert status["status_code"] == "ERROR"
    assert "2207005" in status["status"]


CLIPS: list[tuple[str, Callable[[], bytes], dict[str, str], str]] = [
    ("a reel of 4 s", clip, {"media_type": "REELS"}, "FINISHED"),
    ("a story of 4 s", clip, {"media_type": "STORIES"}, "FINISHED"),
    ("a child", clip, {"media_type": "VIDEO", "is_carousel_item": "true"}, "FINISHED"),
    ("a reel of 2 s", lambda: clip(seconds=2), {"media_type": "REELS"}, "ERROR"),
    ("a story of 61 s", lambda: clip(seconds=61, rate=23), {"media_type": "STORIES"}, "ERROR"),
    ("a reel of 61 s", lambda: clip(seconds=61, rate=23), {"media_type": "REELS"}, "FINISHED"),
    ("10 frames a second", lambda: clip(rate=10), {"media_type": "REELS"}, "ERROR"),
    ("MPEG-4 part 2", lambda: clip(codec="mpeg4"), {"media_type": "REELS"}, "ERROR"),
    ("an AVI", lambda: clip(codec="mpeg4", form="avi"), {"media_type": "REELS"}, "ERROR"),
    ("half a video", lambda: clip()[:500], {"media_type": "REELS"}, "ERROR"),
    ("a picture", still, {"media_type": "REELS"}, "ERROR"),
]


@pytest.mark.parametrize(("what", "content", "fields", "end"), CLIPS, ids=[c[0] for c in CLIPS])
def test_a_video_is_looked_at(
    instagram: Instagram,
    album: Album,
    what: str,
    content: Callable[[], bytes],
    fields: dict[str, str],
    end: str,
) -> None:
    """Container, codec, rate and length are those of the bytes that are fetched."""
    made = create(instagram, video_url=album.put(content(), "video/mp4"), **fields)["id"]

    status = call(instagram, "GET", f"/{made}", fields="status_code,status")
    assert status["status_code"] == end
    assert ("2207026" in status["status"]) == (end == "ERROR")


def test_a_video_may_be_refused_at_once(instagram: Instagram, album: Album) -> None:
    """Then the code is 352/2207026."""
    instagram.desk.late = ()

    answer = create(instagram, media_type="REELS", video_url=album.put(still(), "video/mp4"))

    assert answer == refused(352, 2207026)


def test_a_video_is_uploaded_in_pieces(instagram: Instagram) -> None:
    """A resumable container waits for its bytes; a piece in the wrong place is refused."""
    made = create(instagram, media_type="REELS", upload_type="resumable", caption="A fox runs")
    content = clip()
    waiting = call(instagram, "GET", f"/{made['id']}", fields="status_code")
    headers = {"Authorization": f"OAuth {instagram.token}", "file_size": str(len(content))}

    def send(offset: int, piece: bytes) -> dict[str, Any]:
        sent = {**headers, "offset": str(offset)}
        return dict(requests.post(made["uri"], piece, headers=sent, timeout=60).json())

    first, wrong, last = send(0, content[:500]), send(0, content), send(500, content[500:])

    assert waiting["status_code"] == "IN_PROGRESS"
    assert first["debug_info"]["type"] == "PartialRequestError"
    assert wrong["debug_info"]["type"] == "OffsetInvalidError"
    assert last == {"success": True, "message": "Upload successful."}
    call(instagram, "POST", f"/{ACCOUNT}/media_publish", creation_id=made["id"])
    assert [(post.kind, post.is_video) for post in instagram.posts] == [("reel", True)]
    assert instagram.journal.accepted("upload") == ["A fox runs"]
