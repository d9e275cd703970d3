"""One part of `make serve`: a process that is started again when it dies.

Each part leads a group of its own, to which the runs belong that it starts: a Ctrl-C at the
terminal reaches none of them, and none is left behind when its part is gone. A part whose parent
dies without a word notices by its standard input, and ends too.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds before a part is started again: longer each time that it dies soon, up to the last."""
SETTLED = 120.0
"""Seconds after which a part that dies is no longer one that dies soon."""
LOOK = 0.2
"""Seconds between two looks at a process that is to end."""


def say(text: str) -> None:
    """Print a line now; where nobody can read it, go on."""
    with suppress(OSError, ValueError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def end_with_parent() -> None:
    """Let this process and its group end when the process that started it is gone."""

    def wait() -> None:
        with suppress(OSError):
            while os.read(0, 1):
                pass
        os.killpg(os.getpgrp(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def _why(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"


class Part:
    """A process that is to run all the time."""

    def __init__(
        self,
        name: str,
        module: str,
        grace: float,
        keep: Sequence[int] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Describe it; `start` starts it.

        Args:
            name: what it is called in messages.
            module: what `python -m` runs.
            grace: seconds it gets to end in order.
            keep: numbers of open files that it keeps open too.
            clock: tells seconds that never run backwards.
        """
        self.name = name
        self._module = module
        self._grace = grace
        self._keep = tuple(keep)
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self._deaths = 0
        self._again_at = 0.0

    def start(self, *arguments: str) -> None:
        """Start it with these arguments."""
        self._process = subprocess.Popen(  # noqa: S603  a list, no shell, and nothing from outside
            [sys.executable, "-m", self._module, *arguments],
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=self._keep,
        )
        self._began = self._clock()

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def has_died(self) -> bool:
        """Tell once that it has died; its runs are ended, and its next start is put off a while."""
        if self._process is None or self._process.poll() is None:
            return False
        code = self._process.returncode
        self.end()
        soon = self._clock() - self._began < SETTLED
        pause = PAUSES[min(self._deaths if soon else 0, len(PAUSES) - 1)]
        self._deaths = self._deaths + 1 if soon else 1
        self._again_at = self._clock() + pause
        say(f"make serve: {self.name} {_why(code)}; it is started again in {pause:.0f} s")
        return True

    @property
    def is_due(self) -> bool:
        """Whether it is to be started again now."""
        return self._process is None and self._clock() >= self._again_at

    def end(self) -> None:
        """End it and all that it started: in order within its grace, else by force."""
        if self._process is None:
            return
        process, self._process = self._process, None
        group = process.pid
        self._signal(group, signal.SIGTERM)
        deadline = self._clock() + self._grace
        while self._is_there(process, group) and self._clock() < deadline:
            time.sleep(LOOK)
        self._signal(group, signal.SIGKILL)
        process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def renew(self) -> None:
        """Ask it to end when it has nothing in hand; it is started again like one that died."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """End it and all that it started at once."""
        if self._process is not None:
            self._signal(self._process.pid, signal.SIGKILL)

    @staticmethod
    def _signal(group: int, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)

    @staticmethod
    def _is_there(process: "subprocess.Popen[bytes]", group: int) -> bool:
        """Tell whether the part, or anything that it started, still runs."""
        process.poll()
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True
