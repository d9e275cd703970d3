"""The error map: what an answer that is no picture, or no answer, means for the post."""

import re
from collections.abc import Mapping
from datetime import datetime

from promptpress.adapters import _errors
from promptpress.adapters._bodies import parse_json, read_page
from promptpress.adapters._http import NoReply, Reply, excerpt, read_retry_after
from promptpress.adapters.leonardo._answers import MAX_PICTURE, find_words
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

NAME = "leonardo"
RATE_WAIT = 60.0
"""Seconds to wait where too much was asked: the limits count by the minute (docs.leonardo.ai, guide
to concurrency, queue and rate limit), and no answer was ever seen that names a time."""
_Kind = type[PromptpressError]
_Rule = tuple[_Kind, str]
_BAD_KEY: _Rule = (
    BadCredentials,
    "put a valid key of app.leonardo.ai/api-access into LEONARDO_API_KEY",
)
_NO_RIGHT: _Rule = (
    BadCredentials,
    "give the key of LEONARDO_API_KEY the right to the API at app.leonardo.ai/api-access, and see "
    "LEONARDO_API_URL",
)
_NO_CREDIT: _Rule = (
    QuotaExhausted,
    "add credit at app.leonardo.ai/api-access, or name another service in GENERATORS",
)
_REFUSED: _Rule = (ContentRefused, "change the prompt, then retry the post")
_WRONG_POST: _Rule = (InvalidPost, "correct the post or its model, then retry it")
_TOO_MUCH: _Rule = (RateLimited, "it is asked again when it allows")
_LATER: _Rule = (TransientError, "it is asked again later")
_NOT_HERE: _Rule = (
    SetupError,
    "set LEONARDO_API_URL to what stands before /v1 and /v2, and see LEONARDO_MODEL",
)
_MOVED: _Rule = (SetupError, "set LEONARDO_API_URL to where it leads")
_SIGNS: tuple[tuple[tuple[str, ...], _Rule], ...] = (
    (("authorization hook", "authentication hook"), _BAD_KEY),
    (("not enough api tokens", "not enough tokens", "insufficient token"), _NO_CREDIT),
    (("insufficient credit", "insufficient balance", "insufficient funds"), _NO_CREDIT),
    (("moderation", "inappropriate", "nsfw", "content policy"), _REFUSED),
)
"""Words that say surely that nothing was begun, with whatever status they come: to a malformed key
the service answers 500 (docs.leonardo.ai/docs/api-error-messages, and clients' logs)."""
_SIGNS_REFUSED: tuple[tuple[tuple[str, ...], _Rule], ...] = (
    (("rate limit", "too many requests", "too many pending", "concurren"), _TOO_MUCH),
    (("service error", "internal", "timeout", "timed out"), _LATER),
)
"""Words that decide where the status alone says that nothing was begun."""
_BROKEN = ("service error", "internal", "unexpected error", "timeout", "timed out")
"""Words of a failure in a good answer to an order: what became of the order is not known."""
_NO_MODEL = re.compile(
    r"not supported within the production api|(unknown|invalid|no such) model(id)?\b(?! *param)"
    r"|model\S*( \S+){0,2} (not found|does not exist|is not available)",
    re.IGNORECASE,
)
_ADVICE: Mapping[int, _Rule] = {
    401: _BAD_KEY,
    402: _NO_CREDIT,
    403: _NO_RIGHT,
    405: _NOT_HERE,
    407: (SetupError, "correct the proxy in HTTPS_PROXY"),
    408: _LATER,
    425: _LATER,
    429: _TOO_MUCH,
}


def wrong_model(what: str, *, own: bool) -> PromptpressError:
    """Return the error for a model that cannot be had.

    Args:
        what: the trouble with it.
        own: True when the post itself names it.
    """
    if own:
        return InvalidPost(f"{what}: change the model of the post, then retry it", NAME)
    return SetupError(f"{what}: set LEONARDO_MODEL to one of docs.leonardo.ai", NAME)


def unreachable(none: NoReply, setting: str = "LEONARDO_API_URL") -> PromptpressError:
    """Return the error for a call that got no answer, where asking again does no harm."""
    return _errors.unreachable(none, NAME, setting)


def lost(reason: str) -> PromptpressError:
    """Return the error for an order whose answer is lost, for a reason."""
    message = (
        f"the answer was lost ({reason}), so pictures may have been made and paid for: look at "
        "app.leonardo.ai, then retry the post"
    )
    return OutcomeUnknown(message, NAME)


def no_credit(left: float) -> PromptpressError:
    """Return the error for an account that has nothing left for the API."""
    kind, advice = _NO_CREDIT
    return kind(f"{left:g} API tokens are left: {advice}", NAME)


def no_budget() -> PromptpressError:
    """Return the error for something in the place of the account's details."""
    message = "something else than an account came: if it stays so, see LEONARDO_API_URL"
    return TransientError(message, NAME)


def gone(what: str) -> PromptpressError:
    """Return the error for something paid for that is no longer to be had."""
    message = f"the service no longer has {what}: retry the post, which pays for a new picture"
    return PermanentError(message, NAME)


def withheld() -> PromptpressError:
    """Return the error for a job that is done and has no pictures."""
    message = "the job is done and no picture is handed out, as its content filter does"
    return ContentRefused(f"{message}: {_REFUSED[1]}", NAME)


