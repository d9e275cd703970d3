"""What adapters over HTTP share: how long to wait, and what of an answer may be repeated."""

import logging
import math
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import requests
import requests.exceptions
import requests.utils
from urllib3.exceptions import HTTPError

from promptpress.adapters._connections import Adapter, Body, Deadline

MAX_EXCERPT = 300
"""Characters of a service's answer that an error may quote: enough to act on, no page of HTML."""
LOGGERS = ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry")
"""Loggers that print addresses: with DEBUG on every call, with WARNING on a broken header."""


def read_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds a Retry-After header asks for, or None where it asks for nothing.

    Takes both forms of RFC 9110, section 10.2.3: seconds, and a date.
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if math.isfinite(seconds) else None
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def excerpt(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text on one line, without the secrets, cut for an error message."""
    line = " ".join(_without(text, secrets).split())
    return line if len(line) <= MAX_EXCERPT else line[: MAX_EXCERPT - 1] + "…"


class _Hiding(logging.Filter):
    """Takes secrets out of log records before any handler sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets: frozenset[str] = frozenset()

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if any(secret in text for secret in self.secrets):
            record.msg, record.args = _without(text, self.secrets), ()
            record.exc_info = None  # its frames hold the address
        return True


_HIDING = _Hiding()


def hide_in_logs(*secrets: str) -> None:
    """Keep secrets that stand in addresses out of what the HTTP library logs, from now on."""
    _HIDING.secrets |= {secret for secret in secrets if secret}
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_HIDING)


def _without(text: str, secrets: Iterable[str]) -> str:
    # Longest first: a secret may be the beginning of another.
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


_Auth = tuple[str, str] | Callable[[requests.PreparedRequest], requests.PreparedRequest]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long one call may take, in seconds, and how large its answer may be, in bytes."""

    connect: float
    """Until there is a connection; also for each 16 KiB of the request to leave."""
    read: float
    """Of silence while the answer is awaited."""
    total: float
    """From first to last, however slowly bytes still come; the look-up of names excepted."""
    max_answer: int = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the service answered."""

    status: int
    headers: Mapping[str, str]
    """Names in any letter case."""
    body: bytes = field(repr=False)
    whole: bool
    """False when the body was cut, too slow or too large: the status still holds."""


@dataclass(frozen=True, kw_only=True)
class NoReply:
    """Why there is no answer, and what follows from that."""

    reason: str
    kind: Literal["impossible", "undelivered", "lost"]
    """impossible: the address, proxy or certificates are wrong, nothing left this machine.
    undelivered: the service surely has not got the whole request, so it cannot have acted.
    lost: it may have got all of it."""


def exchange(request: requests.Request, limits: Limits, proxy: str = "") -> Reply | NoReply:
    """Send the request once, over a connection of its own, and return what came of it.

    Nothing is repeated or redirected, and nothing raised: an exception would carry the address,
    and with it perhaps a token. A connection of its own cannot have died unnoticed before.
    Certificates come from the environment, as requests reads it, and so does the proxy where none
    is named; ~/.netrc is not read.
    """
    with Deadline(limits.total) as deadline, requests.Session() as session:
        body = Body(b"")
        adapter = Adapter(deadline)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        session.headers["Connection"] = "close"
        session.verify = _certificates()
        try:
            session.auth = _auth(request.url)
            prepared = session.prepare_request(request)
            if content := prepared.body:
                body = Body(content.encode() if isinstance(content, str) else content)
                prepared.body = body  # type: ignore[assignment]  # requests sends files as well
            told = {"http": proxy, "https": proxy} if proxy else {}
            usual = session.merge_environment_settings(prepared.url, told, True, None, None)
            times = (limits.connect, limits.read)
            with session.send(prepared, timeout=times, allow_redirects=False, **usual) as response:
                return _read(response, limits, deadline)
        except (OSError, HTTPError, ValueError) as error:
            arrived = deadline.connected and body.taken
            return _explain(error, limits, arrived=arrived, late=deadline.over)


def _read(response: requests.Response, limits: Limits, deadline: Deadline) -> Reply:
    body = bytearray()
    whole = True
    try:
        for chunk in response.iter_content(16_384):
            body += chunk
            if len(body) > limits.max_answer:
                whole = False
                break
    except (OSError, HTTPError):
        whole = False
    return Reply(
        status=response.status_code,
        headers=response.headers,
        body=bytes(body[: limits.max_answer]),
        whole=whole and not deadline.over,
    )


def _explain(error: Exception, limits: Limits, *, arrived: bool, late: bool) -> NoReply:
    kind: Literal["impossible", "undelivered", "lost"] = "lost" if arrived else "undelivered"
    # requests names a missing file of certificates by a bare OSError.
    hopeless = isinstance(error, ValueError) or type(error) is OSError
    if late:
        reason = f"not done within {limits.total:g} seconds"
    elif isinstance(error, requests.exceptions.ConnectTimeout):
        reason = f"no connection within {limits.connect:g} seconds"
    elif isinstance(error, requests.exceptions.ReadTimeout):
        reason = f"no answer within {limits.read if arrived else limits.connect:g} seconds"
    elif isinstance(error, requests.exceptions.ProxyError):
        reason = "the proxy refuses or does not answer"
    elif hopeless and not arrived:
        kind, reason = "impossible", "the address, proxy or file of certificates is not valid"
    else:
        reason = _root(error)
    return NoReply(reason=reason, kind=kind)


def _root(error: BaseException) -> str:
    """Return the system's own words for an error, which never hold an address."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError) and inner.strerror:
            return str(inner.strerror)
        error, inner = inner, inner.__cause__ or inner.__context__
    return f"the connection broke ({type(error).__name__})"


def _auth(url: str) -> _Auth:
    """Return the name and password in an address, or what keeps requests out of ~/.netrc."""
    named = requests.utils.get_auth_from_url(url)
    return named if any(named) else lambda request: request


def _certificates() -> str | bool:
    """Return the file that SSL_CERT_FILE names, which requests ignores, or True."""
    paths = ssl.get_default_verify_paths()
    named = paths.cafile if paths.cafile != paths.openssl_cafile else None
    return named or True
