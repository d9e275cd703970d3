"""An ImageGenerator that makes nothing: it brings the pictures or the video that an order links to.

What comes is looked at like anything else that was made; nothing is claimed about how it was.
"""

import time
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from promptpress.adapters._bodies import is_text
from promptpress.adapters._calls import fetch
from promptpress.adapters._http import NoReply, read_retry_after
from promptpress.errors import InvalidPost, PermanentError, RateLimited, TransientError
from promptpress.ports import Generated, Generation, ImageRequest

DEADLINE = 300.0
"""Seconds for one of them from first to last."""
MAX_BYTES = 320_000_000
"""Of one of them: a reel may have 300 MB
(developers.facebook.com/docs/instagram-platform/reference/instagram-user/media)."""
HOPS = 4
"""Addresses that are asked at the most: the first, and where it sends us."""
LATER = (408, 423, 425, 429)
"""Statuses that pass by themselves."""


class GivenGenerator:
    """Brings what lies at the addresses of an order; safe for any number of threads."""

    name = "given"

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        deadline: float = DEADLINE,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Keep the limits.

        Args:
            clock: the time, for waits that a server names by a date.
            deadline: seconds for one file.
            max_bytes: of one file at the most.
        """
        self._clock = clock
        self._deadline = deadline
        self._max_bytes = max_bytes

    def check(self) -> None:
        """Be content: each address is another server's."""

    def submit(self, request: ImageRequest) -> Generation:
        """Return what lies at the addresses, in their order.

        Raises:
            TransientError: a server does not answer just now.
            PermanentError: there is nothing, or no file that could be a picture or a video.
        """
        if not request.links:
            raise InvalidPost("the order names no addresses: fill in media_links", self.name)
        return Generation(pictures=tuple(map(self._bring, request.links)))

    def collect(self, job: str) -> Generation:
        """Refuse: a file is brought at once, there is no job."""
        raise InvalidPost(f"there is no job {job!r}: retry the post", self.name)

    def _bring(self, link: str) -> Generated:
        ends = time.monotonic() + self._deadline
        shown = _show(link)
        reply = fetch(link, ends, self._max_bytes, hops=HOPS, abroad=True)
        if isinstance(reply, NoReply):
            if reply.kind == "impossible":
                raise InvalidPost(f"{shown} is no address to fetch from: correct it", self.name)
            message = f"{shown} did not answer ({reply.kind}): it is fetched again later"
            raise TransientError(message, self.name)
        if reply.status >= 500 or reply.status in LATER:
            wait = read_retry_after(reply.headers.get("Retry-After"), self._clock())
            kind = RateLimited if reply.status == 429 else TransientError
            message = f"{shown} answered {reply.status}: it is fetched again later"
            raise kind(message, self.name, wait)
        if reply.status != 200:
            message = f"{shown} answered {reply.status}: correct the address, then retry the post"
            raise PermanentError(message, self.name)
        if not reply.whole:
            if len(reply.body) >= self._max_bytes:
                message = f"{shown} has more than {self._max_bytes:,} bytes: give a smaller file"
                raise PermanentError(message, self.name)
            raise TransientError(f"{shown} came in part: it is fetched again later", self.name)
        if is_text(reply.body):
            message = f"{shown} is a page, no file: give the address of the picture itself"
            raise PermanentError(message, self.name)
        return Generated(content=reply.body, source="")


def _show(link: str) -> str:
    """Return an address without what may be secret in it: its question, its password."""
    try:
        parts = urlsplit(link)
        return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"[:200]
    except ValueError:
        return "the link"
