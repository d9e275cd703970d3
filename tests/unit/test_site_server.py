"""`make site`: the folder as a web server on the net would show it."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import requests

from deployments.preview import HOST, main, make_server

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site of a few files."""
    files = ("index.html", "a.avif", "a.webp", "a.jpg", "a.css", "a.js", "feed.xml", "a.json")
    for name in (
        *files,
        "manifest.webmanifest",
        "tags/sea/index.html",
        ".site/lock",
        "media/b.jpg",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "404.html").write_text("not here")
    return tmp_path


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    """Where it is shown."""
    with make_server(folder, 0) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", "text/html; charset=utf-8"),
        ("index.html", "text/html; charset=utf-8"),
        ("tags/sea/", "text/html; charset=utf-8"),
        ("a.avif", "image/avif"),
        ("a.webp", "image/webp"),
        ("a.jpg", "image/jpeg"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.json", "application/json"),
        ("feed.xml", "application/xml"),
        ("manifest.webmanifest", "application/manifest+json"),
    ],
)
def test_every_file_has_its_type(path: str, kind: str, url: str) -> None:
    """A browser shows, runs and installs what it is told it may; nothing is kept unasked."""
    answer = requests.get(f"{url}/{path}", timeout=60)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["nothing", "deep/down/nothing.html", ".site/lock", "%2esite/lock", "media/", "tags/"]
)
def test_what_is_missing_is_a_page(path: str, url: str) -> None:
    """404.html, at any depth; so are folders, which are not listed, and the program's own files."""
    answer = requests.get(f"{url}/{path}", timeout=60)
    head = requests.head(f"{url}/{path}", timeout=60)

    assert (answer.status_code, answer.text) == (404, "not here")
    assert (head.status_code, head.text) == (404, "")


def test_without_a_page_for_it_missing_is_missing(folder: Path, url: str) -> None:
    """A site from before there was a 404.html is shown too."""
    (folder / "404.html").unlink()

    assert requests.get(f"{url}/nothing", timeout=60).status_code == 404


def test_a_port_that_is_taken_is_told(folder: Path) -> None:
    """In a line that says what to type in its place."""
    with make_server(folder, 0) as server, pytest.raises(SystemExit) as told:
        main([str(folder), str(server.server_port)])

    assert re.fullmatch(
        r"Port \d+ is taken by another program: make site PORT=\d+", str(told.value)
    )


@pytest.mark.parametrize("port", ["80000", "-1", "http", "²"])
def test_what_is_no_port_is_told(port: str, folder: Path) -> None:
    """In a line, too."""
    with pytest.raises(SystemExit, match="no port: make site PORT=8000"):
        main([str(folder), port])


def test_without_a_site_there_is_a_way_to_one(tmp_path: Path) -> None:
    """Whoever has none yet is told how to get one."""
    with pytest.raises(SystemExit, match="make demo"):
        main([str(tmp_path / "site")])


def test_it_says_where_and_ends_when_told(folder: Path) -> None:
    """The address can be clicked; Ctrl-C ends it without a traceback."""
    command = [sys.executable, "-m", "deployments.preview", str(folder), "0"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        said = running.stdout.readline()
        found = re.match(r"Open (http://127\.0\.0\.1:\d+) ", said)
        assert found, said
        assert requests.get(found[1], timeout=60).text == "index.html"
        running.send_signal(signal.SIGINT)
        _, complaints = running.communicate(timeout=60)

    assert (running.returncode, complaints) == (0, "")
