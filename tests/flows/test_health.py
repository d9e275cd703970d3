"""deployments.health: what a container's check sees of a real worker, server and queue."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_WORKER_WEBSERVER_HOST,
    PREFECT_WORKER_WEBSERVER_PORT,
    temporary_settings,
)

from deployments import health
from deployments.health import Verdict
from promptpress.model import Order
from promptpress.settings import Settings
from promptpress.wiring import Services
from tests.flows.relay import Relay
from tests.programs import free_port, kill, start

pytestmark = pytest.mark.flow

PATIENCE = 120.0
"""Seconds for a worker to start or to be missed, on a machine with much else to do."""
NOBODY = "http://127.0.0.1:9/api"
"""An address at which no server answers."""


def _environment(folder: Path, prefect_url: str, port: int = 0, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": prefect_url,
        "PREFECT_WORKER_WEBSERVER_HOST": "127.0.0.1",
        "PREFECT_WORKER_WEBSERVER_PORT": str(port or free_port()),
        "DATA_DIR": str(folder / "data"),
        "DO_NOT_TRACK": "1",
        **more,
    }


def _look(environment: dict[str, str]) -> Verdict:
    """Look at the worker from this process: a check's own start takes longer than all it does."""
    found = {
        PREFECT_API_URL: environment["PREFECT_API_URL"],
        PREFECT_WORKER_WEBSERVER_HOST: environment["PREFECT_WORKER_WEBSERVER_HOST"],
        PREFECT_WORKER_WEBSERVER_PORT: environment["PREFECT_WORKER_WEBSERVER_PORT"],
    }
    with temporary_settings(found):
        return health.worker()


def _ask(project: Path, environment: dict[str, str], *parts: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "deployments.health", *parts],
        check=False,
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout + done.stderr


def _until(environment: dict[str, str], *, well: bool) -> str:
    """Look until the worker is as wanted; return the words."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found, words = _look(environment)
        if found is well:
            return words
        assert time.monotonic() < deadline, words
        time.sleep(0.2)


@contextmanager
def _worker(project: Path, environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    command = ["deployments.worker", "--pool", "health", "--with-healthcheck"]
    process = start([sys.executable, "-m", *command], cwd=project, env=environment)
    try:
        yield process
    finally:
        kill(process)


def _add(folder: Path, due_at: datetime) -> None:
    services = Services(Settings(_env_file=None, data_dir=folder / "data"))
    services.queue.add([Order(prompt="a fox", due_at=due_at)], "test")


def test_a_worker_is_alive_until_it_is_stopped_or_killed(
    tmp_path: Path, project: Path, prefect_server: str
) -> None:
    """A worker that runs is well; one that hangs, and one that is gone, are to be restarted."""
    environment = _environment(tmp_path, prefect_server)

    assert "no worker answers" in _look(environment)[1]
    with _worker(project, environment) as process:
        _until(environment, well=True)
        assert _ask(project, environment, "worker") == (0, "The worker asks for runs.\n")
        process.send_signal(signal.SIGSTOP)
        assert "restart it" in _until(environment, well=False)
        process.send_signal(signal.SIGCONT)
        _until(environment, well=True)
        process.kill()
        assert "no worker answers" in _until(environment, well=False)


def test_a_worker_is_not_restarted_because_the_server_is_away(
    tmp_path: Path, project: Path, prefect_server: str
) -> None:
    """A worker that cannot ask for runs is alive, unless the server would have answered it."""
    port = free_port()
    with Relay(prefect_server) as line:
        # The worker counts as silent after 15 s in place of 90.
        quick = {"PREFECT_WORKER_QUERY_SECONDS": "0.5"}
        environment = _environment(tmp_path, line.url, port, **quick)
        with _worker(project, environment):
            assert _until(environment, well=True) == "the worker asks for runs"
            line.cut.set()
            direct = {**environment, "PREFECT_API_URL": prefect_server}
            words = _until(direct, well=False)
            away = _look(environment)

    assert words == "the worker has stopped asking for runs, and the server answers: restart it"
    assert away == (True, "the worker waits for Prefect's server")


def test_the_server_answers_or_is_away_or_is_not_named(
    tmp_path: Path, project: Path, prefect_server: str
) -> None:
    """Each of the three is told in its own words."""
    here = _environment(tmp_path, prefect_server)
    nowhere = {name: value for name, value in here.items() if name != "PREFECT_API_URL"}

    assert _ask(project, here, "server") == (0, "Prefect's server answers.\n")
    assert _ask(project, {**here, "PREFECT_API_URL": NOBODY}, "server")[0] == 1
    assert "PREFECT_API_URL" in _ask(project, nowhere, "server")[1]


def test_a_post_that_nobody_came_for_is_told(tmp_path: Path, project: Path) -> None:
    """What is due just now is no worry; what fell due long ago is, with how long it waits."""
    environment = _environment(tmp_path, NOBODY, LATE_SECONDS="3600")
    now = datetime.now(UTC)
    _add(tmp_path, now - timedelta(minutes=5))

    assert _ask(project, environment, "queue") == (0, "No post is overdue.\n")
    _add(tmp_path, now - timedelta(hours=2))
    code, words = _ask(project, environment, "queue")

    assert code == 1
    assert words.startswith("A post fell due 2:0")


def test_a_queue_that_cannot_be_asked_is_told_without_its_password(
    tmp_path: Path, project: Path
) -> None:
    """A database that is away is a sentence and exit code 1."""
    url = "postgresql+psycopg://me:s3cret@127.0.0.1:1/x"

    code, words = _ask(project, _environment(tmp_path, NOBODY, QUEUE_URL=url), "queue")

    assert code == 1
    assert words.count("\n") == 1
    assert "s3cret" not in words
    assert "Traceback" not in words


def test_a_part_that_there_is_not_is_wrong_usage(tmp_path: Path, project: Path) -> None:
    """The parts that there are stand in the answer."""
    told = _ask(project, _environment(tmp_path, NOBODY), "cellar")

    assert told == (2, "cellar: no part; valid: worker, server, queue\n")
