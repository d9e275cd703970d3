"""A database behind a URL: connected at first use, migrated, with transactions of two kinds."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from promptpress.adapters.sql.errors import translated
from promptpress.adapters.sql.migrate import REVISIONS, find_revision, is_current, migrate
from promptpress.errors import SetupError

CONNECT_TIMEOUT = 10
"""Seconds to wait for a connection."""
LOCK_TIMEOUT = 30
"""Seconds to wait for a lock that another run holds: our transactions take milliseconds."""
LOCK_STEP = (0.001, 0.006)
"""Seconds between two looks at SQLite's lock, from and to: about as long as a transaction."""
STATEMENT_TIMEOUT = 120
"""Seconds for one statement of a run; a migration of a long queue has no limit."""
POOL = 64
"""Connections at most: the highest CONCURRENCY."""
DRIVERS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}


def read_url(url: str) -> URL:
    """Return the URL with the driver that we install; SetupError if it is none of ours."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise SetupError("QUEUE_URL or AUDIT_URL is no database URL: correct it") from None
    backend = parsed.drivername.partition("+")[0]
    if backend not in DRIVERS:
        message = f"QUEUE_URL or AUDIT_URL begins with {backend!r}; valid: {', '.join(DRIVERS)}"
        raise SetupError(message)
    return parsed.set(drivername=DRIVERS[backend])


def _connect_args(url: URL, longest: int | None) -> dict[str, Any]:
    """Return what the driver is told; a statement takes `longest` seconds, or what it takes."""
    if url.get_backend_name() == "sqlite":
        return {"timeout": LOCK_TIMEOUT, "check_same_thread": False}
    if url.get_backend_name() == "postgresql":
        options = (
            f"-c timezone=UTC -c lock_timeout={LOCK_TIMEOUT}s -c statement_timeout={longest or 0}s"
        )
        return {"connect_timeout": CONNECT_TIMEOUT, "options": options}
    return {
        "charset": "utf8mb4",
        "connect_timeout": CONNECT_TIMEOUT,
        "read_timeout": longest,
        "write_timeout": longest,
        "init_command": f"SET time_zone = '+00:00', innodb_lock_wait_timeout = {LOCK_TIMEOUT}",
    }


def _set_up_sqlite(engine: Engine) -> None:
    """Take transactions over from the driver, which begins them too late to be safe."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        # WAL lets readers and one writer work side by side; FULL makes a commit durable.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            _begin_to_write(connection)
        else:
            connection.exec_driver_sql("BEGIN")


def _begins(connection: Connection, *, patient: bool) -> bool:
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if patient and "locked" in str(error.orig):
            return False
        raise
    return True


def _begin_to_write(connection: Connection) -> None:
    """Take SQLite's one lock for writing, and wait for it in short, uneven steps.

    SQLite itself waits ever longer the longer it has waited, so that newcomers overtake.
    """
    deadline = time.monotonic() + LOCK_TIMEOUT
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        while not _begins(connection, patient=time.monotonic() < deadline):
            time.sleep(random.uniform(*LOCK_STEP))  # noqa: S311  no secret is made of it
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {LOCK_TIMEOUT * 1000}")


def _make_engine(url: URL, longest: int | None) -> Engine:
    if url.get_backend_name() == "sqlite":
        if url.database and not url.database.startswith("file:"):
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, connect_args=_connect_args(url, longest), pool_size=POOL)
        _set_up_sqlite(engine)
        return engine
    # READ COMMITTED, because MySQL's default locks gaps between rows and claimers would deadlock.
    return create_engine(
        url,
        connect_args=_connect_args(url, longest),
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=POOL - 8,
    )


class Database:
    """A database, connected and brought up to date at first use, once per process."""

    def __init__(self, url: str, *, migrates: bool = True) -> None:
        """Keep the URL, and whether its tables may be brought up to date at first use."""
        self.url = read_url(url)
        self._migrates = migrates
        self._engine: Engine | None = None
        self._lock = threading.Lock()
        # SQLite has one writer: threads of this process queue up here instead of polling its file.
        self._turn = nullcontext() if self.skips_locked else threading.Lock()

    @property
    def skips_locked(self) -> bool:
        """True where rows are locked one by one; SQLite locks the whole file instead."""
        return self.url.get_backend_name() != "sqlite"

    def _ready(self) -> Engine:
        with self._lock:
            if self._engine is None:
                engine = self._make()
                try:
                    if not is_current(engine, migrates=self._migrates):
                        self._catch_up(engine)
                except BaseException:
                    engine.dispose()
                    raise
                self._engine = engine
            return self._engine

    def _catch_up(self, engine: Engine) -> None:
        if self.skips_locked:
            self.migrate()
        else:  # SQLite knows no limit, and may live in this engine's memory alone.
            migrate(engine)

    def _make(self, *, limited: bool = True) -> Engine:
        try:
            return _make_engine(self.url, STATEMENT_TIMEOUT if limited else None)
        except OSError as error:
            message = f"the folder of the database cannot be made: {error.strerror}"
            raise SetupError(f"{message}; check DATA_DIR and QUEUE_URL", "queue") from None

    def revision(self) -> tuple[str, str]:
        """Return the revision the tables are at, empty where there are none, and the one we need.

        Raises:
            SetupError: the database is newer than this code.
        """
        with self._unready() as engine:
            return find_revision(engine), REVISIONS[-1]

    def migrate(self) -> None:
        """Bring the tables up to date, whoever is to do so.

        Raises:
            SetupError: the database is newer than this code.
        """
        # An index on millions of events takes as long as it takes: half of one is none.
        with self._unready(limited=False) as engine:
            migrate(engine)

    @contextmanager
    def _unready(self, *, limited: bool = True) -> Iterator[Engine]:
        """Give the database as it is, for this block only."""
        with translated(self.url):
            engine = self._make(limited=limited)
            try:
                yield engine
            finally:
                engine.dispose()

    def close(self) -> None:
        """Close all idle connections; the next use connects anew."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read with."""
        with translated(self.url), self._ready().connect() as plain:
            # A post is read with several statements: all of them see the same moment.
            level = {"isolation_level": "REPEATABLE READ"} if self.skips_locked else {}
            yield plain.execution_options(**level)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that commits at the end of the block, or leaves nothing behind."""
        with translated(self.url), self._turn, self._ready().connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                yield connection
