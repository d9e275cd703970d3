"""Sends what the adapter asks: every call bounded in time and size, the keys to one server only."""

import requests

from promptpress.adapters._calls import limits_until
from promptpress.adapters._http import NoReply, Reply, exchange
from promptpress.adapters.fusionbrain._answers import MAX_PICTURE
from promptpress.adapters.fusionbrain._refusals import NAME
from promptpress.errors import BadCredentials

MAX_ANSWER = 1_000_000
"""Bytes of an answer at most."""
MAX_RESULT = MAX_PICTURE // 3 * 4 + MAX_ANSWER
"""Bytes of an answer with a picture in base64 at most."""

Parts = dict[str, tuple[None, str] | tuple[None, str, str]]
"""A multipart form: name to text, and the text's own type where it has one."""


class Client:
    """Asks one server, with both keys; a redirect is never followed."""

    def __init__(self, key: str, secret: str, api_url: str) -> None:
        """Keep all three; the keys are looked at when they are first sent."""
        self._key = key.strip()
        self._secret = secret.strip()
        self._base = f"{api_url.rstrip('/')}/key/api/v1"

    @property
    def secrets(self) -> list[str]:
        """What no message may show."""
        return [self._key, self._secret]

    def get(self, path: str, ends: float, max_answer: int = MAX_ANSWER) -> Reply | NoReply:
        """Ask a question.

        Args:
            path: below /key/api/v1/.
            ends: by when it is over, on the monotonic clock.
            max_answer: bytes that are taken of the answer.
        """
        request = requests.Request("GET", f"{self._base}/{path}", headers=self._headers())
        return exchange(request, limits_until(ends, max_answer))

    def order(self, path: str, parts: Parts, ends: float) -> Reply | NoReply:
        """Send an order, once, as a multipart form.

        Args:
            path: below /key/api/v1/.
            parts: the form.
            ends: by when it is over, on the monotonic clock.
        """
        url = f"{self._base}/{path}"
        # The header Content-Type is left to requests: it alone knows the boundary.
        request = requests.Request("POST", url, headers=self._headers(), files=parts)
        return exchange(request, limits_until(ends, MAX_ANSWER))

    def _headers(self) -> dict[str, str]:
        for value, setting in (
            (self._key, "FUSION_BRAIN_API_KEY"),
            (self._secret, "FUSION_BRAIN_SECRET_KEY"),
        ):
            if not value.isascii() or not value.isprintable() or len(value.split()) != 1:
                message = f"the key is empty or no key: copy it into {setting} again"
                raise BadCredentials(message, NAME)
        return {
            "User-Agent": "promptpress",
            "Accept": "application/json",
            "X-Key": f"Key {self._key}",
            "X-Secret": f"Secret {self._secret}",
        }
