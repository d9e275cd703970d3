"""Keeps the HTTP library below s3fs to one request per call.

Left to itself it follows every redirect, to whatever host and with the picture in its hands, and
sends a request again when its connection breaks.
"""

import importlib
from typing import Any


class _Once:
    """A session of aiohttp that asks once, and only whom it is told to."""

    def __init__(self, session: Any) -> None:
        self._session = session
        session._retry_connection = False  # there is no public switch

    def request(self, *args: Any, **kwargs: Any) -> Any:
        return self._session.request(*args, **{**kwargs, "allow_redirects": False})


def make_session_class() -> Any:
    """Return the class of HTTP sessions for the client; imports the library."""
    usual: Any = importlib.import_module("aiobotocore.httpsession").AIOHTTPSession

    class Session(usual):  # type: ignore[misc]  # it is only known here
        async def _get_session(self, proxy_url: Any) -> _Once:
            return _Once(await super()._get_session(proxy_url))

    return Session
