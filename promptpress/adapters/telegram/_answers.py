"""What comes back: the Bot API's envelope and messages. Pure.

An answer is {"ok": true, "result": …} or {"ok": false, "error_code": 400, "description": "…",
"parameters": {…}} (core.telegram.org/bots/api#making-requests). Descriptions are compared in small
letters and in part: the server capitalises them as it likes.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from promptpress.ports import Receipt
from promptpress.wording import keepable

_NO_PHOTO = (
    "photo_invalid_dimensions",
    "photo_ext_invalid",
    "photo_save_file_invalid",
    "image_process_failed",
    "too big for a photo",
)
_IN_PART = ("failed to send message #", "group send failed")
"""What is said of an album of which some items may be out
(github.com/tdlib/telegram-bot-api, Client.cpp)."""
_WAIT = re.compile(r"(?:retry after |(?:slowmode|flood|flood_premium)_wait_)(\d{1,9})\b")
_SLOW = ("slowmode_wait_", "flood_wait_", "flood_premium_wait_")
"""Telegram's own words for "wait", which an older Bot API server passes on with another code."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer, understood; or the silence that came in its place."""

    silence: Literal["", "impossible", "undelivered", "lost"] = ""
    """Why there is no answer (see `_http.NoReply`); empty where there is one."""
    status: int = 0
    """The larger of the HTTP status and the envelope's error_code, which should be equal."""
    words: str = ""
    """Telegram's description of what it refuses, or the reason of the silence."""
    genuine: bool = False
    """True for the Bot API's envelope, False for what something on the way there wrote."""
    results: tuple[Mapping[str, Any], ...] = ()
    """Not empty when the call had its effect: one object, or one per item of an album."""
    retry_after: float | None = None
    """Seconds to wait."""
    moved_to: int | None = None
    """The supergroup that the chat has become; the call had no effect."""

    @property
    def is_in_part(self) -> bool:
        """True when items of an album may be out although it failed."""
        return _has(self.words, _IN_PART)

    @property
    def refuses_photo(self) -> bool:
        """True when a file was refused as a photo, only as that, and nothing was sent."""
        return self.status == 400 and not self.is_in_part and _has(self.words, _NO_PHOTO)

    @property
    def refuses_markup(self) -> bool:
        """True when the caption's markup was refused, and nothing was sent."""
        words = self.words.lower()
        unread = "can't parse" in words and "entities" in words
        return self.status == 400 and not self.is_in_part and unread

    @property
    def has_moved(self) -> bool:
        """True when the chat lives elsewhere, and nothing was sent."""
        return self.status == 400 and self.moved_to is not None and not self.is_in_part


def _has(words: str, signs: tuple[str, ...]) -> bool:
    return any(sign in words.lower() for sign in signs)


def parse_answer(status: int, body: bytes) -> Answer:
    """Return what an answer says; a body that is no envelope leaves its status alone."""
    envelope = _parse_object(body)
    result, code = envelope.get("result"), envelope.get("error_code")
    results = tuple(result) if isinstance(result, list) else (result,)
    if envelope.get("ok") is True and all(isinstance(one, dict) for one in results):
        return Answer(status=status, genuine=True, results=results)
    if envelope.get("ok") is not False or not isinstance(code, int):
        return Answer(status=status)
    words = str(envelope.get("description") or "")
    found = envelope.get("parameters")
    parameters = found if isinstance(found, dict) else {}
    moved_to = parameters.get("migrate_to_chat_id")
    said = _WAIT.search(words.lower())
    wait = _seconds(parameters.get("retry_after"))
    is_slow = 400 <= max(status, code) < 500 and _has(words, _SLOW)
    return Answer(
        status=429 if is_slow else max(status, code),
        words=words,
        genuine=True,
        retry_after=float(said[1]) if wait is None and said else wait,
        moved_to=moved_to if type(moved_to) is int else None,
    )


def _parse_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _seconds(value: object) -> float | None:
    try:
        seconds = float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def parse_receipt(messages: tuple[Mapping[str, Any], ...], expected: int = 1) -> Receipt | None:
    """Return the receipt that so many Messages make, or None if they are not that.

    It names the first, for that is where people look at an album; the detail has the others.
    """
    if len(messages) != expected or not all(_is_message(message) for message in messages):
        return None
    first = messages[0]
    chat, number = first["chat"], first["message_id"]
    files = [_file_id(message) for message in messages]
    detail: dict[str, object] = {"file_id": files[0]} if files[0] else {}
    if expected > 1:
        numbers = [message["message_id"] for message in messages]
        detail = {"message_ids": numbers, "file_ids": files}
    url = _permalink(chat, number)
    return Receipt(external_id=f"{chat['id']}:{number}", url=url, detail=detail)


def _is_message(message: Mapping[str, Any]) -> bool:
    chat = message.get("chat")
    return isinstance(message.get("message_id"), int) and isinstance(chat, dict) and "id" in chat


def _permalink(chat: Mapping[str, Any], number: int) -> str:
    if chat.get("type") not in ("channel", "supergroup"):
        return ""
    if chat.get("username"):
        return f"https://t.me/{chat['username']}/{number}"
    return f"https://t.me/c/{str(chat['id']).removeprefix('-100')}/{number}"


def _file_id(message: Mapping[str, Any]) -> str:
    """Return the id by which this bot can send the file again; empty where none is told."""
    sizes = message.get("photo")
    # The largest size of a photo comes last; a silent video may come back as an animation.
    photo = sizes[-1] if isinstance(sizes, list) and sizes else None
    for file in (photo, *(message.get(kind) for kind in ("video", "animation", "document"))):
        if isinstance(file, dict) and isinstance(file.get("file_id"), str):
            return keepable(file["file_id"])
    return ""
