"""A Publisher for one Telegram chat, by the Bot API (core.telegram.org/bots/api).

Telegram takes no key with a send and cannot be asked about one later: a send whose answer is
lost stays unknown until a person looks into the chat. So does an album that failed half way: it
is never sent again by itself. What is taken stands in `_rules`, what is sent in `_sending` and
`_caption`, what comes back in `_answers`, and what that means in `_errors`.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests

from promptpress.adapters._http import (
    Limits,
    NoReply,
    excerpt,
    exchange,
    hide_in_logs,
    read_retry_after,
)
from promptpress.adapters.telegram._answers import Answer, parse_answer, parse_receipt
from promptpress.adapters.telegram._checking import GENERAL, lacks_topics, may_post
from promptpress.adapters.telegram._errors import error_of, how_to_resolve
from promptpress.adapters.telegram._rules import PICTURE_KINDS, rules_of
from promptpress.adapters.telegram._sending import Draft, File
from promptpress.errors import OutcomeUnknown, PermanentError, SetupError
from promptpress.model import Post, Publication
from promptpress.ports import PictureRules, Receipt, Rendition

API_URL = "https://api.telegram.org"
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0
"""Seconds of silence. The server itself waits up to 8 before it says 429: anything near that
would make doubt where there is none."""
DEADLINE = 90.0
"""Seconds for one call from first to last: room for SMALL_UPLOAD at UPLOAD_RATE."""
SMALL_UPLOAD = 10_000_000
"""Bytes; a larger upload has more time, to leave and to be answered: a server of your own is
silent while it passes a video on."""
UPLOAD_RATE = 125_000
"""Bytes per second that an uplink has at the least: 1 Mbit/s."""

_log = logging.getLogger(__name__)


class TelegramPublisher:
    """Sends posts to one chat, as photos, albums and videos; safe for any number of threads."""

    def __init__(
        self,
        token: str,
        chat_id: str,
        *,
        api_url: str = API_URL,
        clock: Callable[[], datetime],
        name: str = "telegram",
        silent: bool = False,
        topic: int | None = None,
        link_text: str = "",
        is_local: bool = False,
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
        deadline: float = DEADLINE,
    ) -> None:
        """Keep what is needed; nothing is sent.

        Args:
            token: of the bot, from @BotFather.
            chat_id: @name of a public channel or group, or the number of any chat.
            api_url: of the Bot API, or of a server of your own.
            clock: tells the time in UTC, for waits that are given as a date.
            name: of the channel.
            silent: True: posts arrive without a sound.
            topic: number of the topic (message thread) that posts go to; None: to none.
            link_text: what a post's link is shown as; empty: the link itself.
            is_local: True where `api_url` is a server started with --local, which takes more.
            connect_timeout: seconds until there is a connection.
            read_timeout: seconds of silence while an answer is awaited; more after large uploads.
            deadline: seconds for one call as a whole; more for large uploads.
        """
        self.name = name
        quoted = quote(token, safe=":")
        # The token is part of every address.
        self._base = f"{api_url.rstrip('/')}/bot{quoted}"
        self._secrets = (token, quoted)
        hide_in_logs(*self._secrets)
        self._chat_id = chat_id
        self._clock = clock
        self._topic = topic
        self._link_text = link_text
        self._is_local = is_local
        self._limits = Limits(connect=connect_timeout, read=read_timeout, total=deadline)
        self._options = {"disable_notification": "true"} if silent else {}
        if topic is not None and topic != GENERAL:
            self._options["message_thread_id"] = str(topic)

    def check(self) -> None:
        """Ask whether the token is good, the chat and topic are there and the bot may post."""
        bot = self._ask("getMe")
        chat = self._ask("getChat")
        kind = str(chat.get("type"))
        if lacks_topics(chat, self._topic):
            raise SetupError(
                f"the {kind} {self._chat_id} has no topics, so none with the number "
                f"{self._topic}: take the topic out of the channel's settings, or turn on Topics "
                "in the group",
                self.name,
            )
        if kind == "private":
            return
        rights = self._call("getChatMember", {"user_id": str(bot.get("id"))})
        if rights.status == 400:
            return  # not to be seen here: a send will tell
        member = self._result(rights)
        if not may_post(member, chat):
            raise SetupError(
                f"the bot may not post in the {kind} {self._chat_id}: make it an administrator "
                "with the right to post, or change TELEGRAM_CHAT_ID",
                self.name,
            )
        for media in ("videos", "documents"):
            # No error: a channel without reels needs none of it.
            if not may_post(member, chat, media):
                _log.warning(
                    "%s: the bot may not send %s to the %s %s: posts with such will fail",
                    self.name,
                    media,
                    kind,
                    self._chat_id,
                )

    def rules_for(self, kind: str) -> PictureRules:
        """Return what Telegram takes; InvalidPost for a story, and for what it does not know."""
        return rules_of(kind, self.name, is_local=self._is_local)

    def publish(self, rendition: Rendition, publication: Publication) -> Receipt:
        """Send the video, the picture or up to ten pictures with the caption, once.

        Pictures that cannot be photos go out as files. The receipt's detail says so (`sent_as`),
        names all messages of an album (`message_ids`, `file_ids`), and tells of a caption that was
        shortened (`caption_shortened`) or lost its markup (`markup_left_out`), a link that was no
        good (`link_left_out`), pictures that stayed behind (`pictures_left_out`) and a chat that
        has moved (`new_chat_id`).

        Raises:
            RateLimited, TransientError: surely not sent; again later.
            InvalidPost, BadPicture, PermanentError: surely not sent; the post is at fault.
            BadCredentials, SetupError: surely not sent; the set-up is.
            OutcomeUnknown: perhaps sent, an album perhaps in part.
        """
        before = self._chat_id
        answer, draft = self._send(
            Draft.of(rendition, self.name, link_text=self._link_text, is_local=self._is_local)
        )
        receipt = parse_receipt(answer.results, len(draft.media))
        if receipt is None:
            post, chat = rendition.post, self._chat_id
            doubt = how_to_resolve(post, publication, chat, is_album=draft.is_album)
            raise error_of(answer, self.name, doubt)
        facts = {**receipt.detail, **draft.facts(rendition)}
        if self._chat_id != before:
            facts["new_chat_id"] = self._chat_id
        return replace(receipt, detail=facts)

    def settle(self, post: Post, publication: Publication) -> Receipt | None:
        """Raise OutcomeUnknown with what a person should do: a bot cannot read a chat's history."""
        is_album = len(post.media) > 1 and post.kind in PICTURE_KINDS
        doubt = how_to_resolve(post, publication, self._chat_id, is_album=is_album)
        raise OutcomeUnknown(f"nobody knows whether the post was sent. {doubt}", self.name)

    def _send(self, draft: Draft) -> tuple[Answer, Draft]:
        """Send a draft, or what may follow it; each step of that only after a sure refusal."""
        while True:
            send = draft.send()
            answer = self._call(send.method, {**self._options, **send.fields}, send.files)
            following = draft.after(answer)
            if following is None:
                return answer, draft
            _log.info("%s: %s: sent in another form", self.name, answer.words)
            draft = following

    def _ask(self, method: str) -> Mapping[str, Any]:
        return self._result(self._call(method, {}))

    def _result(self, answer: Answer) -> Mapping[str, Any]:
        """Return what a call that changes nothing found out."""
        if len(answer.results) == 1:
            return answer.results[0]
        error = error_of(answer, self.name)
        # No post is at fault here.
        raise SetupError(error.message, self.name) if isinstance(error, PermanentError) else error

    def _call(
        self, method: str, fields: Mapping[str, str], files: Mapping[str, File] | None = None
    ) -> Answer:
        """Call once; once more where the chat has moved, for then it had no effect."""
        answer = self._exchange(method, fields, files or {})
        if not answer.has_moved:
            return answer
        if self._chat_id != str(answer.moved_to):  # else another thread has found out as well
            self._chat_id = str(answer.moved_to)
            _log.warning(
                "%s: the group is a supergroup now: set TELEGRAM_CHAT_ID to %s",
                self.name,
                self._chat_id,
            )
        return self._exchange(method, fields, files or {})

    def _exchange(
        self, method: str, fields: Mapping[str, str], files: Mapping[str, File]
    ) -> Answer:
        data = {"chat_id": self._chat_id, **fields}
        request = requests.Request("POST", f"{self._base}/{method}", data=data, files=files)
        reply = exchange(request, self._limits_for(files))
        if isinstance(reply, NoReply):
            return Answer(silence=reply.kind, words=excerpt(reply.reason, self._secrets))
        # A cut body needs no care: no beginning of a JSON object is one.
        answer = parse_answer(reply.status, reply.body)
        wait = answer.retry_after
        if wait is None:
            wait = read_retry_after(reply.headers.get("Retry-After"), self._clock())
        return replace(answer, words=excerpt(answer.words, self._secrets), retry_after=wait)

    def _limits_for(self, files: Mapping[str, File]) -> Limits:
        size = sum(len(content) for _, content, _ in files.values())
        more = max(0, size - SMALL_UPLOAD) / UPLOAD_RATE
        limits = self._limits
        return replace(limits, read=limits.read + more, total=limits.total + more)
