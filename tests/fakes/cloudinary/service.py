"""The service itself: one product environment, what it keeps, and the network before it."""

import base64
import hashlib
import itertools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from tests.fakes.cloudinary.media import Looks, cut, look, read_fill
from tests.fakes.cloudinary.signing import UNSIGNED, sign, string_to_sign
from tests.fakes.forms import Part, read_form
from tests.fakes.server import Answer, Call, Journal, Request, StandIn

CLOUD = "promptpress-stand-in"
KEY = "424242424242424"
SECRET = "StandInSecretOfNoRealCloud0"  # opens nothing
VALID_FOR = 3_600
"""Seconds for which a request's timestamp holds."""
ADMIN_CALLS = 500
"""Calls of the Admin API an hour."""
CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "mp4": "video/mp4"}
_API = re.compile(r"/v1_1/([^/]+)/(?:(image|video)/(upload|explicit|destroy)|(ping|usage))")
_DELIVERY = re.compile(r"/([^/]+)/(image|video)/upload/(?:([^/]*)/)?v(\d+)/(.+)\.([a-z0-9]+)")


@dataclass
class Stored:
    """An asset; a test may change it, as a person in the Media Library would."""

    public_id: str
    kind: str
    content: bytes = field(repr=False)
    looks: Looks
    version: int
    folder: str = ""
    derived: dict[str, bytes] = field(default_factory=dict, repr=False)
    """What was cut from it, by transformation."""


class _Refused(Exception):
    """An error answer on its way out."""

    def __init__(self, status: int, words: str, **headers: str) -> None:
        super().__init__(words)
        self.status, self.words, self.headers = status, words, headers

    def answer(self) -> Answer:
        body = {"error": {"message": self.words}}
        headers = {"X_Cld_Error": self.words, "x_request_id": "r" * 32, **self.headers}
        return Answer.json(body, self.status, **headers)


def refusal(status: int, words: str, **headers: str) -> Answer:
    """Return an error as Cloudinary words it, for a fault; `_` in a header's name is `-`."""
    return _Refused(status, words, **headers).answer()


