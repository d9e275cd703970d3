"""A line to a server that can go dead: it stays open, and nothing comes through any more."""

import socket
import socketserver
from threading import Event, Thread
from typing import Self
from urllib.parse import urlsplit

CHUNK = 65_536


class Relay:
    """Passes connections on to a server on loopback until it is cut; use as a context."""

    def __init__(self, url: str) -> None:
        """Listen on a free port; `url` is that of the server behind."""
        parts = urlsplit(url)
        target = (str(parts.hostname), int(parts.port or 80))
        cut = self.cut = Event()

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection(target, 10) as behind:
                    back = Thread(target=_pump, args=(behind, self.request, cut))
                    back.start()
                    _pump(self.request, behind, cut)
                    back.join()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{parts.path}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _pump(source: socket.socket, sink: socket.socket, cut: Event) -> None:
    try:
        while data := source.recv(CHUNK):
            if not cut.is_set():
                sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return  # one of the two has hung up
