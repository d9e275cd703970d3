"""Trouble at the n-th call, whichever service gets it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.fakes.server import StandIn

When = Literal["before", "after"]


@dataclass
class Trouble:
    """What happens at the n-th call, counted over the services it listens to."""

    at: int
    when: When
    what: Callable[[], None]
    calls: int = 0
    struck: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def listen(self, service: StandIn, person: Callable[[], None] | None = None) -> None:
        """Count the calls of a service; a person may act before each."""

        def before(_: str) -> None:
            if person is not None:
                person()
            with self.lock:
                self.calls += 1
                strikes = self.calls == self.at and self.when == "before"
            if strikes:
                self._strike()

        def after(_: str) -> None:
            with self.lock:
                strikes = self.calls == self.at and self.when == "after" and not self.struck
            if strikes:
                self._strike()

        service.before, service.after = before, after

    def _strike(self) -> None:
        self.struck = True
        self.what()
        raise ConnectionError
