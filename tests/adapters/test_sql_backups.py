"""promptpress.adapters.sql: a backup made while others write is one moment, whole."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from promptpress.adapters.sql.keeping import back_up
from promptpress.errors import SetupError
from promptpress.model import Order
from tests.contracts.sql_scene import SqlScene
from tests.databases import DATABASES, fresh_database
from tests.dumps import put_back, save

TOGETHER = 5
"""Orders in one transaction: a backup has all of them, or none."""


@pytest.fixture(params=DATABASES)
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlScene]:
    """A queue in a database of its own."""
    with fresh_database(request.param, tmp_path) as url:
        made = SqlScene(request.param, url)
        made.queue.check()
        yield made
        made.close()


def _write(scene: SqlScene, stop: threading.Event, errors: list[Exception]) -> None:
    queue = scene.another()
    try:
        while not stop.is_set():
            queue.add([Order(prompt="x" * 2_000) for _ in range(TOGETHER)], "writer")
    except Exception as error:  # noqa: BLE001  whatever it is, the test tells it
        errors.append(error)
    finally:
        queue.close()


def _while_writing(scene: SqlScene, work: Callable[[], None]) -> None:
    """Do something while two writers are at work; they fail at nothing."""
    stop, errors = threading.Event(), list[Exception]()
    writers = [threading.Thread(target=_write, args=(scene, stop, errors)) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        work()
    finally:
        stop.set()
        for writer in writers:
            writer.join(60)
    assert errors == []


def test_a_backup_is_one_moment_and_can_be_put_back(scene: SqlScene, tmp_path: Path) -> None:
    """Made while two others write, it holds whole transactions only, each post with its event."""
    scene.add(*(Order(prompt="first") for _ in range(TOGETHER)))
    file = tmp_path / "backup"

    _while_writing(scene, lambda: save(scene.kind, scene.queue, scene.url, file))
    scene.close()
    put_back(scene.kind, scene.url, file)

    queue = scene.another()
    number = sum(queue.count().values())
    assert number >= TOGETHER
    assert number % TOGETHER == 0
    assert scene.count_events("order") == number
    assert queue.add([Order(prompt="later")], "run") != [None]


@pytest.mark.parametrize("scene", ["sqlite"], indirect=True)
def test_a_copy_is_one_file_that_only_its_owner_reads(scene: SqlScene, tmp_path: Path) -> None:
    """Nothing lies beside it, an earlier one is replaced, and nobody else may read prompts."""
    folder = tmp_path / "backups"
    folder.mkdir()
    file = folder / "queue.db"
    file.write_bytes(b"yesterday's")
    scene.add()

    back_up(scene.queue._database, file)

    assert [path.name for path in folder.iterdir()] == ["queue.db"]
    assert file.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("SELECT count(*) FROM posts").fetchone() == (1,)
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)


@pytest.mark.parametrize("scene", ["sqlite"], indirect=True)
def test_a_copy_that_cannot_be_made_leaves_what_was_there(scene: SqlScene, tmp_path: Path) -> None:
    """A folder that is not there, and the queue itself, are a sentence; nothing is left behind."""
    own = Path(str(scene.queue._database.url.database))
    before = own.read_bytes()

    with pytest.raises(SetupError, match="is the queue itself"):
        scene.queue.back_up(own)
    with pytest.raises(SetupError, match="cannot be written"):
        scene.queue.back_up(tmp_path / "nowhere" / "queue.db")

    assert own.read_bytes() == before
    assert [*tmp_path.glob(".*.tmp")] == []


@pytest.mark.parametrize("scene", DATABASES[1:], indirect=True)
def test_a_server_names_its_own_tool(scene: SqlScene, tmp_path: Path) -> None:
    """`backup` is for a file; a server's backup is made by its own program."""
    with pytest.raises(SetupError, match=r"pg_dump|mariadb-dump"):
        scene.queue.back_up(tmp_path / "queue.db")
