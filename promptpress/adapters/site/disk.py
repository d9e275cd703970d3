"""A folder that is only ever seen whole: files appear by rename, and one writer works at a time.

Unfinished files lie in `.site/tmp`; whoever holds the lock next throws away what a killed writer
left there.
"""

import contextlib
import errno
import fcntl
import os
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from promptpress.errors import PromptpressError, SetupError, TransientError

OURS = ".site"
"""The site's memory, below its folder."""
PATIENCE = 60.0
"""Seconds to wait for another writer: a publication takes some hundredths of one."""
POLL = 0.02
"""Seconds between two looks at the lock."""
PROBE_BYTES = 1_000_000
"""How much `probe` writes: about one picture, so that an almost full disk shows."""


class Desk:
    """The folder in the hands of its one writer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._aside = folder / OURS / "tmp"
        self._unsynced: set[Path] = set()
        self._sweep()

    def write(self, path: str, content: bytes) -> None:
        """Put a whole file in place; one that is there already with these bytes stays."""
        target = self._folder / path
        self._make_folder(target.parent)
        # Also for a file found whole: its writer may have been killed before the sync.
        self._unsynced.add(target.parent)
        if read(target) == content:
            return
        aside = self._aside / secrets.token_hex(8)
        try:
            with aside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
        except OSError:
            aside.unlink(missing_ok=True)
            raise

    def append(self, path: str, content: bytes) -> None:
        """Add a few bytes to the end of a file, in one call and durably."""
        target = self._folder / path
        self._make_folder(target.parent)
        if not target.exists():
            self._unsynced.add(target.parent)
        with target.open("ab") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def remove(self, path: str) -> None:
        """Remove a file, if it is there; the folder of a list goes with its last file."""
        target = self._folder / path
        with contextlib.suppress(FileNotFoundError):
            target.unlink()
            self._unsynced.add(target.parent)
            if target.parent.parent != self._folder and not any(target.parent.iterdir()):
                target.parent.rmdir()
                self._unsynced.discard(target.parent)
                self._unsynced.add(target.parent.parent)

    def has(self, path: str) -> bool:
        """Tell whether there is a file."""
        return (self._folder / path).is_file()

    def sync(self) -> None:
        """Wait until the names of the files written are on the disk; rename alone does not."""
        for folder in sorted(self._unsynced):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        self._unsynced.clear()

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            self._unsynced.add(folder.parent)

    def _sweep(self) -> None:
        self._make_folder(self._aside)
        for left in self._aside.iterdir():
            left.unlink()


@contextlib.contextmanager
def open_desk(folder: Path, turn: threading.Lock, name: str) -> Iterator[Desk]:
    """Take the folder in hand, alone among all threads and processes.

    Args:
        folder: of the site; made when it is not there.
        turn: what the threads of this process queue at: it wakes them at once.
        name: of the channel.

    Raises:
        TransientError: another writer holds it for longer than PATIENCE.
        SetupError: the folder cannot be written.
    """
    busy = f"another process has been writing to {folder} for over {PATIENCE:.0f} s: again later"
    if not turn.acquire(timeout=PATIENCE):
        raise TransientError(busy, name)
    try:
        with our_errors(folder, name):
            (folder / OURS).mkdir(parents=True, exist_ok=True)
            with (folder / OURS / "lock").open("ab") as lock:
                # The system lets go of it when its holder dies, however that happens.
                if not _wait_for(lock.fileno()):
                    raise TransientError(busy, name)
                yield Desk(folder)
    finally:
        turn.release()


def _wait_for(handle: int) -> bool:
    for _ in range(int(PATIENCE / POLL)):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(POLL)
        else:
            return True
    return False


def read(path: Path) -> bytes | None:
    """Return the bytes of a file, or None when there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def probe(folder: Path, name: str) -> None:
    """Prove that a file can be written where the folder is or will be; leave nothing.

    Raises:
        SetupError: it cannot; the message says what to do.
    """
    there = folder
    with our_errors(folder, name):
        while not there.exists() and there != there.parent:
            there = there.parent
        path = there / f".check.{secrets.token_hex(8)}.tmp"
        try:
            with path.open("xb") as file:
                file.write(bytes(PROBE_BYTES))
                file.flush()
                os.fsync(file.fileno())
        finally:
            path.unlink(missing_ok=True)


_ADVICE = (
    ({errno.ENOSPC, errno.EDQUOT, errno.EFBIG}, "make room on the disk, or set DATA_DIR elsewhere"),
    (
        {errno.EACCES, errno.EPERM, errno.EROFS},
        "let this user write there, or set DATA_DIR to a folder where it may",
    ),
    (
        {errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP},
        "move away what stands in its place, or set DATA_DIR elsewhere",
    ),
)
_PASSING = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ESTALE, errno.ETIMEDOUT}


@contextlib.contextmanager
def our_errors(folder: Path, name: str) -> Iterator[None]:
    """Turn what the operating system says into what to do next."""
    try:
        yield
    except OSError as error:
        raise _translate(error, folder, name) from error


def _translate(error: OSError, folder: Path, name: str) -> PromptpressError:
    what = error.strerror or str(error)
    if error.errno in _PASSING:
        return TransientError(f"{what}: the machine is short of something, again later", name)
    found = (advice for codes, advice in _ADVICE if error.errno in codes)
    advice = next(found, "look at the disk, or set DATA_DIR to another one")
    return SetupError(f"cannot use the folder {folder}: {what}. {advice}", name)
