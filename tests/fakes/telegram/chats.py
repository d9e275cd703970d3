"""The chat that the bot posts to, and what arrived there."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes.telegram.markup import Entities
from tests.fakes.telegram.refusals import Refused, bad

GENERAL = 1
"""The topic that has a number and cannot be named."""
RIGHTS = """
can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members
can_promote_members can_change_info can_invite_users can_post_stories can_edit_stories
can_delete_stories
"""
"""Of an administrator."""
SENDS = """
can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos
can_send_video_notes can_send_voice_notes can_send_polls can_send_other_messages
can_add_web_page_previews can_change_info can_invite_users can_pin_messages
can_manage_topics can_edit_tag can_react_to_messages
"""
"""Of everybody else."""


@dataclass(frozen=True)
class Message:
    """What arrived in the chat; of a file only what a test compares."""

    message_id: int
    chat_id: int
    kind: str
    """text, photo, video or document."""
    text: str
    """The caption, or the text where there is no file; as people see it."""
    entities: Entities = ()
    """What of the text is a link or set off, counted in UTF-16 units."""
    filename: str = ""
    content_type: str = ""
    sha256: str = ""
    size: int = 0
    width: int = 0
    height: int = 0
    """Of a photo or video: as it truly is."""
    seconds: float = 0.0
    album: str = ""
    """What the items of one album have in common."""
    topic: int | None = None
    silent: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    """What else the caller said of it: duration, supports_streaming, parse_mode, ..."""


@dataclass
class Chat:
    """One chat; every field may be changed while the stand-in runs."""

    id: int = -1001234567890
    type: Literal["channel", "supergroup", "group", "private"] = "channel"
    username: str = "promptpress_stand_in"
    title: str = "Stand-in"
    member: dict[str, Any] = field(
        default_factory=lambda: {"status": "administrator", "can_post_messages": True}
    )
    """What getChatMember says about the bot."""
    migrated_to: int | None = None
    """Set: the chat is an upgraded group, and now lives under this id."""
    permissions: dict[str, bool] = field(default_factory=dict)
    """What members who are no administrators may do; what is not named they may."""
    topics: dict[int, bool] | None = None
    """Topics of a forum, and whether each is open; None: it is no forum."""
    slow_mode: int = 0
    """Seconds between two messages of one member."""
    next_turn: float = 0.0
    """When slow mode lets the bot send again, by the monotonic clock."""

    def public(self) -> dict[str, Any]:
        """Return the Chat that stands in messages."""
        shown: dict[str, Any] = {"id": self.id, "type": self.type, "title": self.title}
        if self.migrated_to is not None:
            shown |= {"id": self.migrated_to, "type": "supergroup"}
        if self.topics is not None:
            shown["is_forum"] = True
        return {**shown, "username": self.username} if self.username else shown

    def full(self) -> dict[str, Any]:
        """Return the ChatFullInfo that getChat shows."""
        gifts = "unlimited_gifts limited_gifts unique_gifts premium_subscription"
        shown = self.public() | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(
                (*gifts.split(), "gifts_from_channels"), self.type == "channel"
            ),
        }
        if self.type in ("group", "supergroup"):
            shown["permissions"] = dict.fromkeys(SENDS.split(), True) | self.permissions
        if self.slow_mode:
            shown["slow_mode_delay"] = self.slow_mode
        return shown

    def shown_member(self, bot: dict[str, Any]) -> dict[str, Any]:
        """Return the ChatMember that getChatMember shows of the bot."""
        rest: dict[str, Any] = {}
        match self.member.get("status"):
            case "administrator":
                rest = dict.fromkeys(RIGHTS.split(), False) | {"can_be_edited": False}
                rest |= {"is_anonymous": False}
            case "restricted":
                rest = dict.fromkeys(SENDS.split(), True) | {"is_member": True, "until_date": 0}
            case "kicked":
                rest = {"until_date": 0}
        return rest | self.member | {"user": bot}

    def require_rights(self, kind: str) -> None:
        """Refuse what the bot may not send."""
        status = self.member.get("status")
        if status in ("left", "kicked") or self.member.get("is_member") is False:
            raise Refused(403, f"Forbidden: bot is not a member of the {self.type} chat")
        if self.type == "channel" and not self.member.get("can_post_messages"):
            raise bad("need administrator rights in the channel chat")
        if self.type in ("private", "channel") or status in ("administrator", "creator"):
            return
        right = f"can_send_{'message' if kind == 'text' else kind}s"
        own = self.member if status == "restricted" else {}
        if False in (self.permissions.get(right), own.get(right)):
            words = "text messages" if kind == "text" else f"{kind}s"
            raise bad(f"not enough rights to send {words} to the chat")

    def require_topic(self, topic: int | None) -> None:
        """Refuse a topic that is not there or closed."""
        if topic is None:
            return
        if topic == GENERAL or topic not in (self.topics or {}):
            raise bad("message thread not found")
        if not (self.topics or {})[topic]:
            raise bad("TOPIC_CLOSED")

    def take_turn(self) -> None:
        """Refuse a message that comes too soon after the last one."""
        if not self.slow_mode or self.member.get("status") in ("administrator", "creator"):
            return
        wait = self.next_turn - time.monotonic()
        if wait > 0:
            seconds = int(wait) + 1
            words = f"Too Many Requests: retry after {seconds}"
            raise Refused(429, words, retry_after=seconds)
        self.next_turn = time.monotonic() + self.slow_mode


def shown_message(message: Message, chat: Chat, bot: dict[str, Any]) -> dict[str, Any]:
    """Return a message as the Bot API shows it."""
    shown: dict[str, Any] = {
        "message_id": message.message_id,
        "date": int(time.time()),
        "chat": chat.public(),
        **({"sender_chat": chat.public()} if chat.type == "channel" else {"from": bot}),
    }
    if message.topic is not None:
        shown |= {"message_thread_id": message.topic, "is_topic_message": True}
    if message.album:
        shown["media_group_id"] = message.album
    if message.text:
        words = "text" if message.kind == "text" else "caption"
        shown[words] = message.text
        if message.entities:
            shown["entities" if words == "text" else "caption_entities"] = list(message.entities)
    return shown if message.kind == "text" else {**shown, message.kind: _file(message)}


def _file(message: Message) -> dict[str, Any] | list[dict[str, Any]]:
    file = _ids("file", message) | {"file_size": message.size}
    if message.kind == "document":
        return {**file, "file_name": message.filename}
    sized = {**file, "width": message.width, "height": message.height}
    if message.kind == "video":
        return {**sized, "duration": round(message.seconds), "file_name": message.filename}
    return [_ids("thumb", message) | {"width": 90, "height": 90}, sized]


def _ids(kind: str, message: Message) -> dict[str, Any]:
    number = message.message_id
    return {"file_id": f"{kind}-{number}", "file_unique_id": f"unique-{kind}-{number}"}
