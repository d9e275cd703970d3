"""The Bot API itself: one bot, one chat."""

import itertools
import json
import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

from tests.fakes.forms import Part, read_form
from tests.fakes.server import Answer, Call, Fault, Journal, Request, StandIn
from tests.fakes.telegram.chats import Chat, Message, shown_message
from tests.fakes.telegram.files import (
    MAX_FILE_BYTES,
    MAX_LOCAL_BYTES,
    checked_file,
    checked_words,
)
from tests.fakes.telegram.markup import parse_html
from tests.fakes.telegram.refusals import Refused, bad, refusal

TOKEN = "4242424242:AAStandInTokenOfNoRealBotAtAll00000"  # opens nothing
ALBUM = "sendmediagroup"
SENDS = {
    "sendmessage": "text",
    "sendphoto": "photo",
    "senddocument": "document",
    "sendvideo": "video",
    ALBUM: "album",
}
ASKS = ("getme", "getchat", "getchatmember")
MIXING = {"photo", "video"}
"""Kinds that may stand in one album; documents only stand with documents."""
Form = dict[str, Part]


class Telegram(StandIn):
    """getMe, getChat, getChatMember, sendMessage, -Photo, -Document, -Video and -MediaGroup.

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
        is_local: bool = False,
    ) -> None:
        super().__init__(journal, latency, port)
        self.token = token
        self.chat = chat or Chat()
        self.max_bytes = MAX_LOCAL_BYTES if is_local else MAX_FILE_BYTES
        """Of a file, and of a request as a whole."""
        self.messages: list[Message] = []
        self._ids = itertools.count(1)
        self._albums = itertools.count(1)
        self._stops: list[int] = []

    def environment(self) -> dict[str, str]:
        """Return the settings that lead Promptpress here."""
        chat = self.chat
        name = f"@{chat.username}" if chat.username and chat.type == "channel" else str(chat.id)
        return {
            "TELEGRAM_TOKEN": self.token,
            "TELEGRAM_CHAT_ID": name,
            "TELEGRAM_API_URL": self.url,
        }

    def break_album(self, sent: int, answer: Answer | None = None) -> None:
        """Let the next album stop after so many items, with an error that names none of them."""
        said = f'failed to send message #{sent + 1} with the error message "RANDOM_FAIL"'
        self._stops.append(sent)
        self.fail("send", Fault("after", answer or refusal(400, f"Bad Request: {said}")))

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        match = re.fullmatch(r"/bot([^/]*)/([A-Za-z]+)", request.path)
        if match is None:
            return Call("unknown", "", Refused(404, "Not Found").answer)
        token, method = match[1], match[2].lower()
        form = read_form(request)

        def act() -> Answer:
            try:
                self._authorise(token, len(request.body))
                return Answer.json({"ok": True, "result": self._act(method, form)})
            except Refused as refused:
                return refused.answer()

        return Call("send" if method in SENDS else match[2], _first_line(form), act)

    def _authorise(self, token: str, size: int) -> None:
        if not re.fullmatch(r"\d+:[\w-]+", token):
            raise Refused(404, "Not Found")
        if token != self.token:
            raise Refused(401, "Unauthorized")
        if size > self.max_bytes:
            raise Refused(413, "Request Entity Too Large")

    @property
    def _bot(self) -> dict[str, Any]:
        number = int(self.token.split(":")[0])
        return {"id": number, "is_bot": True, "first_name": "Bot", "username": "stand_in_bot"}

    def _act(self, method: str, form: Form) -> object:
        if method not in (*SENDS, *ASKS):
            raise Refused(404, "Not Found: method not found")
        if method == "getme":
            return self._bot
        self._find_chat(form)
        if method == "getchat":
            return self.chat.full()
        if method == "getchatmember":
            return self.chat.shown_member(self._bot)
        drafts = self._album(form) if method == ALBUM else [self._draft(SENDS[method], form, form)]
        return self._send(drafts, is_album=method == ALBUM)

    def _find_chat(self, form: Form) -> None:
        wanted = form.get("chat_id", Part(b"")).text.strip()
        known = {str(self.chat.id), f"@{self.chat.username}"} - {"@"}
        if not wanted:
            raise bad("chat_id is empty")
        if self.chat.migrated_to is not None and wanted in known:
            words = "group chat was upgraded to a supergroup chat"
            raise bad(words, migrate_to_chat_id=self.chat.migrated_to)
        if wanted not in {*known, str(self.chat.migrated_to)}:
            raise bad("chat not found")

    def _draft(self, kind: str, item: Form, form: Form) -> Message:
        """Return a message as it would arrive; raise where anything of it is refused."""
        self.chat.require_rights(kind)
        words = item.get("text" if kind == "text" else "caption", Part(b""))
        mode = item.get("parse_mode", Part(b"")).text
        text, entities = checked_words(words, mode, is_caption=kind != "text")
        thread = form.get("message_thread_id", Part(b"")).text
        if thread and not thread.isdigit():
            raise bad("message thread not found")
        topic = int(thread) if thread else None
        self.chat.require_topic(topic)
        file: dict[str, Any] = {}
        if kind != "text":
            file = checked_file(kind, _attached(item.get(kind), form), limit=self.max_bytes)
        spoken = (*SENDS.values(), "media", "caption", "text", "chat_id")
        return Message(
            0,
            self.chat.public()["id"],
            kind,
            text,
            entities,
            topic=topic,
            silent=_is_true(form.get("disable_notification")),
            options={n: p.text for n, p in item.items() if n not in spoken and not p.filename},
            **file,
        )

    def _album(self, form: Form) -> list[Message]:
        """Return the items of an album: all are looked at before the first is sent."""
        try:
            media = json.loads(form.get("media", Part(b"")).text)
            items = [{n: _part(value) for n, value in item.items()} for item in media]
            kinds = [item.pop("type").text for item in items]
        except (ValueError, AttributeError, TypeError, KeyError):
            raise bad("can't parse media JSON object") from None
        if len(items) < 2:
            raise bad("there are not enough messages to send as an album")
        if len(items) > 10:
            raise bad("too many messages to send as an album")
        if not set(kinds) <= {*MIXING, "document"}:
            raise bad("type of the media is unsupported")
        if not set(kinds) <= MIXING and set(kinds) != {"document"}:
            raise bad("document can't be mixed with other media types")
        named = zip(kinds, items, strict=True)
        return [self._draft(kind, item | {kind: item["media"]}, form) for kind, item in named]

    def _send(self, drafts: list[Message], *, is_album: bool) -> object:
        with self._lock:
            self.chat.take_turn()
            album = f"album-{next(self._albums)}" if is_album else ""
            stop = self._stops.pop(0) if is_album and self._stops else len(drafts)
            sent = [
                replace(draft, message_id=next(self._ids), album=album) for draft in drafts[:stop]
            ]
            self.messages += sent
        shown = [shown_message(message, self.chat, self._bot) for message in sent]
        return shown if is_album else shown[0]


def _first_line(form: Form) -> str:
    """Return what a send is about: the first line of its words, as people see it."""
    words = form.get("caption") or form.get("text")
    if words is None and "media" in form:
        try:
            words = _part(json.loads(form["media"].text)[0]["caption"])
        except (ValueError, LookupError, TypeError):
            words = None
    text = (words or Part(b"")).content.decode(errors="replace")
    if "parse_mode" in form or (words is not None and "media" in form):
        with suppress(ValueError):
            text, _ = parse_html(text)
    return text.split("\n", 1)[0]


def _part(value: object) -> Part:
    return Part((value if isinstance(value, str) else json.dumps(value)).encode())


def _attached(named: Part | None, form: Form) -> Part | None:
    """Return the file that a field holds or names; addresses and ids of files lead nowhere."""
    if named is None or named.filename:
        return named
    name = named.content.decode(errors="replace")
    file = form.get(name.removeprefix("attach://")) if name.startswith("attach://") else None
    if file is None:
        raise bad("wrong file identifier/HTTP URL specified")
    return file


def _is_true(part: Part | None) -> bool:
    return part is not None and part.text.lower() in ("true", "yes", "1")
