"""The database's clock, as a queue in production reads it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from promptpress.adapters.sql import database_time
from promptpress.errors import SetupError
from promptpress.settings import Settings
from promptpress.wiring import Services, queues
from tests.databases import DATABASES, fresh_database

SHARED = DATABASES[1:]


@pytest.mark.parametrize("kind", SHARED)
def test_a_database_tells_its_time(kind: str, tmp_path: Path) -> None:
    """It is aware, in UTC, and just now."""
    with fresh_database(kind, tmp_path) as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            before = datetime.now(UTC)
            told = database_time(connection)
        engine.dispose()

    assert told is not None
    assert told.tzinfo is UTC
    assert abs(told - before) < timedelta(seconds=30)


def test_sqlite_has_no_time_of_its_own(tmp_path: Path) -> None:
    """Its clock is the machine's."""
    with fresh_database("sqlite", tmp_path) as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            assert database_time(connection) is None
        engine.dispose()


@pytest.mark.parametrize("kind", SHARED)
def test_a_machine_with_a_wrong_clock_publishes_nothing(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue that the settings make looks at the database's clock, and says what is wrong."""
    monkeypatch.setattr(queues, "now", lambda: datetime.now(UTC) + timedelta(minutes=10))
    with fresh_database(kind, tmp_path) as url:
        queue = Services(Settings(_env_file=None, queue_url=url, data_dir=tmp_path)).queue
        try:
            with pytest.raises(SetupError, match="s ahead of the database's"):
                queue.check()
        finally:
            queue.close()  # type: ignore[attr-defined]  # of SQL queues only
