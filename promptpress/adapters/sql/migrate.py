"""Bring a database up to date by itself, one starter at a time, and refuse a newer one."""

import threading
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from promptpress.errors import SetupError, TransientError

FOLDER = Path(__file__).parent / "migrations"
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""All revisions this code knows, oldest first; known here so that Alembic is not loaded in vain."""
LOCK = 7_202_611_21
"""The number of our advisory lock in PostgreSQL; any number nobody else uses."""
LOCK_NAME = "promptpress-migration"
LOCK_SECONDS = 120
_alembic = threading.Lock()
"""Alembic keeps what it works on in globals: two databases of one process take turns."""


def _read_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision not in REVISIONS:
        message = (
            f"the database is at revision {revision}, which this version does not know: "
            "a newer Promptpress has used it; update this one"
        )
        raise SetupError(message, "queue")


def find_revision(engine: Engine) -> str:
    """Return the revision of a database, empty where it has none of our tables.

    Raises:
        SetupError: the database is newer than this code.
    """
    with engine.connect() as connection:
        try:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        except (OperationalError, ProgrammingError):
            connection.rollback()
            found = _read_revision(connection)
    revision = None if found is None else str(found)
    _refuse_newer(revision)
    return revision or ""


def _lock(connection: Connection) -> None:
    """Let one starter at a time through; SQLite's transaction does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    elif connection.dialect.name != "sqlite":
        lock = {"name": LOCK_NAME, "seconds": LOCK_SECONDS}
        if connection.execute(text("SELECT GET_LOCK(:name, :seconds)"), lock).scalar() != 1:
            raise TransientError("another start is still migrating: try again", "queue")


def _unlock(connection: Connection) -> None:
    if connection.dialect.name not in ("postgresql", "sqlite"):
        connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": LOCK_NAME})


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  every start with nothing to do is quicker without
    from alembic.config import Config  # noqa: PLC0415  as above

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _alembic:
        command.upgrade(config, "head")


def is_current(engine: Engine, *, migrates: bool) -> bool:
    """Tell whether no migration is missing.

    Args:
        engine: of the database.
        migrates: False where a person runs them.

    Raises:
        SetupError: the database is newer than this code, or a person has to run them first.
    """
    revision = find_revision(engine)
    if revision == REVISIONS[-1] or migrates:
        return revision == REVISIONS[-1]
    found = f"is at revision {revision}" if revision else "has no tables yet"
    message = (
        f"the database {found}, and this version needs {REVISIONS[-1]}: "
        "run `python -m promptpress migrate`"
    )
    raise SetupError(message, "queue")


def migrate(engine: Engine) -> None:
    """Run the migrations that are missing, one starter at a time.

    Raises:
        SetupError: the database is newer than this code.
    """
    with engine.connect() as plain:
        connection = plain.execution_options(writes=True)
        with connection.begin():
            _lock(connection)
            try:
                revision = _read_revision(connection)
                _refuse_newer(revision)
                if revision != REVISIONS[-1]:
                    _upgrade(connection)
            finally:
                _unlock(connection)
