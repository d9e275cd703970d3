"""What Telegram takes, of each kind of post. Pure.

The numbers are of core.telegram.org/bots/api, sections "Sending files", sendPhoto, sendMediaGroup
and "Using a Local Bot API Server".
"""

import math
from dataclasses import replace

from promptpress.errors import BadPicture, InvalidPost
from promptpress.ports import Picture, PictureRules, Rendition, Video, VideoRules

MAX_ALBUM = 10
"""Items of an album; an album of one is a plain message."""
MAX_FILE_BYTES = 50_000_000
"""Bytes of any file but a photo."""
MAX_LOCAL_BYTES = 2_000_000_000
"""Bytes of any file but a photo, on a Bot API server of your own."""
RULES = PictureRules(
    formats=("JPEG", "PNG"),
    max_bytes=10_485_760,
    max_side=10_000,
    max_side_sum=10_000,
    max_ratio=20.0,
    max_pictures=MAX_ALBUM,
)
"""What is taken as a photo; Telegram makes a JPEG of it."""
ALBUM_PICTURE_BYTES = 4_900_000
"""Bytes of a picture in a carousel: ten of them stay below the 50 MB at which the front of the
cloud service refuses a request as a whole (413)."""

PICTURE_KINDS = ("photo", "carousel")
_KINDS = "photo, carousel, reel, video or article"


def rules_of(kind: str, channel: str, *, is_local: bool) -> PictureRules:
    """Return what is taken for a post of this kind.

    Raises:
        InvalidPost: a bot can send nothing of this kind to a chat.
    """
    match kind:
        case "photo":
            return RULES
        case "article":
            return replace(RULES, max_pictures=1)  # its cover, above title, summary and link
        case "carousel":
            return replace(RULES, max_bytes=ALBUM_PICTURE_BYTES)
        case "reel" | "video":
            limit = max_file_bytes(is_local=is_local)
            # No length is named anywhere: the bytes are the limit.
            video = VideoRules(max_bytes=limit, min_seconds=0.0, max_seconds=math.inf)
            return replace(RULES, video=video)
        case "story":
            words = "a bot has no stories: change the post's kind to photo or reel"
            raise InvalidPost(words, channel)
        case _:
            words = f"it has no posts of the kind {kind!r}: change it to {_KINDS}"
            raise InvalidPost(words, channel)


def max_file_bytes(*, is_local: bool) -> int:
    """Return the bytes that a video or another file may have."""
    return MAX_LOCAL_BYTES if is_local else MAX_FILE_BYTES


def media_of(rendition: Rendition, channel: str, *, is_local: bool) -> tuple[Picture | Video, ...]:
    """Return the video, or the first pictures, to send.

    Raises:
        InvalidPost: there is nothing to send, or the video is too large.
        BadPicture: a picture is too large even for a file.
    """
    kind = rendition.post.kind
    rules = rules_of(kind, channel, is_local=is_local)
    limit = max_file_bytes(is_local=is_local)
    if rendition.video is not None:
        return (_sendable(rendition.video, limit, channel),)
    if rules.video is not None:
        raise InvalidPost(f"the {kind} has no video to send: retry the post", channel)
    if not rendition.pictures:
        raise InvalidPost("the post has no picture to send: retry it from its prompt", channel)
    pictures = rendition.pictures[:MAX_ALBUM]
    for picture in pictures:
        if not 0 < len(picture.content) <= limit:
            raise BadPicture(
                f"a picture has {len(picture.content):,} bytes, Telegram takes 1 to {limit:,}: "
                "order a smaller one, then retry the post",
                channel,
            )
    return pictures


def _sendable(video: Video, limit: int, channel: str) -> Video:
    if 0 < len(video.content) <= limit:
        return video
    larger = "" if limit == MAX_LOCAL_BYTES else ", or run a Bot API server of your own"
    raise InvalidPost(
        f"the video has {len(video.content):,} bytes, Telegram takes 1 to {limit:,} from here: "
        f"make it shorter or smaller, then retry the post{larger}",
        channel,
    )


def can_be_photo(picture: Picture) -> bool:
    """Tell whether a picture is within RULES; if not it can still go out as a file."""
    long, short = max(picture.width, picture.height), min(picture.width, picture.height)
    return (
        len(picture.content) <= RULES.max_bytes
        and long + short <= RULES.max_side_sum
        and long <= RULES.max_ratio * short
    )
