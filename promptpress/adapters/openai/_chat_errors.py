"""The error map of the language model: what an answer without words means.

A caption or a prompt costs little and has no effect: whatever was lost may be asked for again.
Articles cost more: an answer that was lost (LostAnswer) is an OutcomeUnknown to them.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from promptpress.adapters import _errors
from promptpress.adapters._http import NoReply, Reply, excerpt
from promptpress.adapters.openai._waits import read_wait
from promptpress.errors import (
    BadCredentials,
    ContentRefused,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)

NAME = "openai-text"
_Kind = type[PromptpressError]
_REFUSED = ("content_policy_violation", "content_filter", "moderation_blocked")
_REFUSING = ("content policy", "content management policy", "safety system", "moderation")
"""Codes and words by which a prompt is refused."""
_BROKE = (
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
)
"""Types and codes that come with 429 or 400 and mean: no money."""
_OVERLOADED = ("server_is_overloaded", "slow_down", "overloaded", "loading model")
"""Codes and words of a 5xx that say that nothing was begun; 503 itself says so (RFC 9110)."""
_TOO_LONG = ("context_length_exceeded", "context length", "context size", "maximum context")
_FORMAT = ("response_format", "json_schema", "json schema", "grammar", "structured output")
"""Words by which servers say that they do not take a schema."""
_NO_MONEY: tuple[_Kind, str] = (
    QuotaExhausted,
    "add credit or raise the limit at platform.openai.com/settings/organization/billing, or set "
    "TEXT_API_URL to another server",
)
_NO_CHAT: tuple[_Kind, str] = (
    SetupError,
    "no texts are written at this address: set TEXT_API_URL to one that ends in /v1 or the like",
)
_LATER: tuple[_Kind, str] = (TransientError, "it is asked again later")
_WRONG: tuple[_Kind, str] = (PermanentError, "change the prompt, or TEXT_MODEL, then retry")
_ADVICE: Mapping[int, tuple[_Kind, str]] = {
    401: (BadCredentials, "put a valid key into TEXT_API_KEY or OPENAI_API_KEY"),
    402: _NO_MONEY,
    403: (BadCredentials, "give the key of TEXT_API_KEY or OPENAI_API_KEY the right to this model"),
    404: _NO_CHAT,
    405: _NO_CHAT,
    407: (SetupError, "correct the proxy in HTTPS_PROXY"),
    408: _LATER,
    409: _LATER,
    425: _LATER,
    429: (RateLimited, "it is asked again when it allows"),
    501: _NO_CHAT,
}


class LostAnswer(TransientError):
    """A text that may have been written and paid for, and cannot be had; it stays in here."""

    def plain(self) -> TransientError:
        """Return the error for words that are simply asked for again."""
        return TransientError(self.message, NAME, self.retry_after)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the body of an error says."""

    words: str = ""
    codes: tuple[str, ...] = ()
    param: str = ""
    status: int = 0
    """The status that a body of an answer of 200 names."""

    def has(self, signs: tuple[str, ...]) -> bool:
        """Tell whether a code or the words hold one of the signs."""
        words = self.words.lower()
        return any(sign in self.codes or sign in words for sign in signs)


def lost(reason: str) -> LostAnswer:
    """Return the error for an answer that is not whole or not to be read, for a reason."""
    message = f"no answer that can be used ({reason}): it is asked again later; if it stays, "
    return LostAnswer(f"{message}change TEXT_MODEL", NAME)


def unreachable(none: NoReply) -> PromptpressError:
    """Return the error for a call without an answer."""
    error = _errors.unreachable(none, NAME, "TEXT_API_URL")
    return LostAnswer(error.message, NAME) if none.kind == "lost" else error


def perhaps_paid(error: LostAnswer) -> PromptpressError:
    """Return the error for a lost answer that costs more than to be simply asked for again."""
    message = (
        f"{error.message.partition(': it is asked again')[0]}, so the text may have been written "
        "and paid for: it is asked for once more at the most; if it stays, change TEXT_MODEL or "
        "raise DEFAULT_GENERATION_TIMEOUT, then retry the post"
    )
    return OutcomeUnknown(message, NAME)


def refused(words: str) -> PromptpressError:
    """Return the error for a model that does not want to, in its own words."""
    said = words or "it gives no reason"
    return ContentRefused(f"the model refuses ({said}): change the prompt or theme", NAME)


