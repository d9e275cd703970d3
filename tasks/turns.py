"""How many pictures one generator is asked for at once, and in a minute.

A run keeps both by itself. Where runs share a Prefect server, the rate is a global concurrency
limit there too, so that workers side by side keep it together.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx
from prefect.client.orchestration import get_client
from prefect.concurrency.sync import rate_limit
from prefect.settings import PREFECT_API_URL

from promptpress.errors import RateLimited, TransientError
from promptpress.wiring import services
from tasks import Way
from tasks.policy import LOOK_AGAIN, MAX_WAIT, SHARED_WAIT
from tasks.signals import require_going_on, rest

MINUTE = 60.0


class Line:
    """Who may ask one generator now."""

    def __init__(
        self, at_once: int | None, a_minute: int | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with nobody there.

        Args:
            at_once: how many may be with it at the same time; None: any number.
            a_minute: how many may begin within any sixty seconds; None: any number.
            clock: tells seconds that never run backwards.
        """
        self._at_once = at_once
        self._a_minute = a_minute
        self._clock = clock
        self._there = 0
        self._begun: deque[float] = deque()
        self._lock = threading.Lock()

    def enter(self) -> float:
        """Take a place and return 0, or return the seconds after which to ask again."""
        with self._lock:
            now = self._clock()
            while self._begun and self._begun[0] <= now - MINUTE:
                self._begun.popleft()
            if self._a_minute is not None and len(self._begun) >= self._a_minute:
                return self._begun[0] + MINUTE - now
            if self._at_once is not None and self._there >= self._at_once:
                return LOOK_AGAIN
            self._there += 1
            if self._a_minute is not None:
                self._begun.append(now)
            return 0.0

    def leave(self) -> None:
        """Give the place to somebody else."""
        with self._lock:
            self._there -= 1


def _line_of(name: str) -> Line:
    chosen = services()
    settings = chosen.settings
    at_once = settings.generator_concurrency.get(name)
    a_minute = settings.generator_rates.get(name)
    return chosen.once(f"line:{name}", lambda: Line(at_once, a_minute))


class Turn:
    """A post's place with the generator that makes its pictures; given back at the end."""

    def __init__(self) -> None:
        """Begin with no place."""
        self._line: Line | None = None
        self._name = ""
        self._is_new = False

    def __enter__(self) -> Self:
        """Give the place back at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the place back."""
        self._leave()

    def _leave(self) -> None:
        if self._line is not None:
            self._line.leave()
        self._line, self._name = None, ""

    def wait(self, name: str) -> Way[None]:
        """Wait for a place with a generator, without a thread."""
        line = _line_of(name)
        while seconds := line.enter():
            yield seconds
        self._line, self._name, self._is_new = line, name, True

    def take(self, name: str) -> None:
        """Use the place waited for; where it is another's, or used before, wait for a new one.

        Raises:
            RateLimited: its limit leaves no place for longer than a run waits.
        """
        if name != self._name or not self._is_new:
            self._leave()
            end = time.monotonic() + MAX_WAIT
            for seconds in self.wait(name):
                if time.monotonic() + seconds > end:
                    message = "its own limit of a minute is used up: a later run goes on"
                    raise RateLimited(message, name, seconds)
                rest(seconds)
        self._is_new = False
        _ask_server(name)


@dataclass(frozen=True)
class Rate:
    """How often a generator may be asked, in the numbers of Prefect's limits."""

    a_minute: int

    @property
    def burst(self) -> int:
        """How often at once.

        A small burst, then one place after another: a full minute's worth at once would allow
        twice the rate around the minute's turn.
        """
        return max(1, self.a_minute // 10)

    @property
    def decay(self) -> float:
        """Places that come back in a second."""
        return self.a_minute / MINUTE


def limit_of(name: str) -> str:
    """Return how Prefect's limit of a generator is called."""
    return f"promptpress-{name}"


def _is_shared(name: str) -> bool:
    return bool(PREFECT_API_URL.value()) and name in services().settings.generator_rates


def _ask_server(name: str) -> None:
    if not _is_shared(name):
        return
    end = time.monotonic() + MAX_WAIT
    while True:
        require_going_on()
        try:
            rate_limit(limit_of(name), timeout_seconds=SHARED_WAIT)
        except TimeoutError:
            if time.monotonic() < end:
                continue
            message = "the runs of all workers have used up its limit: a later run goes on"
            raise RateLimited(message, name, MAX_WAIT) from None
        except httpx.HTTPError as error:
            message = f"Prefect's server keeps its limit, and does not answer ({error})"
            raise TransientError(message, name) from None
        return


async def share_limits() -> None:
    """Tell the Prefect server, where there is one, how often each generator may be asked."""
    rates = services().settings.generator_rates
    if not any(map(_is_shared, rates)):
        return
    async with get_client() as client:
        for name, rate in ((name, Rate(number)) for name, number in rates.items()):
            await client.upsert_global_concurrency_limit_by_name(
                limit_of(name), limit=rate.burst, slot_decay_per_second=rate.decay
            )
