"""How a database stands, without touching it: its revision, and its clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, text

from promptpress.adapters.sql.engine import CONNECT_TIMEOUT, read_url
from promptpress.adapters.sql.errors import translated
from promptpress.adapters.sql.migrate import REVISIONS

NOW = {
    "postgresql": "SELECT extract(epoch FROM clock_timestamp())",
    "mysql": "SELECT unix_timestamp(now(6))",
}
"""Seconds since 1970 by the clock of the server; SQLite has none but ours."""


@dataclass(frozen=True)
class Standing:
    """How a database stands."""

    revision: str
    """Of its tables; empty where there are none yet."""
    needed: str
    """The revision that this version needs."""
    is_newer: bool
    """True when a newer version of Promptpress has changed it."""
    ahead: float
    """Seconds by which its clock is ahead of ours."""


def look(url: str, clock: Callable[[], datetime]) -> Standing:
    """Look at a database, migrate nothing, make nothing.

    Args:
        url: as SQLAlchemy writes them.
        clock: gives our time, aware.

    Raises:
        SetupError: it refuses us.
        TransientError: it does not answer.
    """
    parsed = read_url(url)
    is_file = parsed.get_backend_name() == "sqlite"
    if is_file and not _exists(parsed.database):
        return Standing("", REVISIONS[-1], is_newer=False, ahead=0.0)
    engine = create_engine(
        parsed, connect_args={"timeout" if is_file else "connect_timeout": CONNECT_TIMEOUT}
    )
    try:
        with translated(parsed), engine.connect() as connection:
            revision = _revision(connection)
            ahead = _ahead(connection, parsed.get_backend_name(), clock)
    finally:
        engine.dispose()
    is_newer = bool(revision) and revision not in REVISIONS
    return Standing(revision, REVISIONS[-1], is_newer=is_newer, ahead=ahead)


def _exists(file: str | None) -> bool:
    return bool(file) and Path(str(file)).exists()


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return "" if found is None else str(found)


def _ahead(connection: Connection, kind: str, clock: Callable[[], datetime]) -> float:
    question = NOW.get("mysql" if kind == "mariadb" else kind)
    if question is None:
        return 0.0
    before = clock()
    theirs = float(connection.execute(text(question)).scalar_one())
    after = clock()
    # The answer was made somewhere between the two.
    return theirs - (before + (after - before) / 2).timestamp()
