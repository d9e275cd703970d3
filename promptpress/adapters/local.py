"""A MediaStore in a folder on this machine: one file per picture, named by its content.

The picture whose SHA-256 is abcdef… lies at `ab/cdef….png` below the folder. A file appears under
that name only when it is whole and on the disk. Names that begin with a dot are unfinished: a
killed process may leave one, and it can be deleted.
"""

import contextlib
import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from promptpress.errors import (
    BadPicture,
    PermanentError,
    PromptpressError,
    SetupError,
    TransientError,
)

PROBE_BYTES = 1_000_000
"""How much `check` writes: about one picture, so that an almost full disk shows."""
ROOM = 64_000_000
"""Bytes that must be free before a picture is paid for: more than eight posts in hand bring."""
_REF = re.compile(r"[0-9a-f]{2}/[0-9a-f]{62}\.[a-z0-9]{1,8}")
_SUFFIX = re.compile(r"\.?([a-z0-9]{1,8})")


def _build_ref(sha256: str, suffix: str) -> str:
    match = _SUFFIX.fullmatch(suffix)
    ref = f"{sha256[:2]}/{sha256[2:]}.{match[1] if match else ''}"
    if not _REF.fullmatch(ref):
        raise BadPicture(f"{sha256}{suffix} is no SHA-256 and suffix: report it", "local")
    return ref


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class LocalStore:
    """Keeps pictures below a folder; safe for any number of threads and processes."""

    name = "local"

    def __init__(self, folder: Path) -> None:
        """Keep the folder; it is made when it is first needed."""
        self._folder = folder

    def check(self) -> None:
        """Prove that a picture can be written where the folder is or will be; leave nothing.

        Raises:
            SetupError: it cannot; the message says what to do.
        """
        with _our_errors(self._folder):
            probe = _write_aside(self._there() / "check", bytes(PROBE_BYTES))
            probe.unlink()
        self.require_room()

    def require_room(self) -> None:
        """Raise SetupError where the disk is nearly full: what is paid for next would be lost."""
        with _our_errors(self._folder):
            disk = os.statvfs(self._there())
            if disk.f_bavail * disk.f_frsize < ROOM:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _there(self) -> Path:
        """Return the folder, or the one in which it will be made."""
        there = self._folder
        while not there.exists() and there != there.parent:
            there = there.parent
        return there

    def put(self, content: bytes, sha256: str, suffix: str) -> str:
        """Keep the bytes durably; return the path below the folder.

        A file that is there already stays if it is whole and is replaced if it is not.

        Args:
            content: the bytes.
            sha256: their SHA-256 in hexadecimal digits.
            suffix: of the file's name, such as ".png".

        Raises:
            BadPicture: the hash is not that of the bytes; nothing was written.
            SetupError: the folder cannot be written or the disk is full.
        """
        ref = _build_ref(sha256, suffix)
        if _digest(content) != sha256:
            raise BadPicture("the bytes are not those of their SHA-256: report it", self.name)
        path = self._folder / ref
        with _our_errors(self._folder):
            if not _holds(path, content):
                _make_folder(path.parent)
                aside = _write_aside(path, content)
                aside.replace(path)
            # Also for a file found whole: its writer may have been killed before this line.
            _sync_folder(path.parent)
        return ref

    def get(self, ref: str) -> bytes:
        """Return the very bytes that were put.

        Raises:
            PermanentError: no reference of ours, or the file is gone or has changed.
            SetupError: the folder cannot be read.
        """
        if not _REF.fullmatch(ref):
            raise PermanentError(f"{ref!r} is no picture of this store: generate it anew", "local")
        path = self._folder / ref
        with _our_errors(self._folder):
            try:
                content = path.read_bytes()
            except (FileNotFoundError, IsADirectoryError):
                raise PermanentError(
                    f"the picture {path} is gone: bring the file back, or retry the post", self.name
                ) from None
        if _digest(content) != ref[:2] + ref[3:].partition(".")[0]:
            raise PermanentError(
                f"the picture {path} was changed or damaged: bring the file back, "
                "or retry the post",
                self.name,
            )
        return content

    def remove(self, ref: str) -> None:
        """Remove a picture; one that is gone already is removed too.

        Raises:
            PermanentError: no reference of ours; nothing was removed.
            SetupError: the folder cannot be written.
        """
        if not _REF.fullmatch(ref):
            raise PermanentError(f"{ref!r} is no picture of this store: it stays", self.name)
        path = self._folder / ref
        with _our_errors(self._folder):
            if path.exists():
                path.unlink(missing_ok=True)
                _sync_folder(path.parent)

    def link(self, ref: str) -> str:  # noqa: ARG002  the port's method: stores on the web need it
        """Return an empty string: nobody else can fetch a file of this machine."""
        return ""


def _holds(path: Path, content: bytes) -> bool:
    """Tell whether the file is there with just these bytes."""
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, each with a durable entry in its parent."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Wait until the entries of a folder are on the disk; rename alone does not."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_aside(path: Path, content: bytes) -> Path:
    """Write a whole file beside `path`, durably, and return where; on failure leave nothing."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    return aside


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_FOLDER = {errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP}
_PASSING = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ESTALE, errno.ETIMEDOUT}


@contextlib.contextmanager
def _our_errors(folder: Path) -> Iterator[None]:
    """Turn what the operating system says into what to do next."""
    try:
        yield
    except OSError as error:
        raise _translate(error, folder) from error


def _translate(error: OSError, folder: Path) -> PromptpressError:
    what = error.strerror or str(error)
    if error.errno in _PASSING:
        return TransientError(f"{what}: the machine is short of something, again later", "local")
    advice = "look at the disk, or set DATA_DIR to another one"
    if error.errno in _FULL:
        advice = "make room on the disk, or set DATA_DIR to a larger one"
    elif error.errno in _FORBIDDEN:
        advice = "let this user write there, or set DATA_DIR to a folder where it may"
    elif error.errno in _NO_FOLDER:
        advice = "move away what stands where the folder should be, or set DATA_DIR elsewhere"
    return SetupError(f"cannot use the folder {folder}: {what}. {advice}", "local")
