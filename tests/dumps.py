"""Backups by the commands that docs/backups.md tells, put back over what was there."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from promptpress.adapters.sql import SqlQueue
from tests.databases import run_as_administrator

SECONDS = 120


def _tool(*names: str) -> str:
    """Return where the first of some programs is; skip the test (fail it in CI) without one."""
    for name in names:
        if found := shutil.which(name):
            return found
    message = f"{names[0]} is not installed: its package is that of the database's client"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def _run(*command: str, stdin: Path | None = None) -> None:
    with (stdin or Path(os.devnull)).open("rb") as given:
        done = subprocess.run(
            command, stdin=given, capture_output=True, timeout=SECONDS, check=False
        )
    assert done.returncode == 0, done.stderr.decode()


def _mariadb(url: str) -> tuple[str, ...]:
    parsed = make_url(url)
    password = [f"--password={parsed.password}"] if parsed.password else []
    place = [f"--host={parsed.host}", f"--port={parsed.port or 3306}", f"--user={parsed.username}"]
    return (*place, *password)


def _libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def save(kind: str, queue: SqlQueue, url: str, file: Path) -> None:
    """Back a queue up into a file, while others may write."""
    if kind == "sqlite":
        queue.back_up(file)
    elif kind == "postgresql":
        _run(_tool("pg_dump"), "--format=custom", f"--file={file}", _libpq(url))
    else:
        name = str(make_url(url).database)
        tool = _tool("mariadb-dump", "mysqldump")
        wanted = ("--single-transaction", "--quick", f"--result-file={file}")
        _run(tool, *_mariadb(url), *wanted, name)


def put_back(kind: str, url: str, file: Path) -> None:
    """Put a backup in the place of a queue that nobody has open."""
    name = str(make_url(url).database)
    if kind == "sqlite":
        for old in Path(name).parent.glob(f"{Path(name).name}*"):
            old.unlink()
        shutil.copy(file, name)
    elif kind == "postgresql":
        run_as_administrator(
            kind, f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE template0"
        )
        _run(
            _tool("pg_restore"),
            "--exit-on-error",
            "--no-owner",
            f"--dbname={_libpq(url)}",
            str(file),
        )
    else:
        run_as_administrator(
            kind, f"DROP DATABASE {name}", f"CREATE DATABASE {name} CHARACTER SET utf8mb4"
        )
        _run(_tool("mariadb", "mysql"), *_mariadb(url), name, stdin=file)
