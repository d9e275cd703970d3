"""Sends what the adapter asks: every call bounded in time and size, the token to its hosts only."""

import time
from urllib.parse import urlsplit

import requests

from promptpress.adapters._calls import AGENT, fetch, limits_until
from promptpress.adapters._http import NoReply, Reply, exchange
from promptpress.adapters.huggingface._kinds import Kind
from promptpress.errors import BadCredentials

MAX_REDIRECTS = 5


class Client:
    """Asks the Hub, the router and whoever keeps what was made."""

    def __init__(self, token: str, kind: Kind, max_answer: int) -> None:
        """Keep the token, which is looked at when it is first sent.

        Args:
            token: of Hugging Face.
            kind: what is ordered.
            max_answer: bytes of an answer at most.
        """
        self._token = token.strip()
        self._kind = kind
        self.max_answer = max_answer

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
        return exchange(request, limits_until(ends, self.max_answer, ends - time.monotonic()))

    def reach(self, url: str, ends: float) -> Reply | NoReply:
        """Find out whether there is a server at an address."""
        request = requests.Request("HEAD", url, headers=self._headers(known=False))
        return exchange(request, limits_until(ends, self.max_answer))

    def get(self, url: str, ends: float, *, known: bool) -> Reply | NoReply:
        """Fetch, and follow redirects.

        Args:
            url: what.
            ends: by when it is over, on the monotonic clock.
            known: True sends the token, to the very host of `url` and to no other.
        """
        home = _origin(url) if known else None
        return fetch(
            url,
            ends,
            self.max_answer,
            hops=MAX_REDIRECTS,
            abroad=True,
            headers=lambda target: self._headers(known=_origin(target) == home),
        )

    def _headers(self, *, known: bool) -> dict[str, str]:
        headers = dict(AGENT)
        if known:
            if not self._token.isascii() or len(self._token.split()) != 1:
                message = "the token is empty or no token: copy it into HF_TOKEN again"
                raise BadCredentials(message, self._kind.name)
            headers["Authorization"] = f"Bearer {self._token}"
        return headers


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
