"""A language model that writes captions and thinks of pictures: a TextWriter and a PromptWriter.

    order or theme → one question with a schema → JSON → checked against schema and limits

It speaks OpenAI's chat completions, which every compatible server has (Ollama, LocalAI, vLLM,
llama.cpp, LM Studio). A text costs little and has no effect, so that a lost answer is simply asked
for again; tasks do that.

============  ===========================================================================
_words        what the model is told, and what of its answer is taken
_chat         sends; bounded in time and size, the key to its server only
_chat_errors  the error map
articles      outlines and texts of articles, which are never simply asked for again
============  ===========================================================================
"""

import json
import logging
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from promptpress.adapters._http import NoReply, Reply, excerpt
from promptpress.adapters.openai._chat import Answer, Chat, parse_content, parse_tokens
from promptpress.adapters.openai._chat_errors import (
    NAME,
    LostAnswer,
    explain,
    is_about_format,
    is_about_model,
    lost,
    perhaps_paid,
    read_told,
    refused,
    unreachable,
    wrong_model,
)
from promptpress.adapters.openai._words import (
    MAX_PROPOSED,
    Proposed,
    Written,
    ask_for_prompts,
    ask_for_words,
    holds_json,
    parse_prompts,
    parse_words,
)
from promptpress.errors import PromptpressError
from promptpress.model import Order
from promptpress.ports import Texts

OPENAI_URL = "https://api.openai.com/v1"
NOTICE = timedelta(days=60)
"""How long before the end of a model a check begins to say so."""
CHECK_TIME = 20.0
"""Seconds for the question of a check."""
_log = logging.getLogger(__name__)


