"""The error map: what an answer that is none, or no answer, means for the post.

Every call may be repeated without harm: the id comes from the content and nothing is overwritten.
"""

from collections.abc import Mapping
from datetime import datetime

from promptpress.adapters._bodies import parse_json, read_page
from promptpress.adapters._http import Reply, excerpt, read_retry_after
from promptpress.errors import (
    BadCredentials,
    BadPicture,
    InvalidPost,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)

NAME = "cloudinary"
_Meaning = tuple[type[PromptpressError], str]
_LATER: _Meaning = (TransientError, "it is asked again later")
_TOO_LARGE: _Meaning = (InvalidPost, "order a smaller picture, or a larger plan of Cloudinary")
_BROKE: _Meaning = (
    QuotaExhausted,
    "the account's quota is used up: look at console.cloudinary.com, or name a second store",
)
_NO_SERVICE: _Meaning = (
    SetupError,
    "this is not Cloudinary's API: correct CLOUDINARY_UPLOAD_PREFIX or CLOUDINARY_CLOUD_NAME",
)
_GONE: _Meaning = (
    PermanentError,
    "the picture is no longer at Cloudinary: restore it there, or retry the post",
)
_NO_SUCH_CUT: _Meaning = (
    SetupError,
    "correct the size in CLOUDINARY_SIZE, or let the account make such cuts",
)
_PHRASES: tuple[tuple[str, _Meaning], ...] = (
    ("stale request", (SetupError, "this machine's clock is wrong by an hour or more: set it")),
    (
        "invalid signature",
        (
            BadCredentials,
            "CLOUDINARY_API_SECRET is not that of the key, or the account signs otherwise: correct "
            "it, or set CLOUDINARY_SIGNATURE_ALGORITHM to what the account's security page shows",
        ),
    ),
    ("api_secret", (BadCredentials, "put the key's secret into CLOUDINARY_API_SECRET")),
    ("api_key", (BadCredentials, "put a valid key into CLOUDINARY_API_KEY")),
    ("api key", (BadCredentials, "put a valid key into CLOUDINARY_API_KEY")),
    ("disabled", (SetupError, "look at the account at console.cloudinary.com")),
    ("cloud_name", (SetupError, "put the cloud's name into CLOUDINARY_CLOUD_NAME")),
    ("file size too large", _TOO_LARGE),
    ("megapixel", _TOO_LARGE),
    ("maximum image size", _TOO_LARGE),
    ("maximum total number of pixels", _TOO_LARGE),
    ("invalid image file", (BadPicture, "it takes it for no picture: retry the post")),
    ("invalid video file", (BadPicture, "it takes it for no video: retry the post")),
    ("unsupported", (BadPicture, "it does not take this kind of file: retry the post")),
    ("active subscription", (SetupError, "take the add-on out of the account's upload settings")),
    ("quota", _BROKE),
    ("credits", _BROKE),
    ("your plan", _BROKE),
    ("preset", (SetupError, "correct the account's default upload presets")),
    ("resource not found", _GONE),
    ("invalid transformation", _NO_SUCH_CUT),
    ("invalid width", _NO_SUCH_CUT),
    ("invalid height", _NO_SUCH_CUT),
)
"""Words of a refusal and what they mean, the most telling first; they say more than the status."""
_CLEAR = (407, 408, 409, 413, 423, 425)
"""Statuses that say it all, whatever the words."""
_STATUSES: Mapping[int, _Meaning] = {
    400: (PermanentError, "change the picture, then retry the post"),
    401: (BadCredentials, "correct CLOUDINARY_API_KEY and CLOUDINARY_API_SECRET"),
    402: _BROKE,
    403: (SetupError, "give the key of CLOUDINARY_API_KEY the right to upload"),
    404: _NO_SERVICE,
    405: _NO_SERVICE,
    407: (SetupError, "correct the proxy in CLOUDINARY_API_PROXY or HTTPS_PROXY"),
    408: _LATER,
    409: _LATER,
    413: _TOO_LARGE,
    420: (RateLimited, "it is asked again when it allows"),
    423: (TransientError, "it is still at work on it and asked again later"),
    425: _LATER,
    429: (RateLimited, "it is asked again when it allows"),
}
"""What a status means where the words tell nothing."""
_DELIVERY: Mapping[int, _Meaning] = {
    401: (SetupError, "let the account deliver originals: look at its security settings"),
    403: (SetupError, "let the account deliver to this address: look at its access control"),
    404: _GONE,
    410: _GONE,
    **dict.fromkeys(
        (301, 302, 303, 307, 308),
        (SetupError, "it leads elsewhere: correct CLOUDINARY_DELIVERY_URL or the proxy"),
    ),
}
"""What a status means where a picture is fetched."""


