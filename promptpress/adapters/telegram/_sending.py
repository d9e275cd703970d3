"""What goes out: a post as Telegram's fields and file, within Telegram's limits. Pure."""

from typing import Any

from promptpress.errors import BadPicture, InvalidPost
from promptpress.model import Post
from promptpress.ports import Picture, PictureRules, Rendition
from promptpress.wording import shorten, tags_line

MAX_CAPTION = 1_024
"""Characters of a caption: Unicode code points after entities are parsed
(core.telegram.org/bots/api#sendphoto). Of at most 4 bytes each, they stay far below the 32,768
bytes at which the server refuses any text."""
MAX_DOCUMENT_BYTES = 50_000_000
"""Bytes of any file (core.telegram.org/bots/api#sending-files)."""
RULES = PictureRules(
    formats=("JPEG", "PNG"),
    max_bytes=10_485_760,
    max_side=10_000,
    max_side_sum=10_000,
    max_ratio=20.0,
    max_pictures=1,
)
"""What is taken as a photo (core.telegram.org/bots/api#sendphoto); Telegram makes a JPEG of it."""

_SUFFIXES = {"JPEG": "jpg"}


def first_picture(rendition: Rendition, channel: str) -> tuple[Picture, dict[str, object]]:
    """Return the picture to send, and what had to stay behind.

    Raises:
        InvalidPost: there is no picture.
        BadPicture: it is too large even for a file.
    """
    if not rendition.pictures:
        raise InvalidPost("the post has no picture to send: retry it from its prompt", channel)
    picture, *others = rendition.pictures
    if not 0 < len(picture.content) <= MAX_DOCUMENT_BYTES:
        raise BadPicture(
            f"the picture has {len(picture.content):,} bytes, Telegram takes 1 to "
            f"{MAX_DOCUMENT_BYTES:,}: order a smaller one, then retry the post",
            channel,
        )
    return picture, {"pictures_left_out": len(others)} if others else {}


def can_be_photo(picture: Picture) -> bool:
    """Tell whether a picture is within RULES; if not it can still go out as a file."""
    long, short = max(picture.width, picture.height), min(picture.width, picture.height)
    return (
        len(picture.content) <= RULES.max_bytes
        and long + short <= RULES.max_side_sum
        and long <= RULES.max_ratio * short
    )


def build_caption(post: Post) -> tuple[str, dict[str, object]]:
    """Return caption and hashtags within the limit, and what that cost.

    It is plain text: without a parse_mode nothing in it needs escaping or can fail to parse.
    """
    # Half of a surrogate pair alone has no UTF-8.
    text = (post.caption.strip() or post.prompt.strip()).encode("utf-8", "replace").decode()
    tags = tags_line(post.hashtags)
    whole = _join(text, tags)
    if len(whole) <= MAX_CAPTION:
        return whole, {}
    kept = _whole_tags(tags, MAX_CAPTION // 2)
    room = MAX_CAPTION - len(_join("", kept)) - len("\n\n") * bool(kept)
    short = _join(shorten(text, room), kept)
    return short, {"caption_shortened": f"from {len(whole)} to {len(short)} characters"}


def _join(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _whole_tags(tags: str, limit: int) -> str:
    """Return as many of the tags as fit, none of them cut."""
    return tags if len(tags) <= limit else tags[: limit + 1].rpartition(" ")[0]


def build_send(
    method: str, post: Post, caption: str, picture: Picture
) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the fields and the file of sendPhoto or sendDocument, as requests takes them."""
    fields = {"caption": caption}
    if method == "sendDocument":
        # Else a WEBP picture would become a sticker.
        fields["disable_content_type_detection"] = "true"
    part = method.removeprefix("send").lower()
    suffix = _SUFFIXES.get(picture.format, picture.format.lower())
    mime = f"image/{picture.format.lower()}"
    return fields, {part: (f"post-{post.id}.{suffix}", picture.content, mime)}
