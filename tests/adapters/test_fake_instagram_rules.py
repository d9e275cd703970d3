"""The stand-in of Instagram: what it takes as words, and what not."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.fakes.instagram import ACCOUNT, Album, Instagram
from tests.fakes.instagram.samples import call, refused, still


@pytest.fixture(scope="module")
def album() -> Iterator[Album]:
    with Album() as running:
        yield running


@pytest.fixture(scope="module")
def instagram() -> Iterator[Instagram]:
    with Instagram(polls=0) as running:
        yield running


def create(instagram: Instagram, **fields: Any) -> dict[str, Any]:
    return call(instagram, "POST", f"/v25.0/{ACCOUNT}/media", **fields)


TAG = '[{"username": "u", "x": 0.5, "y": 0.5}]'
CHILD = {"is_carousel_item": "true"}
REQUESTS: list[tuple[str, dict[str, str], dict[str, Any] | None]] = [
    ("2200 characters", {"caption": "ü" * 2200}, None),
    ("2201 characters", {"caption": "x" * 2201}, refused(36004, 2207010)),
    ("30 hashtags", {"caption": "#a " * 30}, None),
    ("31 hashtags", {"caption": "#a " * 31}, refused(36004, 2207010)),
    ("20 mentions", {"caption": "@a " * 20}, None),
    ("21 mentions", {"caption": "@a " * 21}, refused(100, 2207040)),
    ("a mail address", {"caption": "mail@example.com " * 21}, None),
    ("alt text of 1000", {"alt_text": "x" * 1000}, None),
    ("alt text of 1001", {"alt_text": "x" * 1001}, refused(100)),
    ("alt text of a story", {"alt_text": "x", "media_type": "STORIES"}, refused(100)),
    ("caption of a child", {"caption": "x", **CHILD}, refused(100)),
    ("label of a child", {"is_ai_generated": "true", **CHILD}, refused(100)),
    ("no label of a child", {"is_ai_generated": "false", **CHILD}, None),
    ("place of a child", {"location_id": "1", **CHILD}, refused(100)),
    ("alt text of a child", {"alt_text": "x", **CHILD}, None),
    ("tags of a child", {"user_tags": TAG, **CHILD}, None),
    ("a place in words", {"location_id": "Berlin"}, refused(100)),
    ("a tag without a place", {"user_tags": '[{"username": "u"}]'}, refused(100)),
    ("tags that are no JSON", {"user_tags": "[u"}, refused(100)),
    ("an unknown type", {"media_type": "PHOTO"}, refused(100, 2207023)),
    ("a video alone", {"media_type": "VIDEO"}, refused(100, 2207023)),
    ("a reel without a video", {"media_type": "REELS"}, refused(100)),
    ("a reel as a child", {"media_type": "REELS", **CHILD}, refused(100, 2207023)),
    ("both a picture and a video", {"video_url": "http://127.0.0.1/"}, refused(100, 2207023)),
    ("children of a photo", {"children": "1,2"}, refused(100)),
    ("no picture", {"image_url": ""}, refused(100)),
]


@pytest.mark.parametrize(("what", "fields", "answer"), REQUESTS, ids=[r[0] for r in REQUESTS])
def test_a_request_is_held_to_the_rules(
    instagram: Instagram,
    album: Album,
    what: str,
    fields: dict[str, str],
    answer: dict[str, Any] | None,
) -> None:
    """Limits hold at their edge, and what does not go together is refused."""
    said = create(instagram, **{"image_url": album.put(still()), **fields})

    assert said == (answer or {"id": said.get("id")})


def test_json_is_read_too(instagram: Instagram, album: Album) -> None:
    """A body of JSON with true, numbers and lists means the same as a form."""
    link = album.put(still())
    body = {"image_url": link, "is_ai_generated": True, "user_tags": json.loads(TAG)}
    url = f"{instagram.url}/{ACCOUNT}/media"
    headers = {"Authorization": f"Bearer {instagram.token}"}

    made = requests.post(url, json=body, headers=headers, timeout=10).json()["id"]

    assert instagram.containers[made].is_ai
    assert instagram.containers[made].user_tags[0]["username"] == "u"


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("GET", f"/{ACCOUNT}/media", {"params": {"limit": "many"}}),
        ("GET", f"/{ACCOUNT}/content_publishing_limit", {"params": {"since": "yesterday"}}),
        ("GET", f"/{ACCOUNT}/media", {"params": {"after": "nowhere"}}),
        (
            "POST",
            f"/{ACCOUNT}/media",
            {"data": b"{", "headers": {"Content-Type": "application/json"}},
        ),
        ("POST", f"/{ACCOUNT}/media", {"json": ["image_url"]}),
        ("DELETE", f"/{ACCOUNT}", {}),
        ("GET", "/nowhere/at/all", {}),
    ],
)
def test_nonsense_is_answered(
    instagram: Instagram, method: str, path: str, sent: dict[str, Any]
) -> None:
    """With an error of Meta's kind, never with silence."""
    headers = {"Authorization": f"Bearer {instagram.token}", **sent.get("headers", {})}
    url = f"{instagram.url}{path}"

    answer = requests.request(method, url, timeout=10, **{**sent, "headers": headers})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in (100, 104)
