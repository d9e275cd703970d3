"""The error map: what an answer that is no picture, or no answer, means for the post."""

import json
from collections.abc import Mapping
from datetime import datetime

from promptpress.adapters import _errors
from promptpress.adapters._bodies import parse_json, read_page
from promptpress.adapters._http import NoReply, Reply, excerpt, read_retry_after
from promptpress.adapters.stability._answers import MAX_PICTURE
from promptpress.adapters.stability._orders import MODELS
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

NAME = "stability"
_Kind = type[PromptpressError]
TIMED_OUT = 60.0
"""Seconds that the service shuts out whoever sent more than 150 requests in 10 seconds
(stabilityplatform.freshdesk.com, API Key Rate Limit Information)."""
_REFUSED: tuple[_Kind, str] = (ContentRefused, "change the prompt, then retry the post")
_NO_CREDIT: tuple[_Kind, str] = (
    QuotaExhausted,
    "add credits at platform.stability.ai/account/credits, or name another service in GENERATORS",
)
_WRONG_POST: tuple[_Kind, str] = (InvalidPost, "correct the post, then retry it")
_LATER: tuple[_Kind, str] = (TransientError, "nothing was made, it is asked again later")
_NOT_HERE: tuple[_Kind, str] = (
    SetupError,
    f"set STABILITY_API_URL to https://api.stability.ai, STABILITY_MODEL to one of "
    f"{', '.join(MODELS)}",
)
_NAMES: Mapping[str, tuple[_Kind, str]] = {
    "content_moderation": _REFUSED,
    "payment_required": _NO_CREDIT,
}
"""What the name of an error says, with whatever status it comes."""
_ADVICE: Mapping[int, tuple[_Kind, str]] = {
    400: _WRONG_POST,
    401: (BadCredentials, "put a valid key into STABILITY_API_KEY"),
    402: _NO_CREDIT,
    403: (
        BadCredentials,
        "give the key of STABILITY_API_KEY its rights at platform.stability.ai/account/keys",
    ),
    404: _NOT_HERE,
    405: _NOT_HERE,
    407: (SetupError, "correct the proxy in HTTPS_PROXY"),
    408: _LATER,
    410: _NOT_HERE,
    413: _WRONG_POST,
    422: _WRONG_POST,
    425: _LATER,
    429: (RateLimited, "it is asked again when it allows"),
}


def wrong_model(name: str, *, own: bool) -> PromptpressError:
    """Return the error for a model that cannot be had.

    Args:
        name: what it was called.
        own: True when the post itself names it.
    """
    what = f"{name[:100]!r} is no model; models are {', '.join(MODELS)}"
    if own:
        return InvalidPost(f"{what}: change the model of the post, then retry it", NAME)
    return SetupError(f"{what}: change STABILITY_MODEL", NAME)


def unreachable(none: NoReply) -> PromptpressError:
    """Return the error for a call that got no answer, where asking again does no harm."""
    return _errors.unreachable(none, NAME, "STABILITY_API_URL")


def lost(reason: str) -> PromptpressError:
    """Return the error for an order whose answer is lost, for a reason."""
    message = (
        f"the answer was lost ({reason}), so the picture may have been made and paid for: compare "
        "the credits at platform.stability.ai/account/credits, then retry the post"
    )
    return OutcomeUnknown(message, NAME)


def no_credit(left: float) -> PromptpressError:
    """Return the error for an account that cannot pay for a picture."""
    kind, advice = _NO_CREDIT
    return kind(f"{left:g} credits are left, too few for a picture: {advice}", NAME)


def no_job() -> PromptpressError:
    """Return the error for a job, which this service never gives."""
    return PermanentError("it keeps no jobs: retry the post, it begins anew", NAME)


def filtered() -> PromptpressError:
    """Return the error for a picture that was made and withheld."""
    message = (
        "the picture was blurred by the content filter: change the prompt, then retry the post"
    )
    return ContentRefused(message, NAME)


def too_large() -> PromptpressError:
    """Return the error for a picture of more bytes than are taken."""
    message = f"a picture of {MAX_PICTURE // 1_000_000} MB or more came: retry the post"
    return BadPicture(message, NAME)


def no_picture(reply: Reply, secrets: list[str]) -> PromptpressError:
    """Return the error for a good answer without a picture."""
    said = excerpt(_read(reply.body)[0], secrets) or "nothing"
    message = f"something else came than a picture ({said}), perhaps paid for: retry the post"
    return BadPicture(message, NAME)


def explain(reply: Reply, secrets: list[str], now: datetime, *, paid: bool) -> PromptpressError:
    """Return the error that an answer of status 300 or more means.

    Args:
        reply: the answer.
        secrets: what its words must not show.
        now: the time.
        paid: True for an order: a failure of the server may come after the picture.
    """
    words, name = _read(reply.body)
    words = excerpt(words, secrets)
    said = f"it answers {reply.status}" + (f" ({words})" if words else "")
    if paid and reply.status >= 500 and name not in _NAMES:
        number = reply.headers.get("x-request-id")
        return lost(said + (f", request {excerpt(number, secrets)[:80]}" if number else ""))
    kind, advice = _judge(reply.status, name, words)
    return kind(f"{said}: {advice}", NAME, _wait(kind, reply, now))


def _judge(status: int, name: str, words: str) -> tuple[_Kind, str]:
    if name in _NAMES:
        return _NAMES[name]
    if status == 403 and "moderation" in words.lower():
        return _REFUSED
    if status in _ADVICE:
        return _ADVICE[status]
    if status >= 500:
        return _LATER
    if status < 400:
        return SetupError, "set STABILITY_API_URL to where it leads"
    return PermanentError, "correct the post or its model, then retry it"


def _read(body: bytes) -> tuple[str, str]:
    """Return the words of an error's body, and the name that the service gives the error."""
    value = parse_json(body)
    if isinstance(value, dict):
        errors = value.get("errors")
        told = errors if isinstance(errors, list) else [errors]
        parts = [value.get("name"), value.get("message"), *told[:5]]
        words = "; ".join(dict.fromkeys(part for part in parts if isinstance(part, str) and part))
        return words, str(value.get("name") or "")
    if value is not None:
        return json.dumps(value)[:1_000], ""
    return read_page(body), ""


def _wait(kind: _Kind, reply: Reply, now: datetime) -> float | None:
    """Return the seconds that the service asks to wait."""
    asked = read_retry_after(reply.headers.get("Retry-After"), now)
    if asked is None and kind is RateLimited:
        return TIMED_OUT
    return asked if issubclass(kind, TransientError) else None
