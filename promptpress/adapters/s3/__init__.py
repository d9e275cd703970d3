"""Any server of the S3 kind as store: Amazon S3, MinIO, R2, B2, Ceph and others.

    prefix + ab/abcdef….png, where abcdef… is the SHA-256 of the bytes

A second writer brings the same bytes, so nothing is lost by any repeat. Where the server knows
`If-None-Match: *` (most do since 2024) what is there already is not even written again.
"""

import base64
import hashlib
import io
import mimetypes
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from promptpress.adapters._http import Limits
from promptpress.adapters.s3._answers import Refusal
from promptpress.adapters.s3._client import Account, Bucket
from promptpress.adapters.s3._errors import translate
from promptpress.errors import BadPicture, PermanentError, PromptpressError, TransientError

NAME = "s3"
LIMITS = Limits(connect=10.0, read=60.0, total=300.0, max_answer=500_000_000)
LINK_SECONDS = 604_800
"""How long a signed link opens: seven days, the longest that signatures of version 4 last.
docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html"""
PROBE_NAME = "promptpress.txt"
PROBE = b"Promptpress keeps its pictures in this folder.\n"
TYPES = {".webp": "image/webp", ".avif": "image/avif", ".heic": "image/heic", ".mp4": "video/mp4"}
"""What Python does not know on every machine."""
_REF = re.compile(r"(?:.*/)?([0-9a-f]{2})/(\1[0-9a-f]{62})\.[a-z0-9]{1,8}", re.DOTALL)
_SUFFIX = re.compile(r"\.?([a-z0-9]{1,8})")
_REMOVED = {(204, ""), (404, ""), (404, "NoSuchKey")}
_NO_CONDITION = {"InvalidArgument", "InvalidRequest", "NotImplemented"}
"""How servers refuse a header that they do not know."""


