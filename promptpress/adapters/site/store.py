"""A MediaStore on the site itself: one file per picture, to which no page leads.

The file whose SHA-256 is abcdef… lies at `media/kept/abcdef….png` below the site's folder. It
appears there only when it is whole and on the disk. Others can fetch it once the folder is
published: what they are given is its address there.
"""

import hashlib
import re
import threading
from pathlib import Path

from promptpress.adapters.site.disk import open_desk, our_errors, probe, read
from promptpress.errors import BadPicture, PermanentError, SetupError

KEPT = "media/kept"
"""Below the site's folder; no page shows what lies there, and no rebuilding touches it."""
SHOWS_AFTER = 300.0
"""Seconds: whatever publishes the folder takes minutes, and comes after the run that wrote."""
_REF = re.compile(r"([0-9a-f]{64})\.[a-z0-9]{1,8}")


class SiteStore:
    """Keeps pictures with the site; safe for any number of threads and processes."""

    name = "site"
    shows_after = SHOWS_AFTER

    def __init__(self, folder: Path, url: str) -> None:
        """Keep the folder of the site, and where it is published."""
        self._folder = folder
        self._url = url.rstrip("/")
        self._turn = threading.Lock()

    def check(self) -> None:
        """Prove that a picture can be written where the folder is or will be; leave nothing.

        Raises:
            SetupError: it cannot, or the site's address is none; the message says what to do.
        """
        if not self._url.startswith(("https://", "http://")):
            raise SetupError("SITE_URL must begin with https:// or http://: correct it", self.name)
        probe(self._folder, self.name)

    def put(self, content: bytes, sha256: str, suffix: str) -> str:
        """Keep the bytes durably; return the file's name.

        A file that is there already stays if it is whole and is replaced if it is not.

        Args:
            content: the bytes.
            sha256: their SHA-256 in hexadecimal digits.
            suffix: of the file's name, such as ".png".

        Raises:
            BadPicture: the hash is not that of the bytes; nothing was written.
            SetupError: the folder cannot be written or the disk is full.
            TransientError: another writer holds the folder for long.
        """
        ref = f"{sha256}.{suffix.removeprefix('.')}"
        if not _REF.fullmatch(ref):
            raise BadPicture(f"{ref} is no SHA-256 and suffix: report it", self.name)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BadPicture("the bytes are not those of their SHA-256: report it", self.name)
        with open_desk(self._folder, self._turn, self.name) as desk:
            desk.write(f"{KEPT}/{ref}", content)
            desk.sync()
        return ref

    def get(self, ref: str) -> bytes:
        """Return the very bytes that were put.

        Raises:
            PermanentError: no reference of ours, or the file is gone or has changed.
            SetupError: the folder cannot be read.
        """
        match = _REF.fullmatch(ref)
        if match is None:
            raise PermanentError(f"{ref!r} is no picture of this store: generate it anew", "site")
        path = self._folder / KEPT / ref
        with our_errors(self._folder, self.name):
            content = read(path)
        if content is None or hashlib.sha256(content).hexdigest() != match[1]:
            what = "is gone" if content is None else "was changed or damaged"
            message = f"the picture {path} {what}: bring the file back, or retry the post"
            raise PermanentError(message, self.name)
        return content

    def remove(self, ref: str) -> None:
        """Remove a picture; one that is gone already is removed too. Pages have their own copies.

        Raises:
            PermanentError: no reference of ours; nothing was removed.
            SetupError: the folder cannot be written.
            TransientError: another writer holds the folder for long.
        """
        if not _REF.fullmatch(ref):
            raise PermanentError(f"{ref!r} is no picture of this store: it stays", self.name)
        with open_desk(self._folder, self._turn, self.name) as desk:
            desk.remove(f"{KEPT}/{ref}")
            desk.sync()

    def link(self, ref: str) -> str:
        """Return the address that the picture has once the site is published."""
        return f"{self._url}/{KEPT}/{ref}"
