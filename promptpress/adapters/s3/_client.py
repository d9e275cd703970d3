"""Calls to one bucket, over the library s3fs: an extra, imported at the first call.

s3fs brings the client, its connections and a thread with an event loop; its files, caches and
repeats are not used. Keys are given, never looked for: no file under ~/.aws, no variable of the
environment and no metadata service of a cloud is asked.
"""

import asyncio
import importlib
import logging
import os
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from promptpress.adapters._http import Limits
from promptpress.adapters.s3._answers import Refusal, parse_answer, parse_error
from promptpress.adapters.s3._wire import make_session_class
from promptpress.errors import MissingSetting, SetupError

CONNECTIONS = 64
"""To the server at a time; more calls than that wait for each other."""
CHUNK = 65_536
"""Bytes of an answer's body read at a time."""
GRACE = 5.0
"""Seconds beyond a call's deadline after which the thread that makes it is given up."""
LOGGERS = ("botocore.auth", "botocore.endpoint")
"""Loggers that print signatures in full detail: a signed link opens with its signature."""
NO_LIBRARY = "the store s3 needs a package that is not installed: pip install s3fs"


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where the server is, and who we are there."""

    endpoint_url: str
    """Empty: Amazon's own, in the region."""
    region: str
    access_key: str
    secret_key: str = field(repr=False)


