"""Start the parts of `make serve`, watch them, and end them in order.

    SIGTERM, Ctrl-C ─► no new run ─► posts in hand finished or handed back ─► server ─► exit 0

Where PREFECT_API_URL names a server, there is only the part that starts runs.
"""

import errno
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import httpx
from prefect.settings import get_current_settings

from deployments.serve.parts import Part, say
from deployments.serve.runner import ALONE
from tasks.policy import RUNS_GRACE
from tasks.server import shown

START_TIMEOUT = 120.0
"""Seconds for a server to answer: a first start makes its database, 10 to 15 s on a small box."""
SERVER_GRACE = 10.0
LOOK = 0.5
"""Seconds between two looks at the parts."""
LOCK = "promptpress-serve.lock"


@dataclass(frozen=True)
class _Places:
    """Where the server is to be, and whether it is ours to start."""

    home: Path
    host: str
    port: int
    url: str
    is_ours: bool


class _Asked:
    """Whether somebody has asked for the end; a second time ends all at once."""

    def __init__(self, parts: "list[Part]") -> None:
        self._parts = parts
        self.is_asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            # Also where a shell's background had it ignored: this is the program that ends.
            signal.signal(number, self._hear)

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        if self.is_asked:
            for part in self._parts:
                part.kill()
            os._exit(128 + number)
        self.is_asked = True


def _places() -> _Places:
    settings = get_current_settings()
    api = settings.server.api
    url = settings.api.url or f"http://{api.host}:{api.port}/api"
    return _Places(settings.home, api.host, api.port, url, not settings.api.url)


@contextmanager
def _alone(home: Path) -> Iterator[int]:
    """Hold the lock of a home, which the parts hold too; give the number of the open file."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit(
                f"Another `make serve`, or what is left of one, runs on {home}: look at its page, "
                "end it, or set another PREFECT_HOME."
            )
        yield file.fileno()


def _require_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "is taken by another program" if taken else f"cannot be used ({error.strerror})"
            sys.exit(
                f"Port {port} of {host} {why}. Choose another: PREFECT_SERVER_API_PORT={port + 1} "
                "make serve; or, if that is the Prefect server to use, name it in PREFECT_API_URL."
            )


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2).is_success
    except httpx.HTTPError:
        return False


def _wait_for(places: _Places, server: Part, asked: _Asked) -> None:
    """Wait until the server answers for the first time."""
    deadline = time.monotonic() + START_TIMEOUT
    while not asked.is_asked and not _answers(places.url):
        if not server.is_running or time.monotonic() > deadline:
            server.end()
            sys.exit("The Prefect server did not start: try `prefect server start` to see why.")
        time.sleep(LOOK)


def _watch(places: _Places, server: Part, runner: Part, asked: _Asked) -> None:
    """Keep both parts running until the end is asked for."""
    # One that is not ours is found as we found it: its address may hold a password.
    alone = [ALONE, places.url] if places.is_ours else []
    was_away = False
    while not asked.is_asked:
        was_away = server.has_died() or was_away
        runner.has_died()
        if places.is_ours and server.is_due:
            server.start()
        if was_away and _answers(places.url):
            # Prefect's runner has given up listening for runs that a person cancels by now.
            runner.renew()
            was_away = False
        # Without a server it would only die again.
        if runner.is_due and _answers(places.url):
            runner.start(*alone)
        time.sleep(LOOK)


def main() -> None:
    """Serve all deployments until stopped; exit with 0 after an orderly end."""
    places = _places()
    with _alone(places.home) as lock:
        server = Part("Prefect's server", "deployments.serve.server", SERVER_GRACE, [lock])
        runner = Part("what starts runs", "deployments.serve.runner", RUNS_GRACE, [lock])
        asked = _Asked([runner, server])
        if places.is_ours:
            _require_free(places.host, places.port)
            server.start()
            _wait_for(places, server, asked)
        say(f"Prefect's page: {shown(places.url).removesuffix('/api')} (stop with Ctrl-C)")
        _watch(places, server, runner, asked)
        say(f"make serve: ending; runs in hand get up to {RUNS_GRACE:.0f} s")
        runner.end()
        server.end()


if __name__ == "__main__":
    main()
