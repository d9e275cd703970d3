"""What a post costs at each stage of growth: a cron, one box, several runs, PostgreSQL, Redis."""

import resource
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from promptpress.adapters.sql import SqlQueue
from promptpress.model import Order
from promptpress.wiring import makers
from tests.bench.scene import prefect_server, stand_ins, time_process
from tests.databases import fresh_database
from tests.fleet.servers import Redis

POSTS, CONCURRENCY = 240, 16
GENERATOR, CHANNEL = 0.5, 0.1
"""Seconds that the stand-ins take for a picture and for a send."""
QUIET = 2.0
"""Seconds without work after which Prefect's server has written down all that it was told."""
SERVICES = {
    "GENERATORS": "huggingface",
    "CHANNELS": "telegram",
    "STORES": "local",
    "DEFAULT_IMAGE_WIDTH": "256",
    "DEFAULT_IMAGE_HEIGHT": "256",
}


@dataclass(frozen=True)
class Stage:
    """A way to run the same posts."""

    name: str
    queue: str
    """The kind of database that the posts wait in."""
    server: str
    """What Prefect's server keeps its records in; empty: each run has a server of its own."""
    runs: int = 1
    redis: bool = False


STAGES = (
    Stage("a cron: one run, temporary server", "sqlite", ""),
    Stage("one box: one run, server on SQLite", "sqlite", "sqlite"),
    Stage("one run, all on PostgreSQL", "postgresql", "postgresql"),
    Stage("three runs, all on PostgreSQL", "postgresql", "postgresql", runs=3),
    Stage("three runs, PostgreSQL and Redis", "postgresql", "postgresql", runs=3, redis=True),
)


@dataclass(frozen=True)
class Cost:
    """What one post cost, with its share of its run's start."""

    seconds: float
    run: float
    """Milliseconds of a core in the run."""
    server: float
    """As `run`, in Prefect's server (and Redis)."""
    database: float
    """As `run`, in PostgreSQL."""
    records: float
    """KiB that Prefect's server wrote for good; 0 where they end with the run."""
    memory: float
    """MiB that Prefect's server held at the end."""


def _redis_variables(redis: Redis) -> dict[str, str]:
    return {
        "PREFECT_SERVER_EVENTS_MESSAGING_BROKER": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_MESSAGING_CACHE": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
        "PREFECT_REDIS_MESSAGING_URL": redis.url(0),
        "PREFECT_SERVER_DOCKET_URL": redis.url(1),
    }


