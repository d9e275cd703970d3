"""Connections that end when their time is over, and bodies that know whether they were sent."""

import io
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import requests.adapters


class Body(io.BytesIO):
    """A request's body that knows whether its last byte was taken to be sent.

    While it was not, the service has half a request at the most and cannot have acted on it.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._size = len(content)
        self.taken = not content

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes, and note whether they were the last."""
        chunk = super().read(size)
        self.taken = self.tell() >= self._size
        return chunk


class Deadline:
    """Cuts a call's connection when its time is over, however slowly bytes still come.

    The timeouts of sockets count silence only: a byte a second never trips them.
    """

    def __init__(self, seconds: float) -> None:
        self.connected = False
        self.over = False
        self._line: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._line is not None:
                self._line.close()

    def watch(self, line: socket.socket) -> None:
        """Take charge of the connection that was just made."""
        with self._lock:
            self.connected = True
            # A second handle of ours: theirs may be closed, and its number reused, at any time.
            self._line = socket.fromfd(line.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        if self.over:
            self._cut()

    def _cut(self) -> None:
        with self._lock:
            self.over = True
            if self._line is not None:
                with suppress(OSError):  # it is closed already
                    self._line.shutdown(socket.SHUT_RDWR)


class Adapter(requests.adapters.HTTPAdapter):
    """Puts every connection under the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__(max_retries=0)
        self._deadline = deadline

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pool that requests would use, with connections that report to us."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        deadline, kind = self._deadline, pool.ConnectionCls

        class Watched(kind):  # type: ignore[misc, valid-type]  # plain or TLS, only known here
            debuglevel = 0  # http.client would print the address, whatever it is set to globally

            def connect(self) -> None:
                super().connect()
                deadline.watch(self.sock)

        pool.ConnectionCls = Watched
        return pool
