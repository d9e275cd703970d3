"""What goes out: a post as the fields of its containers. Pure.

Fields and where they are allowed: developers.facebook.com/docs/instagram-platform/
instagram-graph-api/reference/ig-user/media.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from requests.utils import requote_uri

from promptpress.adapters.instagram._captions import MAX_MENTIONS, build_caption, normal
from promptpress.adapters.instagram._handles import digest
from promptpress.adapters.instagram._rules import MAX_CHILDREN, has_video
from promptpress.errors import SetupError
from promptpress.model import Post
from promptpress.ports import Rendition
from promptpress.wording import shorten

MAX_ALT_TEXT = 1_000
"""Characters, of pictures in the feed only."""
AI_SOURCES = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia")
"""IPTC digital source types that have to be disclosed as made by AI."""
_TYPES = {"reel": "REELS", "story": "STORIES", "carousel": "CAROUSEL"}


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A post as it is to stand on Instagram."""

    channel: str
    kind: str
    caption: str
    facts: dict[str, object]
    """What of the post had to stay behind."""
    alt_text: str
    is_ai: bool
    location: str
    user_tags: tuple[str, ...]
    shas: tuple[str, ...]
    """Of the pictures or videos as they were made: a rendition's bytes may differ each time."""
    shapes: tuple[object, ...]
    links: tuple[str, ...]
    """Of the pictures; fewer where some have none."""
    video: bytes | None
    video_link: str
    is_video: bool

    @property
    def children(self) -> int:
        """How many containers of pictures are made before the one that is published."""
        return min(len(self.shapes), MAX_CHILDREN) if self.kind == "carousel" else 0

    @property
    def pictures(self) -> str:
        """Digest of what the containers of pictures are made of."""
        parts = (self.kind, self.shas, self.shapes, self.alt_text, self.user_tags, self.is_video)
        return digest(parts)

    @property
    def whole(self) -> str:
        """Digest of everything that shows."""
        return digest((self.pictures, self.caption, self.is_ai, self.location))

    @property
    def caption_key(self) -> str:
        """Digest of the caption; empty where none will show, as on a story."""
        return caption_key(self.caption)


def caption_key(caption: str) -> str:
    """Return a digest of a caption, the same for one that Instagram has tidied."""
    return digest((normal(caption),)) if caption.strip() else ""


def build_draft(
    rendition: Rendition, channel: str, *, max_hashtags: int, discloses_ai: bool
) -> Draft:
    """Return the post in Instagram's shape.

    Args:
        rendition: the post, its pictures or its video.
        channel: name of the channel.
        max_hashtags: taken in a caption.
        discloses_ai: False leaves out the sign that it was made by AI.
    """
    post = rendition.post
    is_video = has_video(rendition)
    caption, facts = ("", {}) if post.kind == "story" else build_caption(post, max_hashtags)
    if len(rendition.pictures) > 1 and not is_video and post.kind != "carousel":
        facts = {**facts, "pictures_left_out": len(rendition.pictures) - 1}
    tags = () if post.kind == "story" else post.user_tags[:MAX_MENTIONS]
    if len(tags) < len(post.user_tags):
        facts = {**facts, "user_tags_left_out": len(post.user_tags) - len(tags)}
    made = tuple(one.sha256 for one in sorted(post.media, key=lambda one: one.position))
    return Draft(
        channel=channel,
        kind=post.kind,
        caption=caption,
        facts=facts,
        alt_text=_alt_text(post),
        is_ai=discloses_ai and any(one.source in AI_SOURCES for one in post.media),
        location=post.location.strip(),
        user_tags=tags,
        shas=made or tuple(one.sha256 for one in rendition.pictures),
        shapes=_shapes(rendition, is_video=is_video),
        links=tuple(map(requote_uri, rendition.links)),
        video=rendition.video.content if rendition.video else None,
        video_link=requote_uri(rendition.video_link),
        is_video=is_video,
    )


def _alt_text(post: Post) -> str:
    text = post.alt_text.strip().encode("utf-8", "replace").decode().replace("\0", "")
    return shorten(text, MAX_ALT_TEXT)


def _shapes(rendition: Rendition, *, is_video: bool) -> tuple[object, ...]:
    if is_video:
        video = rendition.video
        return ((video.width, video.height, round(video.seconds, 1)) if video else "a video",)
    return tuple((one.width, one.height) for one in rendition.pictures)


def build_child(draft: Draft, place: int) -> dict[str, str]:
    """Return the fields of one picture of a carousel; SetupError where it has no link."""
    tags = draft.user_tags if place == 0 else ()
    return {
        "image_url": _link(draft, place),
        "is_carousel_item": "true",
        **_described(draft, tags, is_picture=True),
    }


def build_container(draft: Draft, children: Sequence[str]) -> dict[str, str]:
    """Return the fields of the container that is published.

    Raises:
        SetupError: what goes out has no link, and no bytes that could be sent instead.
    """
    fields = {"media_type": _TYPES[draft.kind]} if draft.kind in _TYPES else {}
    if draft.caption:
        fields["caption"] = draft.caption
    if draft.is_ai:
        fields["is_ai_generated"] = "true"
    if draft.location and draft.kind != "story":
        fields["location_id"] = draft.location
    if draft.kind == "carousel":
        return {**fields, "children": ",".join(children)}
    if not draft.is_video:
        link = {"image_url": _link(draft, 0)}
        return {**fields, **link, **_described(draft, draft.user_tags, is_picture=True)}
    source = {"video_url": draft.video_link} if draft.video_link else {"upload_type": "resumable"}
    return {**fields, **source, **_described(draft, draft.user_tags, is_picture=False)}


def _described(draft: Draft, tags: tuple[str, ...], *, is_picture: bool) -> dict[str, str]:
    """Return alt text and the names of who is in a picture, spread over its lower part."""
    fields = {}
    if draft.alt_text and is_picture and draft.kind != "story":
        fields["alt_text"] = draft.alt_text
    if tags:
        places = [{"x": round((at + 1) / (len(tags) + 1), 3), "y": 0.8} for at in range(len(tags))]
        named = [
            {"username": tag.lstrip("@"), **(place if is_picture else {})}
            for tag, place in zip(tags, places, strict=True)
        ]
        fields["user_tags"] = json.dumps(named)
    return fields


def _link(draft: Draft, place: int) -> str:
    link = draft.links[place] if place < len(draft.links) else ""
    if not link:
        raise SetupError(
            "Instagram fetches pictures itself, and this one has no public link: name a store that "
            "gives such links in STORES (cloudinary, s3)",
            draft.channel,
        )
    return link
