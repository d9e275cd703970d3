"""Asks a language model: every call bounded in time and size, the key to its server only."""

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from pydantic import BaseModel

from promptpress.adapters._http import Limits, NoReply, Reply, excerpt, exchange
from promptpress.adapters.openai._chat_errors import NAME, cut_short, lost, refused
from promptpress.adapters.openai._words import build_schema
from promptpress.errors import BadCredentials

OFFICIAL = "api.openai.com"
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0
"""Seconds of silence where nothing is being written."""
MAX_ANSWER = 2_000_000
"""Bytes of an answer: fifty prompts of the greatest length have a quarter of it."""
MAX_LIST = 8_000_000
"""Bytes of a list of models; that of a proxy before many services has one or two million."""


@dataclass(frozen=True)
class Answer:
    """The words of an answer."""

    content: str
    tokens: int | None = None
    """Read and written for it, where the server says."""


class Chat:
    """One server, and the model that is asked there."""

    def __init__(self, key: str, api_url: str, model: str) -> None:
        """Keep them; the key is looked at when it is first sent.

        Args:
            key: of the server; empty for one that asks for none.
            api_url: its address, up to /v1.
            model: the name of the model.
        """
        self._key = key.strip()
        self._api_url = api_url.rstrip("/")
        self._model = model

    @property
    def secrets(self) -> list[str]:
        """What no message may show."""
        return [self._key]

    @property
    def is_official(self) -> bool:
        """True when the server is OpenAI's own."""
        try:
            return urlsplit(self._api_url).hostname == OFFICIAL
        except ValueError:
            return False

    def ask(
        self, system: str, user: str, form: type[BaseModel] | None, ends: float
    ) -> Reply | NoReply:
        """Ask the model once.

        Args:
            system: what it shall do.
            user: what it shall do it with.
            form: what the server shall hold the answer to, if it can.
            ends: by when it is over, on the monotonic clock.
        """
        url = f"{self._api_url}/chat/completions"
        body = _build_question(self._model, system, user, form)
        request = requests.Request("POST", url, headers=self._headers(), json=body)
        return exchange(request, _limits(ends, MAX_ANSWER, ends - time.monotonic()))

    def list_models(self, ends: float) -> Reply | NoReply:
        """Ask what models there are."""
        request = requests.Request("GET", f"{self._api_url}/models", headers=self._headers())
        return exchange(request, _limits(ends, MAX_LIST, READ_TIMEOUT))

    def _headers(self) -> dict[str, str]:
        headers = {"User-Agent": "promptpress", "Accept": "application/json"}
        if not self._key and not self.is_official:
            return headers
        if not self._key.isascii() or len(self._key.split()) != 1:
            message = "the key is empty or no key: copy it into TEXT_API_KEY or OPENAI_API_KEY"
            raise BadCredentials(message, NAME)
        return {**headers, "Authorization": f"Bearer {self._key}"}


def _build_question(
    model: str, system: str, user: str, form: type[BaseModel] | None
) -> dict[str, Any]:
    """Return the JSON body; nothing is named that some model refuses (temperature, max_tokens)."""
    question: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": user},
        ],
    }
    if form is not None:
        schema = {"name": form.__name__.lower(), "strict": True, "schema": build_schema(form)}
        question["response_format"] = {"type": "json_schema", "json_schema": schema}
    return question


def _limits(ends: float, max_answer: int, silence: float) -> Limits:
    left = max(ends - time.monotonic(), 0.001)
    return Limits(
        connect=min(CONNECT_TIMEOUT, left),
        read=max(min(silence, left), 0.001),
        total=left,
        max_answer=max_answer,
    )


def parse_content(body: bytes, secrets: list[str]) -> str | None:
    """Return the words of an answer of status 200; None: it holds something else.

    Args:
        body: the answer.
        secrets: what no message may show.

    Raises:
        ContentRefused: the model or a filter refuses.
        PermanentError: a limit of tokens cut it off.
        TransientError: the answer is empty.
    """
    choice = _first_choice(body)
    message = choice.get("message") if choice else None
    if choice is None or not isinstance(message, dict):
        return None
    content, refusal = _join(message.get("content")), message.get("refusal")
    if isinstance(refusal, str) and refusal.strip():
        raise refused(excerpt(refusal, secrets))
    if choice.get("finish_reason") == "content_filter":
        raise refused("its filter held the answer back")
    if choice.get("finish_reason") == "length":
        raise cut_short()
    if not content.strip():
        raise lost("it is empty")
    return content


def parse_tokens(body: bytes) -> int | None:
    """Return how many tokens an answer that could be read has cost; None where it does not say."""
    usage = json.loads(body).get("usage")
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def _first_choice(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    choices = value.get("choices") if isinstance(value, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else None


def _join(content: Any) -> str:
    """Return the text of a message, which some servers send in parts."""
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(text for text in parts if isinstance(text, str))
    return content if isinstance(content, str) else ""
