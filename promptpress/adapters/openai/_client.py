"""Sends what the adapter asks: every call bounded in time and size, the key to its server only."""

import time
from typing import Any
from urllib.parse import urlsplit

import requests

from promptpress.adapters._calls import fetch, limits_until
from promptpress.adapters._http import NoReply, Reply, exchange
from promptpress.adapters.openai._answers import MAX_PICTURE
from promptpress.adapters.openai._refusals import NAME
from promptpress.errors import BadCredentials

OFFICIAL = "api.openai.com"
MAX_LIST = 8_000_000
"""Bytes of a list of models; that of a proxy before many services has one or two million."""
MAX_REDIRECTS = 3


class Client:
    """Asks one server, and fetches pictures from wherever it says."""

    def __init__(self, key: str, api_url: str) -> None:
        """Keep both; the key is looked at when it is first sent.

        Args:
            key: of the server; empty for one that asks for none.
            api_url: its address, up to /v1.
        """
        self._key = key.strip()
        self._api_url = api_url.rstrip("/")

    @property
    def secrets(self) -> list[str]:
        """What no message may show."""
        return [self._key]

    @property
    def is_official(self) -> bool:
        """True when the server is OpenAI's own."""
        return _host(self._api_url) == OFFICIAL

    def order(self, body: dict[str, Any], ends: float) -> Reply | NoReply:
        """Send what costs money, once.

        Args:
            body: the order.
            ends: by when it is over, on the monotonic clock.
        """
        url = f"{self._api_url}/images/generations"
        request = requests.Request("POST", url, headers=self._headers(), json=body)
        silence = ends - time.monotonic()
        return exchange(request, limits_until(ends, max_size(body["n"]), silence))

    def list_models(self, ends: float) -> Reply | NoReply:
        """Ask what the server can do."""
        request = requests.Request("GET", f"{self._api_url}/models", headers=self._headers())
        return exchange(request, limits_until(ends, MAX_LIST))

    def fetch(self, url: str, ends: float) -> Reply | NoReply:
        """Fetch a picture, without the key; a redirect is followed only on the same host."""
        return fetch(url, ends, MAX_PICTURE, hops=MAX_REDIRECTS)

    def _headers(self) -> dict[str, str]:
        headers = {"User-Agent": "promptpress", "Accept": "application/json"}
        if not self._key and not self.is_official:
            return headers
        if not self._key.isascii() or len(self._key.split()) != 1:
            message = "the key is empty or no key: copy it into OPENAI_API_KEY again"
            raise BadCredentials(message, NAME)
        return {**headers, "Authorization": f"Bearer {self._key}"}


def max_size(count: int) -> int:
    """Return the bytes that so many pictures have in base64 at most, and what is around them."""
    return count * (MAX_PICTURE // 3 * 4) + 100_000


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
