"""What all tests share: an environment that is nobody's, and a Prefect server for those who ask.

A developer's variables, `.env`, proxies, home and own Prefect never reach a test: a token there
would send test posts to a real channel.
"""

import gc
import os
import shutil
import signal
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import certifi
import hypothesis
import hypothesis.configuration
import pytest

from promptpress.settings import Settings
from tests.order import deal, file_of
from tests.programs import SHARED

ROOT = Path(__file__).parents[1]
OURS = frozenset(name.upper() for name in Settings.model_fields)
FOREIGN = ("PREFECT_", "CLOUDINARY_", "HF_", "HUGGINGFACE_", "APPRISE_")
"""Variables that libraries read by themselves."""
NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
SECRET_FILES = (".env", "promptpress.toml")
"""Files of the developer's own in the tree: what runs there would read them."""
_home = pytest.StashKey[str]()


def _is_foreign(name: str) -> bool:
    known = name.upper() in {*OURS, *NETWORK, *CERTIFICATES}
    return known or name.upper().startswith(FOREIGN)


def _prefect_variables() -> dict[str, str]:
    """Return prefect.toml as variables: in effect whichever folder a test runs in."""

    def flatten(prefix: str, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        for name, value in values.items():
            key = f"{prefix}_{name}".upper()
            if isinstance(value, dict):
                yield from flatten(key, value)
            else:
                yield key, str(value)

    return dict(flatten("prefect", tomllib.loads((ROOT / "prefect.toml").read_text("utf-8"))))


def _make_trust(folder: Path) -> str:
    """Write the first of all known authorities to a file; return its path.

    Prefect reads whom to trust for each of its clients, several per task, though its server answers
    on loopback without TLS: 20 ms each for all authorities, a third of what a flow costs.
    """
    end = "-----END CERTIFICATE-----\n"
    first, _, _ = Path(certifi.where()).read_text("ascii").partition(end)
    (folder / "trust.pem").write_text(first[first.index("-----BEGIN") :] + end, "ascii")
    return str(folder / "trust.pem")


def pytest_configure(config: pytest.Config) -> None:
    """Empty the environment before any test module, and with it Prefect, is imported."""
    for name in [name for name in os.environ if _is_foreign(name)]:
        del os.environ[name]
    home = tempfile.mkdtemp(prefix="promptpress-tests-")
    config.stash[_home] = home
    os.environ.setdefault(SHARED, home)  # the first of several processes hands it on
    os.environ.update(_prefect_variables())
    os.environ.update(HOME=home, PREFECT_HOME=f"{home}/prefect", DO_NOT_TRACK="1")
    os.environ["PREFECT_API_SSL_CERT_FILE"] = _make_trust(Path(home))
    # Shared machines make single steps slow: what hangs is stopped by pytest-timeout.
    hypothesis.settings.register_profile("default", deadline=None)
    hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
    hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")
    hypothesis.configuration.set_hypothesis_home_dir(ROOT / ".hypothesis")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take away what the tests wrote at home."""
    shutil.rmtree(config.stash[_home], ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let Prefect leave connections to its server open, as it does: warnings are errors here.

    Deal the tests where there are several processes.
    """
    for item in items:
        if "prefect_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"))
    hands = getattr(config, "workerinput", {}).get("workercount", 1)
    if hands > 1:
        items[:] = [items[position] for position in deal([*map(file_of, items)], hands)]


def pytest_collection_finish() -> None:
    """Let the garbage collector pass by the tests themselves: they stay until the end."""
    gc.freeze()


@pytest.fixture(autouse=True)
def _nobody(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Run each test in an empty folder, and give the environment back as it was."""
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
    if "prefect_server" in request.fixturenames:
        gc.collect()  # what Prefect left open is found here, and not in somebody else's test


@pytest.fixture
def own_signals() -> Iterator[None]:
    """Give the handlers of signals back: what was asked to stop leaves its own in place."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is the tree in all but `.env`: where tests start our programs."""
    folder = tmp_path_factory.mktemp("project")
    for path in ROOT.iterdir():
        if path.name not in (*SECRET_FILES, "data") and not path.name.endswith("_cache"):
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[str]:
    """A Prefect server for all tests of this process; gives the address of its API."""
    # Imported by those tests only: it takes a second.
    from prefect.settings import get_current_settings
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=240):
        gc.freeze()  # all that Prefect imported: to look through it takes half a second each time
        yield str(get_current_settings().api.url)
