"""Programs that tests start: on a free port, waited for, and gone with whoever runs the tests."""

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
PATIENCE = 240.0
"""Seconds for what takes ten on an idle machine."""
PR_SET_PDEATHSIG = 1
"""Of Linux's prctl: the signal that a process gets when the one that started it has ended."""
SHARED = "PROMPTPRESS_TESTS"
"""Names a folder that all processes of one pytest share."""
_linux = ctypes.CDLL(None) if sys.platform == "linux" else None


def free_port() -> int:
    """Return a port of loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(
    what: str, holds: Callable[[], T], seconds: float = PATIENCE, step: float = 0.1
) -> T:
    """Return what is true at last; TimeoutError, naming it, where it never is."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            message = f"after {seconds:.0f} s still waiting for: {what}"
            raise TimeoutError(message)
        time.sleep(step)
    return found


def start(
    command: Sequence[str], *, log: Path | None = None, deaf: bool = False, **options: Any
) -> "subprocess.Popen[bytes]":
    """Start a program in a session of its own, which is asked to end when the tests are killed.

    Args:
        command: what is run.
        log: the file that what it says is added to; else it is lost.
        deaf: SIGINT is ignored, as where a shell without a terminal starts it.
        options: of Popen.
    """

    def prepare() -> None:
        if deaf:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        if _linux is not None:
            _linux.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    with contextlib.ExitStack() as stack:
        said = stack.enter_context(log.open("ab")) if log else subprocess.DEVNULL
        # Python 3.12 warns of a fork beside threads; `prepare` waits for none of them.
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", DeprecationWarning)
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=prepare,  # noqa: PLW1509  it takes no lock
            **options,
        )


def _processes() -> Iterator[tuple[int, int]]:
    """Give the processes that live, each with its parent; none where there is no /proc."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name in brackets may hold anything; state and parent stand behind it.
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                yield int(stat.parent.name), int(parent)


def _lives_in(pid: int, home: str) -> bool:
    try:
        return f"HOME={home}\0".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


def left_in(home: Path | str) -> dict[int, str]:
    """Return the command of each process that was started with this home."""
    found = {}
    for pid, _ in _processes():
        if _lives_in(pid, str(home)):
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
                found[pid] = command.decode(errors="replace")
    return found


def _family(first: int, home: Path | str | None) -> set[int]:
    """Return what lives of a process, of all that it has started, and of what has this home."""
    processes = dict(_processes())
    family = {first} & processes.keys()
    while more := {pid for pid, parent in processes.items() if parent in family} - family:
        family |= more
    return family | (left_in(home).keys() if home else set())


def _send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def kill(process: "subprocess.Popen[Any]", home: Path | str | None = None) -> None:
    """Kill a program and all that it has started, as a power cut would; return when it is gone.

    Prefect gives each run a session of its own, so a session's end is not enough.

    Args:
        process: it may have ended already.
        home: nobody else's: what it started is found by it, though who started it is gone.
    """
    # First they are stopped, so that nobody starts another while we look.
    known: set[int] = set()
    while known != (family := _family(process.pid, home)):
        _send(family, signal.SIGSTOP)
        known = family
    _send(known, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
    process.wait(60)
    wait_until("the end of what it started", lambda: not known & dict(_processes()).keys())


def answers(url: str) -> bool:
    """Tell whether Prefect's server answers at the address of its API."""
    try:
        return httpx.get(f"{url}/health", timeout=2).is_success
    except httpx.HTTPError:
        return False


def _migrate(made: Path) -> None:
    home = made.with_suffix("")
    subprocess.run(
        [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"],
        check=True,
        cwd=made.parent,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "PREFECT_HOME": str(home)},
        capture_output=True,
        timeout=PATIENCE,
    )
    # A copy without what its log still holds would lack some of the migrations.
    with contextlib.closing(sqlite3.connect(home / "prefect.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    (home / "prefect.db").rename(made)


def provide_database(home: Path) -> None:
    """Put Prefect's database into a new PREFECT_HOME: to make it anew takes a core for 5 s."""
    if (shared := os.environ.get(SHARED)) and not (home / "prefect.db").exists():
        made = Path(shared) / "migrated.db"
        with made.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                _migrate(made)
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, home / "prefect.db")


@contextmanager
def prefect_server(
    home: Path, environment: Mapping[str, str], project: Path, *options: str
) -> Iterator[str]:
    """Run a Prefect server that keeps its things in a folder; give the address of its API.

    Args:
        home: its PREFECT_HOME; its log lies there too.
        environment: all else that it sees.
        project: where it runs: beside prefect.toml.
        options: of `prefect server start`.
    """
    home.mkdir(parents=True, exist_ok=True)
    if "PREFECT_SERVER_DATABASE_CONNECTION_URL" not in environment:
        provide_database(home)
    port, log = free_port(), home / "server.log"
    url = f"http://127.0.0.1:{port}/api"
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port), *options]
    # Its page asks where the settings say that its API is.
    own = {**environment, "PREFECT_HOME": str(home), "PREFECT_SERVER_API_PORT": str(port)}
    server = start(command, log=log, cwd=project, env=own)
    try:
        wait_until("Prefect's server", lambda: answers(url) or server.poll() is not None)
        assert answers(url), log.read_text(errors="replace")
        yield url
    finally:
        kill(server)
