"""What a claim costs in a short and in a long queue, for one claimer and for eight."""

import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from promptpress.adapters.sql import SqlQueue
from promptpress.model import CLAIMABLE
from promptpress.wiring import makers
from tests.databases import fresh_database

SIZES = (1_000, 100_000, 1_000_000)
CLAIMS, BATCH = 12, 10
"""Few enough that eight claimers find enough in the shortest queue."""
ROUNDS = 3


def _queue(url: str) -> SqlQueue:
    lease = timedelta(seconds=300)
    return SqlQueue(url, lease=lease, clock=makers.now, new_id=makers.new_id)


def _grow(url: str, rows: int) -> None:
    """Fill the queue up to a number of rows, in one statement."""
    engine = create_engine(url)
    series = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
        "SELECT a.i FROM n a, n b"
    )
    with engine.begin() as connection:
        have = connection.execute(text("SELECT count(*) FROM posts")).scalar_one()
        limited = f"INSERT INTO posts (prompt) {series} LIMIT {rows - have}"
        if engine.dialect.name in ("mysql", "mariadb"):
            limited = f"INSERT INTO posts (prompt) SELECT * FROM ({series} LIMIT {rows - have}) t"
        numbered = limited.replace("SELECT a.i", "SELECT concat('prompt ', a.i)")
        if engine.dialect.name == "sqlite":
            numbered = limited.replace("SELECT a.i", "SELECT 'prompt ' || a.i")
        connection.execute(text(numbered))
    # PostgreSQL would do its housekeeping after so many rows while we measure.
    analyze = {"sqlite": "ANALYZE", "postgresql": "VACUUM (ANALYZE) posts"}.get(
        engine.dialect.name, "ANALYZE TABLE posts"
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(analyze))
        if engine.dialect.name == "postgresql":
            connection.execute(text("CHECKPOINT"))
    engine.dispose()


def _claim_times(url: str, owner: str, start: threading.Barrier) -> list[float]:
    queue = _queue(url)
    queue.check()
    start.wait()
    times = []
    for _ in range(CLAIMS):
        begun = time.perf_counter()
        posts = queue.claim(BATCH, owner, CLAIMABLE)
        times.append(time.perf_counter() - begun)
        assert len(posts) == BATCH
    queue.close()
    return times


def _cost(url: str, claimers: int) -> float:
    """Return the milliseconds of a claim of ten posts, waits and all: the mean over all claimers.

    The best of three rounds, because other work on the machine only ever adds.
    """
    return min(_round(url, claimers) for _ in range(ROUNDS))


def _round(url: str, claimers: int) -> float:
    start = threading.Barrier(claimers)
    with ThreadPoolExecutor(claimers) as pool:
        calls = [pool.submit(_claim_times, url, makers.new_id(), start) for _ in range(claimers)]
        times = [seconds for call in calls for seconds in call.result()]
    engine = create_engine(url)
    with engine.begin() as connection:
        # The queue is as long, and as fresh, for the next measurement as for this one.
        connection.execute(
            text("UPDATE posts SET owner = '', lease_until = NULL WHERE owner <> ''")
        )
    engine.dispose()
    return statistics.fmean(times) * 1000


def measure(folder: Path) -> Iterator[str]:
    """Give a row of the table for each database: costs and their growth."""
    for kind in ("sqlite", "postgresql", "mariadb"):
        with fresh_database(kind, folder) as url:
            queue = _queue(url)
            queue.check()
            queue.close()
            costs: dict[int, tuple[float, float]] = {}
            for rows in SIZES:
                _grow(url, rows)
                _cost(url, 1)  # fills the caches of the database
                costs[rows] = (_cost(url, 1), _cost(url, 8))
        short, long = costs[SIZES[0]], costs[SIZES[-1]]
        cells = [f"{one:.1f} / {eight:.1f} ms" for one, eight in costs.values()]
        growth = f"{long[0] / short[0]:.2f} / {long[1] / short[1]:.2f}"
        yield f"| {kind} | {' | '.join(cells)} | **{growth}** |"
