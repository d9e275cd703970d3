"""What a database says, in our words: the one place where its errors become ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from promptpress.adapters._http import excerpt
from promptpress.errors import PermanentError, PromptpressError, SetupError, TransientError

SETUP_WORDS = {
    "readonly database": "the database is read-only: make its file and folder writable",
    "read-only": "the database is read-only: connect to one that can be written to",
    "unable to open database file": "the file cannot be opened: check the folder and its rights",
    "disk is full": "the disk is full: make room",
    "no space left": "the disk is full: make room",
    "is full": "the disk of the database is full: make room",
    "could not extend file": "the disk of the database is full: make room",
    "file is not a database": "QUEUE_URL names a file that is no database: name another",
    "malformed": "the database is damaged: restore it from a backup",
    "password authentication failed": "user or password is refused: correct QUEUE_URL",
    "access denied": "user or password is refused: correct QUEUE_URL",
    "no password supplied": "a password is needed: put it into QUEUE_URL",
    "unknown database": "there is no database of that name: create it, or correct QUEUE_URL",
    "permission denied": "the user may not do this: grant it the rights on its database",
    "command denied": "the user may not do this: grant it the rights on its database",
    "does not exist": "there is no such database or user: create it, or correct QUEUE_URL",
}
"""Words of a driver that no retry will change, and what to do."""
TRANSIENT_WORDS = (
    "locked", "busy", "deadlock", "lock wait", "timeout", "timed out", "connection", "connect",
    "server closed", "gone away", "lost", "terminat", "shutting down", "starting up",
    "too many", "canceling statement", "could not serialize", "resolve host",
)  # fmt: skip
"""Words of a driver after which the same may work a moment later."""


def _translate(error: DBAPIError, url: URL) -> PromptpressError:
    said = excerpt(str(error.orig), [url.password or ""])
    low = said.lower()
    for words, advice in SETUP_WORDS.items():
        if words in low:
            return SetupError(f"{advice} ({said})", "queue")
    if error.connection_invalidated or any(word in low for word in TRANSIENT_WORDS):
        return TransientError(f"the database does not answer as it should: {said}", "queue")
    if isinstance(error, DataError):
        return PermanentError(f"the database refuses this: {said}; correct the post", "queue")
    message = f"the database refuses to work: {said}; run `python -m promptpress check`"
    return SetupError(message, "queue")


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Let the errors of the database come out as ours; IntegrityError is for who is inside."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise _translate(error, url) from None
    except PoolTimeout:
        message = "all connections to the database are in use: lower CONCURRENCY"
        raise TransientError(message, "queue") from None
    except (UnicodeEncodeError, OverflowError) as error:
        # From the driver itself: half a character, or a number beyond 64 bits.
        message = f"the database cannot hold this: {type(error).__name__}; correct the post"
        raise PermanentError(message, "queue") from None
    except SQLAlchemyError as error:
        message = f"{type(error).__name__}: check QUEUE_URL"
        raise SetupError(message, "queue") from None
