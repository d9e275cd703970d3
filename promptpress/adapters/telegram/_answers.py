"""What comes back: the Bot API's envelope, messages and members. Pure.

An answer is {"ok": true, "result": …} or {"ok": false, "error_code": 400, "description": "…",
"parameters": {…}} (core.telegram.org/bots/api#making-requests).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from promptpress.ports import Receipt

_NO_PHOTO = (
    "photo_invalid_dimensions",
    "photo_ext_invalid",
    "image_process_failed",
    "too big for a photo",
)


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
    result: Mapping[str, Any] | None = None
    """Set when the call had its effect."""
    retry_after: float | None = None
    """Seconds to wait."""
    moved_to: int | None = None
    """The supergroup that the chat has become; the call had no effect."""

    @property
    def refuses_photo(self) -> bool:
        """True when the file was refused as a photo, and only as that."""
        words = self.words.lower()
        return self.status == 400 and any(sign in words for sign in _NO_PHOTO)


def parse_answer(status: int, body: bytes) -> Answer:
    """Return what an answer says; a body that is no envelope leaves its status alone."""
    envelope = _parse_object(body)
    result, code = envelope.get("result"), envelope.get("error_code")
    if envelope.get("ok") is True and isinstance(result, dict):
        return Answer(status=status, genuine=True, result=result)
    if envelope.get("ok") is not False or not isinstance(code, int):
        return Answer(status=status)
    found = envelope.get("parameters")
    parameters = found if isinstance(found, dict) else {}
    moved_to = parameters.get("migrate_to_chat_id")
    return Answer(
        status=max(status, code),
        words=str(envelope.get("description") or ""),
        genuine=True,
        retry_after=_seconds(parameters.get("retry_after")),
        moved_to=moved_to if isinstance(moved_to, int) else None,
    )


def _parse_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _seconds(value: object) -> float | None:
    if isinstance(value, int | float) and math.isfinite(value):
        return max(0.0, float(value))
    return None


def parse_receipt(message: Mapping[str, Any] | None) -> Receipt | None:
    """Return the receipt that a Message makes, or None if it is none."""
    if message is None:
        return None
    number, chat = message.get("message_id"), message.get("chat")
    if not isinstance(number, int) or not isinstance(chat, dict) or "id" not in chat:
        return None
    return Receipt(
        external_id=f"{chat['id']}:{number}",
        url=_permalink(chat, number),
        detail=_file_id(message.get("photo") or [message.get("document")]),
    )


def _permalink(chat: Mapping[str, Any], number: int) -> str:
    if chat.get("type") not in ("channel", "supergroup"):
        return ""
    if chat.get("username"):
        return f"https://t.me/{chat['username']}/{number}"
    return f"https://t.me/c/{str(chat['id']).removeprefix('-100')}/{number}"


def _file_id(sizes: object) -> dict[str, object]:
    """Return the id by which this bot can send the file again; the largest size comes last."""
    largest = sizes[-1] if isinstance(sizes, list) else None
    return {"file_id": largest["file_id"]} if isinstance(largest, dict) else {}


def may_post(member: Mapping[str, Any], kind: str) -> bool:
    """Tell whether a ChatMember may send photos to a chat of this kind."""
    status = member.get("status")
    if kind == "channel":
        poster = status == "administrator" and member.get("can_post_messages") is not False
        return poster or status == "creator"
    muted = status == "restricted" and member.get("can_send_photos") is False
    return status not in ("left", "kicked") and not muted