class OpenAIWriter:
    """Writes the words of posts, and prompts for new ones; a TextWriter and a PromptWriter."""

    name = NAME

    def __init__(
        self,
        key: str = "",
        *,
        model: str,
        api_url: str = OPENAI_URL,
        language: str = "en",
        timeout: float = 120.0,
        clock: Callable[[], datetime],
    ) -> None:
        """Keep the set-up; nothing is asked before it is needed.

        Args:
            key: of OpenAI or the other server; empty for a server that asks for none.
            model: what writes.
            api_url: address of the server, up to /v1.
            language: in which it writes: a BCP 47 tag such as en or pt-BR.
            timeout: seconds for one call of a method, from first to last.
            clock: tells the time, aware and in UTC.
        """
        self._model = model
        self._language = language
        self._timeout = timeout
        self._clock = clock
        self._chat = Chat(key, api_url, model)
        self._takes_schema = True

    def check(self) -> None:
        """Ask for the list of models, which costs nothing; log a warning before a model's end.

        A server without such a list is taken to work.

        Raises:
            SetupError: the key is refused, or the model is not there or shut down.
            TransientError: the server does not answer.
        """
        try:
            return self._check_model()
        except LostAnswer as error:
            lost_ = error
        raise lost_.plain()

    def _check_model(self) -> None:
        reply = self._chat.list_models(time.monotonic() + min(CHECK_TIME, self._timeout))
        if isinstance(reply, NoReply):
            raise unreachable(reply)
        if reply.status in (404, 405, 501):
            return
        if reply.status >= 300:
            raise explain(reply, self._chat.secrets, self._clock())
        known = _parse_models(reply)
        if known is None:
            raise lost("something else than a list of models came")
        about = _find_model(self._model, known)
        if about is None and (self._chat.is_official or len(known) != 1):
            raise wrong_model(f"the server does not know the model {self._model}", _names(known))
        if about is None:
            # Servers with one model, such as llama.cpp, often answer by it whatever is named.
            _log.warning("%s: the server has one model, %s", NAME, *known)
            return
        self._warn_of_end(about.get("shutdown_date"))

    def write(self, order: Order) -> Texts:
        """Return caption, alt text and hashtags for an order, in the language that is set.

        Raises:
            ContentRefused: the model does not want to, or answers in words without a form.
            PermanentError: the answer, or the question, is too long for it.
            TransientError: no answer that can be used; asking again may help.
            SetupError: key, credit, model or address are not right.
        """
        content = self._ask(*ask_for_words(order, self._language), Written).content
        words = parse_words(content)
        if words is None:
            raise self._unusable(content)
        return words

    def propose(self, theme: str, count: int, known: Sequence[str]) -> list[str]:
        """Return up to `count` prompts on a theme, at most 50 of one call.

        Args:
            theme: what they are about.
            count: how many are wanted.
            known: prompts to keep away from; the last hundred are shown to the model, which
                gives no promise.

        Raises:
            ContentRefused, PermanentError, TransientError, SetupError: as for `write`.
        """
        if count <= 0:
            return []
        wanted = min(count, MAX_PROPOSED)
        question = ask_for_prompts(theme, wanted, known, self._language)
        content = self._ask(*question, Proposed).content
        prompts = parse_prompts(content, wanted)
        if prompts is None:
            raise self._unusable(content)
        return prompts

    def _ask(
        self, system: str, user: str, form: type[BaseModel], *, costly: bool = False
    ) -> Answer:
        """Return the model's answer; a costly one that was lost is not simply asked for again."""
        try:
            return self._ask_model(system, user, form)
        except LostAnswer as error:
            lost_ = error
        raise perhaps_paid(lost_) if costly else lost_.plain()

    def _ask_model(self, system: str, user: str, form: type[BaseModel]) -> Answer:
        ends = time.monotonic() + self._timeout
        held = form if self._takes_schema else None
        reply = self._chat.ask(system, user, held, ends)
        if held is not None and _refuses_schema(reply):
            # A second question, against the rule: it costs little and has no effect, and the
            # system message asks for the same form in words.
            reply = self._chat.ask(system, user, None, ends)
            self._takes_schema = isinstance(reply, NoReply) or reply.status >= 300
        if isinstance(reply, NoReply):
            raise unreachable(reply)
        if reply.status >= 300:
            raise self._explain(reply, ends)
        if not reply.whole:
            raise lost("it broke off, or is too large")
        content = parse_content(reply.body, self._chat.secrets)
        if content is None:
            raise self._explain(reply, ends)
        return Answer(content, parse_tokens(reply.body))

    def _explain(self, reply: Reply, ends: float) -> PromptpressError:
        """Return the error that an answer means; for an unknown model, with those there are."""
        told = read_told(reply)
        if not is_about_model(told.status or reply.status, told):
            return explain(reply, self._chat.secrets, self._clock())
        listed = self._chat.list_models(ends)
        known = None if isinstance(listed, NoReply) else _parse_models(listed)
        said = excerpt(told.words, self._chat.secrets)
        return wrong_model(f"{self._model} cannot be had ({said})", _names(known or {}))

    def _unusable(self, content: str, *, costly: bool = False) -> PromptpressError:
        """Return the error for words that are not what was asked for."""
        if holds_json(content):
            error = lost("its JSON is not of the form asked for")
            return perhaps_paid(error) if costly else error.plain()
        # Models that are not held to a form refuse in plain words.
        return refused(excerpt(content, self._chat.secrets))

    def _warn_of_end(self, told: object) -> None:
        try:
            end = date.fromisoformat(str(told)[:10])
        except ValueError:
            return
        today = self._clock().date()
        if end <= today:
            raise wrong_model(f"the model {self._model} was shut down on {end}", [])
        if end - today <= NOTICE:
            _log.warning(
                "%s: the model %s is shut down on %s: change TEXT_MODEL before",
                NAME,
                self._model,
                end,
            )


def _refuses_schema(reply: Reply | NoReply) -> bool:
    """Tell whether the server may take the question without its schema."""
    if isinstance(reply, NoReply) or reply.status < 400:
        return False
    return is_about_format(reply.status, read_told(reply))


def _parse_models(reply: Reply) -> dict[str, dict[str, Any]] | None:
    """Return what a list of models says about each by its name, or None where it is no list."""
    if reply.status >= 300 or not reply.whole:
        return None
    try:
        value = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    entries = value.get("data") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        return None
    return {
        str(entry["id"]): entry for entry in entries if isinstance(entry, dict) and "id" in entry
    }


def _find_model(model: str, known: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """Return what is told of a model, by its name as servers also write it."""
    # Ollama lists a model with its tag, Google's server with a folder, and both take it without.
    for name in (model, f"{model}:latest", f"models/{model}"):
        if name in known:
            return known[name]
    return None


def _names(known: dict[str, dict[str, Any]]) -> list[str]:
    return sorted(known, key=lambda name: ("gpt" not in name, name))
