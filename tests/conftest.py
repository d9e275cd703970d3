"""What all tests share: an environment that is nobody's, and a Prefect server for those who ask.

A developer's variables, `.env`, proxies, home and own Prefect never reach a test: a token there
would send test posts to a real channel.
"""

import gc
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.configuration
import pytest

from promptpress.settings import Settings

ROOT = Path(__file__).parents[1]
OURS = frozenset(name.upper() for name in Settings.model_fields)
FOREIGN = ("PREFECT_", "HF_", "HUGGINGFACE_", "APPRISE_")
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


def pytest_configure(config: pytest.Config) -> None:
    """Empty the environment before any test module, and with it Prefect, is imported."""
    for name in [name for name in os.environ if _is_foreign(name)]:
        del os.environ[name]
    home = tempfile.mkdtemp(prefix="promptpress-tests-")
    config.stash[_home] = home
    os.environ.update(_prefect_variables())
    os.environ.update(HOME=home, PREFECT_HOME=f"{home}/prefect", DO_NOT_TRACK="1")
    # Shared machines make single steps slow: what hangs is stopped by pytest-timeout.
    hypothesis.settings.register_profile("default", deadline=None)
    hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
    hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")
    hypothesis.configuration.set_hypothesis_home_dir(ROOT / ".hypothesis")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take away what the tests wrote at home."""
    shutil.rmtree(config.stash[_home], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let Prefect leave connections to its server open, as it does: warnings are errors here."""
    for item in items:
        if "prefect_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"))


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

    with prefect_test_harness(server_startup_timeout=120):
        yield str(get_current_settings().api.url)
