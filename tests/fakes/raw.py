"""Servers below HTTP: they break a connection at the byte that a test names."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Talk = Callable[[socket.socket], None]
"""What a server does with one connection; it is closed afterwards."""


@contextmanager
def server(*talks: Talk) -> Iterator[str]:
    """Run a server that hands each connection to the next of `talks`; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                for talk in talks:
                    line, _ = listener.accept()
                    with line:
                        talk(line)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(60)


def hold(done: threading.Event) -> Talk:
    """Neither read nor answer until the test is over."""

    def talk(line: socket.socket) -> None:
        done.wait(60)

    return talk


def swallow(line: socket.socket) -> bytes:
    """Read a small request whole."""
    read = b""
    while not read.endswith(b"hello"):
        read += line.recv(65_536)
    return read


def drip(line: socket.socket) -> None:
    """Begin an answer whose headers come byte by byte."""
    with suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 100:
            line.sendall(bytes([byte]))
            threading.Event().wait(0.05)
