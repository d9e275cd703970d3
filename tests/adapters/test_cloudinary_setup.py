"""Cloudinary as store: what it is told, and what the environment says to somebody else."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptpress.adapters.cloudinary import CloudinaryStore
from promptpress.errors import SetupError, TransientError
from tests.adapters.calling import Echo
from tests.adapters.clouding import PICTURE, assert_keeps_secrets, put, store_of
from tests.adapters.googling import utc_now
from tests.fakes import raw
from tests.fakes.cloudinary import Cloudinary
from tests.fakes.cloudinary.service import CLOUD, KEY, SECRET
from tests.fakes.server import Answer, Fault

USE = """
import hashlib, sys
from datetime import UTC, datetime
from promptpress.adapters.cloudinary import CloudinaryStore
from promptpress.errors import SetupError
from tests.adapters.clouding import PICTURE, sha
from tests.fakes.cloudinary.service import CLOUD, KEY, SECRET

assert "cloudinary" not in sys.modules, "the SDK is imported late"
now = lambda: datetime.now(UTC)
store = CloudinaryStore(CLOUD, KEY, SECRET, api_url=sys.argv[1], size=(30, 30), clock=now)
assert "cloudinary" not in sys.modules, "the SDK is imported late"
try:
    store.check()  # the first to import the SDK
except SetupError:
    pass  # said again below: a second try fares no better
try:
    ref = store.put(PICTURE, sha(PICTURE), ".png")
    assert store.get(ref) == PICTURE
    print(store.derive(ref, 20, 20))
except SetupError as error:
    print("SetupError:", error)
"""


@pytest.fixture
def cloudinary() -> Iterator[Cloudinary]:
    """An account with nothing in it."""
    with Cloudinary() as running:
        yield running


def _use(cloudinary: Cloudinary, project: Path, **variables: str) -> str:
    """Use a store in a new process with these variables; return what it says."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", USE, cloudinary.url],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


DEAD = "http://127.0.0.1:9"
FOREIGN: dict[str, dict[str, str]] = {
    "an address": {
        "CLOUDINARY_URL": f"cloudinary://9:CANARY@other?upload_prefix={DEAD}&secure=false"
        "&signature_algorithm=sha256&signature_version=1&oauth_token=CANARY&timeout=0.001"
        f"&upload_preset=theirs&dpr=2.0&responsive_width=true&api_proxy={DEAD}&use_cache=true"
    },
    "variables": {
        "CLOUDINARY_CLOUD_NAME": "other",
        "CLOUDINARY_API_KEY": "9",
        "CLOUDINARY_API_SECRET": "CANARY",
        "CLOUDINARY_UPLOAD_PREFIX": DEAD,
        "CLOUDINARY_API_PROXY": DEAD,
        "CLOUDINARY_OAUTH_TOKEN": "CANARY",
        "CLOUDINARY_SIGNATURE_ALGORITHM": "sha256",
        "CLOUDINARY_SIGNATURE_VERSION": "1",
        "CLOUDINARY_UPLOAD_PRESET": "theirs",
        "CLOUDINARY_TIMEOUT": "0.001",
        "CLOUDINARY_DPR": "2.0",
        "CLOUDINARY_USE_CACHE": "true",
        "CLOUDINARY_URL": "nonsense that is not read then",
    },
}


@pytest.mark.parametrize("variables", FOREIGN.values(), ids=FOREIGN.keys())
def test_variables_for_somebody_else_do_no_harm(
    variables: dict[str, str], cloudinary: Cloudinary, project: Path
) -> None:
    """The SDK reads them on its own; the store is told all it needs and uses nothing of them."""
    said = _use(cloudinary, project, **variables)

    assert said.startswith(f"{cloudinary.url}/promptpress-stand-in/image/upload/c_fill,")
    assert [entry.accepted for entry in cloudinary.journal.entries()] == [True] * 4


INVALID: dict[str, dict[str, str]] = {
    "another scheme": {"CLOUDINARY_URL": "https://9:CANARY@other"},
    "no address": {"CLOUDINARY_URL": "cloudinary://[CANARY"},
    "no proxy": {"CLOUDINARY_CLOUD_NAME": "other", "CLOUDINARY_API_PROXY": "CANARY://x:y:z"},
    "no variable": {"CLOUDINARY_CLOUD_NAME": "other", "CLOUDINARY_UPDATE": "CANARY"},
}


@pytest.mark.parametrize("variables", INVALID.values(), ids=INVALID.keys())
def test_a_variable_that_the_sdk_cannot_bear_is_named(
    variables: dict[str, str], cloudinary: Cloudinary, project: Path
) -> None:
    """It is a mistake in the set-up, told when the store is used, without what is in it."""
    said = _use(cloudinary, project, **variables)

    assert said.startswith("SetupError: cloudinary: CLOUDINARY_URL, or another variable")
    assert "CANARY" not in said


