"""The error map: what an answer that is no picture, or no answer, means for the post."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from promptpress.adapters import _errors
from promptpress.adapters._bodies import find_texts, parse_json, read_page
from promptpress.adapters._http import NoReply, Reply, excerpt
from promptpress.adapters.openai._waits import read_wait
from promptpress.errors import (
    BadCredentials,
    BadPicture,
    ContentRefused,
    InvalidPost,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)

NAME = "openai"
_Kind = type[PromptpressError]
_REFUSED = ("moderation_blocked", "content_policy_violation", "content_filter")
"""Codes by which a prompt or picture is refused."""
_REFUSING = ("content policy", "safety system", "safety filter", "nsfw", "moderation")
"""Words by which servers without such codes refuse one."""
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
_OVERLOADED = ("server_is_overloaded", "slow_down")
"""Codes of a 503 that say that nothing was begun."""
_TOLD = ("message", "error", "detail", "msg")
"""Where servers keep their words."""
_NO_MONEY: tuple[_Kind, str] = (
    QuotaExhausted,
    "add credit or raise the limit at platform.openai.com/settings/organization/billing, or name "
    "another service in GENERATORS",
)
_NO_PICTURES_HERE: tuple[_Kind, str] = (
    SetupError,
    "no pictures are made at this address: set OPENAI_BASE_URL to one that ends in /v1 or the like",
)
_WRONG_POST: tuple[_Kind, str] = (InvalidPost, "correct the post, then retry it")
_LATER: tuple[_Kind, str] = (TransientError, "nothing was made, it is asked again later")
_ADVICE: Mapping[int, tuple[_Kind, str]] = {
    400: _WRONG_POST,
    401: (BadCredentials, "put a valid key into OPENAI_API_KEY"),
    402: _NO_MONEY,
    403: (
        BadCredentials,
        "give the key of OPENAI_API_KEY the right to make pictures with this model; OpenAI asks "
        "for a verified organization as well (platform.openai.com/settings/organization/general)",
    ),
    404: _NO_PICTURES_HERE,
    405: _NO_PICTURES_HERE,
    407: (SetupError, "correct the proxy in HTTPS_PROXY"),
    408: _LATER,
    409: _LATER,
    413: _WRONG_POST,
    422: _WRONG_POST,
    425: _LATER,
    429: (RateLimited, "it is asked again when it allows"),
    501: _NO_PICTURES_HERE,
}


@dataclass(frozen=True, kw_only=True)
class Order:
    """What was ordered, as far as the reason of a refusal goes."""

    model: str
    own: bool = False
    """True when the post itself names the model."""
    paid: bool = True
    """False for questions: an answer that is lost may be asked for again."""


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What the body of an error says."""

    words: str = ""
    codes: tuple[str, ...] = ()
    param: str = ""

    def has(self, codes: tuple[str, ...]) -> bool:
        return any(code in codes for code in self.codes)

    def says(self, signs: tuple[str, ...]) -> bool:
        return any(sign in self.words.lower() for sign in signs)


def wrong_model(what: str, *, own: bool) -> PromptpressError:
    """Return the error for a model that cannot be had.

    Args:
        what: the trouble with it.
        own: True when the post itself names the model.
    """
    if own:
        return InvalidPost(f"{what}: change the model of the post, then retry it", NAME)
    return SetupError(f"{what}: change OPENAI_IMAGE_MODEL", NAME)


def unreachable(none: NoReply, setting: str = "OPENAI_BASE_URL") -> PromptpressError:
    """Return the error for a call that got no answer, where asking again does no harm."""
    return _errors.unreachable(none, NAME, setting)


def lost(reason: str) -> PromptpressError:
    """Return the error for an order whose answer is lost, for a reason."""
    message = (
        f"the answer was lost ({reason}), so the picture may have been made and paid for: compare "
        "platform.openai.com/usage or the log of your server, then retry the post"
    )
    return OutcomeUnknown(message, NAME)