class Bucket:
    """One bucket; safe for any number of threads, and after a fork."""

    def __init__(self, name: str, account: Account, limits: Limits) -> None:
        """Keep what is needed; nothing is imported or asked."""
        self.name = name
        self.limits = limits
        self._account = account
        self._systems: dict[int, Any] = {}
        """The library's object of each process: connections do not survive a fork, nor locks."""

    def call(self, operation: str, ends: float, **params: Any) -> dict[str, Any] | Refusal:
        """Do one thing in the bucket, once, and return what came of it.

        Args:
            operation: as the client calls it, such as "put_object".
            ends: by when it is over, on the monotonic clock.
            params: of the operation; the bucket is added. An answer with a body has it under
                "Content", whole or longer than the limit.

        Raises:
            SetupError: the package or a setting is missing.
        """

        async def work(client: Any) -> dict[str, Any]:
            answer: dict[str, Any] = await getattr(client, operation)(Bucket=self.name, **params)
            if "Body" in answer:
                async with answer.pop("Body") as body:
                    answer["Content"] = await self._read(body)
            return answer

        try:
            return parse_answer(self._run(work, ends))
        except (SetupError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001  four libraries lie below, each with its own
            return parse_error(error)

    def presign(self, key: str, seconds: int) -> str:
        """Return an address where anybody can read an object for a time; nothing is asked.

        Raises:
            SetupError: the package or a setting is missing or not valid.
        """

        async def work(client: Any) -> str:
            params = {"Bucket": self.name, "Key": key}
            url = await client.generate_presigned_url("get_object", params, seconds)
            return str(url)

        try:
            return str(self._run(work, time.monotonic() + self.limits.total))
        except (SetupError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001  as in call
            message = f"{parse_error(error).words}: correct S3_ENDPOINT_URL, S3_REGION or S3_BUCKET"
            raise SetupError(message, "s3") from None

    async def _read(self, body: Any) -> bytes:
        chunks, size = [], 0
        async for chunk in body.iter_chunks(CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > self.limits.max_answer:
                break
        return b"".join(chunks)

    def _run(self, work: Callable[[Any], Awaitable[Any]], ends: float) -> Any:
        system = self._system()

        async def limited() -> Any:
            client = await system.set_session()
            client.meta.events.register_last("before-call.s3", _settle, unique_id="promptpress")
            return await work(client)

        left = max(ends - time.monotonic(), 0.001)
        waiting = asyncio.run_coroutine_threadsafe(asyncio.wait_for(limited(), left), system.loop)
        try:
            return waiting.result(left + GRACE)
        except BaseException:
            waiting.cancel()
            raise

    def _system(self) -> Any:
        # No lock: another thread might hold it at the moment of a fork. Two objects may be made
        # at once; one of them stays, the other was never connected.
        process = os.getpid()
        return self._systems.get(process) or self._systems.setdefault(process, self._make_system())

    def _require_settings(self) -> None:
        account = self._account
        for name, value in (
            ("S3_BUCKET", self.name),
            ("S3_ACCESS_KEY_ID", account.access_key),
            ("S3_SECRET_ACCESS_KEY", account.secret_key),
        ):
            if not value:
                raise MissingSetting(f"{name} is missing: set it, or take s3 out of STORES", "s3")
        if account.endpoint_url.rstrip("/").endswith(f"/{self.name}"):
            message = "S3_ENDPOINT_URL ends in the bucket's name: leave that away"
            raise SetupError(message, "s3")

    def _make_system(self) -> Any:
        self._require_settings()
        account = self._account
        try:
            library = importlib.import_module("s3fs")
            session = _share_session()
            config = _build_config(self.limits, is_amazon=not account.endpoint_url)
        except ImportError:
            raise SetupError(NO_LIBRARY, "s3") from None
        for name in LOGGERS:
            logging.getLogger(name).addFilter(_is_no_detail)
        # What stands here cannot be taken from the configuration files of fsspec.
        fixed = dict.fromkeys(("token", "username", "password", "loop"))
        return library.S3FileSystem(
            **fixed,
            anon=False,
            asynchronous=False,
            key=account.access_key,
            secret=account.secret_key,
            endpoint_url=account.endpoint_url or None,
            session=session,
            client_kwargs={"region_name": account.region, "verify": _certificates()},
            config_kwargs=config,
            skip_instance_cache=True,
            use_listings_cache=False,
        )


_SESSIONS: dict[int, Any] = {}
"""The library's descriptions of S3 of each process: 50 ms to read. They know no keys."""


def _share_session() -> Any:
    kind = importlib.import_module("aiobotocore.session").AioSession
    process = os.getpid()
    if process not in _SESSIONS:
        variables = _forget_surroundings(kind.SESSION_VARIABLES)
        _SESSIONS.setdefault(process, kind(session_vars=variables))
    return _SESSIONS[process]


def _build_config(limits: Limits, *, is_amazon: bool) -> dict[str, Any]:
    return {
        "connect_timeout": limits.connect,
        "read_timeout": limits.read,
        "retries": {"total_max_attempts": 1, "mode": "standard"},
        "max_pool_connections": CONNECTIONS,
        "http_session_cls": make_session_class(),
        # A connection of its own cannot have died unnoticed before.
        "connector_args": {"force_close": True, "keepalive_timeout": None},
        "signature_version": "s3v4",
        # Servers that are not Amazon's refuse the newer checksums; Content-MD5 they all know.
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
        "ignore_configured_endpoint_urls": True,
        "defaults_mode": "legacy",
        # Left to itself the library signs links for us-east-1 wherever the bucket is. Elsewhere
        # few servers have a name for each bucket.
        "s3": {"addressing_style": "virtual" if is_amazon else "path"},
    }


def _forget_surroundings(known: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    """Return the library's variables without the environment and files it would read them from."""
    nothing = {name: (None, None, *rest) for name, (_, _, *rest) in known.items()}
    for name in ("config_file", "credentials_file"):
        nothing[name] = (None, None, os.devnull, None)
    return nothing


def _certificates() -> str | bool:
    """Return the file of certificates that the environment names, as for every other service."""
    with requests.Session() as session:
        usual = session.merge_environment_settings("https://s3", {}, None, None, None)["verify"]
    paths = ssl.get_default_verify_paths()
    named = paths.cafile if paths.cafile != paths.openssl_cafile else None
    return usual if isinstance(usual, str) else named or True


def _is_no_detail(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


def _settle(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    """Take two habits off the client before each call."""
    # Not every server knows the question whether it wants the body; then both sides would wait.
    params["headers"].pop("Expect", None)
    # A bucket in another region is told to the user: links would be signed for the wrong one.
    context.get("s3_redirect", {})["redirected"] = True
