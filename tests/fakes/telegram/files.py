"""What the Bot API looks at in a file and in its words before it takes them."""

import io
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from PIL import Image, UnidentifiedImageError

from tests.fakes.forms import Part
from tests.fakes.telegram.markup import Entities, parse_html
from tests.fakes.telegram.refusals import Refused, bad

MAX_PHOTO_BYTES = 10_485_760
MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_LOCAL_BYTES = 2000 * 1024 * 1024
MAX_CAPTION = 1024
MAX_TEXT = 4096
MAX_RAW_BYTES = 32_768


def checked_words(words: Part, parse_mode: str, *, is_caption: bool) -> tuple[str, Entities]:
    """Return a caption or text as people see it, with its entities."""
    try:
        text = words.text
    except UnicodeDecodeError:
        raise bad("strings must be encoded in UTF-8") from None
    if len(words.content) > MAX_RAW_BYTES:
        raise bad("text is too long")
    entities: Entities = ()
    if parse_mode:
        text, entities = _parsed(text, parse_mode)
    if not is_caption and not text.strip():
        raise bad("message text is empty")
    if len(text) > (MAX_CAPTION if is_caption else MAX_TEXT):
        raise bad("message caption is too long" if is_caption else "message is too long")
    return text, entities


def _parsed(text: str, parse_mode: str) -> tuple[str, Entities]:
    if parse_mode.lower() != "html":
        raise bad("unsupported parse_mode")
    try:
        return parse_html(text)
    except ValueError as error:
        raise bad(f"can't parse entities: {error}") from None


def checked_file(kind: str, part: Part | None, *, limit: int) -> dict[str, Any]:
    """Return what a test compares of a photo, video or document."""
    if part is None:
        raise bad(f"there is no {kind} in the request")
    size = len(part.content)
    if not size:
        raise bad("file must be non-empty")
    if size > limit:
        raise Refused(413, "Request Entity Too Large")
    facts: Mapping[str, Any] = {}
    if kind == "photo":
        facts = _photo(part.content)
    elif kind == "video":
        facts = _video(part.content)
    return {
        "filename": part.filename,
        "content_type": part.content_type,
        "sha256": sha256(part.content).hexdigest(),
        "size": size,
        **facts,
    }


def _photo(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_PHOTO_BYTES:
        raise bad(
            f"File of size {len(content)} bytes is too big for a photo; "
            f"the maximum size is {MAX_PHOTO_BYTES} bytes"
        )
    try:
        with Image.open(io.BytesIO(content)) as picture:
            width, height = picture.size
            if width + height > 10_000 or max(width, height) > 20 * min(width, height):
                raise bad("PHOTO_INVALID_DIMENSIONS")
            picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError):
        raise bad("IMAGE_PROCESS_FAILED") from None
    return {"width": width, "height": height}


def _video(content: bytes) -> dict[str, Any]:
    """Return the true size and length; stricter than Telegram, which shows others as files."""
    import av  # large, and most tests have no video

    try:
        with av.open(io.BytesIO(content), "r") as container:
            if "mp4" not in container.format.name.split(",") or not container.streams.video:
                raise bad("VIDEO_CONTENT_TYPE_INVALID")
            frame = next(container.decode(video=0))
            seconds = (container.duration or 0) / av.time_base
    except (av.FFmpegError, StopIteration):
        raise bad("VIDEO_CONTENT_TYPE_INVALID") from None
    return {"width": frame.width, "height": frame.height, "seconds": seconds}
