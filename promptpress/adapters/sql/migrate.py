"""Brings a database to the tables of this code: by itself, once, however many start at once."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from promptpress.errors import SetupError, TransientError

HEAD = "0001"
"""The latest migration: known here, so that alembic is only imported when there is work to do."""
WAIT = 60
"""Seconds to wait for another starter that migrates."""
_FOLDER = Path(__file__).with_name("migrations")
_LOCK = 0x70726F6D7074  # any number that nobody else takes
_SIGNS = {
    "posts": "lease_until",
    "media": "sha256",
    "publications": "attempt",
    "audit_events": "delivered",
}
"""A column of each table by which it is known as ours."""


def ensure(engine: Engine, service: str) -> None:
    """Create or upgrade the tables; one SELECT when there is nothing to do.

    Raises:
        SetupError: the database is newer than this code, or another program's.
        TransientError: another starter migrates and does not come to an end.
    """
    if _is_current(engine):
        return
    with engine.connect().execution_options(immediate=True) as connection:
        with _alone(connection, service):
            _upgrade(connection, service)
            connection.commit()


def _is_current(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            return _version(connection) == HEAD
    except DBAPIError as error:
        if error.connection_invalidated or _is_empty(engine):
            return False
        raise


def _is_empty(engine: Engine) -> bool:
    with engine.connect() as connection:
        return not inspect(connection).has_table("alembic_version")


def _version(connection: Connection) -> str | None:
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _alone(connection: Connection, service: str) -> Iterator[None]:
    """Keep other starters out; on SQLite the transaction, which is immediate, does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        yield
    elif connection.dialect.name == "sqlite":
        yield
    else:
        name = _lock_name(connection)
        query = text("SELECT GET_LOCK(:name, :wait)")
        if connection.execute(query, {"name": name, "wait": WAIT}).scalar() != 1:
            raise TransientError("another program is changing the tables: again later", service)
        try:
            yield
        finally:
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": name})


def _lock_name(connection: Connection) -> str:
    """Return a name for this database: MySQL's locks are the whole server's, of 64 characters."""
    database = str(connection.execute(text("SELECT DATABASE()")).scalar())
    return f"promptpress-{hashlib.sha256(database.encode()).hexdigest()[:40]}"


def _upgrade(connection: Connection, service: str) -> None:
    # Imported here: it takes a fifth of a second, and most starts have nothing to upgrade.
    from alembic import command  # noqa: PLC0415  see above
    from alembic.config import Config  # noqa: PLC0415  see above
    from alembic.script import ScriptDirectory  # noqa: PLC0415  see above

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    there = inspect(connection).has_table("alembic_version")
    version = _version(connection) if there else None
    if version is None:
        _refuse_strangers(connection, service)
    elif version not in known:
        raise SetupError(
            f"the database has tables of version {version}, newer than {HEAD}, which this "
            "Promptpress knows: update Promptpress, or name another database",
            service,
        )
    command.upgrade(config, "head")


def _refuse_strangers(connection: Connection, service: str) -> None:
    """Raise SetupError where another program has tables of the names of ours."""
    inspector = inspect(connection)
    for table, sign in _SIGNS.items():
        if not inspector.has_table(table):
            continue
        if sign not in {column["name"] for column in inspector.get_columns(table)}:
            raise SetupError(
                f"the database holds a table {table} of another program: give Promptpress a "
                "database of its own",
                service,
            )