def no_address() -> PromptpressError:
    """Return the error for a job that is done, whose pictures are nowhere."""
    message = "the job is done, and no picture has an address: retry the post, which pays anew"
    return BadPicture(message, NAME)


def failed(words: str, secrets: list[str]) -> PromptpressError:
    """Return the error for a job that failed, in the service's words if there are any."""
    said = excerpt(words, secrets) or "the service gives no reason"
    if (rule := _find_rule(words, _SIGNS)) == _REFUSED:
        return rule[0](f"{said}: {rule[1]}", NAME)
    return PermanentError(f"the job failed ({said}): retry the post, it begins anew", NAME)


def too_large() -> PromptpressError:
    """Return the error for a picture of more bytes than are taken."""
    message = f"a picture of {MAX_PICTURE // 1_000_000} MB or more came: order a smaller one"
    return BadPicture(f"{message}, then retry the post", NAME)


def not_begun(words: str, model: str, *, own: bool, secrets: list[str]) -> PromptpressError:
    """Return the error for an answer of status 2xx to an order that names no job.

    v2 says no in this way.

    Args:
        words: what it says.
        model: what was ordered from.
        own: True when the post itself names it.
        secrets: what the words must not show.
    """
    said = excerpt(words, secrets)
    if not said:
        return lost("it is cut short, or names no job")
    rule = _find_rule(words, _SIGNS)
    if rule is None and any(sign in words.lower() for sign in _BROKEN):
        return lost(said)
    if rule is None and _NO_MODEL.search(words):
        return wrong_model(f"it does not know the model {model} ({said})", own=own)
    rule = rule or _find_rule(words, _SIGNS_REFUSED) or _WRONG_POST
    return _build(rule, f"it begins nothing ({said})", RATE_WAIT)


def explain_order(
    reply: Reply, model: str, *, own: bool, secrets: list[str], now: datetime
) -> PromptpressError:
    """Return the error that an answer of status 300 or more to an order means.

    Args:
        reply: the answer.
        model: what was ordered from.
        own: True when the post itself names it.
        secrets: what its words must not show.
        now: the time.
    """
    words, said = _words(reply.body), _quote(reply, secrets)
    rule = _find_rule(words, _SIGNS)
    if rule is None and reply.status >= 500:
        return lost(said)
    if rule is None and _NO_MODEL.search(words):
        return wrong_model(f"it does not know the model {model}, {said}", own=own)
    return _build(rule or _judge_order(reply.status, words), said, _wait(reply, now))


def _judge_order(status: int, words: str) -> _Rule:
    if status < 400:
        return _MOVED
    if status in (404, 410):
        return _NOT_HERE
    if status in (400, 409, 422):
        return _find_rule(words, _SIGNS_REFUSED) or _WRONG_POST
    return _ADVICE.get(status, _WRONG_POST)


def explain(
    reply: Reply, missing: PromptpressError, secrets: list[str], now: datetime
) -> PromptpressError:
    """Return the error that an answer of status 300 or more to a question means.

    Args:
        reply: the answer.
        missing: the error where it does not know what was asked for.
        secrets: what its words must not show.
        now: the time.
    """
    rule: _Rule = type(missing), missing.message
    if (hook := _find_rule(_words(reply.body), _SIGNS)) == _BAD_KEY:
        rule = hook
    elif reply.status in _ADVICE:
        rule = _ADVICE[reply.status]
    elif reply.status >= 500:
        rule = _LATER
    elif reply.status < 400:
        rule = _MOVED
    return _build(rule, _quote(reply, secrets), _wait(reply, now))


def explain_download(reply: Reply, now: datetime) -> PromptpressError:
    """Return the error that an answer of status 300 or more in the place of a picture means.

    An address that is over is answered with 400, 401 or 403 as well: it is not our key.
    """
    if reply.status == 429:
        rule = _TOO_MUCH
    elif reply.status in (408, 425) or reply.status >= 500:
        rule = _LATER
    else:
        return gone(f"the picture (status {reply.status})")
    return _build(rule, f"its store answers {reply.status}", _wait(reply, now))


def not_found() -> PromptpressError:
    """Return the error for a server that does not know a question."""
    return _NOT_HERE[0](_NOT_HERE[1], NAME)


def _build(rule: _Rule, said: str, wait: float | None) -> PromptpressError:
    kind, advice = rule
    if issubclass(kind, RateLimited):
        wait = RATE_WAIT if wait is None else wait
    elif not issubclass(kind, TransientError):
        wait = None
    return kind(f"{said}: {advice}", NAME, wait)


def _find_rule(words: str, signs: tuple[tuple[tuple[str, ...], _Rule], ...]) -> _Rule | None:
    lowered = words.lower()
    found = (rule for texts, rule in signs if any(text in lowered for text in texts))
    return next(found, None)


def _wait(reply: Reply, now: datetime) -> float | None:
    return read_retry_after(reply.headers.get("Retry-After"), now)


def _quote(reply: Reply, secrets: list[str]) -> str:
    words = excerpt(_words(reply.body), secrets)
    return f"it answers {reply.status}" + (f" ({words})" if words else "")


def _words(body: bytes) -> str:
    """Return what an error's body tells a person: of JSON its words, of a page its title."""
    value = parse_json(body)
    return read_page(body) if value is None else find_words(value)
