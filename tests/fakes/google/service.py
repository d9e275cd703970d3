"""The service itself: tokens for accounts, and what lies in Drive."""

import itertools
import json
import re
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from tests.fakes.google.accounts import Accounts
from tests.fakes.google.files import FOLDER, SHEET, File, Upload
from tests.fakes.server import Answer, Call, Journal, Request, StandIn

DEFAULTS = ("kind", "id", "name", "mimeType")
TEXT = r"((?:[^'\\]|\\.)*)"
"""What stands between quotes in a query: \\' and \\\\ are a quote and a backslash."""
HAS = re.compile(r"appProperties has \{ key='([^']*)' and value='([^']*)' \}")


def refusal(status: int, reason: str, message: str) -> Answer:
    """Return an error as Google words it, for a fault too."""
    part = {"domain": "global", "reason": reason, "message": message}
    return Answer.json({"error": {"code": status, "message": message, "errors": [part]}}, status)


class Google(StandIn):
    """Accounts that get tokens, and what lies in Drive."""

    service = "google"
    acts_as_user = False
    """Set by a test that uses a user's credentials: they own storage."""
    keeps: int | None = None
    """Bytes that are kept of a chunk at the most: the rest is to be sent again."""

    def __init__(
        self, journal: Journal | None = None, *, latency: float = 0.0, port: int = 0
    ) -> None:
        super().__init__(journal, latency, port)
        self.accounts = Accounts()
        self.accounts.url = self.url
        self.files: dict[str, File] = {}
        self.generated: set[str] = set()
        self.uploads: dict[str, Upload] = {}
        self.requests: list[tuple[str, Request]] = []
        """Every request, with the name of its call."""
        self._numbers = itertools.count(1)

    # --- for tests ---

    def key_file(self, **changes: object) -> str:
        """Return the text of the service account's key file."""
        return self.accounts.key_file(**changes)

    def accepts(self, authorization: str) -> bool:
        """Tell whether a header carries a token that holds."""
        return self.accounts.accepts(authorization)

    def add(self, file: File) -> File:
        """Put a file there by hand."""
        self.files[file.id] = file
        return file

    def pictures(self) -> list[File]:
        """Return the files that are no folders, in the order of their making."""
        return [file for file in self.files.values() if file.mime not in (FOLDER, SHEET)]

    # --- the service ---

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        call = self._understand(request)
        self.requests.append((call.name, request))
        return call

    def _understand(self, request: Request) -> Call:
        path = unquote(request.path)
        if path == "/token":
            return Call("token", "", lambda: self.accounts.give(request))
        known: dict[str, tuple[str, Callable[[Request], Answer]]] = {
            "GET /drive/v3/files": ("list", self._list),
            "GET /drive/v3/files/generateIds": ("generateIds", self._generate),
            "POST /upload/drive/v3/files": ("upload", self._upload),
            "PUT /upload/drive/v3/files": ("chunk", self._chunk),
        }
        name, act = known.get(f"{request.method} {path}", ("", self._one))
        if not name:
            media = request.query.get("alt") == "media"
            is_permission = path.endswith("/permissions")
            name = "permission" if is_permission else "download" if media else "file"
        is_open = name == "chunk"  # its address is the key

        def serve() -> Answer:
            if not is_open and not self.accounts.accepts(request.headers.get("authorization", "")):
                return refusal(401, "authError", "Invalid Credentials")
            return act(request)

        return Call(name, path.rpartition("/")[2], serve)

    def _list(self, request: Request) -> Answer:
        query = request.query.get("q", "")
        both = ("supportsAllDrives", "includeItemsFromAllDrives")
        everywhere = all(request.query.get(name) == "true" for name in both)
        here = [file for file in self.files.values() if everywhere or not file.drive]
        try:
            found = [file for file in here if self._matches(file, query)]
        except ValueError:
            return refusal(400, "invalid", "Invalid Value")
        size = int(request.query.get("pageSize", "100"))
        begin = int(request.query.get("pageToken", "0"))
        answer: dict[str, Any] = {"files": [f.shown() for f in found[begin : begin + size]]}
        if begin + size < len(found):
            answer["nextPageToken"] = str(begin + size)
        return Answer.json(answer)

    def _matches(self, file: File, query: str) -> bool:
        tests: dict[str, Callable[[re.Match[str]], bool]] = {
            r"mimeType ?= ?['\"]([^'\"]*)['\"]": lambda m: file.mime == m[1],
            r"mimeType != '([^']*)'": lambda m: file.mime != m[1],
            rf"name = '{TEXT}'": lambda m: file.name == re.sub(r"\\(.)", r"\1", m[1]),
            rf"'{TEXT}' in parents": lambda m: file.parent == re.sub(r"\\(.)", r"\1", m[1]),
            r"trashed ?= ?(true|false)": lambda m: file.trashed == (m[1] == "true"),
            HAS.pattern: lambda m: file.properties.get(m[1]) == m[2],
        }
        for part in re.split(r" and (?![^{]*\})", query):
            for pattern, test in tests.items():
                if match := re.fullmatch(pattern, part.strip()):
                    if not test(match):
                        return False
                    break
            else:
                raise ValueError(part)
        return True

    def _generate(self, request: Request) -> Answer:
        count = int(request.query.get("count", "10"))
        ids = [f"gen{next(self._numbers):04}{secrets.token_hex(12)}" for _ in range(count)]
        self.generated |= set(ids)
        return Answer.json({"kind": "drive#generatedIds", "space": "drive", "ids": ids})

    def _upload(self, request: Request) -> Answer:
        if request.query.get("uploadType") == "resumable":
            return self._begin(request)
        boundary = request.headers["content-type"].partition("boundary=")[2].strip('"').encode()
        parts = request.body.split(b"--" + boundary)
        metadata = json.loads(parts[1].partition(b"\r\n\r\n")[2])
        head, _, content = parts[2].partition(b"\r\n\r\n")
        mime = re.search(rb"(?i)content-type: ([^\r]*)", head)
        return self._create(request, metadata, (mime or [b"", b""])[1].decode(), content[:-2])

    def _begin(self, request: Request) -> Answer:
        key = secrets.token_hex(8)
        refused = self._refusal(request, json.loads(request.body))
        if refused:
            return refused
        self.uploads[key] = Upload(
            json.loads(request.body),
            request.headers["x-upload-content-type"],
            int(request.headers["x-upload-content-length"]),
        )
        path = "/upload/drive/v3/files?uploadType=resumable&supportsAllDrives=true"
        return Answer(200, b"", {"Location": f"{self.url}{path}&upload_id={key}"})

    def _chunk(self, request: Request) -> Answer:
        upload = self.uploads.get(request.query.get("upload_id", ""))
        if upload is None:
            return refusal(404, "notFound", "Upload session not found.")
        if upload.made is not None:
            return self._answer(request, upload.made)
        span = request.headers["content-range"]
        if match := re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", span):
            first, last, size = map(int, match.groups())
            if first != len(upload.got) or size != upload.size:
                return refusal(400, "badRequest", "Invalid Content-Range")
            if last + 1 != size and (last + 1 - first) % 262_144:
                return refusal(400, "badRequest", "chunks are multiples of 262144 bytes")
            upload.got += request.body[: self.keeps]
        if len(upload.got) == upload.size:
            answer = self._create(request, upload.metadata, upload.mime, bytes(upload.got))
            if answer.status == 200:
                upload.made = self.files[json.loads(answer.body)["id"]]
            return answer
        got = {"Range": f"bytes=0-{len(upload.got) - 1}"} if upload.got else {}
        return Answer(308, b"", got)

    def _refusal(self, request: Request, metadata: dict[str, Any]) -> Answer | None:
        (parent,) = metadata.get("parents", [""])
        folder = self.files.get(parent)
        if metadata.get("id") in self.files:
            return refusal(409, "fileIdInUse", "A file already exists with the provided ID.")
        if folder is None:
            return refusal(404, "notFound", f"File not found: {parent}.")
        if not folder.can_add:
            return refusal(403, "insufficientFilePermissions", "The user does not have permission.")
        in_drive = folder.drive and request.query.get("supportsAllDrives") == "true"
        if not in_drive and not self.acts_as_user:
            words = (
                "Service Accounts do not have storage quota. Leverage shared drives, or use OAuth."
            )
            return refusal(403, "storageQuotaExceeded", words)
        return self._invalid(metadata)

    def _invalid(self, metadata: dict[str, Any]) -> Answer | None:
        if metadata.get("id") and metadata["id"] not in self.generated:
            return refusal(400, "invalid", "The provided file ID is not usable.")
        pairs = metadata.get("appProperties", {}).items()
        if any(len((name + value).encode()) > 124 for name, value in pairs):
            return refusal(403, "propertyLengthExceeded", "a property is too long")
        return None

    def _create(
        self, request: Request, metadata: dict[str, Any], mime: str, content: bytes
    ) -> Answer:
        refused = self._refusal(request, metadata)
        if refused:
            return refused
        (parent,) = metadata.get("parents", [""])
        file = File(
            id=metadata.get("id") or f"own{next(self._numbers)}",
            name=metadata.get("name", "Untitled"),
            mime=metadata.get("mimeType") or mime,
            parent=parent,
            drive=self.files[parent].drive,
            content=content,
            properties=metadata.get("appProperties", {}),
        )
        self.files[file.id] = file
        return self._answer(request, file)

    def _answer(self, request: Request, file: File) -> Answer:
        wanted = request.query.get("fields", ",".join(DEFAULTS))
        names = [re.sub(r"\(.*", "", name) for name in re.split(r",(?![^(]*\))", wanted)]
        shown = file.shown()
        return Answer.json({name: shown[name] for name in names if name in shown})

    def _one(self, request: Request) -> Answer:
        quoted, _, rest = request.path.removeprefix("/drive/v3/files/").partition("/")
        id_ = unquote(quoted)
        file = self.files.get(id_)
        if file is None or (file.drive and request.query.get("supportsAllDrives") != "true"):
            return refusal(404, "notFound", f"File not found: {id_}.")
        return self._act_on(request, file, rest)

    def _act_on(self, request: Request, file: File, rest: str) -> Answer:
        if rest == "permissions" and request.method == "POST":
            file.public = True
            return Answer.json({"kind": "drive#permission", "id": "anyoneWithLink"})
        if rest:
            return Answer(404, b"<html>no such call</html>")
        if request.method == "PATCH":
            body = request.json()
            file.properties |= body.get("appProperties", {})
            file.trashed = body.get("trashed", file.trashed)
            return self._answer(request, file)
        if request.query.get("alt") == "media":
            return Answer(200, file.content, {"Content-Type": file.mime})
        return self._answer(request, file)
