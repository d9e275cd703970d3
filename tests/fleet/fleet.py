"""The fleet: servers, stand-ins, a queue, and three machines that work it off."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from promptpress.adapters.sql import SqlQueue
from promptpress.model import Order
from promptpress.wiring import makers
from tests.adapters.bucketing import KEY, SECRET
from tests.fakes.leonardo import Leonardo
from tests.fakes.s3 import BUCKET, REGION, S3
from tests.fakes.server import Journal
from tests.fakes.telegram import Telegram
from tests.fleet.programs import Program
from tests.fleet.servers import Postgres, PrefectServer, Redis
from tests.fleet.watching import RUN, Watch
from tests.programs import wait_until

POSTS = 300
WORKERS = 3
LEASE = 30.0
"""Seconds that a claim lives without a sign of life."""
SCHEDULE = 20.0
"""Seconds between two runs of each deployment."""
POOL = "promptpress"
LIMITS = {"generate-media": 60, "publish-due": 60, "daily-post": 60, "recover": 100}
"""Deployments that run here, and how many posts a run of each takes."""


@dataclass
class Fleet:
    """Everything that runs, and where to look."""

    postgres: Postgres
    server: PrefectServer
    workers: list[Program]
    cron: Program
    """daily-post as a command, with a Prefect server of its own: the cron of a GitHub runner."""
    journal: Journal
    watch: Watch
    begun: float = 0.0
    """Seconds from the start of the workers until the first of them had posts in hand."""

    def programs(self) -> list[Program]:
        """Return all that runs flows."""
        return [*self.workers, self.cron]

    def tell(self) -> str:
        """Return what a person wants to know where the fleet does not come to its end."""
        logs = [f"--- {one.name}:\n{one.tail()}" for one in (*self.programs(), self.server.program)]
        return "\n".join([self.watch.tell(), *logs])


def runs_of(program: Program) -> list[str]:
    """Return the names of the runs that a program has begun since it was started last."""
    return RUN.findall(program.said())


def _basics(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_COLORS": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "2",
    }


def _settings(stand_ins: tuple[Leonardo, S3, Telegram]) -> dict[str, str]:
    """Return the settings that all machines have in common: no disk is among them."""
    generator, store, channel = stand_ins
    return {
        **generator.environment(),
        **channel.environment(),
        "GENERATORS": "leonardo",
        "CHANNELS": "telegram",
        "STORES": "s3",
        "S3_BUCKET": BUCKET,
        "S3_REGION": REGION,
        "S3_ENDPOINT_URL": store.url,
        "S3_ACCESS_KEY_ID": KEY,
        "S3_SECRET_ACCESS_KEY": SECRET,
        "LEASE_SECONDS": str(LEASE),
        "CONCURRENCY": "8",
        "DEFAULT_CHECK_INTERVAL": "0.5",
        "DEFAULT_IMAGE_WIDTH": "512",
        "DEFAULT_IMAGE_HEIGHT": "512",
    }


def _machine(
    name: str,
    command: list[str],
    settings: dict[str, str],
    postgres: Postgres,
    *,
    logs: Path,
    project: Path,
) -> Program:
    """Return a program that runs flows, with a home and a disk that no other has."""
    home = logs / name
    home.mkdir()
    own = {
        "PREFECT_HOME": str(home / "prefect"),
        "DATA_DIR": str(home / "data"),
        "QUEUE_URL": postgres.url("promptpress", application_name=name),
    }
    environment = {**_basics(home), **settings, **own}
    return Program(name, [sys.executable, "-m", *command], environment, logs=logs, folder=project)


def _deploy(server: PrefectServer, environment: dict[str, str], project: Path) -> None:
    """Make the work pool, deploy all as the README says, and shorten the schedules."""
    server.call("POST", "work_pools/", {"name": POOL, "type": "process"})
    told = {**environment, "PREFECT_API_URL": server.url, "PREFECT_HOME": environment["HOME"]}
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        check=False, cwd=project, env=told, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for name, limit in LIMITS.items():
        server.shorten(name, SCHEDULE, limit=limit)


def _fill(url: str) -> None:
    lease = timedelta(seconds=LEASE)
    queue = SqlQueue(url, lease=lease, clock=makers.now, new_id=makers.new_id)
    queue.add([Order(prompt=f"picture {number:03} of a fleet") for number in range(POSTS)], "test")
    queue.close()


@contextmanager
def _servers(logs: Path, project: Path) -> Iterator[tuple[Postgres, PrefectServer]]:
    # PostgreSQL runs as somebody else, who may not enter the folders of tests.
    base = Path(tempfile.mkdtemp(prefix="promptpress-fleet-"))
    base.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, base, ignore_errors=True)
        redis, postgres = Redis(base, logs), Postgres(base / "postgres", logs)
        stack.callback(redis.program.kill)
        redis.program.start()
        stack.callback(postgres.stop)
        postgres.start()
        postgres.execute("CREATE DATABASE prefect", "CREATE DATABASE promptpress")
        server = PrefectServer(postgres, redis, _basics(logs), logs, project)
        stack.callback(server.program.kill)
        server.start()
        yield postgres, server


@contextmanager
def started(folder: Path, project: Path) -> Iterator[Fleet]:
    """Give a fleet that works, and leave nothing of it behind.

    Args:
        folder: for logs, homes and disks.
        project: the tree, without a developer's `.env`.
    """
    journal = Journal()
    with ExitStack() as stack:
        postgres, server = stack.enter_context(_servers(folder, project))
        stand_ins = (
            stack.enter_context(Leonardo(journal, latency=0.5, polls=1)),
            stack.enter_context(S3(journal)),
            stack.enter_context(Telegram(journal, latency=0.3)),
        )
        url = postgres.url("promptpress")
        _fill(url)
        _deploy(server, _basics(folder), project)
        settings = _settings(stand_ins)
        joined = {**settings, "PREFECT_API_URL": server.url}
        work = ["prefect", "worker", "start", "--pool", POOL, "--limit", "1"]
        names = [f"worker-{number}" for number in range(1, WORKERS + 1)]
        at = {"logs": folder, "project": project}
        workers = [_machine(name, work, joined, postgres, **at) for name in names]
        post = ["flows.daily_post", "--limit", "20"]
        cron = _machine("cron", post, settings, postgres, **at)
        watch = Watch(url)
        stack.callback(watch.close)
        fleet = Fleet(postgres, server, workers, cron, journal, watch)
        start = time.monotonic()
        for program in fleet.programs():
            stack.callback(program.kill)
            program.start()
        wait_until("a run to begin", lambda: bool(watch.in_hand()), 240)
        fleet.begun = time.monotonic() - start
        wait_until("the cron to begin", lambda: bool(watch.in_hand(runs_of(cron))), 240)
        yield fleet
