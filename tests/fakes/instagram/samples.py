"""Pictures, videos and plain calls for tests of what speaks to Instagram."""

import io
from typing import Any

import av
import requests
from PIL import Image

from tests.fakes.instagram.service import Instagram


def still(width: int = 100, height: int = 100, kind: str = "JPEG", **more: Any) -> bytes:
    """Return a small picture."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, kind, **more)
    return file.getvalue()


def clip(seconds: float = 4, codec: str = "libx264", rate: int = 30, form: str = "mp4") -> bytes:
    """Return a small video; a second of it is a few hundred bytes."""
    file = io.BytesIO()
    with av.open(file, "w", format=form) as video:
        stream: Any = video.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = 36, 64, "yuv420p"
        for _ in range(int(seconds * rate)):
            video.mux(stream.encode(av.VideoFrame(36, 64, "yuv420p")))
        video.mux(stream.encode(None))
    return file.getvalue()


def call(instagram: Instagram, method: str, path: str, **fields: Any) -> dict[str, Any]:
    """Ask as curl would; return what is said, or of an error its code and subcode."""
    fields.setdefault("access_token", instagram.token)
    url = f"{instagram.url}{path}"
    if method == "GET":
        answer = requests.get(url, params=fields, timeout=60)
    else:
        answer = requests.request(method, url, data=fields, timeout=60)
    said: dict[str, Any] = answer.json()
    if "error" in said:
        return refused(said["error"]["code"], said["error"].get("error_subcode", 0))
    return said


def refused(code: int, subcode: int = 0) -> dict[str, Any]:
    """Return what `call` makes of an error."""
    return {"code": code, "subcode": subcode}
