"""What is done to a queue as a whole: copied while runs work, and numbered on after a restore."""

import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select, text

from promptpress.adapters.sql.engine import Database
from promptpress.adapters.sql.migrate import REVISIONS
from promptpress.adapters.sql.tables import POSTS
from promptpress.errors import PromptpressError, SetupError, TransientError

TIMEOUT = 60.0
"""Seconds that a copy waits for SQLite's lock."""
TOOLS = {"postgresql": "pg_dump", "mysql": "mariadb-dump or mysqldump"}


def skip_numbers(connection: Connection, last: int) -> None:
    """Give no new post a number up to this one."""
    highest = connection.execute(select(func.max(POSTS.c.id))).scalar() or 0
    if last <= highest:
        return
    if connection.dialect.name == "postgresql":
        own = "pg_get_serial_sequence('posts', 'id')"
        later = f"SELECT setval({own}, GREATEST(:last, nextval({own})))"
        connection.execute(text(later), {"last": last})
    else:
        # A number that was once given is not given again, though its row is gone.
        connection.execute(insert(POSTS).values(id=last, prompt="", state="deleted"))
        connection.execute(delete(POSTS).where(POSTS.c.id == last))


def back_up(database: Database, file: Path) -> None:
    """Copy a SQLite database into a file, whole and checked, while others read and write it.

    The file appears under its name only when it is whole and on the disk.

    Raises:
        SetupError: it is no SQLite database, or the copy cannot be written.
        TransientError: another has the lock for long.
    """
    if database.skips_locked:
        tool = TOOLS[database.url.get_backend_name().replace("mariadb", "mysql")]
        message = f"a server makes its own backups: use {tool}, as docs/backups.md tells"
        raise SetupError(message, "queue")
    with database.reading():
        pass  # brought up to date, or refused in words
    own = Path(str(database.url.database))
    if file.exists() and own.exists() and file.samefile(own):
        raise SetupError(f"{file} is the queue itself: name another file", "queue")
    aside = file.with_name(f".{file.name}.{secrets.token_hex(8)}.tmp")
    try:
        _copy(own, aside)
        aside.replace(file)
        _sync(file.parent)
    except sqlite3.Error as error:
        raise _translate(error, file) from None
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}; make room or name another place"
        raise SetupError(message, "queue") from None
    finally:
        aside.unlink(missing_ok=True)


def _copy(own: Path, aside: Path) -> None:
    aside.touch(mode=0o600, exist_ok=False)
    with (
        closing(sqlite3.connect(own, timeout=TIMEOUT)) as source,
        closing(sqlite3.connect(aside)) as target,
    ):
        # All pages in one step: a copy in several begins anew with every write of a run.
        source.backup(target)
        # One file, without a log beside it that could be left behind.
        target.execute("PRAGMA journal_mode = DELETE").fetchall()
        found = target.execute("PRAGMA integrity_check").fetchone()[0]
        revision = target.execute("SELECT version_num FROM alembic_version").fetchone()
    if found != "ok" or revision is None or revision[0] != REVISIONS[-1]:
        message = f"the copy is not whole ({found}): the queue itself may be damaged, look at it"
        raise SetupError(message, "queue")
    _sync(aside)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _translate(error: sqlite3.Error, file: Path) -> PromptpressError:
    if "locked" in str(error) or "busy" in str(error):
        return TransientError("another has the lock of the queue for long: try again", "queue")
    message = f"the copy {file} cannot be made: {error}; look at the disk, then try again"
    return SetupError(message, "queue")
