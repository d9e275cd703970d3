"""The error map of the moderation: what an answer without a verdict means.

A verdict costs nothing and has no effect: whatever was lost may be asked for again, so that
nothing here is an OutcomeUnknown.
"""

from collections.abc import Mapping
from datetime import datetime

from promptpress.adapters import _errors
from promptpress.adapters._http import NoReply, Reply, excerpt
from promptpress.adapters.openai._chat_errors import Told, is_about_model, read_told
from promptpress.adapters.openai._waits import read_wait
from promptpress.errors import (
    BadCredentials,
    ContentRefused,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)

NAME = "openai-moderation"
_Kind = type[PromptpressError]
_BROKE = (
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
)
"""Types and codes that come with 429 or 400 and mean: no money, without which nothing is free."""
_NO_MONEY: tuple[_Kind, str] = (
    QuotaExhausted,
    "add credit or raise the limit at platform.openai.com/settings/organization/billing, or unset "
    "MODERATION",
)
_NO_MODERATION: tuple[_Kind, str] = (
    SetupError,
    "nothing is moderated there: set MODERATION_API_URL to another server, such as "
    "https://api.openai.com/v1, or unset MODERATION",
)
_LATER: tuple[_Kind, str] = (TransientError, "it is asked again later")
_WRONG: tuple[_Kind, str] = (
    PermanentError,
    "change the prompt or picture, then retry the post; if it is said of every post, unset "
    "MODERATION",
)
_ADVICE: Mapping[int, tuple[_Kind, str]] = {
    401: (BadCredentials, "put a valid key into OPENAI_API_KEY"),
    402: _NO_MONEY,
    403: (BadCredentials, "give the key of OPENAI_API_KEY the right to moderations"),
    404: _NO_MODERATION,
    405: _NO_MODERATION,
    407: (SetupError, "correct the proxy in HTTPS_PROXY"),
    408: _LATER,
    409: _LATER,
    425: _LATER,
    429: (RateLimited, "it is asked again when it allows"),
    501: _NO_MODERATION,
}


def flagged(what: str, categories: list[str], secrets: list[str]) -> PromptpressError:
    """Return the error for a text or picture that is flagged, with the categories in words."""
    reasons = excerpt(", ".join(categories), secrets) or "no category is named"
    message = f"{what} is flagged ({reasons}): change the prompt, then retry the post"
    return ContentRefused(message, NAME)


def no_key() -> PromptpressError:
    """Return the error for a key that cannot be one."""
    return BadCredentials("the key is empty or no key: copy it into OPENAI_API_KEY again", NAME)


def lost(reason: str) -> PromptpressError:
    """Return the error for an answer that is not whole or no verdict, for a reason."""
    message = f"the answer is no verdict ({reason}): it is asked again later; if it stays, "
    return TransientError(f"{message}set MODERATION_API_URL to another server", NAME)


def unreachable(none: NoReply) -> PromptpressError:
    """Return the error for a call without an answer."""
    return _errors.unreachable(none, NAME, "MODERATION_API_URL or OPENAI_BASE_URL")


def explain(reply: Reply, secrets: list[str], now: datetime) -> PromptpressError:
    """Return the error that an answer means which is no verdict.

    Args:
        reply: the answer; one of status 200 may say in its body what it means.
        secrets: what its words must not show.
        now: the time.
    """
    told = read_told(reply)
    status = told.status or reply.status
    words = excerpt(told.words, secrets)
    if status < 300 and not any(code in _BROKE for code in told.codes):
        return lost(words or "something else came")
    kind, advice = _judge(status, told)
    said = f"it answers {status}" + (f" ({words})" if words else "")
    wait = read_wait(reply, now) if issubclass(kind, TransientError) else None
    return kind(f"{said}: {advice}", NAME, wait)


def _judge(status: int, told: Told) -> tuple[_Kind, str]:
    """Return the kind of error and what to do; codes tell more than the status."""
    if any(code in _BROKE for code in told.codes):
        return _NO_MONEY
    if status in (400, 404, 422) and is_about_model(status, told):
        return _NO_MODERATION
    if status in _ADVICE:
        return _ADVICE[status]
    if status >= 500:
        return _LATER
    if status < 400:
        return SetupError, "set MODERATION_API_URL to where it leads"
    return _WRONG
