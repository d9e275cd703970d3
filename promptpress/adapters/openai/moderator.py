"""What looks at words and pictures before they cost or show anything: a Moderator.

    text → a question; each picture → a question of its own → verdict → a refusal, or nothing

A verdict costs nothing and has no effect, so that a lost answer is simply asked for again; tasks
do that. Whatever cannot be read as a verdict is none: nothing passes because of it.

===================  ===================================================================
_moderation          what is asked, and what the answer says
_moderation_errors   the error map
===================  ===================================================================
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from promptpress.adapters._http import Limits, NoReply, exchange
from promptpress.adapters.openai._moderation import Input, ask_picture, ask_text, parse_verdict
from promptpress.adapters.openai._moderation_errors import (
    NAME,
    explain,
    flagged,
    lost,
    no_key,
    unreachable,
)

OPENAI_URL = "https://api.openai.com/v1"
OFFICIAL = "api.openai.com"
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
"""Seconds of silence while a picture is looked at."""
CHECK_TIME = 20.0
"""Seconds for the question of a check."""
MAX_ANSWER = 1_000_000
"""Bytes of an answer: a verdict has three thousand."""


class OpenAIModerator:
    """Has text and pictures judged by OpenAI's moderation, which is free of charge; a Moderator.

    Pictures are judged only for self-harm, sexual content and violence, text for all categories.
    """

    name = NAME

    def __init__(
        self,
        key: str = "",
        *,
        model: str = "omni-moderation-latest",
        api_url: str = OPENAI_URL,
        timeout: float = 60.0,
        clock: Callable[[], datetime],
    ) -> None:
        """Keep the set-up; nothing is asked before it is needed.

        Args:
            key: of OpenAI or the other server; empty for a server that asks for none.
            model: what judges.
            api_url: address of the server, up to /v1.
            timeout: seconds for one call of a method, from first to last.
            clock: tells the time, aware and in UTC.
        """
        self._key = key.strip()
        self._model = model
        self._api_url = api_url.rstrip("/")
        self._timeout = timeout
        self._clock = clock

    def check(self) -> None:
        """Have one harmless word judged, which costs nothing.

        The list of models would not tell whether there is a moderation at this address, and a
        restricted key may have the right to one of the two only.

        Raises:
            SetupError: the key is refused, or nothing is judged at this address.
            TransientError: the server does not answer.
        """
        self._ask(ask_text("hello"), time.monotonic() + min(CHECK_TIME, self._timeout))

    def judge(self, text: str, pictures: Sequence[bytes] = ()) -> None:
        """Raise ContentRefused, with the reason, for a text or picture that should not go out.

        Args:
            text: what people would read; blank: there is none.
            pictures: whole pictures; each is a question of its own, the service takes no more.

        Raises:
            ContentRefused: something is flagged.
            PermanentError: the service cannot read a text or picture.
            TransientError: no verdict; asking again may help.
            SetupError: key, credit or address are not right.
        """
        ends = time.monotonic() + self._timeout
        for what, question in _build_questions(text, pictures):
            categories = self._ask(question, ends)
            if categories is not None:
                raise flagged(what, categories, [self._key])

    def _ask(self, question: Input, ends: float) -> list[str] | None:
        """Return the categories by which something is flagged, or None where it is not."""
        body = {"model": self._model, "input": question}
        reply = exchange(self._build_request(body), _limits(ends))
        if isinstance(reply, NoReply):
            raise unreachable(reply)
        if reply.status >= 300:
            raise explain(reply, [self._key], self._clock())
        if not reply.whole:
            raise lost("it broke off, or is too large")
        verdict = parse_verdict(reply.body)
        if verdict is None:
            raise explain(reply, [self._key], self._clock())
        return list(verdict.categories) if verdict.flagged else None

    def _build_request(self, body: dict[str, Any]) -> requests.Request:
        headers = {"User-Agent": "promptpress", "Accept": "application/json"}
        if self._key or self._is_official():
            if not self._key.isascii() or len(self._key.split()) != 1:
                raise no_key()
            headers["Authorization"] = f"Bearer {self._key}"
        return requests.Request("POST", f"{self._api_url}/moderations", headers=headers, json=body)

    def _is_official(self) -> bool:
        try:
            return urlsplit(self._api_url).hostname == OFFICIAL
        except ValueError:
            return False


def _build_questions(text: str, pictures: Sequence[bytes]) -> Iterator[tuple[str, Input]]:
    """Yield what is judged, in words, and the question about it."""
    if text.strip():
        yield "the text", ask_text(text)
    for number, content in enumerate(pictures, 1):
        several = len(pictures) > 1
        what = f"picture {number} of {len(pictures)}" if several else "the picture"
        yield what, ask_picture(content)


def _limits(ends: float) -> Limits:
    left = max(ends - time.monotonic(), 0.001)
    return Limits(
        connect=min(CONNECT_TIMEOUT, left),
        read=min(READ_TIMEOUT, left),
        total=left,
        max_answer=MAX_ANSWER,
    )
