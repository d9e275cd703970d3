"""A Publisher for one Telegram chat, by the Bot API (core.telegram.org/bots/api).

Telegram takes no key with a send and cannot be asked about one later: a send whose answer is
lost stays unknown until a person looks into the chat. Albums are not made yet: the first picture
of a post goes out. What is sent stands in `_sending`, what comes back in `_answers`.
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
from promptpress.adapters.telegram._answers import (
    Answer,
    may_post,
    parse_answer,
    parse_receipt,
)
from promptpress.adapters.telegram._errors import error_of, how_to_resolve
from promptpress.adapters.telegram._sending import (
    RULES,
    build_caption,
    build_send,
    can_be_photo,
    first_picture,
)
from promptpress.errors import OutcomeUnknown, PermanentError, SetupError
from promptpress.model import Post, Publication
from promptpress.ports import PictureRules, Receipt, Rendition

API_URL = "https://api.telegram.org"
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0
"""Seconds of silence. The server itself waits up to 8 before it says 429: anything near that
would make doubt where there is none."""
DEADLINE = 90.0
"""Seconds for one call from first to last: room for 10 MB at 1 Mbit/s."""

_log = logging.getLogger(__name__)


class TelegramPublisher:
    """Sends posts to one chat as photos; safe for any number of threads."""

    def __init__(
        self,
        token: str,
        chat_id: str,
        *,
        api_url: str = API_URL,
        clock: Callable[[], datetime],
        name: str = "telegram",
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
            connect_timeout: seconds until there is a connection.
            read_timeout: seconds of silence while an answer is awaited.
            deadline: seconds for one call as a whole.
        """
        self.name = name
        quoted = quote(token, safe=":")
        # The token is part of every address.
        self._base = f"{api_url.rstrip('/')}/bot{quoted}"
        self._secrets = (token, quoted)
        hide_in_logs(*self._secrets)
        self._chat_id = chat_id
        self._clock = clock
        self._limits = Limits(connect=connect_timeout, read=read_timeout, total=deadline)

    def check(self) -> None:
        """Ask whether the token is good, the chat is there and the bot may post in it."""
        bot = self._ask("getMe")
        chat = self._ask("getChat")
        kind = str(chat.get("type"))
        if kind == "private":
            return
        rights = self._call("getChatMember", {"user_id": str(bot.get("id"))})
        if rights.status == 400:
            return  # not to be seen here: a send will tell
        if not may_post(self._result(rights), kind):
            raise SetupError(
                f"the bot may not post in the {kind} {self._chat_id}: make it an administrator "
                "with the right to post, or change TELEGRAM_CHAT_ID",
                self.name,
            )

    @property
    def rules(self) -> PictureRules:
        """What Telegram takes as a photo."""
        return RULES

    def publish(self, rendition: Rendition, publication: Publication) -> Receipt:
        """Send the first picture with the caption, once.

        A picture that cannot be a photo goes out as a file. The receipt's detail says so
        (`sent_as`), and names a caption that was shortened (`caption_shortened`), pictures that
        stayed behind (`pictures_left_out`) and a chat that has moved (`new_chat_id`).

        Raises:
            RateLimited, TransientError: surely not sent; again later.
            InvalidPost, BadPicture, PermanentError: surely not sent; the post is at fault.
            BadCredentials, SetupError: surely not sent; the set-up is.
            OutcomeUnknown: perhaps sent.
        """
        post = rendition.post
        picture, detail = first_picture(rendition, self.name)
        caption, cost = build_caption(post)
        before = self._chat_id
        method = "sendPhoto" if can_be_photo(picture) else "sendDocument"
        answer = self._call(method, *build_send(method, post, caption, picture))
        if method == "sendPhoto" and answer.refuses_photo:
            method = "sendDocument"
            answer = self._call(method, *build_send(method, post, caption, picture))
        receipt = parse_receipt(answer.result)
        if receipt is None:
            doubt = how_to_resolve(post, publication, self._chat_id)
            raise error_of(answer, self.name, doubt)
        facts = {**receipt.detail, **detail, **cost}
        if method == "sendDocument":
            facts["sent_as"] = "document"
        if self._chat_id != before:
            facts["new_chat_id"] = self._chat_id
        return replace(receipt, detail=facts)

    def settle(self, post: Post, publication: Publication) -> Receipt | None:
        """Raise OutcomeUnknown with what a person should do: a bot cannot read a chat's history."""
        doubt = how_to_resolve(post, publication, self._chat_id)
        raise OutcomeUnknown(f"nobody knows whether the post was sent. {doubt}", self.name)

    def _ask(self, method: str) -> Mapping[str, Any]:
        return self._result(self._call(method, {}))

    def _result(self, answer: Answer) -> Mapping[str, Any]:
        """Return what a call that changes nothing found out."""
        if answer.result is not None:
            return answer.result
        error = error_of(answer, self.name)
        # No post is at fault here.
        raise SetupError(error.message, self.name) if isinstance(error, PermanentError) else error

    def _call(
        self, method: str, fields: Mapping[str, str], files: Mapping[str, Any] | None = None
    ) -> Answer:
        """Call once; once more where the chat has moved, for then it had no effect."""
        answer = self._exchange(method, fields, files)
        if answer.status != 400 or answer.moved_to is None:
            return answer
        if self._chat_id != str(answer.moved_to):  # else another thread has found out as well
            self._chat_id = str(answer.moved_to)
            _log.warning(
                "%s: the group is a supergroup now: set TELEGRAM_CHAT_ID to %s",
                self.name,
                self._chat_id,
            )
        return self._exchange(method, fields, files)

    def _exchange(
        self, method: str, fields: Mapping[str, str], files: Mapping[str, Any] | None
    ) -> Answer:
        data = {"chat_id": self._chat_id, **fields}
        request = requests.Request("POST", f"{self._base}/{method}", data=data, files=files)
        reply = exchange(request, self._limits)
        if isinstance(reply, NoReply):
            return Answer(silence=reply.kind, words=excerpt(reply.reason, self._secrets))
        # A cut body needs no care: no beginning of a JSON object is one.
        answer = parse_answer(reply.status, reply.body)
        wait = answer.retry_after
        if wait is None:
            wait = read_retry_after(reply.headers.get("Retry-After"), self._clock())
        return replace(answer, words=excerpt(answer.words, self._secrets), retry_after=wait)
