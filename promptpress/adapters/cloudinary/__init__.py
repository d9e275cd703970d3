"""Cloudinary as store: pictures under a name made of their content, cut to size over there.

A name that is taken is never overwritten, so a lost answer is met by sending again: Cloudinary
then shows what it has, and that is compared before it is trusted. No address of a cut picture
leaves here before Cloudinary has made it: its network remembers for hours that there was none
(cloudinary.com/documentation, "I'm getting a 404 for my transformed image").
"""

import hashlib
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from promptpress.adapters._bodies import is_text
from promptpress.adapters.cloudinary._account import OFFICIAL, Account, Kind
from promptpress.adapters.cloudinary._answers import Asset
from promptpress.adapters.cloudinary._client import MAX_FILE, Client
from promptpress.adapters.cloudinary._refs import (
    Size,
    build_public_id,
    build_ref,
    build_transformation,
    parse_ref,
)
from promptpress.adapters.cloudinary._refusals import NAME
from promptpress.errors import (
    BadPicture,
    InvalidPost,
    PermanentError,
    SetupError,
    TransientError,
)

SIZE = (1080, 1080)
"""Pixels of the cut that is made with every upload: what Instagram shows in its feed."""
VIDEOS = (".mp4", ".mov", ".webm")


class CloudinaryStore:
    """Pictures and videos at Cloudinary; safe for any number of threads and processes."""

    name = NAME

    def __init__(
        self,
        cloud_name: str,
        api_key: str,
        api_secret: str,
        *,
        folder: str = "instagram",
        size: Size = SIZE,
        api_url: str = OFFICIAL,
        api_proxy: str = "",
        delivery_url: str = "",
        signature_algorithm: str = "sha1",
        timeout: float = 180.0,
        clock: Callable[[], datetime],
    ) -> None:
        """Keep what is needed; nothing is asked before first use.

        Args:
            cloud_name: of the product environment.
            api_key: its key.
            api_secret: that of the key.
            folder: in which pictures appear; part of their names too.
            size: width and height in pixels to which each picture is cut when it is uploaded.
            api_url: what Cloudinary's SDK calls upload_prefix.
            api_proxy: through which all goes; empty for what the environment says.
            delivery_url: where `get` fetches, if not at the host that Cloudinary names.
            signature_algorithm: sha1 or sha256, as the account is set.
            timeout: seconds that one call of ours takes at the most.
            clock: tells the time, which is part of what is signed.
        """
        self._account = Account(
            cloud_name=cloud_name.strip(),
            api_key=api_key.strip(),
            api_secret=api_secret.strip(),
            api_url=api_url or OFFICIAL,
            algorithm=signature_algorithm,
        )
        self._client = Client(self._account, api_proxy, clock)
        self._folder = folder
        self._size = size
        self._delivery_url = delivery_url
        self._timeout = timeout

    def check(self) -> None:
        """Ask whether Cloudinary knows our key; it counts as one of 500 such calls an hour."""
        build_public_id(self._folder, "0" * 64)
        build_transformation(self._size)
        self._client.ping(self._ends())

    def put(self, content: bytes, sha256: str, suffix: str) -> str:
        """Keep the bytes; return the reference. Storing twice is storing once.

        Raises:
            BadPicture: the hash is not that of the bytes, or Cloudinary takes them for no picture.
            PermanentError: something else has the picture's name, or they are too many bytes.
            SetupError, TransientError: Cloudinary does not keep them; all of it may be repeated.
        """
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BadPicture("the bytes are not those of their SHA-256: report it", NAME)
        if len(content) > MAX_FILE:
            raise InvalidPost(f"it takes no more than {MAX_FILE} bytes: make it smaller", NAME)
        ends = self._ends()
        kind: Kind = "video" if suffix.lower() in VIDEOS else "image"
        public_id = build_public_id(self._folder, sha256)
        asset = self._upload(kind, public_id, content, suffix, ends)
        _require_same(asset, content)
        shaped = ""
        if kind == "image":
            # What was there already is shown without its cuts.
            shaped = asset.find_shaped(self._size)
            shaped = shaped or self._shape(public_id, asset.md5, self._size, ends)
        return build_ref(asset.url, asset.md5, self._size, shaped)

    def _upload(
        self, kind: Kind, public_id: str, content: bytes, suffix: str, ends: float
    ) -> Asset:
        params: dict[str, Any] = {
            "public_id": public_id,
            "overwrite": False,
            "unique_filename": False,
            "asset_folder": self._folder.strip("/"),  # accounts since 2024 do not see it in the id
        }
        if kind == "image":
            cut = build_transformation(self._size)
            params |= {"eager": cut, "eager_async": False}
        file = (f"{public_id.rpartition('/')[2]}{suffix}", content)
        return self._client.change("upload", kind, params, ends, file)

    def _shape(self, public_id: str, md5: str, size: Size, ends: float) -> str:
        """Have the picture cut to a size now; return the address that is then there."""
        params = {
            "public_id": public_id,
            "type": "upload",
            "eager": build_transformation(size),
            "eager_async": False,
        }
        asset = self._client.change("explicit", "image", params, ends)
        if asset.md5 != md5:
            raise _foreign(public_id)
        url = asset.find_shaped(size)
        if not url:
            message = f"it has not made the cut of {size[0]} x {size[1]} yet: it is asked again"
            raise TransientError(message, NAME)
        return url

    def get(self, ref: str) -> bytes:
        """Return the very bytes.

        Raises:
            PermanentError: no reference of ours, or what is there is gone or has changed.
            SetupError, TransientError: it is not delivered; it may be fetched again.
        """
        known = parse_ref(ref)
        content = self._client.fetch(self._delivery(known.original), self._ends())
        if hashlib.sha256(content).hexdigest() == known.sha256:
            return content
        if is_text(content):
            message = "a page came in place of the picture: it is fetched again"
            raise TransientError(message, NAME)
        message = (
            f"{known.public_id} is no longer what was stored: bring the picture back, let the "
            "account deliver originals unchanged, or retry the post"
        )
        raise PermanentError(message, NAME)

    def remove(self, ref: str) -> None:
        """Remove a picture with its cuts; one that is gone already is removed too.

        Raises:
            PermanentError: no reference of ours; nothing was removed.
            SetupError, TransientError: Cloudinary does not remove it; repeating is harmless.
        """
        known = parse_ref(ref)
        kind: Kind = "video" if known.kind == "video" else "image"
        self._client.destroy(kind, known.public_id, self._ends())

    def _delivery(self, url: str) -> str:
        if not self._delivery_url:
            return url
        try:
            host = urlsplit(self._delivery_url)
            return urlunsplit(urlsplit(url)._replace(scheme=host.scheme, netloc=host.netloc))
        except ValueError:
            message = "CLOUDINARY_DELIVERY_URL is no address: correct it or leave it empty"
            raise SetupError(message, NAME) from None

    def link(self, ref: str) -> str:
        """Return the address where anybody fetches the original."""
        return parse_ref(ref).original

    def derive(self, ref: str, width: int, height: int) -> str:
        """Return an address of the picture as a JPEG cut to that size; it is there already.

        Nothing is asked for the size that came with the upload.

        Raises:
            PermanentError: no picture of ours, or it is gone or replaced.
            SetupError, TransientError: Cloudinary does not make that size, or not now.
        """
        known = parse_ref(ref)
        if known.size == (width, height):
            return known.shaped
        if known.kind != "image":
            raise InvalidPost("a video is not cut to size here: post it as it is", NAME)
        return self._shape(known.public_id, known.md5, (width, height), self._ends())

    def _ends(self) -> float:
        return time.monotonic() + self._timeout


def _require_same(asset: Asset, content: bytes) -> None:
    """Raise unless what Cloudinary keeps is what was sent."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if (asset.md5, asset.size) == (md5, len(content)):
        return
    if asset.existing:
        raise _foreign(asset.public_id)
    message = (
        "the account changes pictures when they come in: take incoming transformations out of its "
        f"default upload presets, delete {asset.public_id}, then retry the post"
    )
    raise SetupError(message, NAME)


def _foreign(public_id: str) -> PermanentError:
    message = (
        f"something else lies under the name {public_id}, and it is not overwritten: rename or "
        "delete it in Cloudinary's Media Library, then retry the post"
    )
    return PermanentError(message, NAME)
