"""A TokenStore in one file of JSON that only its owner can read.

The file is replaced as a whole, so a killed writer leaves the old one or the new one. Beside it
lie files whose names begin with a dot: locks, and what a killed writer had not finished, which
the next one writes over.
"""

import contextlib
import errno
import fcntl
import json
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from promptpress.errors import PromptpressError, SetupError, TransientError
from promptpress.ports import Token

NAME = "tokens"
PATIENCE = 60.0
"""Seconds to wait for somebody else: as long as a renewal may take."""
POLL = 0.05
OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PASSING = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ESTALE, errno.ETIMEDOUT}


@dataclass(frozen=True)
class _Content:
    """What the file holds, where no traceback shows it."""

    tokens: dict[str, Any] = field(repr=False)

    def encode(self) -> bytes:
        return json.dumps(self.tokens, indent=1).encode()


class FileTokens:
    """Keeps tokens in a file of mode 600; safe for any number of threads and processes."""

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        """Keep where; nothing is read or written.

        Args:
            path: of the file; it and its folder are made when they are first needed.
            patience: seconds to wait for a lock.
        """
        self._path = path
        self._patience = patience

    def get(self, name: str) -> Token | None:
        """Return the token that was put last under a name, or None.

        Raises:
            SetupError: the file is not to be read, not ours, or others can read it.
            TransientError: the machine is short of something.
        """
        with _our_errors(self._path):
            found, is_ours = _parse(self._read(), name)
        if not is_ours:
            raise _not_ours(self._path)
        return found

    def put(self, name: str, token: Token) -> None:
        """Keep a token in place of the one before, durably; errors as in `get`."""
        with _our_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._held("lock"):
                content = self._read()
                content.tokens[name] = _build(token)
                self._write(content)

    @contextlib.contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a name alone among all threads and processes; not twice in one thread.

        The system lets go of it when its holder dies, however that happens.

        Raises:
            TransientError: somebody else holds it for longer than our patience.
        """
        with contextlib.ExitStack() as held:
            with _our_errors(self._path):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                held.enter_context(self._held(f"{quote(name, safe='')}.lock"))
            yield

    def _beside(self, ending: str) -> Path:
        return self._path.with_name(f".{self._path.name}.{ending}")

    @contextlib.contextmanager
    def _held(self, ending: str) -> Iterator[None]:
        handle = os.open(self._beside(ending), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._wait_for(handle)
            yield
        finally:
            os.close(handle)

    def _wait_for(self, handle: int) -> None:
        ends = time.monotonic() + self._patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= ends:
                    raise TransientError(
                        f"somebody else has been using {self._path} for over "
                        f"{self._patience:g} s: again later",
                        NAME,
                    ) from None
                time.sleep(POLL)
            else:
                return

    def _read(self) -> _Content:
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return _Content({})
        with os.fdopen(handle, "rb") as file:
            # Asked of the open file: nobody can put another in its place meanwhile.
            if os.fstat(handle).st_mode & OTHERS:
                raise SetupError(
                    f"others can use the tokens in {self._path}: run `chmod 600 {self._path}`, "
                    "and replace the tokens if strangers work on this machine",
                    NAME,
                )
            content = _load(file)
        if content is None:
            raise _not_ours(self._path)
        return content

    def _write(self, content: _Content) -> None:
        """Put the content in place of the file, durably."""
        path = self._path.resolve()  # what a link names is replaced, not the link
        aside = path.with_name(self._beside("tmp").name)
        # What a killed writer left goes first: its mode may be another's choice.
        aside.unlink(missing_ok=True)
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode())
            file.flush()
            os.fsync(handle)
        aside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _load(file: BinaryIO) -> _Content | None:
    """Return what the file holds; None where that is no object of JSON."""
    try:
        tokens = json.load(file)
    except (ValueError, RecursionError):
        return None
    return _Content(tokens) if isinstance(tokens, dict) else None


def _build(token: Token) -> dict[str, str | None]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(token).items()
    }


def _parse(content: _Content, name: str) -> tuple[Token | None, bool]:
    """Return the token of a name, if there is one, and whether its entry is one of ours."""
    entry = content.tokens.get(name)
    if entry is None:
        return None, True
    try:
        value, ends, given = entry["value"], entry["expires_at"], entry["issued_at"]
        token = Token(value, _moment(ends) if ends else None, _moment(given))
    except (KeyError, TypeError, ValueError):
        return None, False
    return token, isinstance(value, str)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def _not_ours(path: Path) -> SetupError:
    return SetupError(f"{path} is damaged or no file of tokens: move it away", NAME)


@contextlib.contextmanager
def _our_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says into what to do next."""
    try:
        yield
    except OSError as error:
        raise _translate(error, path) from error


def _translate(error: OSError, path: Path) -> PromptpressError:
    what = error.strerror or str(error)
    if error.errno in _PASSING:
        return TransientError(f"{what}: the machine is short of something, again later", NAME)
    return SetupError(
        f"cannot keep tokens in {path}: {what}. Make room, let this user read and write there, "
        "or set DATA_DIR to a folder where it may",
        NAME,
    )
