"""What the tests of Drive share: a folder of the stand-in, and a store in it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from promptpress.adapters._http import Limits
from promptpress.adapters.google._account import Account
from promptpress.adapters.google._api import Api
from promptpress.adapters.google.drive import DriveStore
from tests.adapters.googling import PATIENT, account_of, utc_now
from tests.fakes.google import FOLDER, File, Google

FOLDER_ID = "the-folder"
SMALL = b"a small picture" * 10
LARGE = bytes(range(256)) * 80_000
"""20,480,000 bytes: three chunks."""


def sha(content: bytes) -> str:
    """Return the SHA-256 as the store wants it."""
    return hashlib.sha256(content).hexdigest()


@contextmanager
def running_drive() -> Iterator[Google]:
    """Run Drive with a folder in a Shared Drive."""
    with Google() as google:
        google.add(File(FOLDER_ID, "Pictures", FOLDER, drive="shared"))
        yield google


def api_of(google: Google, *, account: Account | None = None, **changes: Any) -> Api:
    """Return calls to Drive, as a new process makes them."""
    usual = {"service": "drive", "thing": "folder", "clock": utc_now, "limits": PATIENT}
    return Api(account or account_of(google), google.url, **{**usual, **changes})


def store_of(
    google: Google, *, account: Account | None = None, limits: Limits = PATIENT, **changes: Any
) -> DriveStore:
    """Return a store in the folder, as a new process has it."""
    api = api_of(google, account=account, limits=limits)
    return DriveStore(api, **{"folder_id": FOLDER_ID, **changes})


def put(store: DriveStore, content: bytes = SMALL, suffix: str = ".png") -> str:
    """Put bytes under their true hash."""
    return store.put(content, sha(content), suffix)