# --- proxies and addresses ---


@pytest.mark.parametrize("explicit", [True, False], ids=["told", "of the environment"])
def test_a_proxy_is_used(
    explicit: bool, cloudinary: Cloudinary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one we are told goes before the environment's; pictures are fetched by it too."""
    cloudinary.delivers_at = "http://res.cloudinary.invalid"
    changes = {"api_url": "http://api.cloudinary.invalid"}
    if explicit:
        monkeypatch.setenv("HTTP_PROXY", DEAD)
        changes["api_proxy"] = cloudinary.url
    else:
        monkeypatch.setenv("HTTP_PROXY", cloudinary.url)
    store = store_of(cloudinary, **changes)

    store.check()
    ref = put(store)

    assert store.get(ref) == PICTURE
    assert store.link(ref).startswith("http://res.cloudinary.invalid/")
    assert "w_20" in store.derive(ref, 20, 20)


PROXIES: dict[str, tuple[str, type[Exception], str]] = {
    "away": ("http://user:CANARY@127.0.0.1:9", TransientError, "proxy"),
    "none": ("nonsense://user:CANARY@x", SetupError, "CLOUDINARY_API_PROXY"),
    "no address": ("http://[CANARY", SetupError, "CLOUDINARY_API_PROXY"),
}


@pytest.mark.parametrize(("proxy", "kind", "words"), PROXIES.values(), ids=PROXIES.keys())
def test_a_proxy_that_does_not_work_is_told_without_its_password(
    proxy: str,
    kind: type[Exception],
    words: str,
    cloudinary: Cloudinary,
    log: pytest.LogCaptureFixture,
) -> None:
    """Away: later; no proxy at all: a mistake in the set-up."""
    store = store_of(cloudinary, api_proxy=proxy)

    with pytest.raises(kind, match=words) as caught:
        put(store)

    assert_keeps_secrets(caught.value, log.text, "CANARY")
    assert cloudinary.journal.entries() == []


def test_a_proxy_that_wants_another_password_is_told(cloudinary: Cloudinary) -> None:
    """It answers 407 itself, and may quote what it was given."""
    said = Answer(407, b"no user CANARY here")
    cloudinary.fail("upload", Fault("before", said))
    proxy = cloudinary.url.replace("//", "//user:CANARY@")
    store = store_of(cloudinary, api_url="http://api.cloudinary.invalid", api_proxy=proxy)

    with pytest.raises(SetupError, match=r"no user \*\*\* here.*correct the proxy"):
        put(store)


@pytest.mark.parametrize("proxied", [False, True], ids=["plain", "by a proxy"])
def test_a_proxied_call_has_the_same_deadline(proxied: bool, cloudinary: Cloudinary) -> None:
    """A byte now and then does not keep it alive."""
    with raw.server(raw.drip) as address:
        told = {"api_proxy": f"http://{address}"} if proxied else {"api_url": f"http://{address}"}
        store = store_of(cloudinary, timeout=0.2, **told)

        with pytest.raises(TransientError, match="not done within 0"):
            store.check()


ADDRESSES = ["nonsense", "http://", "http://[x", "ftp://127.0.0.1/x"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_is_none_is_named(address: str, cloudinary: Cloudinary) -> None:
    """It is a mistake in the set-up."""
    with pytest.raises(SetupError, match="CLOUDINARY_UPLOAD_PREFIX"):
        store_of(cloudinary, api_url=address).check()


def test_an_address_may_end_in_a_slash(cloudinary: Cloudinary) -> None:
    """And may be left empty, which is Cloudinary's own."""
    assert put(store_of(cloudinary, api_url=f"{cloudinary.url}/"))
    assert store_of(cloudinary, api_url="")._account.address("ping") == (
        "https://api.cloudinary.com/v1_1/promptpress-stand-in/ping"
    )


@pytest.mark.parametrize("proxied", [False, True], ids=["plain", "by a proxy"])
def test_a_password_of_the_machine_goes_nowhere(
    proxied: bool, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ~/.netrc says of the host is not sent along; nor is our secret, with an upload."""
    Path("netrc").write_text("default login CANARY password CANARY\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(Path("netrc").absolute()))
    url, proxy = ("http://api.test", echo.url) if proxied else (echo.url, "")
    store = CloudinaryStore(CLOUD, KEY, SECRET, api_url=url, api_proxy=proxy, clock=utc_now)

    with pytest.raises(TransientError, match="not whole"):
        put(store)

    (request,) = echo.requests
    assert (request.path, "authorization" in request.headers) == (
        f"/v1_1/{CLOUD}/image/upload",
        False,
    )
    assert SECRET.encode() not in request.body