def gone(what: str) -> PromptpressError:
    """Return the error for something paid for that is no longer to be had."""
    message = f"the server no longer has {what}: retry the post, which pays for a new picture"
    return PermanentError(message, NAME)


def too_large(limit: int) -> PromptpressError:
    """Return the error for a picture of more bytes than the limit."""
    message = f"a picture of {limit // 1_000_000} MB or more came: order a smaller one, then retry"
    return BadPicture(message, NAME)


def no_picture(reply: Reply, secrets: list[str]) -> PromptpressError:
    """Return the error for a good answer without a picture."""
    told = _read(reply.body)
    said = excerpt(told.words, secrets) or "nothing"
    if told.has(_REFUSED) or told.says(_REFUSING):
        return ContentRefused(f"{said}: change the prompt, then retry the post", NAME)
    message = f"something else came than a picture ({said}), perhaps paid for: retry the post"
    return BadPicture(message, NAME)


def explain(reply: Reply, order: Order, secrets: list[str], now: datetime) -> PromptpressError:
    """Return the error that an answer of status 300 or more means.

    Args:
        reply: the answer.
        order: what it answers.
        secrets: what its words must not show.
        now: the time.
    """
    status, told = reply.status, _read(reply.body)
    words = excerpt(told.words, secrets)
    said = f"it answers {status}" + (f" ({words})" if words else "")
    number = reply.headers.get("x-request-id")
    if order.paid and status >= 500 and status != 501 and not told.has(_OVERLOADED):
        return lost(said + (f", request {excerpt(number, secrets)[:80]}" if number else ""))
    if _is_about_model(status, told):
        return wrong_model(
            f"{said}, so it does not make pictures with {order.model}", own=order.own
        )
    kind, advice = _judge(status, told)
    wait = read_wait(reply, now) if issubclass(kind, TransientError) else None
    return kind(f"{said}: {advice}", NAME, wait)


def _is_about_model(status: int, told: _Told) -> bool:
    if "model_not_found" in told.codes or (status == 400 and told.param == "model"):
        return True
    return told.says(("model",) if status == 404 else ("invalid model",))


def _judge(status: int, told: _Told) -> tuple[_Kind, str]:
    """Return the kind of error and what to do; codes tell more than the status."""
    if told.has(_BROKE):
        return _NO_MONEY
    if told.has(_REFUSED) or (status in (400, 403, 422) and told.says(_REFUSING)):
        return ContentRefused, "change the prompt, then retry the post"
    if status in _ADVICE:
        return _ADVICE[status]
    if status >= 500:
        return _LATER
    if status < 400:
        return SetupError, "set OPENAI_BASE_URL to where it leads"
    return PermanentError, "correct the post or its model, then retry it"


def _read(body: bytes) -> _Told:
    """Return what an error's body tells: of JSON its words and codes, of a page its title."""
    value = parse_json(body)
    if isinstance(value, dict):
        # {"error": {"message", "type", "param", "code"}}; some servers put it outside, or words in.
        inner = value.get("error")
        told = _read_dict(inner if isinstance(inner, dict) else value)
        return replace(told, words=" ".join(dict.fromkeys(filter(None, (told.words, *told.codes)))))
    if value is not None:
        return _Told(words=value if isinstance(value, str) else json.dumps(value)[:1_000])
    return _Told(words=read_page(body))


def _read_dict(value: dict[str, Any]) -> _Told:
    details = value.get("moderation_details")
    words = find_texts(value, _TOLD)
    if isinstance(details, dict) and isinstance(details.get("categories"), list):
        words += [text for text in details["categories"] if isinstance(text, str)]
    return _Told(
        words="; ".join(dict.fromkeys(words)),
        codes=tuple(code for name in ("code", "type") if isinstance(code := value.get(name), str)),
        param=str(value.get("param") or ""),
    )
