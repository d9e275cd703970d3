"""Google Drive as store: pictures in one folder, each under an id that was made beforehand.

Where an answer is lost the same id is sent again: Drive then says that it is taken, and so that
the picture is there.
"""

import hashlib
import mimetypes
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from promptpress.adapters.google._api import Api
from promptpress.adapters.google._upload import SHOWN, Parcel, upload
from promptpress.errors import (
    BadPicture,
    OutcomeUnknown,
    PermanentError,
    SetupError,
    TransientError,
)
from promptpress.ports import LibraryPicture

FILES = "/drive/v3/files"
FOLDER = "application/vnd.google-apps.folder"
STOCK = 20
"""Ids asked for at a time."""
PAGE = 1_000
"""Files in one answer of a list, at the most."""
NO_STORAGE = (
    "a service account has no storage of its own, so it cannot keep files in somebody's own Drive: "
    "name a folder in a Shared Drive, or use the credentials of a user (authorized_user)"
)


class DriveStore:
    """Pictures in a folder of Google Drive."""

    def __init__(self, api: Api, folder_id: str, *, public: bool = False) -> None:
        """Keep what is needed; nothing is asked before first use.

        Args:
            api: calls to Drive.
            folder_id: the folder.
            public: whether anybody with the link may see the pictures.
        """
        self._api = api
        self._folder = folder_id
        words = folder_id.replace("\\", "\\\\").replace("'", "\\'")
        self._within = f"'{words}' in parents and trashed = false"
        self._public = public
        self._lock = threading.Lock()
        self._stock: list[str] = []
        self._ids: dict[str, str] = {}
        """The id under which each content was last sent, so that a repeat is the same file."""

    @property
    def name(self) -> str:
        """The name in settings and messages."""
        return "drive"

    def check(self) -> None:
        """Ask whether the folder is there, and whether we may put files into it."""
        fields = "id,name,mimeType,trashed,driveId,capabilities(canAddChildren)"
        query = {"fields": fields, "supportsAllDrives": "true"}
        folder = self._api.read(f"{FILES}/{quote(self._folder, safe='')}", query)
        share = self._api.account.address or "the account"
        if folder.get("mimeType") != FOLDER or folder.get("trashed"):
            message = "GOOGLE_DRIVE_FOLDER_ID is no folder, or in the bin: name a folder"
            raise SetupError(message, self.name)
        if not folder.get("capabilities", {}).get("canAddChildren", True):
            message = f"we may not add files to the folder: share it with {share} as Editor"
            raise SetupError(message, self.name)
        if self._api.account.is_service and not folder.get("driveId"):
            raise SetupError(NO_STORAGE, self.name)

    def put(self, content: bytes, sha256: str, suffix: str) -> str:
        """Keep the bytes; return the file's id. Storing twice is storing once.

        Raises:
            BadPicture: the hash is not that of the bytes; nothing was stored.
            SetupError, TransientError: Drive does not keep them.
        """
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BadPicture("the bytes are not those of their SHA-256: report it", self.name)
        with self._lock:
            sent = self._ids.get(sha256)
        if sent and self._holds(sent, content):
            ref = sent
        else:
            ref = (not sent and self._find(sha256, content)) or self._store(content, sha256, suffix)
        if self._public:
            self._publish(ref)
        return ref

    def _find(self, sha256: str, content: bytes) -> str:
        """Return the file that an earlier process stored with this content, or nothing."""
        query = {
            "q": f"{self._within} and appProperties has {{ key='sha256' and value='{sha256}' }}",
            "pageSize": "10",
            "supportsAllDrives": "true",
            "includeItemsFromAllDrives": "true",
            "fields": f"files({SHOWN})",
        }
        # A person may have put other bytes into the file: its properties stay as they were.
        found = [f for f in self._api.read(FILES, query).get("files", ()) if _is_of(f, content)]
        return str(found[0]["id"]) if found else ""

    def _holds(self, ref: str, content: bytes) -> bool:
        """Tell whether the file with this id is there and has these bytes."""
        found = self._look(ref)
        return found is not None and _is_of(found, content) and not found.get("trashed")

    def _look(self, ref: str) -> dict[str, Any] | None:
        """Return what Drive says of a file, or None where there is none."""
        query = {"fields": SHOWN, "supportsAllDrives": "true"}
        return self._api.find(f"{FILES}/{quote(ref, safe='')}", query)

    def _store(self, content: bytes, sha256: str, suffix: str) -> str:
        ref = self._id_for(sha256)
        metadata = {
            "id": ref,
            "name": f"{sha256[:16]}{suffix}",
            "parents": [self._folder],
            "appProperties": {"app": "promptpress", "sha256": sha256},
        }
        mime = mimetypes.guess_type(f"a{suffix}", strict=False)[0] or "application/octet-stream"
        try:
            is_new = upload(self._api, Parcel({**metadata, "mimeType": mime}, mime, content))
        except OutcomeUnknown as error:
            if self._holds(ref, content):
                return ref
            raise TransientError(error.message, self.name) from None
        if is_new is None and not self._holds(ref, content):
            # Something else has the id, a file in the bin perhaps: the next try gets a new one.
            with self._lock:
                self._ids.pop(sha256, None)
            raise TransientError("the file's id is taken: it is sent under another", self.name)
        return ref

    def _id_for(self, sha256: str) -> str:
        """Return the id to send a content under: the same as before, where it was sent before."""
        with self._lock:
            if sha256 not in self._ids:
                if not self._stock:
                    query = {"count": str(STOCK), "space": "drive", "type": "files"}
                    self._stock = list(self._api.read(f"{FILES}/generateIds", query).get("ids", ()))
                if not self._stock:
                    raise TransientError("Drive gives no ids: it is asked again later", self.name)
                self._ids[sha256] = self._stock.pop()
            return self._ids[sha256]

    def _publish(self, ref: str) -> None:
        """Let anybody with the link see a file; harmless to repeat."""
        right = {"type": "anyone", "role": "reader", "allowFileDiscovery": False}
        try:
            self._api.write(f"{FILES}/{ref}/permissions", right, {"supportsAllDrives": "true"})
        except OutcomeUnknown as error:
            raise TransientError(error.message, self.name) from None

    def get(self, ref: str) -> bytes:
        """Return the very bytes; PermanentError if they are gone or no longer the same."""
        shown = self._shown(ref)
        query = {"alt": "media", "supportsAllDrives": "true"}
        path = f"{FILES}/{quote(ref, safe='')}"
        reply = self._api.send("GET", path, query, writes=False)
        if not reply.whole:
            raise TransientError("the picture came only in part: it is fetched again", self.name)
        md5 = hashlib.md5(reply.body, usedforsecurity=False).hexdigest()
        if shown.get("md5Checksum", md5) != md5:
            raise BadPicture(f"the file {ref} is not what Drive says it is: retry it", self.name)
        kept = shown.get("appProperties", {}).get("sha256")
        if kept and hashlib.sha256(reply.body).hexdigest() != kept:
            message = f"the file {ref} was changed since it was stored: restore it in Drive"
            raise BadPicture(message, self.name)
        return reply.body

    def _shown(self, ref: str) -> dict[str, Any]:
        shown = self._look(ref)
        if shown is None or shown.get("trashed"):
            message = f"the picture {ref} is no longer in Drive: restore it, or retry the post"
            raise PermanentError(message, self.name)
        return shown

    def remove(self, ref: str) -> None:
        """Put a file that we stored into Drive's bin; one that is gone already is removed too.

        Raises:
            PermanentError: it is none of ours; nothing was done.
            SetupError, TransientError: Drive does not do it; repeating is harmless.
        """
        shown = self._look(ref)
        if shown is None or shown.get("trashed"):
            return
        if not shown.get("appProperties", {}).get("sha256"):
            raise PermanentError(f"the file {ref} is none of ours: it stays", self.name)
        query = {"supportsAllDrives": "true", "fields": "id"}
        path = f"{FILES}/{quote(ref, safe='')}"
        try:
            self._api.write(path, {"trashed": True}, query, method="PATCH")
        except OutcomeUnknown as error:
            raise TransientError(error.message, self.name) from None
        with self._lock:
            # Its id is taken for good: the same picture would get another one.
            self._ids = {sha256: one for sha256, one in self._ids.items() if one != ref}

    def link(self, ref: str) -> str:
        """Return the page on which anybody can see the picture, or nothing where it is not public.

        It is a page and no picture: Instagram, which fetches the file itself, does not take it.
        """
        return f"https://drive.google.com/file/d/{ref}/view" if self._public else ""

    def pictures(self) -> Iterator[LibraryPicture]:
        """Give the pictures in the folder, whoever put them there."""
        query = {
            "q": self._within,
            "pageSize": str(PAGE),
            "supportsAllDrives": "true",
            "includeItemsFromAllDrives": "true",
            "fields": f"nextPageToken,files({SHOWN},mimeType,description,sha256Checksum)",
        }
        while True:
            page = self._api.read(FILES, query)
            for file in page.get("files", ()):
                if str(file.get("mimeType", "")).startswith("image/"):
                    yield LibraryPicture(
                        ref=str(file["id"]),
                        name=str(file.get("name", "")),
                        sha256=str(file.get("sha256Checksum", "")),
                        description=str(file.get("description", "")),
                        is_ours=bool(file.get("appProperties", {}).get("sha256")),
                    )
            if not page.get("nextPageToken"):
                return
            query = {**query, "pageToken": page["nextPageToken"]}

    def adopt(self, picture: LibraryPicture) -> None:
        """Note on a file that it is ours from now on; harmless to repeat."""
        sha256 = picture.sha256 or hashlib.sha256(self.get(picture.ref)).hexdigest()
        body = {"appProperties": {"app": "promptpress", "sha256": sha256}}
        query = {"supportsAllDrives": "true", "fields": "id"}
        try:
            self._api.write(f"{FILES}/{picture.ref}", body, query, method="PATCH")
        except OutcomeUnknown as error:
            raise TransientError(error.message, self.name) from None


def _is_of(file: dict[str, Any], content: bytes) -> bool:
    """Tell whether Drive says of a file what is true of these bytes."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return file.get("size") == str(len(content)) and file.get("md5Checksum") in (None, md5)
