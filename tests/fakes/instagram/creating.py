"""The rules of `POST /{ig-id}/media`: what may be asked of a container."""

import json
import re
from typing import Any, get_args

from tests.fakes.forms import read_form
from tests.fakes.instagram.records import Container, Kind
from tests.fakes.instagram.refusals import Refused
from tests.fakes.server import Request

MAX_CAPTION, MAX_HASHTAGS, MAX_MENTIONS, MAX_ALT_TEXT = 2200, 30, 20, 1000
MIN_CHILDREN, MAX_CHILDREN = 2, 10
KINDS: dict[str, Kind] = {"REELS": "reel", "STORIES": "story", "CAROUSEL": "carousel"}
TYPES = ("", "IMAGE", "VIDEO", *KINDS)
NOT_ON_CHILDREN = (
    "caption",
    "is_ai_generated",
    "is_paid_partnership",
    "location_id",
    "collaborators",
)
assert "child" in get_args(Kind)


def read_fields(request: Request) -> dict[str, str]:
    """Return the parameters of a request: query, form or JSON; what is no text as JSON."""
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            values: dict[str, Any] = dict(json.loads(request.body or b"{}"))
        except (ValueError, TypeError):
            return {}
        texts = {n: v if isinstance(v, str) else json.dumps(v) for n, v in values.items()}
        return {**request.query, **texts}
    return {name: part.text for name, part in read_form(request).items()}


def is_true(text: str) -> bool:
    return text.lower() in ("true", "1")


def read_list(text: str) -> list[str]:
    """Return a list that is given as JSON or with commas."""
    if text.startswith("["):
        return [str(item) for item in _read_json(text)]
    return [item.strip() for item in text.split(",") if item.strip()]


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise Refused(100, 0, "Invalid parameter: no JSON") from None


def fill(container: Container, fields: dict[str, str], max_hashtags: int) -> None:
    """Put what was asked for into a new container, or raise Refused."""
    container.kind, container.media = _read_kind(fields)
    container.link = fields.get("image_url", "") or fields.get("video_url", "")
    container.caption = _checked_caption(fields, container.kind, max_hashtags)
    container.alt_text = _checked_alt_text(fields, container)
    container.is_ai = is_true(fields.get("is_ai_generated", ""))
    container.location = fields.get("location_id", "")
    if container.location and not container.location.isdigit():
        raise Refused(100, 0, "INVALID_LOCATION_ID: Invalid location id")
    container.user_tags = _checked_tags(fields, container)
    container.children = tuple(read_list(fields.get("children", "")))
    container.resumable = fields.get("upload_type") == "resumable"
    _require_media(container, fields)


def _read_kind(fields: dict[str, str]) -> tuple[Kind, Any]:
    asked = fields.get("media_type", "")
    is_child = is_true(fields.get("is_carousel_item", ""))
    if asked not in TYPES or (asked == "VIDEO" and not is_child):
        raise Refused(100, 2207023)
    is_video = bool(fields.get("video_url")) or fields.get("upload_type") == "resumable"
    media = "video" if is_video else "image"
    if is_child:
        if asked in KINDS:
            raise Refused(100, 2207023, f"{asked} cannot be an item of a carousel")
        if is_video != (asked == "VIDEO"):
            raise Refused(100, 2207023, "a video in a carousel needs media_type=VIDEO")
        for name in NOT_ON_CHILDREN:
            if fields.get(name) and fields[name] != "false":
                raise Refused(100, 0, f"(#100) {name} is not supported on carousel items")
        return "child", media
    if asked == "CAROUSEL":
        return "carousel", "carousel"
    if asked == "REELS" and not is_video:
        raise Refused(100, 0, "(#100) The parameter video_url is required")
    if not asked and is_video:
        raise Refused(100, 2207023, "a video needs media_type=REELS or STORIES")
    return KINDS.get(asked, "photo"), media


def _checked_caption(fields: dict[str, str], kind: Kind, max_hashtags: int) -> str:
    caption = fields.get("caption", "")
    if len(caption) > MAX_CAPTION:
        raise Refused(36004, 2207010, f"The caption was {len(caption)} characters long")
    hashtags = len(re.findall(r"(?<![\w&])#\w+", caption))
    if hashtags > max_hashtags:
        raise Refused(36004, 2207010, f"The caption has {hashtags} hashtags")
    if len(re.findall(r"(?<![\w.])@\w", caption)) > MAX_MENTIONS:
        raise Refused(100, 2207040)
    return "" if kind == "story" else caption


def _checked_alt_text(fields: dict[str, str], container: Container) -> str:
    text = fields.get("alt_text", "")
    if text and (container.media != "image" or container.kind == "story"):
        raise Refused(100, 0, "(#100) alt_text is supported on images in the feed only")
    if len(text) > MAX_ALT_TEXT:
        raise Refused(100, 0, f"(#100) alt_text is longer than {MAX_ALT_TEXT} characters")
    return text


def _checked_tags(fields: dict[str, str], container: Container) -> tuple[dict[str, Any], ...]:
    tags = _read_json(fields.get("user_tags") or "[]")
    if not isinstance(tags, list) or len(tags) > MAX_MENTIONS:
        raise Refused(100, 2207040)
    for tag in tags:
        name = isinstance(tag, dict) and tag.get("username")
        places = [tag.get("x"), tag.get("y")] if name else []
        right = [isinstance(place, int | float) and 0 <= place <= 1 for place in places]
        if not name or (
            container.media == "image" and container.kind != "story" and not all(right)
        ):
            raise Refused(100, 0, "(#100) user_tags need a username, and x and y from 0 to 1")
    return tuple(tags)


def _require_media(container: Container, fields: dict[str, str]) -> None:
    if container.kind == "carousel":
        if not MIN_CHILDREN <= len(container.children) <= MAX_CHILDREN:
            raise Refused(100, 2207028)
        return
    if container.children:
        raise Refused(100, 0, "(#100) children need media_type=CAROUSEL")
    if fields.get("image_url") and fields.get("video_url"):
        raise Refused(100, 0, "(#100) either image_url or video_url")
    if not container.link and not container.resumable:
        raise Refused(100, 0, "(#100) The parameter image_url is required")
