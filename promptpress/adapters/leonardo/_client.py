"""Sends what the adapter asks: every call bounded in time and size, the key to its server only."""

import re
import time
from typing import Any

import requests

from promptpress.adapters._calls import fetch, limits_until
from promptpress.adapters._http import NoReply, Reply, exchange
from promptpress.adapters.leonardo._answers import MAX_PICTURE
from promptpress.adapters.leonardo._models import UUID
from promptpress.adapters.leonardo._refusals import NAME
from promptpress.errors import BadCredentials

MAX_ANSWER = 1_000_000
"""Bytes of an answer that is no picture."""
MAX_REDIRECTS = 3


class Client:
    """Asks one server, and fetches pictures from wherever it says."""

    def __init__(self, key: str, api_url: str) -> None:
        """Keep both; the key is looked at when it is first sent.

        Args:
            key: of the account.
            api_url: address of the API, up to what stands before /v1 and /v2.
        """
        self._key = key.strip()
        self._base = re.sub(r"(/v[12])?/*$", "", api_url.strip())

    @property
    def secrets(self) -> list[str]:
        """What no message may show."""
        return [self._key]

    def order(self, path: str, body: dict[str, Any], ends: float) -> Reply | NoReply:
        """Send what costs money, once; a redirect is not followed.

        Args:
            path: below the API's address.
            body: the order.
            ends: by when it is over, on the monotonic clock.
        """
        url = self._base + path
        request = requests.Request("POST", url, headers=self._headers(), json=body)
        return exchange(request, limits_until(ends, MAX_ANSWER, ends - time.monotonic()))

    def get(self, path: str, ends: float) -> Reply | NoReply:
        """Ask a question; a redirect is not followed.

        Args:
            path: below the API's address.
            ends: by when it is over, on the monotonic clock.
        """
        request = requests.Request("GET", self._base + path, headers=self._headers())
        return exchange(request, limits_until(ends, MAX_ANSWER))

    def fetch(self, url: str, ends: float) -> Reply | NoReply:
        """Fetch a picture, without the key; a redirect is followed only on the same host."""
        return fetch(url, ends, MAX_PICTURE, hops=MAX_REDIRECTS)

    def _headers(self) -> dict[str, str]:
        # The service answers 500 to a key of another form, as if the fault were its own.
        if not UUID.fullmatch(self._key):
            message = (
                "the key is no key: one has the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx, copy "
                "it into LEONARDO_API_KEY again"
            )
            raise BadCredentials(message, NAME)
        return {
            "User-Agent": "promptpress",
            "Accept": "application/json",
            "Authorization": f"Bearer {self._key}",
        }
