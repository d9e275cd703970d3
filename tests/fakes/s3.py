"""S3 as stand-in: a server of moto's behind a door of ours that journals and takes faults."""

import functools
import http.client
from typing import Any, Self
from urllib.parse import urlencode

import boto3
from moto.server import ThreadedMotoServer

from tests.fakes.server import Answer, Call, Fault, Journal, Request, StandIn, _Handler

BUCKET = "pictures-of-somebody"
REGION = "eu-central-1"
CALLS = {"PUT": "put", "GET": "get", "HEAD": "head"}
_OWN = {"connection", "content-length", "transfer-encoding", "date", "server"}
"""Headers that each server writes by itself."""


def refusal(status: int, code: str, message: str = "no", more: str = "", **headers: str) -> Answer:
    """Return what a server of S3 answers when it does not do something."""
    body = f"<Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>"
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'
    return Answer(status, head.encode(), {"Content-Type": "application/xml", **named})


@functools.cache
def _moto() -> tuple[str, int]:
    """Start moto's server, once per process: what it keeps is the whole process's anyway."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    return server.get_host_and_port()


class _Door(_Handler):
    """Answers HEAD with the length that a GET would have."""

    _told = False

    def send_response(self, code: int, message: str | None = None) -> None:
        self._told = False
        super().send_response(code, message)

    def send_header(self, keyword: str, value: str) -> None:
        if keyword.lower() == "content-length":
            if self._told:
                return
            self._told = True
        super().send_header(keyword, value)


class S3(StandIn):
    """A server of S3 with one bucket; `client` looks into it from beside."""

    service = "s3"

    def __init__(self, journal: Journal | None = None) -> None:
        super().__init__(journal)
        self._server.RequestHandlerClass = type("Door", (_Door,), {"stand_in": self})
        self.ignores_conditions = False
        """True: If-None-Match is overlooked, as by servers from before 2024."""
        self.refuses_conditions: Answer | None = None
        """What a conditional write gets from servers that know no conditions."""
        self.keeps_no_notes = False
        """True: metadata of objects is dropped."""
        self.requests: list[Request] = []
        self._clients: dict[str, Any] = {}

    def start(self) -> Self:
        self.reset()
        super().start()
        return self

    def stop(self) -> None:
        for client in self._clients.values():
            client.close()
        super().stop()

    def client(self, service: str = "s3") -> Any:
        """Return a client of Amazon's own library, past the door."""
        if service not in self._clients:
            self._clients[service] = self._make_client(service)
        return self._clients[service]

    def _make_client(self, service: str) -> Any:
        host, port = _moto()
        return boto3.client(
            service,
            endpoint_url=f"http://{host}:{port}",
            region_name=REGION,
            aws_access_key_id="judge",
            aws_secret_access_key="judge",
        )

    def reset(self) -> None:
        """Make the bucket new, and forget faults and calls."""
        self._tell_moto("reset")
        where = {"LocationConstraint": REGION}
        self.client().create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
        self.journal = Journal()
        self.requests = []
        self.ignores_conditions = self.keeps_no_notes = False
        self.refuses_conditions = None
        self._released.clear()
        with self._lock:
            self._faults = []

    def guard(self, *, after: int) -> None:
        """Let keys, signatures and rights be looked at, after so many calls."""
        self._tell_moto("reset-auth", str(after))

    def _tell_moto(self, what: str, body: str = "") -> None:
        line = http.client.HTTPConnection(*_moto())
        line.request("POST", f"/moto-api/{what}", body)
        line.getresponse().read()
        line.close()

    def objects(self) -> dict[str, bytes]:
        """Return everything in the bucket."""
        client = self.client()
        found = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {
            entry["Key"]: client.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read()
            for entry in found
        }

    def calls(self) -> list[str]:
        """Return the names of the calls so far."""
        return [entry.call for entry in self.journal.entries()]

    def route(self, request: Request) -> Call:
        self.requests.append(request)
        name = CALLS.get(request.method, "unknown")
        return Call(name, request.path, lambda: self._pass_on(request))

    def _pass_on(self, request: Request) -> Answer:
        headers = dict(request.headers)
        if "if-none-match" in headers and self.refuses_conditions:
            return self.refuses_conditions
        if self.ignores_conditions:
            headers.pop("if-none-match", None)
        if self.keeps_no_notes:
            headers.pop("x-amz-meta-sha256", None)
        if not headers["host"].startswith("127."):
            headers["host"] = "127.0.0.1"  # moto takes other names for those of buckets
        line = http.client.HTTPConnection(*_moto())
        path = f"{request.path}?{urlencode(request.pairs)}" if request.pairs else request.path
        line.request(request.method, path, request.body, headers)
        answer = line.getresponse()
        body = answer.read()
        line.close()
        kept = {k.lower(): v for k, v in answer.getheaders() if k.lower() not in _OWN}
        if request.method == "HEAD":
            kept["content-length"] = answer.headers.get("Content-Length", "0")
        return Answer(answer.status, body, kept)


def lost(*, cut_at: int | None = None) -> Fault:
    """Return the fault of an answer that does not arrive, though the call was done."""
    return Fault("after", cut_at=cut_at)