class S3Store:
    """Keeps pictures and videos in a bucket; safe for any number of threads and processes."""

    name = NAME

    def __init__(
        self,
        bucket: str,
        *,
        access_key: str,
        secret_key: str,
        clock: Callable[[], datetime],
        prefix: str = "",
        endpoint_url: str = "",
        region: str = "",
        public_url: str = "",
        link_seconds: int = LINK_SECONDS,
        limits: Limits = LIMITS,
    ) -> None:
        """Keep the set-up; nothing is asked, read or imported before it is needed.

        Args:
            bucket: the bucket.
            access_key: public half of the key.
            secret_key: secret half of the key.
            clock: the time, for waits that the server names by a date.
            prefix: folder in the bucket; empty: its top.
            endpoint_url: address of the server; empty: Amazon's.
            region: where the bucket is; empty: us-east-1.
            public_url: where anybody can read the top of the bucket; empty: links are signed.
            link_seconds: how long a signed link opens; never more than seven days.
            limits: of one call here, whatever it asks of the server.
        """
        self._region = region or "us-east-1"
        account = Account(
            endpoint_url=endpoint_url,
            region=self._region,
            access_key=access_key,
            secret_key=secret_key,
        )
        self._bucket = Bucket(bucket, account, limits)
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._public_url = public_url.rstrip("/")
        self._link_seconds = max(1, min(link_seconds, LINK_SECONDS))
        self._secrets = [secret_key]
        self._clock = clock
        self._conditional = True
        """Whether the server knows `If-None-Match`, as far as we have seen."""

    def check(self) -> None:
        """Write a file of 47 bytes, once for all times, and read it; errors as in the port."""
        ends = self._ends()
        key = self._prefix + PROBE_NAME
        self._keep(key, PROBE, ends)
        answer = self._bucket.call("get_object", ends, Key=key)
        if isinstance(answer, Refusal):
            raise self._translate(answer)

    def put(self, content: bytes, sha256: str, suffix: str) -> str:
        """Keep the bytes; return their key in the bucket. Storing twice is storing once.

        What lies there is kept if it is the same, and replaced if it is not.

        Args:
            content: the bytes.
            sha256: their SHA-256 in hexadecimal digits.
            suffix: of the file's name, such as ".png" or ".mp4".

        Raises:
            BadPicture: the hash is not that of the bytes; nothing was stored.
            SetupError, TransientError, PermanentError: the server does not keep them.
        """
        match = _SUFFIX.fullmatch(suffix)
        if not match:
            raise BadPicture(f"{suffix!r} is no suffix of a file: report it", self.name)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BadPicture("the bytes are not those of their SHA-256: report it", self.name)
        key = f"{self._prefix}{sha256[:2]}/{sha256}.{match[1]}"
        self._keep(key, content, self._ends())
        return key

    def get(self, ref: str) -> bytes:
        """Return the very bytes that were put.

        Raises:
            PermanentError: no reference of ours, or the object is gone or has changed.
            SetupError, TransientError: the server does not give them.
        """
        match = _REF.fullmatch(ref)
        if not match:
            message = f"{ref!r} is no picture of this store: generate it anew"
            raise PermanentError(message, self.name)
        answer = self._bucket.call("get_object", self._ends(), Key=ref)
        if isinstance(answer, Refusal):
            raise self._translate(answer)
        content: bytes = answer["Content"]
        if len(content) > self._bucket.limits.max_answer:
            message = f"the object {ref} is larger than anything we put there: retry the post"
            raise PermanentError(message, self.name)
        if hashlib.sha256(content).hexdigest() != match[2]:
            message = f"the object {ref} was changed or damaged: bring it back, or retry the post"
            raise PermanentError(message, self.name)
        return content

    def remove(self, ref: str) -> None:
        """Remove an object; one that is gone already is removed too.

        A bucket that keeps versions keeps this one as its rules say.

        Raises:
            PermanentError: no reference of ours; nothing was removed.
            SetupError, TransientError: the server does not remove it.
        """
        if not _REF.fullmatch(ref):
            raise PermanentError(f"{ref!r} is no picture of this store: it stays", self.name)
        answer = self._bucket.call("delete_object", self._ends(), Key=ref)
        # 204 is S3's own word for it: an answer to DELETE tells no ETag.
        if isinstance(answer, Refusal) and (answer.status, answer.code) not in _REMOVED:
            raise self._translate(answer)

    def link(self, ref: str) -> str:
        """Return an address where anybody can fetch the object: a public one, or a signed one.

        A signed one opens for a week at the most and is as good as a password for this object.

        Raises:
            SetupError: the package or a setting is missing or not valid.
        """
        if self._public_url:
            return f"{self._public_url}/{quote(ref)}"
        return self._bucket.presign(ref, self._link_seconds)

    def _ends(self) -> float:
        return time.monotonic() + self._bucket.limits.total

    def _translate(self, refusal: Refusal) -> PromptpressError:
        return translate(refusal, self._region, self._secrets, self._clock)

    def _keep(self, key: str, content: bytes, ends: float) -> None:
        """Have an object with these bytes under the key; write it only if it is not there."""
        refusal = self._write(key, content, ends, only_new=self._conditional)
        if refusal is None:
            return
        if _is_taken(refusal):
            refusal = self._settle_taken(key, content, ends)
        elif self._conditional and _knows_no_condition(refusal):
            refusal = self._keep_plainly(key, content, ends)
        elif refusal.is_open and self._look(key, content, ends) is True:
            return
        if refusal is not None and refusal.status == 404:
            # No object can be missing here, so it is the bucket, or no server of S3 at all.
            refusal = replace(refusal, code="NoSuchBucket")
        if refusal is not None:
            raise self._translate(refusal)

    def _settle_taken(self, key: str, content: bytes, ends: float) -> Refusal | None:
        """Accept what lies under the key if it is the same; put it right if it is not."""
        found = self._look(key, content, ends)
        if found is None:
            raise TransientError("the key is being written: it is tried again", self.name)
        if isinstance(found, Refusal):
            return found
        return None if found else self._write(key, content, ends, only_new=False)

    def _keep_plainly(self, key: str, content: bytes, ends: float) -> Refusal | None:
        """Look first, then write: for servers that do not know `If-None-Match`."""
        if self._look(key, content, ends) is True:
            return None
        refusal = self._write(key, content, ends, only_new=False)
        # Only now it is sure that the condition was what the server did not like.
        self._conditional = refusal is not None
        return refusal

    def _write(self, key: str, content: bytes, ends: float, *, only_new: bool) -> Refusal | None:
        suffix = key[key.rindex(".") :]
        known = TYPES.get(suffix) or mimetypes.guess_type(f"a{suffix}")[0]
        md5 = hashlib.md5(content, usedforsecurity=False).digest()
        answer = self._bucket.call(
            "put_object",
            ends,
            Key=key,
            # The client warns of plain bytes that are many.
            Body=io.BytesIO(content),
            ContentType=known or "application/octet-stream",
            ContentMD5=base64.b64encode(md5).decode(),
            Metadata={"sha256": hashlib.sha256(content).hexdigest()},
            **({"IfNoneMatch": "*"} if only_new else {}),
        )
        return answer if isinstance(answer, Refusal) else None

    def _look(self, key: str, content: bytes, ends: float) -> bool | Refusal | None:
        """Tell whether these bytes lie under the key; None: nothing does."""
        answer = self._bucket.call("head_object", ends, Key=key)
        if isinstance(answer, Refusal):
            return None if answer.kind == "refused" and answer.status == 404 else answer
        if answer.get("ContentLength") != len(content):
            return False
        noted = (answer.get("Metadata") or {}).get("sha256")
        if noted:
            return bool(noted == hashlib.sha256(content).hexdigest())
        # Another program put it there, or the server keeps no notes.
        answer = self._bucket.call("get_object", ends, Key=key)
        return answer if isinstance(answer, Refusal) else bool(answer["Content"] == content)


def _is_taken(refusal: Refusal) -> bool:
    return refusal.status == 412 or refusal.code == "ConditionalRequestConflict"


def _knows_no_condition(refusal: Refusal) -> bool:
    return refusal.status == 501 or refusal.code in _NO_CONDITION
