"""Prefect's own rows: what prefect.toml sets removes old runs with all that is theirs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.databases import fresh_database
from tests.programs import prefect_server, wait_until

pytestmark = [pytest.mark.flow, pytest.mark.timeout(900)]
TABLES = ("flow_run", "task_run", "log", "artifact", "flow_run_state", "task_run_state")
RUN = """
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.logging import get_run_logger

@task
def work():
    get_run_logger().info("worked")

@flow(name="old")
def old():
    work()
    create_markdown_artifact("# done", key="done")

old()
"""


@contextmanager
def _server(url: str, folder: Path, project: Path) -> Iterator[dict[str, str]]:
    """A Prefect server with the settings of prefect.toml, which looks every second."""
    environment = {
        **os.environ,
        "HOME": str(folder),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": url,
        "PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS": "1",
    }
    with prefect_server(folder / "prefect", environment, project) as api:
        yield {**environment, "PREFECT_HOME": str(folder / "prefect"), "PREFECT_API_URL": api}


def _counts(engine: Any) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in TABLES
        }


def _has_two(counts: dict[str, int]) -> bool:
    return counts["task_run"] == 2 and counts["log"] >= 2


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.database)])
def test_runs_that_ended_long_ago_go_with_all_that_is_theirs(
    kind: str, tmp_path: Path, project: Path
) -> None:
    """After 30 days flow runs go with task runs, states, logs and artifacts; newer ones stay."""
    with fresh_database(kind, tmp_path) as url:
        driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}[kind]
        own = make_url(url).set(drivername=driver).render_as_string(hide_password=False)
        engine = create_engine(url)
        with _server(own, tmp_path, project) as environment:
            for _ in range(2):
                command = [sys.executable, "-c", RUN]
                done = subprocess.run(
                    command, cwd=project, env=environment, capture_output=True, timeout=120,
                    check=False,
                )  # fmt: skip
                assert done.returncode == 0, done.stderr.decode()[-2000:]
            wait_until("two runs are told", lambda: _has_two(_counts(engine)))
            before = _counts(engine)
            _end_long_ago(engine, kind)

            wait_until("the old run goes", lambda: _counts(engine)["artifact"] == 1)

            after = _counts(engine)
        engine.dispose()
    assert before["flow_run"] == 2
    assert after["flow_run"] == after["task_run"] == after["artifact"] == 1
    assert 0 < after["log"] < before["log"]
    assert 0 < after["task_run_state"] < before["task_run_state"]


def _end_long_ago(engine: Any, kind: str) -> None:
    """Let one of the runs have ended 31 days ago."""
    then = datetime.now(UTC) - timedelta(days=31)
    value: Any = then if kind == "postgresql" else then.strftime("%Y-%m-%d %H:%M:%S.%f")
    with engine.begin() as connection:
        first = connection.execute(text("SELECT id FROM flow_run LIMIT 1")).scalar_one()
        change = text("UPDATE flow_run SET end_time = :then WHERE id = :id")
        connection.execute(change, {"then": value, "id": first})
