"""What the tests of Cloudinary share: pictures, a store before the stand-in, and its secrets."""

import base64
import hashlib
import io
import pickle
import traceback
from typing import Any

import requests
from PIL import Image

from promptpress.adapters.cloudinary import CloudinaryStore
from tests.adapters.googling import utc_now
from tests.fakes.cloudinary import Cloudinary
from tests.fakes.cloudinary.service import CLOUD, KEY, SECRET
from tests.unit.pictures import encode, paint

PICTURE = encode(paint())
"""A PNG of 96 x 64."""
OTHER = encode(paint((40, 30)))
VIDEO = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 4
SIZE = (54, 54)
"""A small cut, so that tests are quick."""


def sha(content: bytes) -> str:
    """Return the SHA-256 as the store wants it."""
    return hashlib.sha256(content).hexdigest()


def store_of(cloudinary: Cloudinary, **changes: Any) -> CloudinaryStore:
    """Return a store, as a new process has it."""
    usual = {
        "cloud_name": CLOUD,
        "api_key": KEY,
        "api_secret": SECRET,
        "api_url": cloudinary.url,
        "size": SIZE,
        "timeout": 10.0,
        "clock": utc_now,
    }
    return CloudinaryStore(**{**usual, **changes})


def put(store: CloudinaryStore, content: bytes = PICTURE, suffix: str = ".png") -> str:
    """Put bytes under their true hash."""
    return store.put(content, sha(content), suffix)


def public_id_of(content: bytes = PICTURE, folder: str = "instagram/") -> str:
    """Return the name that bytes have at Cloudinary."""
    return f"{folder}promptpress-{sha(content)}"


def fetch(url: str) -> requests.Response:
    """Open an address as anybody can."""
    return requests.get(url, timeout=60)


def looks_of(url: str) -> tuple[str | None, tuple[int, int]]:
    """Return the format and size of the picture at an address."""
    with Image.open(io.BytesIO(fetch(url).content)) as picture:
        return picture.format, picture.size


def assert_keeps_secrets(error: BaseException, log: str, *more: str) -> None:
    """Nothing that shows an error, and no log, shows a secret; and the error pickles."""
    text = log + "".join(traceback.format_exception(error)) + repr(error)
    both = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    assert [secret for secret in (SECRET, KEY, both, *more) if secret in text] == []
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
