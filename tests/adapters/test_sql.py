"""promptpress.adapters.sql: databases that are down, refuse, break off or are full."""

import os
import pickle
import socket
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import event

from promptpress.adapters.sql import SqlAudit
from promptpress.adapters.sql.engine import read_url
from promptpress.errors import PromptpressError, SetupError, TransientError
from promptpress.model import Order
from tests.contracts.sql_scene import SqlScene
from tests.databases import DATABASES, find_server

SERVERS = DATABASES[1:]
CANARY = "canary-Pa55word"


def _failure(url: str) -> PromptpressError:
    """Return what `check` says of a database, after sending it to another process and back."""
    broken = SqlScene("", url)
    try:
        with pytest.raises(PromptpressError) as told:
            broken.queue.check()
    finally:
        broken.close()
    again: PromptpressError = pickle.loads(pickle.dumps(told.value))

    assert (str(told.value), "queue") == (str(again), again.service)
    assert CANARY not in str(again)
    assert told.value.__cause__ is None
    return again


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("driver", ["postgresql+psycopg", "mysql+pymysql"])
def test_a_server_that_is_down_may_be_back_later(driver: str) -> None:
    """A refused connection is worth another try, and the password is not told."""
    error = _failure(f"{driver}://someone:{CANARY}@127.0.0.1:{_closed_port()}/queue")

    assert isinstance(error, TransientError)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_database_that_is_not_there_is_named(kind: str) -> None:
    """No retry makes an unknown database appear."""
    url = find_server(kind).set(database="promptpress_nowhere")
    error = _failure(url.render_as_string(hide_password=False))

    assert isinstance(error, SetupError)
    assert "promptpress_nowhere" in str(error)
    assert "QUEUE_URL" in str(error)


@pytest.mark.database
def test_a_refused_password_is_no_matter_of_time() -> None:
    """MariaDB refuses a stranger: the message says what to correct, without the password."""
    url = find_server("mariadb").set(username="nobody_we_know", password=CANARY)
    error = _failure(url.render_as_string(hide_password=False))

    assert isinstance(error, SetupError)
    assert "user or password is refused: correct QUEUE_URL" in str(error)


@pytest.mark.database
def test_an_unknown_user_is_no_matter_of_time() -> None:
    """PostgreSQL knows no such role: the message says what to correct, without the password."""
    url = find_server("postgresql").set(username="nobody_we_know", password=CANARY)
    error = _failure(url.render_as_string(hide_password=False))

    assert isinstance(error, SetupError)


@pytest.mark.parametrize(
    "url", ["nonsense", "", f"postgresql+psycopg://u:{CANARY}@h:port/db", "oracle://x"]
)
def test_what_is_no_url_is_refused(url: str) -> None:
    """A URL that nobody can read, or of a database we do not speak, names the setting."""
    with pytest.raises(SetupError, match="QUEUE_URL") as told:
        SqlAudit(url)

    assert CANARY not in str(told.value)


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite+aiosqlite:///queue.db", "sqlite"),
        ("postgresql://someone@host/queue", "postgresql+psycopg"),
        ("postgresql+psycopg2://someone@host/queue", "postgresql+psycopg"),
        ("mysql://someone@host/queue", "mysql+pymysql"),
        ("mariadb://someone@host/queue", "mariadb+pymysql"),
    ],
)
def test_a_url_gets_the_driver_that_is_installed(url: str, driver: str) -> None:
    """URLs as other programs write them work as they are."""
    assert driver == read_url(url).drivername


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """Somebody's text is not overwritten."""
    file = tmp_path / "notes.txt"
    file.write_text("my notes\n" * 100)
    error = _failure(f"sqlite:///{file}")

    assert isinstance(error, SetupError)
    assert "no database" in str(error)
    assert file.read_text() == "my notes\n" * 100


def test_a_read_only_file_is_refused(scene_file: Path) -> None:
    """`check` finds out before anything is paid for."""
    error = _failure(f"sqlite:///file:{scene_file}?mode=ro&uri=true")

    assert isinstance(error, SetupError)
    assert "read-only" in str(error)


@pytest.fixture
def scene_file(tmp_path: Path) -> Path:
    """The file of a SQLite queue that nobody has open."""
    file = tmp_path / "queue.db"
    made = SqlScene("sqlite", f"sqlite:///{file}")
    made.queue.check()
    made.close()
    return file


@pytest.mark.parametrize("name", ["file/queue.db", "folder"])
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, name: str) -> None:
    """A path through a file, or onto a folder, is a matter of settings."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    error = _failure(f"sqlite:///{tmp_path}/{name}")

    assert isinstance(error, SetupError)


LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
sys.stdout.write("locked\\n"); sys.stdout.flush()
sys.stdin.readline()
connection.execute("COMMIT")
"""


def test_a_locked_file_is_waited_for(scene_file: Path) -> None:
    """While another process writes, ours waits, and goes on when it is done."""
    scene = SqlScene("sqlite", f"sqlite:///{scene_file}")
    scene.queue.check()
    locker = subprocess.Popen(
        [sys.executable, "-c", LOCKER, str(scene_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert locker.stdout
    assert locker.stdout.readline() == b"locked\n"
    added: list[int] = []
    adder = threading.Thread(target=lambda: added.extend(scene.add()))
    adder.start()
    adder.join(0.3)
    assert added == []

    locker.communicate(b"go\n", timeout=60)
    adder.join(60)
    assert len(added) == 1
    scene.close()


def test_a_full_disk_leaves_nothing_half_written(scene_file: Path) -> None:
    """A file that cannot grow is a matter of set-up, and what was to be written is not there."""
    scene = SqlScene("sqlite", f"sqlite:///{scene_file}")
    scene.queue.check()
    engine = scene.queue._database._engine
    assert engine is not None
    scene.queue.add([Order(prompt="before")], "run")

    @event.listens_for(engine, "checkout")
    def limit(connection: sqlite3.Connection, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 5}").close()

    with pytest.raises(SetupError, match="disk is full: make room"):
        scene.queue.add([Order(prompt="x" * 9_000) for _ in range(50)], "run")

    assert [post.prompt for post in scene.queue.find()] == ["before"]
    assert scene.sql("SELECT count(*) FROM audit_events") == [(1,)]
    scene.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_device_that_is_full_is_a_matter_of_set_up() -> None:
    """A database on a device that takes no byte is refused."""
    assert isinstance(_failure("sqlite:////dev/full"), SetupError)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write to everything")
def test_a_folder_without_rights_is_refused(tmp_path: Path) -> None:
    """A folder that may not be written to is named."""
    tmp_path.chmod(0o500)
    try:
        assert isinstance(_failure(f"sqlite:///{tmp_path}/a/queue.db"), SetupError)
    finally:
        tmp_path.chmod(0o700)
