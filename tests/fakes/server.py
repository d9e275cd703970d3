"""What every stand-in service shares: a real HTTP server, a journal, and faults to order."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Entry:
    """One call as the service saw it."""

    time: float
    """Seconds of the monotonic clock at arrival."""
    service: str
    call: str
    post: str
    """What the call was about: a prompt or caption, by which tests find their post."""
    accepted: bool
    """True when the call had its effect."""
    answered: bool
    """True when the service's own answer was sent, False when a fault took its place."""


class Journal:
    """All calls to all stand-ins, in the order of arrival."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []

    def write(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append(entry)

    def entries(self, service: str = "", call: str = "") -> list[Entry]:
        """Return the calls so far, of one service and call if named."""
        with self._lock:
            return [
                entry
                for entry in self._entries
                if (not service or entry.service == service) and (not call or entry.call == call)
            ]

    def accepted(self, call: str) -> list[str]:
        """Return what the effective calls of one name were about, in order."""
        return [entry.post for entry in self.entries(call=call) if entry.accepted]


@dataclass(frozen=True)
class Request:
    """A request, read whole."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """Names in small letters."""
    body: bytes
    pairs: tuple[tuple[str, str], ...] = ()
    """The query with names that stand there more than once."""

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What the server sends back."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: object, status: int = 200, **headers: str) -> "Answer":
        """Return an answer with a JSON body; `_` in a header's name stands for `-`."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(
            status, json.dumps(value).encode(), {"Content-Type": "application/json", **named}
        )


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a call.

    `before`: the call has no effect. `after`: it has, and only its answer is lost or replaced.
    """

    when: Literal["before", "after"]
    answer: Answer | None = None
    """What is sent instead of the true answer; None: the connection is cut without a word."""
    cut_at: int | None = None
    """Send only so many bytes of the body, then cut the connection."""
    hang: bool = False
    """Keep the connection open and say nothing until the stand-in stops or `release` is called."""
    drip: float = 0.0
    """Seconds between two bytes of the body: a server that is slow but never silent."""


@dataclass(frozen=True)
class Call:
    """A request understood: its name, what it is about, and what it does."""

    name: str
    post: str
    act: Callable[[], Answer]


class _Server(ThreadingHTTPServer):
    """Lets many come at once: with the usual queue of 5 the kernel turns some of 25 away."""

    request_queue_size = 128


class StandIn:
    """A stand-in service: subclasses say what a request means (`route`)."""

    service = "stand-in"
    slow: tuple[str, ...] = ()
    """Calls that take the latency; any other is answered at once."""

    def __init__(self, journal: Journal | None = None, latency: float = 0.0, port: int = 0) -> None:
        self.journal = journal or Journal()
        self.latency = latency
        self.before: Callable[[str], None] = lambda call: None
        """Called with the name of each call before its effect; ConnectionError cuts it off."""
        self.after: Callable[[str], None] = lambda call: None
        """Called after its effect and before its answer; ConnectionError cuts that off."""
        self.date: Callable[[], datetime] | None = None
        """What the header Date tells; None: the time."""
        self._faults: list[tuple[str, Fault]] = []
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._server = _Server(
            ("127.0.0.1", port), type("Handler", (_Handler,), {"stand_in": self})
        )
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def fail(self, call: str, fault: Fault, times: int = 1) -> None:
        """Let the next calls of this name (or `*`) go wrong."""
        with self._lock:
            self._faults += [(call, fault)] * times

    def release(self) -> None:
        """End all hanging answers."""
        self._released.set()

    def route(self, request: Request) -> Call:
        """Say what a request means; subclasses do."""
        return Call("unknown", "", lambda: Answer(404, b"no such call"))

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def take_fault(self, call: str) -> Fault | None:
        """Return the next fault ordered for this call, and strike it off."""
        with self._lock:
            for index, (name, fault) in enumerate(self._faults):
                if name in (call, "*"):
                    del self._faults[index]
                    return fault
        return None

    def wait_released(self) -> None:
        """Block until hanging answers are released."""
        self._released.wait(60)


class _Handler(BaseHTTPRequestHandler):
    stand_in: StandIn
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        arrived = time.monotonic()
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            self.command,
            url.path,
            dict(parse_qsl(url.query)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
            tuple(parse_qsl(url.query)),
        )
        call = self.stand_in.route(request)
        fault = self.stand_in.take_fault(call.name)
        if self.stand_in.latency and call.name in self.stand_in.slow:
            time.sleep(self.stand_in.latency)
        answer = Answer(500)
        accepted = False
        try:
            self.stand_in.before(call.name)
            if fault is None or fault.when == "after":
                answer = call.act()
                accepted = answer.status < 400
            self.stand_in.after(call.name)
        except ConnectionError:
            fault = Fault("after")
        # Written before the answer leaves, so that a caller who has it finds it here.
        self.stand_in.journal.write(
            Entry(arrived, self.stand_in.service, call.name, call.post, accepted, fault is None)
        )
        self._send((fault and fault.answer) or answer, fault)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _serve  # noqa: N815  http.server's names

    def _send(self, answer: Answer, fault: Fault | None) -> None:
        cut = fault is not None and not (fault.answer or fault.drip or fault.cut_at is not None)
        if fault is not None and fault.hang:
            self.stand_in.wait_released()
        if cut:
            self.close_connection = True
            return
        try:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self._send_body(answer.body, fault)
        except OSError:
            self.close_connection = True  # the caller is gone

    def _send_body(self, body: bytes, fault: Fault | None) -> None:
        if fault is not None and fault.cut_at is not None:
            body = body[: fault.cut_at]
            self.close_connection = True
        if fault is None or not fault.drip:
            self.wfile.write(body)
            return
        for byte in body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            self.stand_in._released.wait(fault.drip)

    def date_time_string(self, timestamp: float | None = None) -> str:
        date = self.stand_in.date
        return super().date_time_string(date().timestamp() if date else timestamp)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's name
        pass
