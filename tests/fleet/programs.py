"""A program of the fleet: with a log, and killed at any time with all that it has started."""

import os
import pwd
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tests.programs import kill, start

NOBODY = "nobody"
"""As whom a database runs that root starts: PostgreSQL refuses to be root's."""


def as_nobody() -> dict[str, object]:
    """Return how a process that may not be root's is started."""
    if os.getuid() != 0:
        return {}
    other = pwd.getpwnam(NOBODY)
    return {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}


class Program:
    """A program that starts others; Prefect gives each run a session of its own."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        logs: Path,
        folder: Path,
        as_other: bool = False,
    ) -> None:
        """Keep what is needed; start nothing.

        Args:
            name: of its log.
            command: what is run.
            environment: all that it sees of ours.
            logs: the folder of its log.
            folder: where it runs.
            as_other: whether root starts it as somebody else.
        """
        self.name = name
        self._command = list(command)
        self._environment = dict(environment)
        self._log = logs / f"{name}.log"
        self._folder = folder
        self._user = as_nobody() if as_other else {}
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = 0

    def start(self) -> Self:
        """Start it; what it says is added to its log."""
        self._begun = self._log.stat().st_size if self._log.exists() else 0
        at: dict[str, Any] = {"env": self._environment, "cwd": self._folder, **self._user}
        self._process = start(self._command, log=self._log, **at)
        return self

    @property
    def is_running(self) -> bool:
        """Tell whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program alone."""
        if self._process is not None and self.is_running:
            self._process.send_signal(number)

    def kill(self) -> None:
        """Kill it, and all that it has started, as a power cut would; return when it is gone."""
        if self._process is not None:
            kill(self._process, self._environment.get("HOME"))

    def log(self) -> str:
        """Return all that it has said."""
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""

    def said(self) -> str:
        """Return what it has said since it was started last."""
        if not self._log.exists():
            return ""
        return self._log.read_bytes()[self._begun :].decode("utf-8", "replace")

    def tail(self, lines: int = 25) -> str:
        """Return the last of what it has said."""
        return "\n".join(self.log().splitlines()[-lines:])
