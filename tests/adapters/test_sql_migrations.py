"""promptpress.adapters.sql: tables that bring themselves up to date."""

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from promptpress.adapters.sql import SqlAudit, SqlQueue, migrate, tables
from promptpress.adapters.sql.engine import Database
from promptpress.adapters.sql.migrate import FOLDER, REVISIONS
from promptpress.errors import SetupError, TransientError
from promptpress.model import Order
from tests.contracts.sql_scene import SqlScene
from tests.databases import DATABASES, fresh_database

ROOT = Path(__file__).parents[2]
SECONDS = 120


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlScene]:
    """A queue at a database that nobody has used yet."""
    with fresh_database(request.param, tmp_path) as url:
        scene = SqlScene(request.param, url)
        yield scene
        scene.close()


def _start(url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.adapters.sql_starter", url]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    return process


def test_four_processes_that_start_at_once_all_succeed(empty: SqlScene) -> None:
    """One migrates, the others wait for it; a later start does not even load Alembic."""
    processes = [_start(empty.url) for _ in range(4)]
    for process in processes:
        assert process.stdin
        process.stdin.write(b"go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=SECONDS) for process in processes]

    assert [
        (process.returncode, error) for process, (_, error) in zip(processes, told, strict=True)
    ] == [(0, b"")] * 4
    assert b"loaded\n" in [output for output, _ in told]
    assert _start(empty.url).communicate(b"go\n", timeout=SECONDS)[0] == b"not loaded\n"


def test_two_databases_of_one_process_are_migrated_side_by_side(tmp_path: Path) -> None:
    """A queue and an audit log that threads use for the first time do not disturb each other."""
    audits = [SqlAudit(f"sqlite:///{tmp_path}/{number}.db") for number in range(6)]

    with ThreadPoolExecutor(len(audits)) as pool:
        list(pool.map(SqlAudit.check, audits))

    assert [audit.history(1) for audit in audits] == [[]] * len(audits)
    for audit in audits:
        audit.close()


def test_migrations_make_the_tables_as_they_are_described(empty: SqlScene) -> None:
    """All migrations together leave exactly the tables, columns and indexes of tables.py."""
    empty.queue.check()
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "target_metadata": tables.PostRow.metadata}
        )
        found = compare_metadata(context, tables.PostRow.metadata)

    assert [change for change in found if not _is_unreadable_index(change)] == []
    columns = {
        index["name"]: index["column_names"] for index in inspect(empty.engine).get_indexes("posts")
    }
    assert columns["ix_posts_claim"][:3] == ["state", "held", "due_at"]


def _is_unreadable_index(change: Any) -> bool:
    """Tell whether it is about the index whose descending column not every database tells."""
    return change[0] in ("add_index", "remove_index") and change[1].name == "ix_posts_claim"


def test_a_migration_that_died_half_way_is_finished(empty: SqlScene) -> None:
    """Where the database keeps half of it, as MariaDB does, the next start makes the rest."""
    empty.queue.check()
    for table in ("publications", "audit_events", "alembic_version"):
        empty.sql(f"DROP TABLE {table}")
    empty.sql("DROP INDEX ix_posts_owner" + (" ON posts" if empty.kind == "mariadb" else ""))

    empty.another().check()

    names = {index["name"] for index in inspect(empty.engine).get_indexes("posts")}
    assert {"ix_posts_claim", "ix_posts_owner"} <= names
    assert {"posts", "media", "publications", "audit_events"} <= set(
        inspect(empty.engine).get_table_names()
    )


def test_a_database_of_the_first_release_is_brought_up_to_date(empty: SqlScene) -> None:
    """What the first release left behind gets the index of events by time, and keeps its rows."""
    empty.queue.check()
    empty.queue.add([Order(prompt="a fox")], "run")
    on = " ON audit_events" if empty.kind == "mariadb" else ""
    empty.sql(f"DROP INDEX ix_audit_events_at{on}")
    empty.sql("UPDATE alembic_version SET version_num = '0001'")

    empty.another().check()

    names = {index["name"] for index in inspect(empty.engine).get_indexes("audit_events")}
    assert "ix_audit_events_at" in names
    assert [post.prompt for post in empty.queue.find()] == ["a fox"]


@pytest.mark.parametrize("by_hand", [False, True], ids=["automatic", "by hand"])
@pytest.mark.parametrize(
    "empty", [one for one in DATABASES if one.values != ("sqlite",)], indirect=True
)
def test_a_migration_takes_longer_than_any_other_statement_may(
    empty: SqlScene, monkeypatch: pytest.MonkeyPatch, *, by_hand: bool
) -> None:
    """An index on millions of events is finished, and statements of runs keep their limit."""
    monkeypatch.setattr("promptpress.adapters.sql.engine.STATEMENT_TIMEOUT", 1)
    slow = f"SELECT {'pg_sleep' if empty.kind == 'postgresql' else 'SLEEP'}(1.3)"
    upgrade = migrate._upgrade
    database = Database(empty.url, migrates=not by_hand)

    def upgrade_slowly(connection: Connection) -> None:
        connection.execute(text(slow)).all()
        upgrade(connection)

    monkeypatch.setattr(migrate, "_upgrade", upgrade_slowly)
    if by_hand:
        database.migrate()
    with database.reading() as connection:
        assert migrate.REVISIONS[-1] == connection.scalar(text("SELECT * FROM alembic_version"))
    with pytest.raises(TransientError), database.reading() as connection:
        connection.execute(text(slow)).all()
    database.close()


def test_a_database_of_a_newer_version_is_refused(empty: SqlScene) -> None:
    """Old code never touches what newer code has made, and says what to do."""
    empty.queue.check()
    empty.sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(SetupError, match=r"revision 9999.*update this one"):
        empty.another().check()


def test_migrations_only_add() -> None:
    """Runs of the version before go on meanwhile: nothing they know is changed or taken away."""
    done = {
        call
        for path in (FOLDER / "versions").glob("0*.py")
        for call in re.findall(r"\bop\.(\w+)\(", path.read_text("utf-8"))
    }

    assert "create_table" in done
    assert done <= {"add_column", "create_index", "create_table", "get_bind"}


def test_a_long_queue_of_other_tables_is_left_alone(empty: SqlScene) -> None:
    """Tables that others keep in the same database stay as they are."""
    empty.sql("CREATE TABLE theirs (id INTEGER)")
    empty.queue.check()

    assert empty.sql("SELECT * FROM theirs") == []


def test_a_folder_with_odd_characters_works(tmp_path: Path) -> None:
    """The folder of a queue may hold blanks, percent signs and accents, and is made."""
    url = f"sqlite:///{tmp_path}/a b/50%/é/queue.db"
    scene = SqlScene("sqlite", url)
    scene.queue.check()
    scene.close()

    engine = create_engine(url)
    with engine.connect() as connection:
        assert (
            connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            == REVISIONS[-1]
        )
    engine.dispose()


def test_making_a_queue_does_nothing_yet(tmp_path: Path) -> None:
    """A constructor neither connects nor writes."""
    scene = SqlScene("sqlite", f"sqlite:///{tmp_path}/folder/queue.db")

    assert isinstance(scene.queue, SqlQueue)
    assert list(tmp_path.iterdir()) == []
    scene.close()
