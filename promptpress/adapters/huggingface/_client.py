"""Sends what the adapter asks: every call bounded in time and size, the token to its hosts only."""

import time
from urllib.parse import urljoin, urlsplit

import requests

from promptpress.adapters._http import Limits, NoReply, Reply, exchange
from promptpress.adapters.huggingface._refusals import NAME
from promptpress.errors import BadCredentials

MAX_ANSWER = 64_000_000
"""Bytes of an answer at most, far above any picture; in base64 three quarters of it are picture."""
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0
"""Seconds of silence where nothing is being made."""
MAX_REDIRECTS = 5


class Client:
    """Asks the Hub, the router and whoever keeps the pictures."""

    def __init__(self, token: str) -> None:
        """Keep the token; it is looked at when it is first sent."""
        self._token = token.strip()

    @property
    def secrets(self) -> list[str]:
        """What no message may show."""
        return [self._token]

    def order(self, request: requests.Request, ends: float) -> Reply | NoReply:
        """Send what costs money, once, with the token; redirects are not followed.

        Args:
            request: the order.
            ends: by when it is over, on the monotonic clock.
        """
        request.headers.update(self._headers(known=True))
        return exchange(request, _limits(ends, silence=ends - time.monotonic()))

    def reach(self, url: str, ends: float) -> Reply | NoReply:
        """Find out whether there is a server at an address."""
        request = requests.Request("HEAD", url, headers=self._headers(known=False))
        return exchange(request, _limits(ends))

    def get(self, url: str, ends: float, *, known: bool) -> Reply | NoReply:
        """Fetch, and follow redirects.

        Args:
            url: what.
            ends: by when it is over, on the monotonic clock.
            known: True sends the token, to the very host of `url` and to no other.
        """
        home = _origin(url) if known else None
        for _ in range(MAX_REDIRECTS):
            headers = self._headers(known=_origin(url) == home)
            reply = exchange(requests.Request("GET", url, headers=headers), _limits(ends))
            target = _parse_redirect(url, reply)
            if not target:
                break
            url = target
        return reply

    def _headers(self, *, known: bool) -> dict[str, str]:
        headers = {"User-Agent": "promptpress"}
        if known:
            if not self._token.isascii() or len(self._token.split()) != 1:
                message = "the token is empty or no token: copy it into HF_TOKEN again"
                raise BadCredentials(message, NAME)
            headers["Authorization"] = f"Bearer {self._token}"
        return headers


def _limits(ends: float, silence: float = READ_TIMEOUT) -> Limits:
    left = max(ends - time.monotonic(), 0.001)
    return Limits(
        connect=min(CONNECT_TIMEOUT, left),
        read=max(min(silence, left), 0.001),
        total=left,
        max_answer=MAX_ANSWER,
    )


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _parse_redirect(url: str, reply: Reply | NoReply) -> str:
    """Return where an answer sends us, or an empty string."""
    if isinstance(reply, NoReply) or reply.status not in (301, 302, 303, 307, 308):
        return ""
    try:
        target = urljoin(url, reply.headers.get("Location") or "")
        parts = urlsplit(target)
    except ValueError:
        return ""
    # What came encrypted does not go on in the clear.
    safe = parts.scheme == "https" or parts.scheme == urlsplit(url).scheme == "http"
    return target if safe and parts.netloc and target != url else ""
