"""How bytes get into Drive: in one request, or in chunks that can be taken up again."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from promptpress.adapters._http import Reply
from promptpress.adapters.google._api import Api
from promptpress.errors import (
    OutcomeUnknown,
    PermanentError,
    RateLimited,
    SetupError,
    TransientError,
)

SIMPLE = 5_000_000
"""Bytes up to which one request is advised (Drive guide "Upload file data")."""
CHUNK = 8 * 1024 * 1024
"""Bytes of a chunk; a multiple of 262,144, as the guide demands."""
TRIES = 3
"""Breaks of one upload, after each of which Drive is asked how far it is."""
GONE = (404, 410)
"""A session that has ended: the guide says to begin a new one."""
UPLOAD = "/upload/drive/v3/files"
SHOWN = "id,name,size,md5Checksum,trashed,appProperties"


@dataclass(frozen=True)
class Parcel:
    """What is to be uploaded."""

    metadata: dict[str, Any]
    mime: str
    content: bytes = field(repr=False)


def upload(api: Api, parcel: Parcel) -> dict[str, Any] | None:
    """Upload a file; return what Drive says of it, or None where its id is taken already.

    Raises:
        OutcomeUnknown: the answer was lost: the id tells whether it is there.
    """
    send = _at_once if len(parcel.content) <= SIMPLE else _in_chunks
    reply = send(api, parcel)
    if reply.status == 409:
        return None
    found: dict[str, Any] = api.understand(reply, writes=True)
    return found


def _query(kind: str) -> dict[str, str]:
    return {"uploadType": kind, "supportsAllDrives": "true", "fields": SHOWN}


def _at_once(api: Api, parcel: Parcel) -> Reply:
    boundary = f"promptpress-{parcel.metadata['id']}"
    head = (
        f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n"
        f"{json.dumps(parcel.metadata)}\r\n"
        f"--{boundary}\r\nContent-Type: {parcel.mime}\r\n\r\n"
    )
    content = head.encode() + parcel.content + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f'multipart/related; boundary="{boundary}"'}
    return api.send("POST", UPLOAD, _query("multipart"), headers, content, writes=True, fine=(409,))


def _in_chunks(api: Api, parcel: Parcel) -> Reply:
    """Send the chunks; where the session is refused or gone, begin once more with the same id."""
    for is_last in (False, True):
        begun = _begin(api, parcel)
        if begun.status == 409:
            return begun
        session = begun.headers.get("Location", "")
        if "://" not in session:
            break
        api.hide(session)  # whoever has this address may write the file
        try:
            reply = _send_all(api, session, parcel.content)
        except (SetupError, PermanentError):
            if is_last:
                raise
            continue
        if reply.status not in GONE:
            return reply
    raise TransientError("Drive gives no session that lasts: it is asked again later", "drive")


def _begin(api: Api, parcel: Parcel) -> Reply:
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "X-Upload-Content-Type": parcel.mime,
        "X-Upload-Content-Length": str(len(parcel.content)),
    }
    content = json.dumps(parcel.metadata).encode()
    query = _query("resumable")
    return api.send("POST", UPLOAD, query, headers, content, writes=True, fine=(409,))


def _send_all(api: Api, session: str, content: bytes) -> Reply:
    at: int | None = 0
    stored, failed = 0, 0
    while True:
        try:
            reply = _put(api, session, content, at)
        except RateLimited:
            raise
        except (OutcomeUnknown, TransientError):
            failed += 1
            if failed > TRIES:
                raise
            at = None
            continue
        if reply.status != 308:
            return reply
        if at is not None and _stored(reply) <= stored:
            failed += 1
        if failed > TRIES:
            raise TransientError("Drive keeps no more of the upload: it is begun again", "drive")
        at = stored = _stored(reply)


def _put(api: Api, session: str, content: bytes, at: int | None) -> Reply:
    """Send the chunk that begins there; None asks how far the upload is, which is harmless."""
    size = len(content)
    chunk = b"" if at is None else content[at : at + CHUNK]
    span = f"{at}-{(at or 0) + len(chunk) - 1}" if chunk else "*"
    headers = {"Content-Range": f"bytes {span}/{size}"}
    return api.send("PUT", session, None, headers, chunk, writes=True, fine=(308, 409, *GONE))


def _stored(reply: Reply) -> int:
    """Return how many bytes Drive has."""
    found = re.fullmatch(r"bytes=0-(\d+)", reply.headers.get("Range", ""))
    return int(found[1]) + 1 if found else 0
