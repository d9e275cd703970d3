"""A stand-in for the Telegram Bot API: one bot, one chat, and what was sent to it."""

import io
import itertools
import re
import time
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

from PIL import Image, UnidentifiedImageError

from tests.fakes.forms import Part, read_form
from tests.fakes.server import Answer, Call, Journal, Request, StandIn

TOKEN = "4242424242:AAStandInTokenOfNoRealBotAtAll00000"  # opens nothing
MAX_PHOTO_BYTES = 10_485_760
MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_CAPTION = 1024
MAX_TEXT = 4096
MAX_RAW_BYTES = 32_768
SENDS = {"sendmessage": "text", "sendphoto": "photo", "senddocument": "document"}


@dataclass(frozen=True)
class Message:
    """What arrived in the chat; of a file only what a test compares."""

    message_id: int
    chat_id: int
    kind: str
    """text, photo or document."""
    text: str
    """The caption, or the text where there is no file."""
    filename: str = ""
    content_type: str = ""
    sha256: str = ""
    size: int = 0
    width: int = 0
    height: int = 0


@dataclass
class Chat:
    """The chat that the bot posts to; every field may be changed while the stand-in runs."""

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

    def public(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"id": self.id, "type": self.type, "title": self.title}
        return {**shown, "username": self.username} if self.username else shown


class _Refused(Exception):
    """An error answer on its way out."""

    def __init__(self, status: int, words: str, **parameters: int) -> None:
        super().__init__(words)
        self.status, self.words, self.parameters = status, words, parameters

    def answer(self) -> Answer:
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.status,
            "description": self.words,
        }
        if self.parameters:
            body["parameters"] = self.parameters
        return Answer.json(body, self.status)


def refusal(status: int, words: str, **parameters: int) -> Answer:
    """Return an error as the Bot API words it, for a fault; 429 carries its header as well."""
    answer = _Refused(status, words, **parameters).answer()
    if "retry_after" in parameters:
        answer.headers["Retry-After"] = str(parameters["retry_after"])
    return answer


def flood(seconds: int) -> Answer:
    """Return the answer of flood control."""
    return refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


class Telegram(StandIn):
    """The Bot API of one bot: getMe, getChat, getChatMember, sendMessage, -Photo, -Document.

    Sends are journalled as "send", about the first line of their caption; other calls under
    their own name. Faults are ordered under the same names.
    """

    service = "telegram"
    slow = ("send",)

    def __init__(
        self,
        journal: Journal | None = None,
        latency: float = 0.0,
        port: int = 0,
        *,
        token: str = TOKEN,
        chat: Chat | None = None,
    ) -> None:
        super().__init__(journal, latency, port)
        self.token = token
        self.chat = chat or Chat()
        self.messages: list[Message] = []
        self._ids = itertools.count(1)

    def environment(self) -> dict[str, str]:
        """Return the settings that lead Promptpress here."""
        chat = self.chat
        name = f"@{chat.username}" if chat.username and chat.type == "channel" else str(chat.id)
        return {
            "TELEGRAM_TOKEN": self.token,
            "TELEGRAM_CHAT_ID": name,
            "TELEGRAM_API_URL": self.url,
        }

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        match = re.fullmatch(r"/bot([^/]*)/([A-Za-z]+)", request.path)
        if match is None:
            return Call("unknown", "", _Refused(404, "Not Found").answer)
        token, method = match[1], match[2].lower()
        form = read_form(request)
        words = form.get("caption") or form.get("text") or Part(b"")
        first_line = words.content.decode(errors="replace").split("\n", 1)[0]

        def act() -> Answer:
            try:
                self._authorise(token)
                return Answer.json({"ok": True, "result": self._act(method, form)})
            except _Refused as refused:
                return refused.answer()

        return Call("send" if method in SENDS else match[2], first_line, act)

    def _authorise(self, token: str) -> None:
        if not re.fullmatch(r"\d+:[\w-]+", token):
            raise _Refused(404, "Not Found")
        if token != self.token:
            raise _Refused(401, "Unauthorized")

    def _act(self, method: str, form: dict[str, Part]) -> dict[str, Any]:
        bot = {"id": int(self.token.split(":")[0]), "is_bot": True, "username": "stand_in_bot"}
        if method == "getme":
            return bot
        if method not in (*SENDS, "getchat", "getchatmember"):
            raise _Refused(404, "Not Found: method not found")
        self._find_chat(form)
        if method == "getchat":
            return self.chat.public()
        if method == "getchatmember":
            return {**self.chat.member, "user": bot}
        self._require_rights()
        return self._send(SENDS[method], form)

    def _find_chat(self, form: dict[str, Part]) -> None:
        wanted = form.get("chat_id", Part(b"")).text.strip()
        known = {str(self.chat.id), f"@{self.chat.username}"} - {"@"}
        if not wanted:
            raise _Refused(400, "Bad Request: chat_id is empty")
        if self.chat.migrated_to is not None and wanted in known:
            raise _Refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.chat.migrated_to,
            )
        if wanted not in {*known, str(self.chat.migrated_to)}:
            raise _Refused(400, "Bad Request: chat not found")

    def _require_rights(self) -> None:
        status = self.chat.member.get("status")
        if status in ("left", "kicked"):
            raise _Refused(403, f"Forbidden: bot is not a member of the {self.chat.type} chat")
        if self.chat.type == "channel" and not self.chat.member.get("can_post_messages"):
            raise _Refused(400, "Bad Request: need administrator rights in the channel chat")

    def _send(self, kind: str, form: dict[str, Part]) -> dict[str, Any]:
        part = form.get(kind)
        text = _checked_text(kind, form)
        facts: dict[str, Any] = {}
        if kind != "text":
            facts = _checked_file(kind, part)
        chat = self.chat.public()
        if self.chat.migrated_to is not None:
            chat |= {"id": self.chat.migrated_to, "type": "supergroup"}
        with self._lock:
            message = Message(next(self._ids), chat["id"], kind, text, **facts)
            self.messages.append(message)
        return _shown(message, chat)


