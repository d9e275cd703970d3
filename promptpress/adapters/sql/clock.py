"""The database's clock: it decides about leases, whatever the machines believe."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from promptpress.adapters._clock import SharedClock

_SELECTS = {
    "postgresql": "SELECT clock_timestamp()",
    "mysql": "SELECT UTC_TIMESTAMP(6)",
    "mariadb": "SELECT UTC_TIMESTAMP(6)",
}
ReadTime = Callable[[Connection], datetime | None]


def database_time(connection: Connection) -> datetime | None:
    """Return the time by the database's clock; None for SQLite, which has only the machine's."""
    select = _SELECTS.get(connection.dialect.name)
    if select is None:
        return None
    found: datetime = connection.execute(text(select)).scalar_one()
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def no_time(_connection: Connection) -> None:
    """Return nothing: the clock in hand is everybody's."""


class DatabaseClock(SharedClock):
    """Our own clock, set by the database's with each claim and each renewal."""

    def __init__(self, own: Callable[[], datetime], read_time: ReadTime) -> None:
        """Keep both; they agree until somebody looks."""
        self._read_time = read_time
        self._latest = timedelta(0)
        super().__init__(own, lambda: self._latest, "the database's")

    def look(self, connection: Connection) -> datetime:
        """Look at the database's clock, and return the time."""
        theirs = self._read_time(connection)
        if theirs is not None:
            self._latest = theirs - self._own()
        return self()
