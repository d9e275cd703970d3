"""What a server of S3 answers, or why there is no answer. Pure."""

import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["refused", "page", "impossible", "undelivered", "lost"]
UNDELIVERED = {"EndpointConnectionError", "ConnectTimeoutError", "ProxyConnectionError", "SSLError"}
BROKEN = {"ConnectionError", "HTTPClientError", "IncompleteReadError"}
NOT_VALID = {"BotoCoreError", "ValueError"}
"""Names of the library's errors, for what broke and for what could not even begin.

By name: importing them here would cost those a second who do not use this store.
"""
FRONT = {408, 413, 429}
"""What a proxy before the server says by itself, with a page, and means."""
WORDS = {
    "ConnectTimeoutError": "no connection in time",
    "ProxyConnectionError": "the proxy refuses or does not answer",
    "ReadTimeoutError": "no answer in time",
}


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a call did not do what was asked."""

    kind: Kind
    """refused: the server says no. page: what answers is no such server.
    impossible: a setting is not valid, nothing left this machine.
    undelivered: no connection. lost: it may have been done."""
    status: int = 0
    code: str = ""
    """The server's word for it; empty where it told none (to HEAD it never does)."""
    words: str = ""
    region: str = ""
    """Where the bucket is, if the server says so."""
    retry_after: str = ""
    """As the server wrote it."""

    @property
    def is_open(self) -> bool:
        """True when the call may have had its effect."""
        return self.kind == "lost" or (self.status >= 500 and self.status not in (501, 503, 507))


def parse_answer(answer: dict[str, Any]) -> dict[str, Any] | Refusal:
    """Return the answer if a server of S3 gave it: each one about an object has its ETag."""
    if answer.get("ETag"):
        return answer
    status = (answer.get("ResponseMetadata") or {}).get("HTTPStatusCode") or 0
    return Refusal(kind="page", status=int(status), words="something else than S3 answers")


def parse_error(error: Exception) -> Refusal:
    """Return what an error of the libraries below means."""
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "ResponseMetadata" in response:
        return _parse_refusal(response)
    names = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, TimeoutError):
        return Refusal(kind="lost", words="not done in time")
    if names & NOT_VALID and not names & BROKEN:
        return Refusal(kind="impossible", words=_shorten(error))
    if any(isinstance(inner, FileNotFoundError | PermissionError) for inner in _chain(error)):
        return Refusal(kind="impossible", words="the file of certificates cannot be read")
    if "SSLError" in names and "certificate" in str(error).lower():
        return Refusal(kind="impossible", words="its certificate is not trusted")
    kind: Kind = "undelivered" if names & UNDELIVERED else "lost"
    return Refusal(kind=kind, words=_root(error))


def _parse_refusal(response: dict[str, Any]) -> Refusal:
    error, meta = response.get("Error") or {}, response["ResponseMetadata"]
    headers = meta.get("HTTPHeaders") or {}
    status = int(meta.get("HTTPStatusCode") or 0)
    code = str(error.get("Code") or "")
    if not code or code.isdigit():
        # The status in place of a code: an empty answer, to HEAD for one, or no XML of S3.
        code = ""
    is_page = not code and "html" in headers.get("content-type", "") and "etag" not in headers
    return Refusal(
        kind="page" if is_page and status < 500 and status not in FRONT else "refused",
        status=status,
        code=code,
        words=str(error.get("Message") or ""),
        region=str(error.get("Region") or headers.get("x-amz-bucket-region") or ""),
        retry_after=str(headers.get("retry-after") or ""),
    )


def _shorten(error: Exception) -> str:
    """Return what is wrong with a setting, without the rules that it breaks."""
    return str(error).strip().rsplit("\n", 1)[-1].partition(": Bucket name must")[0][:200]


def _root(error: Exception) -> str:
    """Return the system's own words for an error, which never hold an address."""
    for inner in _chain(error):
        if isinstance(inner, OSError) and inner.errno:
            by_system = inner.errno > 0 and not isinstance(inner.__cause__, ssl.SSLError)
            return os.strerror(inner.errno) if by_system else str(inner.strerror)
    name = type(error).__name__
    return WORDS.get(name, f"the connection broke ({name})")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
