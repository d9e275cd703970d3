"""A real browser for the tests of pages, and a site to visit.

The browser is Debian's Chromium or another one on this machine.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, sync_playwright

from deployments.preview import make_server
from tests.adapters.sites import in_memory
from tests.browser.posts import publish

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
"""It calls nobody of its own accord, and runs as root in a container."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for one module: while it is open, nothing else may run an event loop here."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        missing = f"no browser is installed: looked for {', '.join(NAMES)}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=[*ARGUMENTS])
        yield opened
        opened.close()


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback as `make site` does; give its address."""
    server = make_server(folder, 0)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A site with kind and unkind posts; nobody changes it."""
    with in_memory() as made:
        publish(made, 1)
        yield made


@pytest.fixture(scope="session")
def origin(folder: Path) -> Iterator[str]:
    """The address of that site."""
    with serve(folder) as address:
        yield address
