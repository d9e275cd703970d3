"""The error map: what an answer that is no picture, or no answer, means for the post."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from promptpress.adapters._bodies import parse_json, read_page
from promptpress.adapters._http import NoReply, Reply, excerpt, read_retry_after
from promptpress.adapters.automatic1111._answers import MAX_PICTURE
from promptpress.errors import (
    BadCredentials,
    BadPicture,
    InvalidPost,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)

NAME = "automatic1111"
_Kind = type[PromptpressError]
_WRONG_ORDER: tuple[_Kind, str] = (InvalidPost, "correct the post, then retry it")
_LATER: tuple[_Kind, str] = (TransientError, "nothing was made, it is asked again later")
_NOT_HERE: tuple[_Kind, str] = (
    SetupError,
    "start the server with --api, and set AUTOMATIC1111_URL to its address",
)
_ADVICE: Mapping[int, tuple[_Kind, str]] = {
    400: _WRONG_ORDER,
    401: (
        BadCredentials,
        "put the name and password of --api-auth into AUTOMATIC1111_URL: "
        "http://name:password@host:7860",
    ),
    402: (QuotaExhausted, "pay whoever rents you the server, or name another in GENERATORS"),
    403: (BadCredentials, "make whatever stands before the server let AUTOMATIC1111_URL in"),
    404: _NOT_HERE,
    405: _NOT_HERE,
    407: (SetupError, "correct the proxy in HTTP_PROXY, or put the server into NO_PROXY"),
    408: _LATER,
    410: _NOT_HERE,
    413: _WRONG_ORDER,
    422: _WRONG_ORDER,
    425: _LATER,
    429: (RateLimited, "it is asked again when it allows"),
}
_TOLD = ("error", "detail", "errors", "msg", "message")
"""Where the server keeps its words; what stands under `body` is our own order."""


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What the body of an error says."""

    words: str = ""
    raised: bool = False
    """True when the server itself says that the work failed, in the form of its own errors."""


def wrong_model(name: str, known: list[str], *, own: bool) -> PromptpressError:
    """Return the error for a checkpoint that the server does not have.

    Args:
        name: what it was called.
        known: what it has.
        own: True when the post itself names it.
    """
    others = ", ".join(known[:8]) or "none"
    what = f"the server has no checkpoint {name[:100]!r} (it has {others[:300]})"
    if own:
        return InvalidPost(f"{what}: change the model of the post, then retry it", NAME)
    return SetupError(f"{what}: name one of these as the model, or none", NAME)


def unreachable(none: NoReply) -> PromptpressError:
    """Return the error for a call that got no answer and surely made nothing."""
    if none.kind == "impossible":
        return SetupError(f"{none.reason}: correct AUTOMATIC1111_URL", NAME)
    return TransientError(f"no answer ({none.reason}): is it running? It is asked later", NAME)


def busy(seconds: float) -> PromptpressError:
    """Return the error for a server whose work at hand takes longer than we would wait."""
    message = f"it is at work for others for {seconds:.0f} seconds more: it is asked again then"
    return TransientError(message, NAME, seconds)


def lost(reason: str) -> PromptpressError:
    """Return the error for an order whose answer is lost, for a reason."""
    message = (
        f"the answer was lost ({reason}), so the picture may have been made, and is not kept "
        "there: raise DEFAULT_GENERATION_TIMEOUT if it takes longer, then retry the post"
    )
    return OutcomeUnknown(message, NAME)


def no_job() -> PromptpressError:
    """Return the error for a job, which this server never gives."""
    return PermanentError("it keeps no jobs: retry the post, it begins anew", NAME)


def too_large() -> PromptpressError:
    """Return the error for a picture of more bytes than are taken."""
    message = f"a picture of {MAX_PICTURE // 1_000_000} MB or more came: order a smaller one"
    return BadPicture(message, NAME)


def no_picture(reply: Reply, secrets: list[str]) -> PromptpressError:
    """Return the error for a good answer without a picture."""
    said = excerpt(_read(reply.body).words, secrets) or "nothing; was it interrupted?"
    return BadPicture(f"something else came than a picture ({said}): retry the post", NAME)


def explain(reply: Reply, secrets: list[str], now: datetime, *, begun: bool) -> PromptpressError:
    """Return the error that an answer of status 300 or more means.

    Args:
        reply: the answer.
        secrets: what its words must not show.
        now: the time.
        begun: True for an order: a failure on the way back may come after the picture.
    """
    told = _read(reply.body)
    words = excerpt(told.words, secrets)
    said = f"it answers {reply.status}" + (f" ({words})" if words else "")
    if begun and reply.status >= 500 and not told.raised:
        return lost(said)
    kind, advice = _judge(reply.status, words)
    asked = read_retry_after(reply.headers.get("Retry-After"), now)
    return kind(f"{said}: {advice}", NAME, asked if issubclass(kind, TransientError) else None)


def _judge(status: int, words: str) -> tuple[_Kind, str]:
    if status == 404 and "sampler" in words.lower():
        return SetupError, "name a sampler in the options that the server has"
    if status in _ADVICE:
        return _ADVICE[status]
    if status >= 500 and "memory" in words.lower():
        return TransientError, "order smaller pictures if it stays, or give the server more memory"
    if status >= 500:
        return _LATER
    if status < 400:
        return SetupError, "set AUTOMATIC1111_URL to where it leads"
    return PermanentError, "correct the post or its model, then retry it"


def _read(body: bytes) -> _Told:
    """Return what an error's body tells: of JSON its words, of a page its title."""
    value = parse_json(body)
    if value is not None:
        words = "; ".join(dict.fromkeys(filter(None, _find_words(value))))
        raised = isinstance(value, dict) and {"error", "errors"} <= set(value)
        return _Told(words=words, raised=raised)
    return _Told(words=read_page(body))


def _find_words(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield what stands under the names of `_TOLD`, however deep within reason."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and depth < 4:
        if isinstance(value.get("loc"), list):
            yield ".".join(map(str, value["loc"][:5]))
        for name in _TOLD:
            yield from _find_words(value.get(name), depth + 1)
    elif isinstance(value, list) and depth < 4:
        for item in value[:5]:
            yield from _find_words(item, depth + 1)
