"""The one place where what a database says becomes what to do next.

Messages of the drivers are shortened and rid of the password; the errors themselves, whose
statements carry prompts and whose arguments may carry a URL, go no further.
"""

import errno
import re
import sqlite3

from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    NoSuchModuleError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from promptpress.errors import (
    BadCredentials,
    InvalidPost,
    PromptpressError,
    SetupError,
    TransientError,
)

MAX_WORDS = 200
"""Characters of a driver's own words that we pass on."""

_CREDENTIALS, _NO_DATABASE, _RIGHTS, _READ_ONLY, _FULL, _PASSING = range(6)
_MYSQL_CODES = {
    **dict.fromkeys((1045, 1698, 1862, 2059, 3118), _CREDENTIALS),
    **dict.fromkeys((1049,), _NO_DATABASE),
    **dict.fromkeys((1044, 1142, 1143, 1227, 1370), _RIGHTS),
    **dict.fromkeys((1290, 1792, 1836), _READ_ONLY),
    **dict.fromkeys((1021, 1114), _FULL),
    **dict.fromkeys((1040, 1053, 1203, 1205, 1213, 1226, 1317, 1927, 1969, 3024), _PASSING),
}
"""dev.mysql.com/doc/mysql-errors and mariadb.com/kb/en/mariadb-error-codes."""
_POSTGRES_CODES = {
    "28P01": _CREDENTIALS,
    "28000": _CREDENTIALS,
    "3D000": _NO_DATABASE,
    "42501": _RIGHTS,
    "25006": _READ_ONLY,
    "53100": _FULL,
    **dict.fromkeys(("40001", "40P01", "55P03", "57014", "53200", "53300"), _PASSING),
}
"""postgresql.org/docs/current/errcodes-appendix.html; classes 08 and 57P are passing too."""
_POSTGRES_WORDS = (
    (r"password authentication failed|no password supplied|no pg_hba|role .* does", _CREDENTIALS),
    (r"database .* does not exist", _NO_DATABASE),
    (r"permission denied", _RIGHTS),
)
"""libpq gives no code for a connection refused by the server, only its words."""
_SQLITE_CODES = {
    sqlite3.SQLITE_BUSY: _PASSING,
    sqlite3.SQLITE_LOCKED: _PASSING,
    sqlite3.SQLITE_INTERRUPT: _PASSING,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _FULL,
}
_ADVICE = {
    _CREDENTIALS: "put a valid user and password into the URL",
    _NO_DATABASE: "create the database, or name one that is there",
    _RIGHTS: "grant its user all rights on its database",
    _READ_ONLY: "let this user write to the database and its folder, or name one where it may",
    _FULL: "make room on its disk",
}
_DUPLICATES = {1062, "23505", sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
_DEADLOCKS = {1213, 1020, "40P01", "40001"}


def _code_of(error: DBAPIError) -> int | str | None:
    """Return the database's own code: a number, or five characters from PostgreSQL."""
    original = error.orig
    if isinstance(original, sqlite3.Error):
        code: int | None = getattr(original, "sqlite_errorcode", None)  # none from the module itself
        return code
    state: str | None = getattr(original, "sqlstate", None)
    if state is not None:
        return state
    number = original.args[0] if original is not None and original.args else None
    return number if isinstance(number, int) else None


def is_duplicate(error: DBAPIError) -> bool:
    """Tell whether something unique was there already."""
    return _code_of(error) in _DUPLICATES


def is_deadlock(error: DBAPIError) -> bool:
    """Tell whether the database undid the transaction in favour of another."""
    return _code_of(error) in _DEADLOCKS


def is_busy(error: DBAPIError) -> bool:
    """Tell whether SQLite is locked by somebody else."""
    code = _code_of(error)
    return isinstance(code, int) and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _kind_of(error: DBAPIError) -> int | None:
    code = _code_of(error)
    if isinstance(error.orig, sqlite3.Error):
        return _SQLITE_CODES.get(code & 0xFF) if isinstance(code, int) else None
    if isinstance(code, str):
        return _PASSING if code[:2] == "08" or code[:3] == "57P" else _POSTGRES_CODES.get(code)
    if isinstance(code, int):
        # 2000 and above: the client could not reach the server, or lost it.
        return _MYSQL_CODES.get(code, _PASSING if 2000 <= code < 3000 else None)
    for pattern, kind in _POSTGRES_WORDS:
        if re.search(pattern, str(error.orig)):
            return kind
    passing = error.connection_invalidated or type(error.orig).__name__ == "OperationalError"
    return _PASSING if passing else None


def _words_of(error: BaseException, secret: str) -> str:
    parts = [part for part in error.args if isinstance(part, str)]
    words = " ".join((parts[-1] if parts else type(error).__name__).split())[:MAX_WORDS]
    return words.replace(secret, "***") if secret else words


def translate(error: Exception, service: str, secret: str = "") -> PromptpressError:
    """Return our error for what SQLAlchemy, a driver or the operating system raised.

    Args:
        error: what was raised.
        service: how we call the database.
        secret: the password, which no message may carry.
    """
    if isinstance(error, PoolTimeout):
        return TransientError("all connections to the database are in use: again later", service)
    if isinstance(error, ArgumentError | NoSuchModuleError):
        return SetupError("its URL cannot be read: see .env.example for how to write one", service)
    if isinstance(error, OSError):
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = _ADVICE[_FULL if full else _READ_ONLY]
        return SetupError(f"its folder cannot be used: {error.strerror}. {advice}", service)
    if not isinstance(error, DBAPIError) or error.orig is None:
        kind = "SQLAlchemy" if isinstance(error, SQLAlchemyError) else type(error).__name__
        return SetupError(f"{kind} says {_words_of(error, secret)}: report it", service)
    return _translate_driver(error, error.orig, service, secret)


def _translate_driver(
    error: DBAPIError, original: BaseException, service: str, secret: str
) -> PromptpressError:
    words, kind = _words_of(original, secret), _kind_of(error)
    if kind == _PASSING:
        message = f"the database does not answer ({words}): again later, or see that it runs"
        return TransientError(message, service)
    if kind == _CREDENTIALS:
        return BadCredentials(f"the database refuses us ({words}): {_ADVICE[kind]}", service)
    if kind is not None:
        return SetupError(f"the database cannot be used ({words}): {_ADVICE[kind]}", service)
    if isinstance(error, DataError):
        return InvalidPost(f"a value does not fit its column ({words}): shorten it", service)
    advice = "see that it is whole and that its tables are as Promptpress made them"
    return SetupError(f"the database refuses ({words}): {advice}", service)
