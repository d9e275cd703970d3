"""From a URL to transactions: the engine, how its connections are set up, and what may go wrong."""

import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection

from promptpress.adapters.sql import migrate
from promptpress.adapters.sql.failures import is_busy, is_deadlock, is_duplicate, translate
from promptpress.errors import SetupError, TransientError

CONNECT_TIMEOUT = 10
"""Seconds until there is a connection."""
LOCK_TIMEOUT = 30
"""Seconds to wait for a row or file that another transaction holds; all of ours are short."""
STATEMENT_TIMEOUT = 120
"""Seconds that one statement may take; a migration of a long table takes the longest."""
POOL_SIZE, POOL_OVERFLOW = 4, 12
"""Connections kept, and more at once at the most: each is in use for milliseconds only."""
TRIES = 10
"""How often a transaction is done that the database undid in favour of another."""
_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}
T = TypeVar("T")


class CommitLost(Exception):
    """The connection broke while a transaction was being committed: it may have been."""


def _build_url(url: str, service: str) -> URL:
    """Return the URL with the driver that we come with, and with 4-byte characters on MySQL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise translate(ArgumentError(str(error)), service) from None
    kind = parsed.get_backend_name()
    if kind not in _DRIVERS:
        valid = "sqlite:///file, postgresql+psycopg://, mysql+pymysql://"
        raise SetupError(f"its URL begins with {kind!r}; valid: {valid}", service)
    if kind == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise SetupError("a database in memory forgets: name a file, sqlite:///file", service)
    parsed = parsed.set(drivername=_DRIVERS[kind])
    if parsed.drivername.startswith("mysql"):
        return parsed.update_query_dict({"charset": "utf8mb4"})
    return parsed


def _build_options(url: URL) -> dict[str, Any]:
    """Return what create_engine is told for this kind of database."""
    if url.get_backend_name() == "sqlite":
        # isolation_level=None: pysqlite begins no transaction by itself, we say BEGIN (below).
        return {"connect_args": {"timeout": LOCK_TIMEOUT, "isolation_level": None}}
    arguments: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT}
    if url.get_backend_name() == "postgresql":
        # Statements prepared by the driver do not survive a pooler such as PgBouncer.
        arguments |= {"prepare_threshold": None, "tcp_user_timeout": STATEMENT_TIMEOUT * 1000}
    else:
        arguments |= {"read_timeout": STATEMENT_TIMEOUT, "write_timeout": STATEMENT_TIMEOUT}
    return {
        "connect_args": arguments,
        "isolation_level": "READ COMMITTED",  # no gap locks on MySQL: claimers do not collide
        "pool_size": POOL_SIZE,
        "max_overflow": POOL_OVERFLOW,
        "pool_timeout": LOCK_TIMEOUT,
        "pool_pre_ping": True,
        "pool_recycle": 1800,
    }


def _set_up_sqlite(connection: Any) -> None:
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    deadline = time.monotonic() + LOCK_TIMEOUT
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        # SQLite does not wait when several turn a new file into WAL at once: so we do.
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return  # some network disks cannot, and stay as they are
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _set_up_postgres(connection: Any) -> None:
    from promptpress.adapters.sql.postgres import read_any_time  # noqa: PLC0415  loads psycopg

    read_any_time(connection)
    # Set by statement and not by `options`: poolers refuse those at the start of a connection.
    connection.execute(
        f"SET statement_timeout = '{STATEMENT_TIMEOUT}s'; SET lock_timeout = '{LOCK_TIMEOUT}s'; "
        f"SET idle_in_transaction_session_timeout = '{STATEMENT_TIMEOUT}s'; SET timezone = 'UTC'"
    )
    connection.commit()


def _set_up_mysql(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SET SESSION time_zone = '+00:00', sql_mode = 'TRADITIONAL', "
            f"innodb_lock_wait_timeout = {LOCK_TIMEOUT}"
        )


_SET_UP: dict[str, Callable[[Any], None]] = {
    "sqlite": _set_up_sqlite,
    "postgresql": _set_up_postgres,
    "mysql": _set_up_mysql,
}


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: a reader that turns writer half way cannot wait for it.
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


class Database:
    """One database: connects and migrates at first use; safe for any number of threads."""

    def __init__(self, url: str, service: str) -> None:
        """Keep the URL; nothing is opened.

        Args:
            url: of the database.
            service: how messages call it.
        """
        self._url = url
        self._service = service
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the database, however much it reads."""
        with self._our_errors(), self._connect() as connection:
            if connection.dialect.name != "sqlite":
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield connection

    def write(self, work: Callable[[Connection], T], *, repeatable: bool = False) -> T:
        """Do the work in one transaction and commit it.

        A transaction that the database undid because of another (a deadlock) had no effect and is
        done again, a few times.

        Args:
            work: what to do.
            repeatable: True when doing the work again finds what an earlier time has written. Then
                it is also done again when something unique turned up meanwhile, and when the
                connection broke during the commit: that is how we learn what became of it.

        Raises:
            CommitLost: it may have been committed, and the database cannot be asked.
            PromptpressError: it was not.
        """
        lost = False
        for _ in range(TRIES):
            try:
                return self._write_once(work)
            except CommitLost:
                if not repeatable:
                    raise
                lost = True
            except DBAPIError as error:
                again = is_deadlock(error) or (repeatable and is_duplicate(error))
                if not again:
                    raise self._given_up(error, lost=lost) from None
            except (SQLAlchemyError, OSError) as error:
                raise self._given_up(error, lost=lost) from None
            except TransientError:
                if lost:
                    raise CommitLost from None
                raise
        raise TransientError("the database is too busy: again later", self._service)

    def _given_up(self, error: Exception, *, lost: bool) -> Exception:
        return CommitLost() if lost else translate(error, self._service, self._password)

    def _write_once(self, work: Callable[[Connection], T]) -> T:
        with self._connect().execution_options(immediate=True) as connection:
            result = work(connection)
            try:
                connection.commit()
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise CommitLost from None
                raise
            return result

    @property
    def _password(self) -> str:
        try:
            return str(make_url(self._url).password or "")
        except (ArgumentError, ValueError):
            return ""

    @contextmanager
    def _our_errors(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            raise translate(error, self._service, self._password) from None

    def _connect(self) -> Connection:
        with self._lock:
            if self._engine is None:
                with self._our_errors():
                    self._engine = self._open()
        return self._engine.connect()

    def _open(self) -> Engine:
        url = _build_url(self._url, self._service)
        kind = url.get_backend_name()
        if kind == "sqlite":
            Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
        # Values of statements are prompts: they stay out of error messages.
        engine = create_engine(url, hide_parameters=True, **_build_options(url))
        set_up = _SET_UP[kind]

        def on_connect(connection: Any, _: PoolProxiedConnection) -> None:
            set_up(connection)

        event.listen(engine, "connect", on_connect)
        if kind == "sqlite":
            event.listen(engine, "begin", _begin_sqlite)
        try:
            migrate.ensure(engine, self._service)
        except BaseException:
            engine.dispose()
            raise
        # Whoever forgets to close leaves no connection behind.
        weakref.finalize(self, engine.dispose)
        return engine


__all__ = ["CommitLost", "Database", "is_busy"]
