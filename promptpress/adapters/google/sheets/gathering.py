"""Work of many threads carried out together, as a database's group commit does it."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

QUIET = 0.8
"""Seconds without a newcomer after which those who wait are served."""
LONGEST = 3.0
"""Seconds that the first of them waits at the most."""


class Gathering(Generic[T]):
    """Lets threads wait a moment for each other; one of them then does the work of all.

    Nobody goes on before the call that carries its work has been answered.
    """

    def __init__(
        self,
        carry_out: Callable[[Sequence[T]], None],
        *,
        expected: Callable[[], int],
        quiet: float = QUIET,
        longest: float = LONGEST,
    ) -> None:
        """Keep what is needed.

        Args:
            carry_out: does the work of all that are given; what came of each, it leaves with them.
            expected: how many may come at the most; when all are there, nobody waits.
            quiet: seconds without a newcomer after which it begins.
            longest: seconds after which it begins in any case.
        """
        self._carry_out = carry_out
        self._expected = expected
        self._quiet = quiet
        self._longest = longest
        self._changed = threading.Condition()
        self._waiting: list[tuple[T, threading.Event]] = []
        self._busy = False

    def submit(self, work: T) -> None:
        """Return once the work is carried out, alone or with that of others."""
        done = threading.Event()
        with self._changed:
            self._waiting.append((work, done))
            self._changed.notify_all()
            while self._busy and not done.is_set():
                self._changed.wait()
            if done.is_set():
                return
            self._busy = True
            self._wait_for_others()
            batch, self._waiting = self._waiting, []
        try:
            self._carry_out([one for one, _ in batch])
        finally:
            with self._changed:
                self._busy = False
                for _, carried in batch:
                    carried.set()
                self._changed.notify_all()

    def _wait_for_others(self) -> None:
        end = time.monotonic() + self._longest
        while len(self._waiting) < self._expected():
            here = len(self._waiting)
            left = min(self._quiet, end - time.monotonic())
            if left <= 0 or (not self._changed.wait(left) and len(self._waiting) == here):
                return
