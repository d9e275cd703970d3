"""New, empty databases for tests: each its own, dropped afterwards, safe in parallel."""

import atexit
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

KINDS = ("sqlite", "postgresql", "mariadb")
POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
MARIADB = "mysql+pymysql://root@127.0.0.1:3306/test"
CONNECT_SECONDS = 5
DATABASES = [
    pytest.param(kind, marks=[] if kind == "sqlite" else pytest.mark.database) for kind in KINDS
]
"""The parameters of a test that runs over all three."""


def _run(server: URL, *statements: str) -> None:
    """Run statements outside any transaction."""
    options = {"connect_timeout": CONNECT_SECONDS}
    engine = create_engine(server, isolation_level="AUTOCOMMIT", connect_args=options)
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def _answers(server: URL) -> bool:
    try:
        _run(server, "SELECT 1")
    except OperationalError:
        return False
    return True


def _missing(name: str, variable: str) -> None:
    message = f"no {name} answers: start one, or name it in {variable}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@cache
def _bundled_postgres() -> URL | None:
    """Start the PostgreSQL of the wheel pgserver, shared by all test processes of this user."""
    try:
        import pgserver
    except ImportError:
        return None
    folder = Path(tempfile.gettempdir()) / f"promptpress-pgserver-{os.getuid()}"
    server = pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]  # it has no types
    atexit.register(server.cleanup)
    return make_url(server.get_uri()).set(drivername="postgresql+psycopg")


@cache
def _find_postgres() -> URL | None:
    named = os.environ.get("TEST_POSTGRES_URL")
    server = make_url(named or POSTGRES)
    if _answers(server):
        return server
    return None if named else _bundled_postgres()


@cache
def _find_mariadb() -> URL | None:
    server = make_url(os.environ.get("TEST_MARIADB_URL") or MARIADB)
    return server if _answers(server) else None


def find_server(kind: str) -> URL:
    """Return where a database server answers; skip the test (fail it in CI) when none does."""
    server = _find_postgres() if kind == "postgresql" else _find_mariadb()
    if server is None:
        if kind == "postgresql":
            _missing("PostgreSQL", "TEST_POSTGRES_URL")
        _missing("MariaDB or MySQL", "TEST_MARIADB_URL")
    assert server is not None
    return server


def run_as_administrator(kind: str, *statements: str) -> None:
    """Run statements on the server itself, outside any transaction."""
    _run(find_server(kind), *statements)


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """Give the URL of a new, empty database of a kind; drop it afterwards.

    Args:
        kind: sqlite, postgresql or mariadb.
        folder: where SQLite's file lies.
    """
    name = f"promptpress_{uuid.uuid4().hex}"
    if kind == "sqlite":
        yield f"sqlite:///{folder / name}.db"
        return
    server = find_server(kind)
    if kind == "postgresql":
        # template0, because a database that others look at cannot be copied.
        make = f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"
        drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    else:
        make = f"CREATE DATABASE {name} CHARACTER SET utf8mb4"
        drop = f"DROP DATABASE IF EXISTS {name}"
    _run(server, make)
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _run(server, drop)