def cut_short() -> PromptpressError:
    """Return the error for an answer that a limit of tokens ended."""
    message = (
        "the answer was cut off at the limit of tokens: raise the limit of the server or model "
        "in TEXT_MODEL, or ask for fewer prompts"
    )
    return PermanentError(message, NAME)


def wrong_model(what: str, known: list[str]) -> PromptpressError:
    """Return the error for a model that cannot be had.

    Args:
        what: the trouble with it.
        known: the models that the server does have, as far as it tells.
    """
    names = f" (it knows {', '.join(known[:8])[:300]})" if known else ""
    return SetupError(f"{what}{names}: change TEXT_MODEL", NAME)


def read_told(reply: Reply) -> Told:
    """Return what an error's body tells: of JSON its words and codes, of a page its title."""
    try:
        value = json.loads(reply.body)
    except (ValueError, RecursionError):
        return Told(words=_read_text(reply.body))
    inner = (value.get("error") or value) if isinstance(value, dict) else value
    if not isinstance(inner, dict):
        return Told(words=inner if isinstance(inner, str) else json.dumps(inner)[:1_000])
    said = next((inner[key] for key in ("message", "detail", "msg") if inner.get(key)), "")
    code = inner.get("code")
    codes = tuple(text for text in (code, inner.get("type")) if isinstance(text, str))
    words = said if isinstance(said, str) else json.dumps(said)[:1_000]
    return Told(
        words=" ".join(dict.fromkeys(filter(None, (words, *codes)))),
        codes=codes,
        param=str(inner.get("param") or ""),
        status=code if isinstance(code, int) and 400 <= code < 600 else 0,
    )


def is_about_model(status: int, told: Told) -> bool:
    """Tell whether a refusal means that the server has no such model."""
    if "model_not_found" in told.codes or (status == 400 and told.param == "model"):
        return True
    words = told.words.lower()
    return "model" in words if status == 404 else "invalid model" in words


def is_about_format(status: int, told: Told) -> bool:
    """Tell whether the question may be taken without the schema that stands in it."""
    if told.param.startswith("response_format"):
        return True
    if told.has(_REFUSED + _REFUSING + _BROKE + _TOO_LONG) or is_about_model(status, told):
        return False
    # Some servers answer an unknown field with a bare 400, others fall over it with words.
    return status in (400, 422) or (status >= 500 and told.has(_FORMAT))


def explain(reply: Reply, secrets: list[str], now: datetime) -> PromptpressError:
    """Return the error that an answer means which holds no words.

    Args:
        reply: the answer; one of status 200 may say in its body what it means.
        secrets: what its words must not show.
        now: the time.
    """
    told = read_told(reply)
    status = told.status or reply.status
    words = excerpt(told.words, secrets)
    said = f"it answers {status}" + (f" ({words})" if words else "")
    if is_about_model(status, told):
        return wrong_model(said, [])
    kind, advice = _judge(status, told)
    if kind is TransientError and status >= 500 and status != 503 and not told.has(_OVERLOADED):
        return LostAnswer(f"{said}: {advice}", NAME, read_wait(reply, now))
    wait = read_wait(reply, now) if issubclass(kind, TransientError) else None
    return kind(f"{said}: {advice}", NAME, wait)


def _judge(status: int, told: Told) -> tuple[_Kind, str]:
    """Return the kind of error and what to do; codes tell more than the status."""
    if any(code in told.codes for code in _BROKE):
        return _NO_MONEY
    if status in (200, 400, 403, 422) and told.has(_REFUSED + _REFUSING):
        return ContentRefused, "change the prompt or theme, then retry"
    if status in (400, 413, 422) and told.has(_TOO_LONG):
        return PermanentError, "shorten the prompt, or ask for fewer"
    return _ADVICE.get(status) or _judge_class(status)


def _judge_class(status: int) -> tuple[_Kind, str]:
    """Return the same for a status that has no meaning of its own here."""
    if status >= 500 or status < 300:
        return _LATER
    if status < 400:
        return SetupError, "set TEXT_API_URL to where it leads"
    return _WRONG


def _read_text(body: bytes) -> str:
    text = body[:10_000].decode("utf-8", "replace").strip()
    if not text.startswith("<"):
        return text
    title = re.search(r"<title[^>]*>([^<]*)", text, re.IGNORECASE)
    return title[1].strip() if title and title[1].strip() else "a page of HTML"
