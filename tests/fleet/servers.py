"""The servers of a fleet, its own and no one else's: PostgreSQL, Redis and Prefect."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests.fleet.programs import NOBODY, Program, as_nobody
from tests.programs import answers, free_port, wait_until

START = 120
"""Seconds that a server may take to start, on a machine with much else to do."""


def _require(name: str, found: object, advice: str) -> None:
    if found:
        return
    message = f"no {name}: {advice}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def _postgres_programs() -> Path | None:
    """Return where PostgreSQL's programs lie: the newest installed, or the wheel pgserver's."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(installed, key=lambda path: int(path.parts[-3].partition(".")[0]))
    if found:
        return found[-1].parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).parent
    try:
        import pgserver
    except ImportError:
        return None
    bundled = Path(pgserver.__file__).parent / "pginstall" / "bin"
    return bundled if bundled.exists() else None


class Postgres:
    """A PostgreSQL that can be restarted: nobody else uses it."""

    def __init__(self, folder: Path, logs: Path) -> None:
        """Make it in a folder that whoever it runs as may enter; start nothing."""
        programs = _postgres_programs()
        _require("PostgreSQL", programs, "apt-get install postgresql, or pip install pgserver")
        assert programs is not None
        self._programs, self._folder = programs, folder
        self.port = free_port()
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        folder.mkdir()
        if os.getuid() == 0:
            shutil.chown(folder, NOBODY)
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8")
        command = [str(programs / "postgres"), "-D", str(folder), "-p", str(self.port)]
        options = ["-h", "127.0.0.1", "-k", str(folder), "-c", "max_connections=300"]
        self._program = Program(
            "postgres", [*command, *options], environment, logs=logs, folder=folder, as_other=True
        )

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(  # type: ignore[call-overload]  # as whom, in three arguments
            [self._programs / program, f"--pgdata={self._folder}", *arguments],
            check=True,
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            capture_output=True,
            timeout=START,
            **as_nobody(),
        )

    def url(self, database: str, driver: str = "psycopg", **query: str) -> str:
        """Return the URL of a database."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        told = f"?{asked}" if asked else ""
        return f"postgresql+{driver}://postgres@127.0.0.1:{self.port}/{database}{told}"

    def start(self) -> None:
        """Start it; return when it answers."""
        self._program.start()
        wait_until(f"PostgreSQL ({self._program.tail()})", self._answers, START)

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except OperationalError:
            return False
        return True

    def execute(self, *statements: str) -> None:
        """Run statements as its administrator, outside any transaction."""
        options = {"connect_timeout": 5}
        url = self.url("postgres")
        engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args=options)
        try:
            with engine.connect() as connection:
                for statement in statements:
                    connection.execute(text(statement))
        finally:
            engine.dispose()

    def restart(self) -> None:
        """Let it end at once, as `pg_ctl restart -m immediate` does, and start it again."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """Let it end at once, without a word to anybody who is connected."""
        if self._program.is_running:
            self._program.signal(signal.SIGQUIT)
            wait_until("the end of PostgreSQL", lambda: not self._program.is_running, START, 0.02)


class Redis:
    """A Redis that keeps nothing on the disk."""

    def __init__(self, folder: Path, logs: Path) -> None:
        """Find its program; start nothing."""
        program = shutil.which("redis-server")
        _require("redis-server", program, "apt-get install redis-server")
        self.port = free_port()
        command = [str(program), "--port", str(self.port), "--bind", "127.0.0.1"]
        quiet = ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        environment = {"PATH": os.environ["PATH"]}
        self.program = Program("redis", [*command, *quiet], environment, logs=logs, folder=folder)

    def url(self, number: int) -> str:
        """Return the URL of one of its databases."""
        return f"redis://127.0.0.1:{self.port}/{number}"


class PrefectServer:
    """Prefect's server, on PostgreSQL and Redis as several machines have it."""

    def __init__(
        self, postgres: Postgres, redis: Redis, environment: Mapping[str, str], logs: Path, at: Path
    ) -> None:
        """Say how it is started; start nothing.

        Args:
            postgres: holds its database, named prefect.
            redis: carries its messages.
            environment: what all programs of the fleet see.
            logs: the folder of its log.
            at: where it runs: beside prefect.toml.
        """
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/api"
        own = {
            "PREFECT_HOME": str(logs / "prefect-server"),
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": postgres.url("prefect", "asyncpg"),
            "PREFECT_SERVER_EVENTS_MESSAGING_BROKER": "prefect_redis.messaging",
            "PREFECT_SERVER_EVENTS_MESSAGING_CACHE": "prefect_redis.messaging",
            "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
            "PREFECT_REDIS_MESSAGING_URL": redis.url(0),
            "PREFECT_SERVER_DOCKET_URL": redis.url(1),
        }
        command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)]
        self.program = Program(
            "prefect-server", command, {**environment, **own}, logs=logs, folder=at
        )

    def start(self) -> None:
        """Start it; return when it answers."""
        self.program.start()
        wait_until(f"Prefect's server ({self.program.tail()})", lambda: answers(self.url), START)

    def restart(self) -> None:
        """Kill it, and start it again."""
        self.program.kill()
        self.start()

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Ask its API, as Prefect's client does: whoever else gives orders is refused."""
        with temporary_settings({PREFECT_API_URL: self.url}), get_client(sync_client=True) as made:
            client: Any = made  # it knows its paths by their patterns only
            reply = client.request(method, f"/{path}", json=body)
            return reply.json() if reply.content else None

    def shorten(self, name: str, seconds: float, **parameters: object) -> None:
        """Let a deployment run every so many seconds, and several of its runs side by side."""
        found = {"deployments": {"name": {"any_": [name]}}}
        (deployment,) = self.call("POST", "deployments/filter", found)
        path = f"deployments/{deployment['id']}"
        for schedule in deployment["schedules"]:
            self.call("DELETE", f"{path}/schedules/{schedule['id']}")
        # Prefect keeps the place of a run that was killed for five minutes; LEASE_SECONDS is
        # shorter here, and it is the queue's leases that are tried.
        self.call("PATCH", path, {"concurrency_limit": None, "parameters": parameters})
        self.call("POST", f"{path}/schedules", [{"schedule": {"interval": seconds}}])

    def taken(self, name: str) -> tuple[datetime, datetime] | None:
        """Return when a run was due and when a worker took it; None where it is not known here."""
        found = self.call("POST", "flow_runs/filter", {"flow_runs": {"name": {"any_": [name]}}})
        if not found:
            return None
        states = self.call("GET", f"flow_run_states/?flow_run_id={found[0]['id']}")
        taken = min(one["timestamp"] for one in states if one["type"] in ("PENDING", "RUNNING"))
        due = found[0]["expected_start_time"]
        return datetime.fromisoformat(due), datetime.fromisoformat(taken)
