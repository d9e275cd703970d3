"""Opens an address as a platform's fetcher will: a LinkChecker.

    address → is it one that anybody can use? → GET, without any credentials → picture or video?

Instagram and others fetch pictures by themselves, and say no more than that they could not. So
the address is tried out before anyone relies on it. Addresses may be signed: what follows their
question mark stands in no message.
"""

import hashlib
import ipaddress
import logging
import re
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
import requests.utils

from promptpress.adapters._bodies import read_page
from promptpress.adapters._http import (
    LOGGERS,
    Limits,
    NoReply,
    Reply,
    excerpt,
    exchange,
    read_retry_after,
)
from promptpress.errors import PromptpressError, RateLimited, SetupError, TransientError

NAME = "links"
AGENT = "promptpress (it looks whether a link is public)"
LIMITS = Limits(connect=10.0, read=30.0, total=120.0, max_answer=320_000_000)
"""A reel may have 300 MB:
developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media"""
HOPS = 3
"""Redirects that are followed; Meta's fetcher takes few."""
LATER = {404, 408, 410, 421, 423, 425}
"""Statuses that may pass by themselves: a network of caches shows a new file a little late."""
OUTSIDE = "make the bucket or folder public, or correct the store's public address"
_HOME = (".local", ".internal", ".localhost", ".lan", ".home.arpa", ".test", ".invalid", ".example")
"""Endings of names that no public server has (RFC 2606, 6761, 6762, 8375)."""
_SIGNATURE = re.compile(
    r"((?:X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature|Signature|sig|token)=)[^&\s\"']+",
    re.IGNORECASE,
)
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*")
_PICTURE_BRANDS = {b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1"}


def _look_up(host: str) -> list[str]:
    """Return the addresses of a host; none where it has none."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, None)]
    except (OSError, UnicodeError):
        return []


class _Unsigned(logging.Filter):
    """Takes signatures in addresses out of what the HTTP library logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if _SIGNATURE.search(text):
            record.msg, record.args = _SIGNATURE.sub(r"\1***", text), ()
            record.exc_info = None  # its frames hold the address
        return True


_UNSIGNED = _Unsigned()


class LinkCheck:
    """Tries addresses out; safe for any number of threads."""

    name = NAME

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        limits: Limits = LIMITS,
        allow_http: bool = False,
        allow_private: bool = False,
        look_up: Callable[[str], Iterable[str]] = _look_up,
    ) -> None:
        """Keep the rules; nothing is asked before it is needed.

        Args:
            clock: the time, for waits that a server names by a date.
            limits: of one look; max_answer is the largest file.
            allow_http: True takes addresses that are not encrypted.
            allow_private: True takes addresses of this machine or its network, which no platform
                reaches: for tests, and for services of one's own in the same network. Those of
                this machine need no encryption then.
            look_up: the addresses of a host's name.
        """
        self._clock = clock
        self._limits = limits
        self._allow_http = allow_http
        self._allow_private = allow_private
        self._look_up = look_up
        for name in LOGGERS:
            logging.getLogger(name).addFilter(_UNSIGNED)

    def check(self) -> None:
        """Do nothing: there is no service to ask before there is a link."""

    def require_public(self, link: str, sha256: str = "") -> None:
        """Raise unless anybody can fetch a picture or video there; errors as in the port."""
        ends = time.monotonic() + self._limits.total
        url = link
        for _ in range(HOPS + 1):
            self._require_reachable(url)
            reply = exchange(_build_get(url), self._limits_until(ends))
            target = _parse_target(url, reply)
            if not target:
                self._require_whole(url, reply, sha256)
                return
            if url.startswith("https:") and not target.startswith("https:"):
                raise _setup(target, "it is reached over a redirect that is not encrypted: fix it")
            url = target
        raise _setup(link, f"it is redirected more than {HOPS} times: give the address at the end")

    def _limits_until(self, ends: float) -> Limits:
        return replace(self._limits, total=max(ends - time.monotonic(), 0.001))

    def _require_reachable(self, url: str) -> None:
        """Raise where no platform could even begin."""
        parts = _split(url)
        host = parts.hostname or ""
        if parts.username is not None:
            raise _setup(url, "a password stands in it: give an address that needs none")
        home = self._is_home(host, url)
        if home and not self._allow_private:
            raise _setup(url, f"no platform reaches {host} from outside: {OUTSIDE}")
        if parts.scheme != "https" and not self._allow_http and not (home and _is_here(host)):
            raise _setup(url, "it is not encrypted, and platforms want https: correct the address")

    def _is_home(self, host: str, url: str) -> bool:
        """Tell whether a host is of this machine or its network."""
        if (number := _parse_number(host)) is not None:
            return not number.is_global
        if "." not in host.strip(".") or host.rstrip(".").endswith(_HOME):
            return True
        if requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url)):
            return False  # the proxy looks names up, and we may not even be able to
        numbers = [_parse_number(found) for found in self._look_up(host)]
        return bool(numbers) and not any(number and number.is_global for number in numbers)

    def _require_whole(self, url: str, reply: Reply | NoReply, sha256: str) -> None:
        if isinstance(reply, NoReply):
            raise _no_answer(url, reply)
        if reply.status != 200:
            raise self._refusal(url, reply)
        if not reply.whole and len(reply.body) < self._limits.max_answer:
            raise _later(url, "only a part of it came")
        if not reply.whole:
            size = self._limits.max_answer
            raise _setup(url, f"it is larger than {size} bytes: make the file smaller")
        _require_kind(url, reply)
        if sha256 and hashlib.sha256(reply.body).hexdigest() != sha256:
            advice = "let the server pass files on unchanged, and look at the public address"
            raise _setup(url, f"other bytes come than were stored: {advice}")

    def _refusal(self, url: str, reply: Reply) -> PromptpressError:
        said = _excerpt_of(url, reply)
        if "challenge" in reply.headers.get("cf-mitigated", ""):
            return _setup(url, f"{said}: it turns programs away: let them fetch pictures")
        wait = read_retry_after(reply.headers.get("Retry-After"), self._clock())
        if reply.status in (420, 429):
            return RateLimited(f"{_show(url)}: {said}: it is opened again later", NAME, wait)
        if reply.status in LATER or reply.status < 300 or reply.status >= 500:
            return _later(url, said, wait)
        return _setup(url, f"{said}: {OUTSIDE}")


