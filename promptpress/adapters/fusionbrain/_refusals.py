"""The error map: what an answer that is no picture, or no answer, means for the post."""

from collections.abc import Mapping
from datetime import datetime

from promptpress.adapters import _errors
from promptpress.adapters._bodies import parse_json, read_page
from promptpress.adapters._http import NoReply, Reply, excerpt, read_retry_after
from promptpress.adapters.fusionbrain._answers import find_words
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

NAME = "fusionbrain"
QUEUE_WAIT = 30.0
"""Seconds to wait where the queue is full: the service names none, a picture takes about 30."""
_Kind = type[PromptpressError]
_REFUSED = ("censor", "цензур", "moderat", "модерац", "nsfw", "inappropriate", "content policy")
"""Signs in the words by which a prompt is refused."""
_OTHERWISE = "name another service in GENERATORS"
_ADVICE: Mapping[int, tuple[_Kind, str]] = {
    401: (
        BadCredentials,
        "put a valid pair into FUSION_BRAIN_API_KEY and FUSION_BRAIN_SECRET_KEY; the service has "
        f"given out no new keys since May 2026, so without one {_OTHERWISE}",
    ),
    402: (QuotaExhausted, f"wait until the account may order again, or {_OTHERWISE}"),
    403: (BadCredentials, f"give the account the right to make pictures by API, or {_OTHERWISE}"),
    407: (SetupError, "correct the proxy in HTTPS_PROXY"),
    408: (TransientError, "it is asked again later"),
    425: (TransientError, "it is asked again later"),
    429: (RateLimited, "it is asked again when it allows"),
}
_ORDER_ADVICE: Mapping[int, tuple[_Kind, str]] = {
    400: (InvalidPost, "correct the post, then retry it"),
    413: (InvalidPost, "correct the post, then retry it"),
    415: (SetupError, "the server takes no such form: set FUSION_BRAIN_API_URL to one that does"),
    422: (InvalidPost, "correct the post, then retry it"),
}


def unreachable(none: NoReply) -> PromptpressError:
    """Return the error for a call that got no answer, where asking again does no harm."""
    return _errors.unreachable(none, NAME, "FUSION_BRAIN_API_URL")


def lost(reason: str) -> PromptpressError:
    """Return the error for an order whose answer is lost, for a reason."""
    message = (
        f"the answer was lost ({reason}), and with it the number of the job, so a picture may be "
        "made that nobody can fetch; the service has no list to look at: retry the post, it begins "
        "anew"
    )
    return OutcomeUnknown(message, NAME)


def untold(reason: str) -> PromptpressError:
    """Return the error for a question after a job whose answer is lost, for a reason.

    The service hands out a finished picture once. Whether the lost answer held it, only the next
    question tells: it does no harm, and finds either the job or nothing (`gone`).
    """
    message = f"the answer about the job was lost ({reason}): it is asked again later"
    return TransientError(message, NAME)


def gone() -> PromptpressError:
    """Return the error for a job that the service does not know any more."""
    message = (
        "the service no longer has the picture: it keeps one for a few minutes and hands it out "
        "once, perhaps in an answer that was lost: retry the post, a new picture is made"
    )
    return PermanentError(message, NAME)


def no_api() -> PromptpressError:
    """Return the error for a server that speaks neither form of the API."""
    message = "no such API is at this address: set FUSION_BRAIN_API_URL to what stands before /key/"
    return SetupError(message, NAME)


def no_list() -> PromptpressError:
    """Return the error for something in the place of a list of models."""
    message = "no list of models came: if it stays so, see FUSION_BRAIN_API_URL"
    return TransientError(message, NAME)


def no_models() -> PromptpressError:
    """Return the error for a service without any model."""
    message = f"the service has no model that makes pictures from text: {_OTHERWISE}"
    return SetupError(message, NAME)


def unknown_model(wanted: str, known: list[str], *, own: bool) -> PromptpressError:
    """Return the error for a model that is not there.

    Args:
        wanted: its name.
        known: the names of those that are there.
        own: True when the post itself names it.
    """
    kind, who = (InvalidPost, "in the post, then retry it") if own else (SetupError, "instead")
    message = f"there is no model {wanted[:100]!r}: name {', '.join(known)[:300]} {who}"
    return kind(message, NAME)


