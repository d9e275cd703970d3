"""How much of the account's calls is used up, and when the next may follow.

X-App-Usage and X-Business-Use-Case-Usage say it in percent with every answer
(developers.facebook.com/docs/graph-api/overview/rate-limiting). Calls that go on when all is used
up are refused, and make the wait longer: so we slow down before.
"""

import math
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from promptpress.adapters._bodies import parse_json
from promptpress.errors import RateLimited

SLOW_FROM = 80.0
"""Percent from which calls are spread."""
PACE = 60.0
"""Seconds between two pieces of work from then on: the limits count an hour or more."""
FULL = 100.0
REST = 900.0
"""Seconds without a call when all is used up and nobody says for how long."""
HUGE = 1e9
"""A number that large is a mistake, or none at all."""
LONGEST = 86_400.0
"""Seconds; a longer wait is a mistake: the longest window counts 24 hours."""
_SHARES = ("call_count", "total_time", "total_cputime")


@dataclass(frozen=True)
class Usage:
    """What the headers of one answer say."""

    percent: float = 0.0
    """The largest share."""
    regain: float = 0.0
    """Seconds until calls are taken again; 0 where they are."""


def parse_usage(headers: Mapping[str, str]) -> Usage:
    """Return what the headers say; headers that are broken or missing say nothing."""
    rows = [_parse(headers.get("X-App-Usage"))]
    cases = _parse(headers.get("X-Business-Use-Case-Usage"))
    for row in cases.values() if isinstance(cases, dict) else ():
        rows += row if isinstance(row, list) else [row]
    told = [row for row in rows if isinstance(row, dict) and row.get("type") in (None, "instagram")]
    percents = [number for row in told for number in _numbers(row, _SHARES)]
    regain = [
        60.0 * number
        for row in told
        for number in _numbers(row, ("estimated_time_to_regain_access",))
    ]
    return Usage(max(percents, default=0.0), min(max(regain, default=0.0), LONGEST))


def _parse(text: str | None) -> Any:
    return parse_json(text) if text else None


def _numbers(row: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[float]:
    for name in names:
        value = row.get(name)
        if isinstance(value, int | float) and 0 < value < HUGE:
            yield float(value)


class Pace:
    """Remembers for one account when the next call makes sense; safe for any number of threads."""

    def __init__(self, clock: Callable[[], datetime], channel: str) -> None:
        """Keep what is needed.

        Args:
            clock: tells the time in UTC.
            channel: whose errors are raised.
        """
        self._clock = clock
        self._channel = channel
        self._lock = threading.Lock()
        self._closed_until: datetime | None = None
        self._slow_until: datetime | None = None
        self._hushed_until: datetime | None = None

    def note(self, usage: Usage) -> None:
        """Take in what an answer's headers say."""
        with self._lock:
            if usage.regain > 0 or usage.percent >= FULL:
                ends = self._clock() + timedelta(seconds=usage.regain or REST)
                self._closed_until = max(ends, self._closed_until or ends)
            if usage.percent >= SLOW_FROM:
                self._slow_until = self._clock() + timedelta(seconds=PACE)

    def close(self, seconds: float) -> None:
        """Let no call out for so long: the service refuses them."""
        with self._lock:
            ends = self._clock() + timedelta(seconds=min(seconds, LONGEST))
            self._closed_until = max(ends, self._closed_until or ends)

    def hush(self, seconds: float) -> None:
        """Let nothing be made or published for so long; questions are still asked."""
        with self._lock:
            ends = self._clock() + timedelta(seconds=min(seconds, LONGEST))
            self._hushed_until = max(ends, self._hushed_until or ends)

    def require_open(self) -> None:
        """Raise RateLimited while the service would refuse a call."""
        self._require(self._closed_until, "all calls of this account are used up")

    def require_leave(self) -> None:
        """Raise RateLimited while nothing should be made or published."""
        self.require_open()
        self._require(self._hushed_until, "Instagram took the account's posts for spam")

    def require_room(self) -> None:
        """Raise RateLimited while a piece of work that can wait should wait."""
        self.require_leave()
        self._require(self._slow_until, "most calls of this account are used up")

    @property
    def wait(self) -> float:
        """Seconds until `require_room` lets work through."""
        known = (self._closed_until, self._slow_until, self._hushed_until)
        now = self._clock()
        return max(0.0, *((moment - now).total_seconds() for moment in known if moment), 0.0)

    def _require(self, until: datetime | None, why: str) -> None:
        left = (until - self._clock()).total_seconds() if until else 0.0
        if left > 0:
            message = f"{why}: nothing is asked for {math.ceil(left)} seconds, then it goes on"
            raise RateLimited(message, self._channel, left)
