"""Show the site to a browser on this machine, as a web server on the net would show it.

    python -m deployments.preview FOLDER [PORT]

A page that is missing is 404.html, folders are not listed, and what begins with a dot is the
program's own. Nobody but this machine is answered.
"""

import errno
import signal
import sys
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

HOST = "127.0.0.1"
PORT = 8000
TYPES = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".xml": "application/xml",
}
"""Media types that not every Python or system knows, or knows in the same way."""


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **TYPES}  # noqa: RUF012  http.server's
    protocol_version = "HTTP/1.1"

    def send_head(self) -> BytesIO | BinaryIO | None:
        # Its times are whole seconds: of two posts in one second a browser would miss the second.
        del self.headers["If-Modified-Since"]
        parts = unquote(urlsplit(self.path).path).split("/")
        if any(part.startswith(".") for part in parts):
            self.send_error(404)
            return None
        return super().send_head()

    def list_directory(self, path: object) -> None:  # noqa: ARG002  http.server's
        self.send_error(404)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        missing = Path(self.directory) / "404.html"
        if code != 404 or not missing.is_file():
            super().send_error(code, message, explain)
            return
        page = missing.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", TYPES[".html"])
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")  # a post that has just come shows at once
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's
        pass


def make_server(folder: Path, port: int = PORT) -> ThreadingHTTPServer:
    """Return a server of a folder that answers once `serve_forever` is called; port 0 is any free.

    Raises:
        OSError: the port is taken, or needs more rights.
    """
    server = ThreadingHTTPServer((HOST, port), partial(_Handler, directory=str(folder)))
    server.daemon_threads = True
    return server


def main(arguments: Sequence[str]) -> None:
    """Serve a folder until stopped; say where, or why not."""
    folder, port = Path(arguments[0]), arguments[1] if len(arguments) > 1 else str(PORT)
    if not folder.is_dir():
        sys.exit(f"There is no site in {folder} yet: make demo")
    if not (port.isascii() and port.isdigit() and int(port) < 65_536):
        sys.exit(f"{port} is no port: make site PORT={PORT}")
    try:
        server = make_server(folder, int(port))
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "is taken by another program" if taken else f"cannot be used ({error.strerror})"
        sys.exit(f"Port {port} {why}: make site PORT={(int(port) + 1) % 65_536}")
    # A shell that starts programs in the background has them ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with server:
        sys.stdout.write(f"Open http://{HOST}:{server.server_port} (stop with Ctrl-C)\n")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.stdout.write("\n")


if __name__ == "__main__":
    main(sys.argv[1:])