def _fill(url: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    queue = SqlQueue(url, lease=timedelta(seconds=300), clock=makers.now, new_id=makers.new_id)
    queue.add([Order(prompt=f"prompt {number}") for number in range(POSTS)], "bench")
    queue.close()


def _seconds_of(processes: list[psutil.Process]) -> float:
    """Return the seconds of a core that processes have used, with all that they started."""
    total = 0.0
    for process in processes:
        for one in (process, *process.children(recursive=True)):
            times = one.cpu_times()
            total += times.user + times.system
        times = process.cpu_times()
        total += times.children_user + times.children_system
    return total


def _named(*names: str) -> list[psutil.Process]:
    """Return the topmost processes of these names."""
    found = [one for one in psutil.process_iter(["name"]) if one.info["name"] in names]
    return [one for one in found if (parent := one.parent()) is None or parent not in found]


def _server_process() -> list[psutil.Process]:
    mine = psutil.Process().children()
    return [one for one in mine if "server" in one.cmdline() and "start" in one.cmdline()]


def _wait_until_quiet(servers: list[psutil.Process]) -> None:
    before = -1.0
    while servers and (now := _seconds_of(servers)) - before > QUIET / 20:
        before = now
        time.sleep(QUIET)


def _size(url: str) -> float:
    """Return what a database takes on disk, in KiB."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        files = Path(str(parsed.database)).parent.glob("prefect.db*")
        return sum(file.stat().st_size for file in files) / 1024
    return _ask(url, "SELECT pg_database_size(current_database())") / 1024


@contextmanager
def _server(stage: Stage, folder: Path) -> Iterator[tuple[dict[str, str], str]]:
    """Run Prefect's server as a stage has it; give its variables, and its database's URL."""
    if not stage.server:
        yield {}, ""
        return
    with ExitStack() as stack:
        more: dict[str, str] = {}
        url = f"sqlite:///{folder}/server/prefect.db"
        if stage.server == "postgresql":
            url = stack.enter_context(fresh_database("postgresql", folder))
            driver = make_url(url).set(drivername="postgresql+asyncpg")
            more["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = driver.render_as_string(
                hide_password=False
            )
        if stage.redis:
            redis = Redis(folder, folder)  # its own: nothing is left in anybody's
            stack.callback(redis.program.kill)
            redis.program.start()
            more |= _redis_variables(redis)
        api = stack.enter_context(prefect_server(folder, more))
        yield {"PREFECT_API_URL": api}, url


def _measure(stage: Stage, folder: Path, online: dict[str, str]) -> Cost:
    with fresh_database(stage.queue, folder) as queue, _server(stage, folder) as (api, records):
        _fill(queue, folder / "posts")
        environment = {**online, **SERVICES, **api, "QUEUE_URL": queue}
        share = [str(POSTS // stage.runs), str(CONCURRENCY)]
        servers = _server_process() + (_named("redis-server") if stage.redis else [])
        databases = _named("postgres")
        before = [_seconds_of(servers), _seconds_of(databases), _size(records) if records else 0.0]
        own = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        for number in range(stage.runs):
            (folder / f"run-{number}").mkdir()  # a home of Prefect's is not made with its parents
        with ThreadPoolExecutor(stage.runs) as pool:
            runs = [
                pool.submit(
                    time_process,
                    ["tests.bench.work", "flow", *share],
                    folder / f"run-{number}",
                    {**environment, "DATA_DIR": str(folder / "posts")},
                )
                for number in range(stage.runs)
            ]
            for run in runs:
                run.result()
        seconds = time.perf_counter() - begun
        _wait_until_quiet(servers)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        memory = sum(one.memory_info().rss for one in _server_process()) / 2**20
        return Cost(
            seconds=seconds,
            run=1000 * (used.ru_utime + used.ru_stime - own.ru_utime - own.ru_stime) / POSTS,
            server=1000 * (_seconds_of(servers) - before[0]) / POSTS,
            database=1000 * (_seconds_of(databases) - before[1]) / POSTS,
            records=(_size(records) - before[2]) / POSTS if records else 0.0,
            memory=memory,
        )


def _row(stage: Stage, cost: Cost) -> str:
    total = cost.run + cost.server + cost.database
    lasting = f"{cost.records:.0f} KiB | {cost.memory:.0f} MiB" if stage.server else "– | –"
    return (
        f"| {stage.name} | {POSTS / cost.seconds * 60:.0f} | {cost.run:.0f} ms "
        f"| {cost.server:.0f} ms | {cost.database:.0f} ms | **{total:.0f} ms** | {lasting} |"
    )


def measure(folder: Path) -> Iterator[str]:
    """Give a row of the table for each stage.

    Linux and a quiet machine are needed: what PostgreSQL and Redis do for others would count.
    """
    latency = ("--generator-latency", str(GENERATOR), "--channel-latency", str(CHANNEL))
    with stand_ins(*latency) as online:
        for number, stage in enumerate(STAGES):
            place = folder / f"stage-{number}"
            place.mkdir()
            yield _row(stage, _measure(stage, place, online))


def _ask(url: str, question: str) -> float:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as connection:
            return float(connection.execute(text(question)).scalar_one())
    finally:
        engine.dispose()


COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"


def count(folder: Path) -> Iterator[str]:
    """Give a row for each thing that is written per post, counted by PostgreSQL."""
    stage = Stage("", "postgresql", "postgresql")
    with ExitStack() as stack:
        online = stack.enter_context(stand_ins())
        queue = stack.enter_context(fresh_database(stage.queue, folder))
        api, records = stack.enter_context(_server(stage, folder))
        _fill(queue, folder / "posts")
        commits, held, kept = _ask(queue, COMMITS), _size(queue), _size(records)
        environment = {**online, **SERVICES, **api, "QUEUE_URL": queue}
        run = ["tests.bench.work", "flow", str(POSTS), str(CONCURRENCY)]
        time_process(run, folder / "posts", environment)
        _wait_until_quiet(_server_process())
        yield f"| transactions of the queue | {(_ask(queue, COMMITS) - commits) / POSTS:.1f} |"
        yield f"| KiB of the queue, with its audit | {(_size(queue) - held) / POSTS:.1f} |"
        runs = _ask(records, "SELECT count(*) FROM task_run")
        yield f"| task runs of Prefect | {runs / POSTS:.1f} |"
        events = _ask(records, "SELECT count(*) FROM events")
        yield f"| events of Prefect | {events / POSTS:.1f} |"
        yield f"| KiB of Prefect | {(_size(records) - kept) / POSTS:.0f} |"
