"""What clients over HTTP have in common: their limits, redirects, and the secrets of an address."""

import base64
import time
from collections.abc import Callable
from urllib.parse import unquote, urljoin, urlsplit

import requests

from promptpress.adapters._http import Limits, NoReply, Reply, exchange

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0
"""Seconds of silence where nothing is being made."""
AGENT = {"User-Agent": "promptpress"}


def limits_until(ends: float, max_answer: int, silence: float = READ_TIMEOUT) -> Limits:
    """Return the limits of a call.

    Args:
        ends: by when it is over, on the monotonic clock.
        max_answer: bytes that are taken of the answer.
        silence: seconds without a byte.
    """
    left = max(ends - time.monotonic(), 0.001)
    return Limits(
        connect=min(CONNECT_TIMEOUT, left),
        read=max(min(silence, left), 0.001),
        total=left,
        max_answer=max_answer,
    )


def fetch(
    url: str,
    ends: float,
    max_answer: int,
    *,
    hops: int,
    abroad: bool = False,
    headers: Callable[[str], dict[str, str]] = lambda _: AGENT,
) -> Reply | NoReply:
    """Fetch, and follow redirects; what came encrypted does not go on in the clear.

    Args:
        url: what.
        ends: by when it is over, on the monotonic clock.
        max_answer: bytes that are taken of the answer.
        hops: addresses that are asked at the most.
        abroad: True follows to other hosts as well.
        headers: what is sent to an address.
    """
    for _ in range(hops):
        request = requests.Request("GET", url, headers=headers(url))
        reply = exchange(request, limits_until(ends, max_answer))
        target = _parse_redirect(url, reply, abroad=abroad)
        if not target:
            break
        url = target
    return reply


def _parse_redirect(url: str, reply: Reply | NoReply, *, abroad: bool) -> str:
    """Return where an answer sends us, or an empty string."""
    if isinstance(reply, NoReply) or reply.status not in (301, 302, 303, 307, 308):
        return ""
    try:
        target = urljoin(url, reply.headers.get("Location") or "")
        old, new = urlsplit(url), urlsplit(target)
    except ValueError:
        return ""
    safe = new.scheme == "https" or new.scheme == old.scheme == "http"
    allowed = bool(new.netloc) if abroad else new.netloc == old.netloc
    return target if safe and allowed and target != url else ""


def secrets_in(url: str) -> list[str]:
    """Return the password in an address, in all the forms in which it may turn up."""
    try:
        parts = urlsplit(url)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError:
        return []
    if not password:
        return []
    both = f"{user}:{password}"
    return [password, parts.password or "", both, base64.b64encode(both.encode()).decode()]
