"""Calls to one of Google's APIs: with a token, in the limits, and with an answer understood."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from promptpress.adapters._http import Limits, NoReply, Reply, exchange, hide_in_logs
from promptpress.adapters.google._account import Account
from promptpress.adapters.google._errors import (
    Asked,
    Refusal,
    no_answer,
    parse_object,
    read_refusal,
    translate,
    unreadable,
)
from promptpress.adapters.google._limiter import Limiter

LIMITS = Limits(connect=10, read=60, total=75, max_answer=60_000_000)
"""Google gives up after 180 s; a post in hand is not kept waiting that long."""
Query = Mapping[str, str | Sequence[str]]


class Api:
    """One API, as one account calls it."""

    def __init__(
        self,
        account: Account,
        base_url: str,
        *,
        service: str,
        thing: str,
        clock: Callable[[], datetime],
        limiter: Limiter | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        """Keep what is needed.

        Args:
            account: who acts.
            base_url: what paths are added to.
            service: how messages call us: "queue", "drive".
            thing: what is asked for: "spreadsheet", "folder".
            clock: gives the time, aware and in UTC.
            limiter: keeps calls under a number per minute; None where there is no such limit.
            limits: how long one call may take.
        """
        self.account = account
        self._base_url = base_url.rstrip("/")
        self._service = service
        self._thing = thing
        self._clock = clock
        self._limiter = limiter
        self._limits = limits
        self._hidden: list[str] = []
        self.ahead = timedelta(0)
        """How far Google's clock was ahead of ours at its latest answer, as far as that shows."""

    def hide(self, address: str) -> None:
        """Keep an address that Google has just told, and is a key, out of logs and messages."""
        # The HTTP library logs what follows the host alone.
        query = urlsplit(address).query
        secrets = (address, query, *(value for _, value in parse_qsl(query) if len(value) > 12))
        self._hidden = [*self._hidden[-50:], *secrets]
        hide_in_logs(*secrets)

    def read(self, path: str, query: Query | None = None) -> Any:
        """Return what a GET gives.

        Raises:
            TransientError, SetupError, PermanentError: it gave nothing.
        """
        return self._json("GET", path, query, None, writes=False)

    def find(self, path: str, query: Query | None = None) -> Any | None:
        """Return what a GET gives, or None where Google says that there is no such thing.

        Raises:
            TransientError, SetupError, PermanentError: it gave nothing.
        """
        reply = self.send("GET", path, query, writes=False, fine=(404,))
        if reply.status != 404:
            return self.understand(reply, writes=False)
        refusal = self._refusal(reply)
        if refusal.has("notfound"):
            return None
        # Some other server's 404: a wrong address says nothing of the thing.
        raise translate(self._asked(writes=False), reply, refusal, self._clock())

    def write(
        self, path: str, body: object, query: Query | None = None, method: str = "POST"
    ) -> Any:
        """Return what a call gives that changes something.

        Raises:
            TransientError, SetupError, PermanentError: surely nothing was changed.
            OutcomeUnknown: the answer was lost, or the server failed.
        """
        return self._json(method, path, query, body, writes=True)

    def _json(
        self, method: str, path: str, query: Query | None, body: object, *, writes: bool
    ) -> Any:
        content = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json"} if content is not None else {}
        reply = self.send(method, path, query, headers, content, writes=writes)
        return self.understand(reply, writes=writes)

    def understand(self, reply: Reply, *, writes: bool) -> Any:
        """Return the object in an answer; TransientError or OutcomeUnknown where it has none."""
        found = parse_object(reply.body or b"{}") if reply.whole else None
        if found is None:
            raise unreadable(self._asked(writes=writes))
        return found

    def _asked(self, *, writes: bool) -> Asked:
        return Asked(self._service, self._thing, self.account.address, writes)

    def send(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        *,
        writes: bool,
        fine: Sequence[int] = (),
    ) -> Reply:
        """Send one request and return its answer, which is 2xx or one of `fine`.

        A 401 did nothing, so the request goes out once more with a new token.
        """
        asked = self._asked(writes=writes)
        reply = self._exchange(method, path, query, headers, content, writes=writes, fresh=False)
        if not isinstance(reply, NoReply) and reply.status == 401:
            reply = self._exchange(method, path, query, headers, content, writes=writes, fresh=True)
        if isinstance(reply, NoReply):
            raise no_answer(asked, reply)
        if reply.status // 100 == 2 or reply.status in fine:
            return reply
        raise translate(asked, reply, self._refusal(reply), self._clock())

    def _refusal(self, reply: Reply) -> Refusal:
        return read_refusal(reply, (*self.account.secrets, *self._hidden))

    def _exchange(
        self,
        method: str,
        path: str,
        query: Query | None,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        *,
        writes: bool,
        fresh: bool,
    ) -> Reply | NoReply:
        url = path if "://" in path else self._base_url + path
        # The address of an upload under way is its own key, wherever it points.
        own = {"Authorization": f"Bearer {self.account.token(fresh=fresh)}"}
        mine = own if url.startswith(f"{self._base_url}/") else {}
        if self._limiter is not None:
            self._limiter.wait(self.account.address or "user", "write" if writes else "read")
        request = requests.Request(
            method,
            url,
            params=query,
            headers={**(headers or {}), **mine},
            data=content,
        )
        asked = self._clock()
        reply = exchange(request, self._limits)
        if isinstance(reply, Reply):
            self.ahead = how_far_ahead(reply.headers.get("Date"), asked, self._clock())
        return reply


def how_far_ahead(date: str | None, asked: datetime, answered: datetime) -> timedelta:
    """Return how far a server's clock is ahead of ours, at the least, from its header Date.

    The header leaves out parts of a second, and the answer may have been under way for as long as
    it took: what that can explain is no difference.
    """
    try:
        told = parsedate_to_datetime(date or "")
    except ValueError:
        return timedelta(0)
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    if told > answered:
        return told - answered
    return told - asked if told + timedelta(seconds=1) < asked else timedelta(0)