def _build_get(url: str) -> requests.Request:
    headers = {"User-Agent": AGENT, "Accept": "image/*,video/*,*/*;q=0.1"}
    # No second form of the bytes: their hash counts.
    return requests.Request("GET", url, headers={**headers, "Accept-Encoding": "identity"})


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_valid = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        raise _setup("", "it is no valid address: correct the store's public address") from None
    if parts.scheme not in ("http", "https") or not is_valid:
        raise _setup(url, "it is no address on the web: set the store's public address")
    if not re.fullmatch(r"[!-~]+", url):
        raise _setup(url, "it has letters beyond US-ASCII, or spaces: write them as %20 and so on")
    return parts


def _parse_target(url: str, reply: Reply | NoReply) -> str:
    """Return where an answer sends us, or an empty string."""
    if isinstance(reply, NoReply) or reply.status not in (301, 302, 303, 307, 308):
        return ""
    location = reply.headers.get("Location", "")
    # What a server sends as bytes of UTF-8 is read as Latin-1; browsers then quote it.
    quoted: str = requests.utils.requote_uri(
        location.encode("latin-1", "ignore").decode("utf-8", "ignore")
    )
    try:
        return urljoin(url, quoted) if quoted else ""
    except ValueError:
        return ""


def _require_kind(url: str, reply: Reply) -> None:
    claimed = reply.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    kind = _kind_of(reply.body)
    if claimed.startswith("text/") or "html" in claimed or (not kind and _is_page(reply.body)):
        said = excerpt(read_page(reply.body), _secrets_of(url))
        raise _setup(url, f"a page comes in place of the file ({said}): {OUTSIDE}")
    if not kind:
        raise _setup(url, "no picture and no video comes: look at what lies there")
    if claimed.partition("/")[0] != kind:
        said = claimed or "nothing in particular"
        advice = f"let the server send it with a Content-Type of {kind}/…"
        raise _setup(url, f"the {kind} is sent as {excerpt(said)}: {advice}")


def _kind_of(content: bytes) -> str:
    """Return what the bytes are by their beginning: image, video, or nothing known."""
    if content.startswith(_PICTURES) or (content[:4], content[8:12]) == (b"RIFF", b"WEBP"):
        return "image"
    if content[4:8] == b"ftyp":
        return "image" if content[8:12] in _PICTURE_BRANDS else "video"
    return "video" if content.startswith(b"\x1a\x45\xdf\xa3") else ""


def _is_page(content: bytes) -> bool:
    return content.lstrip()[:1] == b"<"


def _parse_number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        number = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(number, "ipv4_mapped", None) or number


def _is_here(host: str) -> bool:
    number = _parse_number(host)
    return number.is_loopback if number else host.endswith("localhost")


def _show(url: str) -> str:
    """Return an address without what may be secret in it."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    more = "?…" if parts.query else ""
    return excerpt(f"{parts.scheme}://{host}{parts.path}{more}") if host else "the link"


def _secrets_of(url: str) -> list[str]:
    query = urlsplit(url).query
    return [query, *(value for value in re.split("[&=]", query) if len(value) > 8)]


def _excerpt_of(url: str, reply: Reply) -> str:
    """Return what a refusal says; of XML the code alone, as the rest may repeat the signature."""
    code = re.search(rb"<Code>(\w{1,60})</Code>", reply.body[:10_000])
    said = code[1].decode() if code else excerpt(read_page(reply.body), _secrets_of(url))
    return f"status {reply.status} ({said or 'no words'})"


def _setup(url: str, what: str) -> SetupError:
    return SetupError(f"{_show(url)}: {what}", NAME)


def _later(url: str, what: str, wait: float | None = None) -> TransientError:
    return TransientError(f"{_show(url)}: {what}: it is opened again later", NAME, wait)


def _no_answer(url: str, none: NoReply) -> PromptpressError:
    if none.kind == "impossible" or "certificate" in none.reason:
        advice = "platforms turn it down as well: correct the address or its certificate"
        return _setup(url, f"{none.reason}: {advice}")
    return _later(url, f"no answer ({none.reason})")
