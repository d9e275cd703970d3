"""What the tests of S3 share: a store in the stand-in's bucket, and its secret."""

import contextlib
import datetime as dt
import hashlib
import traceback
from typing import Any

from promptpress.adapters._http import Limits
from promptpress.adapters.s3 import S3Store
from tests.fakes.s3 import BUCKET, REGION, S3

KEY, SECRET = "AKIACANARYCANARYCANA", "CANARY/of+the/secret/key"
PATIENT = Limits(connect=60.0, read=60.0, total=120.0, max_answer=30_000_000)
SMALL = b"\x89PNG not really, but a store does not look" * 50
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def sha(content: bytes = SMALL) -> str:
    """Return the SHA-256 as the store wants it."""
    return hashlib.sha256(content).hexdigest()


def store_at(url: str, **changes: Any) -> S3Store:
    """Return a store at any address."""
    usual: dict[str, Any] = {
        "bucket": BUCKET,
        "access_key": KEY,
        "secret_key": SECRET,
        "region": REGION,
        "endpoint_url": url,
        "limits": PATIENT,
        "clock": lambda: NOW,
    }
    return S3Store(**{**usual, **changes})


def store_of(s3: S3, **changes: Any) -> S3Store:
    """Return a store in the stand-in's bucket, as a new process has it."""
    return store_at(s3.url, **changes)


def put(store: S3Store, content: bytes = SMALL, suffix: str = ".png") -> str:
    """Put bytes under their true hash."""
    return store.put(content, sha(content), suffix)


def key_of(content: bytes = SMALL, suffix: str = ".png") -> str:
    """Return where bytes lie in a bucket without a folder."""
    return f"{sha(content)[:2]}/{sha(content)}{suffix}"


def plant(s3: S3, content: bytes, key: str, **more: Any) -> None:
    """Lay an object into the bucket as another program does."""
    s3.client().put_object(Bucket=BUCKET, Key=key, Body=content, **more)


def assert_keeps_secrets(error: BaseException, log: str = "") -> None:
    """Fail if the secret key stands in what is shown of an error, or in the log."""
    shown = "".join(traceback.format_exception(error)) + repr(error) + log
    with contextlib.suppress(AttributeError):
        shown += repr(error.__context__) if not error.__suppress_context__ else ""
    assert SECRET not in shown