def _checked_text(kind: str, form: dict[str, Part]) -> str:
    words = form.get("text" if kind == "text" else "caption", Part(b""))
    try:
        text = words.text
    except UnicodeDecodeError:
        raise _Refused(400, "Bad Request: strings must be encoded in UTF-8") from None
    if len(words.content) > MAX_RAW_BYTES:
        raise _Refused(400, "Bad Request: text is too long")
    if kind == "text" and not text.strip():
        raise _Refused(400, "Bad Request: message text is empty")
    if kind == "text" and len(text) > MAX_TEXT:
        raise _Refused(400, "Bad Request: message is too long")
    if kind != "text" and len(text) > MAX_CAPTION:
        raise _Refused(400, "Bad Request: message caption is too long")
    return text


def _checked_file(kind: str, part: Part | None) -> dict[str, Any]:
    if part is None:
        raise _Refused(400, f"Bad Request: there is no {kind} in the request")
    size = len(part.content)
    if not size:
        raise _Refused(400, "Bad Request: file must be non-empty")
    if size > MAX_FILE_BYTES:
        raise _Refused(413, "Request Entity Too Large")
    width, height = _checked_photo(part.content) if kind == "photo" else (0, 0)
    return {
        "filename": part.filename,
        "content_type": part.content_type,
        "sha256": sha256(part.content).hexdigest(),
        "size": size,
        "width": width,
        "height": height,
    }


def _checked_photo(content: bytes) -> tuple[int, int]:
    if len(content) > MAX_PHOTO_BYTES:
        raise _Refused(
            400,
            f"Bad Request: File of size {len(content)} bytes is too big for a photo; "
            f"the maximum size is {MAX_PHOTO_BYTES} bytes",
        )
    try:
        with Image.open(io.BytesIO(content)) as picture:
            width, height = picture.size
            if width + height > 10_000 or max(width, height) > 20 * min(width, height):
                raise _Refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
            picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError):
        raise _Refused(400, "Bad Request: IMAGE_PROCESS_FAILED") from None
    return width, height


def _shown(message: Message, chat: dict[str, Any]) -> dict[str, Any]:
    """Return a message as the Bot API shows it."""
    shown: dict[str, Any] = {
        "message_id": message.message_id,
        "date": int(time.time()),
        "chat": chat,
    }
    if message.kind == "text":
        return {**shown, "text": message.text}
    file_id = {"file_id": f"file-{message.message_id}", "file_size": message.size}
    if message.text:
        shown["caption"] = message.text
    if message.kind == "document":
        return {**shown, "document": {**file_id, "file_name": message.filename}}
    small = {"file_id": f"thumb-{message.message_id}", "width": 90, "height": 90}
    return {
        **shown,
        "photo": [small, {**file_id, "width": message.width, "height": message.height}],
    }