def explain(reply: Reply, secrets: list[str], now: datetime) -> PromptpressError:
    """Return the error that an answer of the API means.

    Args:
        reply: a refusal, or a page in an answer's place.
        secrets: what its words must not show.
        now: the time.
    """
    # What follows is what the server signed: long, and of no use to a reader.
    words = _read_words(reply).partition("String to sign")[0]
    if reply.status >= 400 and _is_page(reply):
        meaning = _judge_page(reply.status)
    else:
        meaning = _judge(reply.status, words.lower())
    return _build(reply, meaning, words, secrets, now)


def explain_delivery(reply: Reply, secrets: list[str], now: datetime) -> PromptpressError:
    """Return the error for a picture that could not be fetched; arguments as above."""
    meaning = _DELIVERY.get(reply.status) or _judge(reply.status, "")
    return _build(reply, meaning, _read_words(reply), secrets, now)


def _build(
    reply: Reply, meaning: _Meaning, words: str, secrets: list[str], now: datetime
) -> PromptpressError:
    said = excerpt(words, secrets)
    kind, advice = meaning
    wait = _read_wait(reply, kind, now)
    what = f"it answers {reply.status}" + (f" ({said})" if said else "")
    return kind(f"{what}: {advice}", NAME, wait)


def _judge(status: int, words: str) -> _Meaning:
    if status >= 500 or 200 <= status < 300:
        return _LATER
    if status < 400:
        return SetupError, "it leads elsewhere: correct CLOUDINARY_UPLOAD_PREFIX or the proxy"
    told = next((meaning for phrase, meaning in _PHRASES if phrase in words), None)
    if status in _CLEAR or told is None:
        return _STATUSES.get(status, _STATUSES[400])
    return told


def _judge_page(status: int) -> _Meaning:
    """Return what a page means: something stands before the service, or in its place."""
    if status >= 500 or status in (408, 420, 423, 425, 429):
        return _STATUSES.get(status, _LATER)
    if status in (407, 413):
        return _STATUSES[status]
    message = "a page stands in the answer's place: correct CLOUDINARY_UPLOAD_PREFIX or the proxy"
    return SetupError, message


def _is_page(reply: Reply) -> bool:
    return parse_json(reply.body) is None and not reply.headers.get("X-Cld-Error")


def _read_words(reply: Reply) -> str:
    value = parse_json(reply.body)
    error = value.get("error") if isinstance(value, dict) else None
    words = error.get("message") if isinstance(error, dict) else error
    if isinstance(words, str) and words:
        return words
    return reply.headers.get("X-Cld-Error") or ("" if value else read_page(reply.body))


def _read_wait(reply: Reply, kind: type[PromptpressError], now: datetime) -> float | None:
    """Return the seconds until it may be asked again, where it says so."""
    if not issubclass(kind, TransientError):
        return None
    wait = read_retry_after(reply.headers.get("Retry-After"), now)
    if wait is None and issubclass(kind, RateLimited):
        # With every answer of the Admin API; it matters when no calls are left.
        return read_retry_after(reply.headers.get("X-FeatureRateLimit-Reset"), now)
    return wait