def dropped_model(label: str) -> PromptpressError:
    """Return the error for a model that was listed and is not known to the order."""
    message = (
        f"the service no longer takes orders for {label}: its models are looked up again; if it "
        "stays so, see FUSION_BRAIN_API_URL"
    )
    return TransientError(message, NAME)


def disabled(status: str, asked: float | None = None) -> PromptpressError:
    """Return the error for an order that was not taken, in the service's word for why.

    Args:
        status: the word.
        asked: seconds that the service asks to wait, if it does.
    """
    if status == "DISABLED_BY_QUEUE":
        wait = QUEUE_WAIT if asked is None else asked
        message = f"its queue is full ({status}), nothing was begun: it is asked again later"
        return RateLimited(message, NAME, wait)
    message = (
        f"it is switched off by those who run it ({status}), nothing was begun: it is asked again "
        f"later; if it stays so, {_OTHERWISE}"
    )
    return TransientError(message, NAME, asked)


def not_begun(words: str, secrets: list[str]) -> PromptpressError:
    """Return the error for a good answer to an order that names no job."""
    if not words:
        return lost("it names no job")
    if _has(words, _REFUSED):
        return censored(words, secrets)
    message = f"it begins nothing ({excerpt(words, secrets)}): correct the post, then retry it"
    return PermanentError(message, NAME)


def censored(words: str, secrets: list[str]) -> PromptpressError:
    """Return the error for a picture that is withheld."""
    said = f" ({excerpt(words, secrets)})" if words else ""
    message = f"the picture is censored{said}: change the prompt, then retry the post"
    return ContentRefused(message, NAME)


def failed(words: str, secrets: list[str]) -> PromptpressError:
    """Return the error for a job that failed."""
    if _has(words, _REFUSED):
        return censored(words, secrets)
    said = excerpt(words, secrets) or "the service gives no reason"
    return PermanentError(f"the job failed ({said}): retry the post, it begins anew", NAME)


def no_picture(what: str) -> PromptpressError:
    """Return the error for a job that is done, and something else came than a picture."""
    return BadPicture(f"the job is done, and {what}: retry the post, it begins anew", NAME)


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
    kind, advice = type(missing), missing.message
    if reply.status in _ADVICE:
        kind, advice = _ADVICE[reply.status]
    elif reply.status >= 500:
        kind, advice = TransientError, "it is asked again later"
    elif reply.status < 400:
        kind, advice = SetupError, "set FUSION_BRAIN_API_URL to where it leads"
    wait = None
    if issubclass(kind, TransientError):
        wait = read_retry_after(reply.headers.get("Retry-After"), now)
    return kind(f"{_quote(reply, secrets)}: {advice}", NAME, wait)


def explain_order(
    reply: Reply, missing: PromptpressError, secrets: list[str], now: datetime
) -> PromptpressError:
    """Return the error that an answer of status 300 or more to an order means.

    Args:
        reply: the answer.
        missing: the error where it does not know the model.
        secrets: what its words must not show.
        now: the time.
    """
    if reply.status >= 500:
        return lost(_quote(reply, secrets))
    if reply.status in (400, 403, 422) and _has(_words(reply.body), _REFUSED):
        kind: _Kind = ContentRefused
        advice = "change the prompt, then retry the post"
    elif reply.status in _ORDER_ADVICE:
        kind, advice = _ORDER_ADVICE[reply.status]
    else:
        unknown = reply.status in (404, 405, 410)
        return explain(reply, missing if unknown else _refused(), secrets, now)
    return kind(f"{_quote(reply, secrets)}: {advice}", NAME)


def _refused() -> PromptpressError:
    return PermanentError("correct the post, then retry it", NAME)


def _quote(reply: Reply, secrets: list[str]) -> str:
    words = excerpt(_words(reply.body), secrets)
    return f"it answers {reply.status}" + (f" ({words})" if words else "")


def _has(words: str, signs: tuple[str, ...]) -> bool:
    return any(sign in words.lower() for sign in signs)


def _words(body: bytes) -> str:
    """Return what an error's body tells a person: of JSON its words, of a page its title."""
    value = parse_json(body)
    return read_page(body) if value is None else find_words(value)
