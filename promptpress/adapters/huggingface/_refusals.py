"""The error map: what an answer that is no picture, or no answer, means for the post."""

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from promptpress.adapters import _errors
from promptpress.adapters._bodies import parse_json, read_page
from promptpress.adapters._http import NoReply, Reply, excerpt, read_retry_after
from promptpress.adapters.huggingface._kinds import PICTURES, Kind
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

_REFUSED = (
    "content_policy",
    "content policy",
    "nsfw",
    "safety system",
    "safety filter",
    "safety checker",
    "moderation",
    "inappropriate",
    "sensitive content",
)
"""Words by which providers refuse a prompt."""
_UNSERVED = ("not supported by provider", "model_not_supported", "no longer supported")
_BROKE = ("balance", "credit")
_TOLD = ("error", "error_message", "message", "msg", "detail", "code", "type")
"""Where the bodies of the router and its providers keep their words."""
_SETUP: Mapping[int, tuple[type[SetupError], str]] = {
    401: (BadCredentials, "put a valid token into HF_TOKEN"),
    402: (
        QuotaExhausted,
        "add credit at huggingface.co/settings/billing, wait for the next month, or name another "
        "service in GENERATORS",
    ),
    403: (
        BadCredentials,
        'give the token of HF_TOKEN the permission "Make calls to Inference Providers" at '
        "huggingface.co/settings/tokens, and accept the model's terms if it has any",
    ),
    407: (SetupError, "correct the proxy in HTTPS_PROXY"),
}


def wrong_model(kind: Kind, what: str, *, own: bool) -> PromptpressError:
    """Return the error for a model that cannot be had.

    Args:
        kind: what it was to make.
        what: the trouble with it.
        own: True when the post itself names the model.
    """
    if own:
        return InvalidPost(f"{what}: change the model of the post, then retry it", kind.name)
    settings = f"{kind.model_setting} or {kind.provider_setting}"
    return SetupError(f"{what}: change {settings}", kind.name)


def unreachable(kind: Kind, none: NoReply, setting: str) -> PromptpressError:
    """Return the error for a call that got no answer, where asking again does no harm."""
    return _errors.unreachable(none, kind.name, setting)


def lost(kind: Kind, reason: str) -> PromptpressError:
    """Return the error for an order whose answer is lost, for a reason."""
    message = (
        f"the answer was lost ({reason}), so the {kind.thing} may have been made and paid for: "
        "compare huggingface.co/settings/billing, then retry the post"
    )
    return OutcomeUnknown(message, kind.name)


def failed(kind: Kind, words: str, secrets: list[str]) -> PromptpressError:
    """Return the error for a generation that the provider gave up, in its words."""
    if _has(words, _REFUSED):
        message = f"{excerpt(words, secrets)}: change the prompt, then retry"
        return ContentRefused(message, kind.name)
    message = f"no {kind.thing} was made ({excerpt(words, secrets)}): retry the post"
    return PermanentError(message, kind.name)


def gone(what: str, kind: Kind = PICTURES) -> PromptpressError:
    """Return the error for something paid for that is no longer to be had."""
    message = (
        f"the provider no longer has {what}: retry the post, which pays for a new {kind.thing}"
    )
    return PermanentError(message, kind.name)


def refused(kind: Kind, reply: Reply, secrets: list[str]) -> PromptpressError:
    """Return the error for a job that will come to nothing, by the answer to a question about it.

    A queue takes any order, and says only then that something in it is wrong.
    """
    words = excerpt(_words(reply.body), secrets)
    if reply.status != 422 or not words:
        return gone(f"its job (status {reply.status})", kind)
    advice = "correct the post or its model, then retry it"
    return PermanentError(f"no {kind.thing} was made ({words}): {advice}", kind.name)


def nothing_came(kind: Kind, reply: Reply, secrets: list[str]) -> PromptpressError:
    """Return the error for a good answer that says nothing of what was ordered."""
    said = excerpt(_words(reply.body), secrets) or "nothing"
    if kind.goes_on:
        return lost(kind, f"something else came than a {kind.thing}: {said}")
    message = f"something else came than a {kind.thing} ({said}), perhaps paid for: retry the post"
    return BadPicture(message, kind.name)


def too_large(kind: Kind, limit: int) -> PromptpressError:
    """Return the error for an answer of more bytes than the limit."""
    message = f"more than {limit // 1_000_000} MB came: order a smaller {kind.thing}, then retry"
    return BadPicture(message, kind.name)


def explain(
    reply: Reply, missing: PromptpressError, secrets: list[str], now: datetime
) -> PromptpressError:
    """Return the error that an answer of status 300 or more means.

    None of them brings what was ordered, and from 400 on nothing is charged
    (huggingface.co/docs/inference-providers/register-as-a-provider).

    Args:
        reply: the answer.
        missing: the error where it does not know what was asked for.
        secrets: what its words must not show.
        now: the time.
    """
    status, words = reply.status, _words(reply.body)
    if status in (404, 410) or (status == 400 and _has(words, _UNSERVED)):
        error: type[PromptpressError] = type(missing)
        advice = missing.message
    elif status in (400, 403, 422) and _has(words, _REFUSED):
        error, advice = ContentRefused, "change the prompt, then retry the post"
    elif status in _SETUP:
        error, advice = _SETUP[402 if status == 403 and _has(words, _BROKE) else status]
    else:
        error, advice = _judge(status)
    said = f"it answers {status}" + (f" ({excerpt(words, secrets)})" if words else "")
    wait = _wait(reply, now) if issubclass(error, TransientError) else None
    return error(f"{said}: {advice}", missing.service, wait)


def _judge(status: int) -> tuple[type[PromptpressError], str]:
    if status == 429:
        return RateLimited, "it is asked again when it allows"
    if status in (408, 425) or status >= 500:
        return TransientError, "nothing was made, it is asked again later"
    if status in (400, 413, 422):
        return InvalidPost, "correct the post, then retry it"
    if status < 400:
        return SetupError, "set HF_ENDPOINT and HUGGINGFACE_API_URL to where it leads"
    return PermanentError, "correct the post or its model, then retry it"


def _has(words: str, signs: tuple[str, ...]) -> bool:
    lowered = words.lower()
    return any(sign in lowered for sign in signs)


def _words(body: bytes) -> str:
    """Return what an error's body tells a person: of JSON its words, of a page its title."""
    value = parse_json(body)
    return read_page(body) if value is None else _flatten(value)


def _flatten(value: Any, depth: int = 0) -> str:
    if depth > 4:
        return ""
    if isinstance(value, list):
        return "; ".join(filter(None, (_flatten(item, depth + 1) for item in value[:5])))
    if isinstance(value, dict):
        told = [_flatten(value[key], depth + 1) for key in _TOLD if value.get(key)]
        return " ".join(dict.fromkeys(filter(None, told)))
    return value if isinstance(value, str) else json.dumps(value)


def _wait(reply: Reply, now: datetime) -> float | None:
    """Return the seconds that the service asks to wait, wherever it says so."""
    asked = read_retry_after(reply.headers.get("Retry-After"), now)
    if asked is not None:
        return asked
    # The header RateLimit names a window and its end (huggingface.co/docs/hub/rate-limits).
    resets = re.findall(r";\s*t=(\d{1,6})\b", reply.headers.get("RateLimit") or "")
    if resets:
        return float(max(map(int, resets)))
    body = parse_json(reply.body)
    loading = body.get("estimated_time") if isinstance(body, dict) else None
    known = isinstance(loading, int | float) and math.isfinite(loading) and loading >= 0
    return float(loading) if known else None  # type: ignore[arg-type]  # a number, as `known` says