class Cloudinary(StandIn):
    """Uploads, explicit, destroy, ping, usage, and delivery, journalled as "deliver".

    The network before it remembers each address that was not there, and goes on saying so.
    """

    service = "cloudinary"
    slow = ("upload",)
    algorithm = "sha1"
    """By which the account signs."""
    max_bytes = 10_485_760
    max_pixels = 25_000_000
    shows_cuts_of_existing = True
    """False: of what was there already, an upload shows no cuts."""
    incoming: Callable[[bytes], bytes] = staticmethod(lambda content: content)
    """What the account's default preset does to each picture that comes in."""
    prefix = ""
    """What the account's default preset puts before each public id."""
    now: Callable[[], float] = staticmethod(time.time)

    def __init__(
        self,
        journal: Journal | None = None,
        latency: float = 0.0,
        port: int = 0,
        *,
        delivers_at: str = "",
    ) -> None:
        """Take where pictures are said to be: https://res.cloudinary.com, or by default here."""
        super().__init__(journal, latency, port)
        self.delivers_at = delivers_at
        self.assets: dict[tuple[str, str], Stored] = {}
        self.missed: set[str] = set()
        """Addresses that the network remembers as not there."""
        self.admin_calls = 0
        self._versions = itertools.count(int(time.time()))

    def environment(self) -> dict[str, str]:
        """Return the settings that lead Promptpress here."""
        return {
            "CLOUDINARY_CLOUD_NAME": CLOUD,
            "CLOUDINARY_API_KEY": KEY,
            "CLOUDINARY_API_SECRET": SECRET,
            "CLOUDINARY_UPLOAD_PREFIX": self.url,
        }

    def only(self) -> Stored:
        """Return the one asset there is."""
        (stored,) = self.assets.values()
        return stored

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        match = _API.fullmatch(request.path)
        if match is None:
            return Call("deliver", request.path, lambda: self._deliver(request.path))
        cloud, kind, action, admin = match.groups()
        form = read_form(request) if action else {}
        public_id = form.get("public_id", Part(b"")).text

        def act() -> Answer:
            try:
                if admin:
                    return self._answer_admin(cloud, admin, request.headers)
                with self._lock:
                    return Answer.json(self._act(cloud, kind, action, form))
            except _Refused as refused:
                return refused.answer()

        return Call(admin or action, public_id, act)

    def _answer_admin(self, cloud: str, call: str, headers: dict[str, str]) -> Answer:
        self.admin_calls += 1
        reset = formatdate(self.now() // 3_600 * 3_600 + 3_600, usegmt=True)
        if self.admin_calls > ADMIN_CALLS:
            words = f"Rate Limit Exceeded. Limit of {ADMIN_CALLS} api operations reached. Try again"
            raise _Refused(420, f"{words} on {reset}", X_FeatureRateLimit_Reset=reset)
        given = headers.get("authorization", "").removeprefix("Basic ")
        key, _, secret = base64.b64decode(given).decode().partition(":")
        for is_wrong, words in (
            (cloud != CLOUD, "cloud_name mismatch"),
            (key != KEY, f"Invalid api_key {key}"),
            (secret != SECRET, "api_secret mismatch"),
        ):
            if is_wrong:
                raise _Refused(401, words)
        limits = {"image_max_size_bytes": self.max_bytes, "image_max_px": self.max_pixels}
        usage = {"plan": "Free", "credits": {"usage": 1.2, "limit": 25}, "media_limits": limits}
        answer = Answer.json({"status": "ok"} if call == "ping" else usage)
        answer.headers["X-FeatureRateLimit-Limit"] = str(ADMIN_CALLS)
        answer.headers["X-FeatureRateLimit-Remaining"] = str(ADMIN_CALLS - self.admin_calls)
        answer.headers["X-FeatureRateLimit-Reset"] = reset
        return answer

    def _act(self, cloud: str, kind: str, action: str, form: dict[str, Part]) -> dict[str, Any]:
        params = {name: part.text for name, part in form.items() if name != "file"}
        self._authorise(cloud, params)
        if action == "upload":
            return self._upload(kind, params, form.get("file"))
        stored = self.assets.get((kind, params.get("public_id", "")))
        if action == "destroy":
            if stored is not None:
                del self.assets[kind, stored.public_id]
            return {"result": "ok" if stored else "not found"}
        if stored is None or params.get("type") != "upload":
            raise _Refused(404, f"Resource not found - {params.get('public_id')}")
        return self._show(stored, self._cut(stored, params))

    def _authorise(self, cloud: str, params: dict[str, str]) -> None:
        if cloud != CLOUD:
            raise _Refused(401, f"Invalid cloud_name {cloud}")
        if "signature" not in params:
            raise _Refused(400, "Upload preset must be specified when using unsigned upload")
        if params.get("api_key") != KEY:
            raise _Refused(401, f"Invalid api_key {params.get('api_key')}")
        signed = {name.removesuffix("[]"): v for name, v in params.items() if name not in UNSIGNED}
        if params["signature"] != sign(signed, SECRET, self.algorithm):
            words = f"Invalid Signature {params['signature']}. String to sign - "
            raise _Refused(401, f"{words}'{string_to_sign(signed)}'.")
        stamp = params.get("timestamp", "")
        if not stamp.isdigit() or abs(self.now() - int(stamp)) > VALID_FOR:
            raise _Refused(
                400, f"Stale request - reported time is {stamp} which is more than 1 hour ago"
            )

    def _upload(self, kind: str, params: dict[str, str], file: Part | None) -> dict[str, Any]:
        public_id = self.prefix + (params.get("public_id") or f"random{next(self._versions)}")
        if len(public_id) > 255 or re.search(r"[?&#\\%<>+]|^/|/$|\s$", public_id):
            raise _Refused(400, f"public_id ({public_id}) is invalid")
        if file is None or not file.content:
            raise _Refused(400, "Missing required parameter - file")
        old = self.assets.get((kind, public_id))
        if old is not None and params.get("overwrite") == "0":
            shown = self._cut(old, params) if self.shows_cuts_of_existing else []
            return {**self._show(old, shown), "existing": True}
        content = self.incoming(file.content)
        looks = self._check(kind, content)
        stored = Stored(public_id, kind, content, looks, next(self._versions))
        stored.folder = params.get("asset_folder", "")
        eager = self._cut(stored, params)
        self.assets[kind, public_id] = stored
        return self._show(stored, eager)

    def _check(self, kind: str, content: bytes) -> Looks:
        if len(content) > self.max_bytes:
            raise _Refused(
                400,
                f"File size too large. Got {len(content)}. Maximum is {self.max_bytes}. "
                "Upgrade your plan to enjoy higher limits https://www.cloudinary.com/pricing",
            )
        looks = look(kind, content)
        if looks is None:
            raise _Refused(400, f"Invalid {kind} file")
        if kind == "image" and looks.width * looks.height > self.max_pixels:
            most, got = self.max_pixels / 1e6, looks.width * looks.height / 1e6
            words = f"Maximum image size is {most:g} Megapixels. Requested {got:.2f} Megapixels"
            raise _Refused(400, words)
        return looks

    def _cut(self, stored: Stored, params: dict[str, str]) -> list[dict[str, Any]]:
        """Make the eager transformations, and return how they are shown."""
        shown = []
        for transformation in filter(None, params.get("eager", "").split("|")):
            size = read_fill(transformation)
            if size is None or stored.kind != "image":
                raise _Refused(400, f"Invalid transformation component - {transformation}")
            if transformation not in stored.derived:
                stored.derived[transformation] = cut(stored.content, size)
            one = {"transformation": transformation, "width": size[0], "height": size[1]}
            made = {"bytes": len(stored.derived[transformation]), "format": "jpg"}
            url = self._url(stored, "jpg", f"{transformation}/")
            shown.append({**one, **made, "url": url, "secure_url": url})
        return shown

    def _url(self, stored: Stored, suffix: str, transformation: str = "") -> str:
        base = f"{self.delivers_at or self.url}/{CLOUD}/{stored.kind}/upload"
        return f"{base}/{transformation}v{stored.version}/{stored.public_id}.{suffix}"

    def _show(self, stored: Stored, eager: list[dict[str, Any]]) -> dict[str, Any]:
        named = {"public_id": stored.public_id, "version": stored.version}
        texts = {name: str(value) for name, value in named.items()}
        url = self._url(stored, stored.looks.format)
        shown: dict[str, Any] = {
            "asset_id": hashlib.md5(stored.public_id.encode()).hexdigest(),
            **named,
            "signature": sign(texts, SECRET, self.algorithm, version=1),
            **vars(stored.looks),
            "resource_type": stored.kind,
            "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(stored.version)),
            "bytes": len(stored.content),
            "type": "upload",
            "etag": hashlib.md5(stored.content).hexdigest(),
            "url": url,
            "secure_url": url,
            "asset_folder": stored.folder,
            "api_key": KEY,
        }
        return {**shown, "eager": eager} if eager else shown

    def _deliver(self, path: str) -> Answer:
        match = _DELIVERY.fullmatch(path)
        with self._lock:
            stored = self.assets.get((match[2], match[5])) if match else None
            content = None
            if match and stored and match[1] == CLOUD and path not in self.missed:
                fits = match[6] == ("jpg" if match[3] else stored.looks.format)
                found = stored.derived.get(match[3]) if match[3] else stored.content
                content = found if fits else None
            if content is None or not match:
                self.missed.add(path)
                words = f"Resource not found - {path.rpartition('/')[2]}"
                return Answer(404, b"", {"X-Cld-Error": words})
        return Answer(200, content, {"Content-Type": CONTENT_TYPES.get(match[6], "image/*")})
