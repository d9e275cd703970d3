"""Whether somebody has asked this run to stop: SIGTERM and SIGINT, and what they set off.

A signal only raises a flag, which the steps look at before they begin: nothing is torn out of the
middle of a send, a write or a claim. A thread sees to it that the process ends in time whatever
happens, and a second signal ends it at once.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from types import FrameType

from promptpress.errors import Interrupted

HEEDED = (signal.SIGTERM, signal.SIGINT)
LAST_WORDS = 6.0
"""Seconds that a process which is ended may take to end others and to flush its lines: Prefect
gives its temporary server 5 before it kills it."""
_received = 0
_ends_too: list[Callable[[], None]] = []


class Stop:
    """Whether a run has been asked to stop."""

    def __init__(self) -> None:
        """Begin with nobody having asked."""
        self._asked = threading.Event()
        self._waiting: list[Callable[[], None]] = []

    @property
    def is_asked(self) -> bool:
        """Whether somebody has asked."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Ask the run to stop; whoever waits for something is told."""
        self._asked.set()
        for tell in self._waiting:
            tell()

    def tell(self, whom: Callable[[], None]) -> None:
        """Have somebody called once the run is asked to stop; at once where it was."""
        self._waiting.append(whom)
        if self.is_asked:
            whom()

    def rest(self, seconds: float) -> bool:
        """Wait so long, or until the run is asked to stop; return whether it was."""
        return self._asked.wait(seconds)


_stop: ContextVar[Stop | None] = ContextVar("stop", default=None)


def stop_of_run() -> Stop:
    """Return the stop of the run this is part of; one that nobody asks where it heeds none."""
    return _stop.get() or Stop()


def require_going_on() -> None:
    """Raise where the run was asked to stop: what was not begun is left to the next.

    Raises:
        Interrupted: it was.
    """
    if stop_of_run().is_asked:
        raise Interrupted


def rest(seconds: float) -> None:
    """Wait so long.

    Raises:
        Interrupted: the run was asked to stop meanwhile.
    """
    if stop_of_run().rest(seconds):
        raise Interrupted


def received() -> int:
    """Return the number of the signal that stopped a run of this process; 0: none did."""
    return _received


def end_too(whom: Callable[[], None]) -> None:
    """Have something ended with the process where it does not come to its usual end."""
    _ends_too.append(whom)


def end_now(code: int) -> None:
    """End the process without waiting for any thread, nor for long for what is ended with it."""
    last = threading.Timer(LAST_WORDS, os._exit, (code,))
    last.daemon = True
    with suppress(RuntimeError):  # at its very end a process starts no thread any more
        last.start()
    for end in _ends_too:
        # What it ends may be ending by itself this very moment, half torn down.
        with suppress(Exception):
            end()
    for stream in (sys.stdout, sys.stderr):
        # It may be closed, or be in the middle of a line that this very signal interrupted.
        with suppress(OSError, RuntimeError, ValueError):
            stream.flush()
    os._exit(code)


class _Watch:
    """Listens to the signals of a process while a run of it has something in hand."""

    def __init__(self, stop: Stop, longest: float, records: float, same: float) -> None:
        self.done = threading.Event()
        self._stop = stop
        self._longest = longest
        self._records = records
        self._same = same
        self._heard = 0.0

    def hear(self, number: int, _frame: FrameType | None) -> None:
        global _received
        now = time.monotonic()
        if not _received:
            _received, self._heard = number, now
            # Not from here: what is interrupted may hold the very lock that telling needs.
            threading.Thread(target=self._see_to_it, name="stop", daemon=True).start()
        elif now - self._heard > self._same:
            end_now(128 + number)

    def _see_to_it(self) -> None:
        self._stop.ask()
        self.done.wait(self._longest)
        if self.done.is_set():
            time.sleep(self._records)
        end_now(128 + _received)


@contextmanager
def heed_signals(longest: float, records: float, same: float) -> Iterator[Stop]:
    """Let SIGTERM and SIGINT ask the block to stop, where it runs in the main thread.

    A signal that the process was started to ignore, such as SIGINT in a shell's background, stays
    ignored. Once one has come, the process ends: the handlers of before get nothing of it.

    Args:
        longest: seconds after which the process ends, even in the middle of a call.
        records: seconds after the block's end in which it ends by itself, else it is ended.
        same: seconds in which a further signal is still the first one, passed on by a parent.
    """
    stop = Stop()
    watch = _Watch(stop, longest, records, same)
    before = {}
    if threading.current_thread() is threading.main_thread():
        kept = {number: signal.getsignal(number) for number in HEEDED}
        before = {n: h for n, h in kept.items() if h not in (None, signal.SIG_IGN)}
    for number in before:
        signal.signal(number, watch.hear)
    token = _stop.set(stop)
    try:
        yield stop
    finally:
        _stop.reset(token)
        watch.done.set()
        if not stop.is_asked:
            for number, handler in before.items():
                signal.signal(number, handler)
