"""What the tests of publishers share: a post with pictures, and a publisher of a stand-in."""

import io
import pickle
import traceback
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from PIL import Image

from promptpress.adapters.telegram import TelegramPublisher
from promptpress.model import Post, Publication
from promptpress.ports import Picture, Rendition
from tests.fakes.server import Fault
from tests.fakes.telegram import Telegram

TOKEN = "123456789:AACANARY-token-that-nobody-may-see_0"  # opens nothing
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PUBLICATION = Publication(channel="telegram", attempt="a1")


def publisher_of(
    telegram: Telegram, fault: Fault | None = None, **changes: Any
) -> TelegramPublisher:
    """Return a publisher for the stand-in; with little patience where a fault will try it."""
    tried = fault is not None and (fault.hang or bool(fault.drip))
    settings = telegram.environment()
    arguments: dict[str, Any] = {
        "token": settings["TELEGRAM_TOKEN"],
        "chat_id": settings["TELEGRAM_CHAT_ID"],
        "api_url": settings["TELEGRAM_API_URL"],
        "clock": lambda: NOW,
        "connect_timeout": 2.0,
        "read_timeout": 0.3 if tried else 10.0,
        "deadline": 0.6 if tried else 20.0,
    }
    return TelegramPublisher(**{**arguments, **changes})


def picture(width: int = 64, height: int = 48, kind: str = "JPEG") -> Picture:
    """Return a small whole picture."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, kind)
    content = file.getvalue()
    return Picture(
        content=content,
        format=kind,
        width=width,
        height=height,
        sha256=sha256(content).hexdigest(),
    )


def rendition(*pictures: Picture, **fields: Any) -> Rendition:
    """Return a post with the pictures, or with one."""
    post = Post(**{"id": 7, "prompt": "a lighthouse at dawn", **fields})
    return Rendition(post=post, pictures=pictures or (picture(),))


def leaks(error: BaseException, log: str) -> list[str]:
    """Return which of the ways in which an error is shown show the token."""
    with_locals = traceback.TracebackException.from_exception(error, capture_locals=True)
    ways = {
        "str": str(error),
        "repr": repr(error),
        "traceback": "".join(traceback.format_exception(error)),
        "traceback with locals": "".join(with_locals.format()),
        "pickle": pickle.dumps(error).decode("latin-1"),
        "context": repr(error.__context__),
        "log": log,
    }
    return [way for way, text in ways.items() if TOKEN.split(":")[1] in text]
