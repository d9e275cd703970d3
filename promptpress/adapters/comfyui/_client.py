"""Sends what the adapter asks: every call bounded in time and size, nothing redirected."""

from typing import Any

import requests

from promptpress.adapters._calls import AGENT, limits_until, secrets_in
from promptpress.adapters._http import NoReply, Reply, exchange
from promptpress.adapters.comfyui._answers import MAX_PICTURE

READ_TIMEOUT = 60.0
"""Seconds of silence: the server's one thread answers late while it loads a model."""


class Client:
    """Asks one server; what stands before its address as user and password goes along."""

    def __init__(self, api_url: str) -> None:
        """Keep the address."""
        self._api_url = api_url.rstrip("/")

    @property
    def secrets(self) -> list[str]:
        """What no message may show: the password in the address, in all its forms."""
        return secrets_in(self._api_url)

    def get(self, path: str, ends: float) -> Reply | NoReply:
        """Ask for something below the address.

        Args:
            path: where, with its query.
            ends: by when it is over, on the monotonic clock.
        """
        return self._send(requests.Request("GET", f"{self._api_url}/{path}"), ends)

    def post(self, path: str, body: Any, ends: float) -> Reply | NoReply:
        """Send JSON once to somewhere below the address."""
        return self._send(requests.Request("POST", f"{self._api_url}/{path}", json=body), ends)

    def _send(self, request: requests.Request, ends: float) -> Reply | NoReply:
        request.headers = dict(AGENT)
        return exchange(request, limits_until(ends, MAX_PICTURE, READ_TIMEOUT))
