"""S3 as store: its library, its keys, its time, and what it must never look for."""

import asyncio
import importlib
import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from promptpress.adapters.s3 import S3Store
from promptpress.errors import (
    BadCredentials,
    MissingSetting,
    SetupError,
    TransientError,
)
from tests.adapters.bucketing import (
    KEY,
    SECRET,
    SMALL,
    assert_keeps_secrets,
    key_of,
    put,
    store_at,
    store_of,
)
from tests.fakes.s3 import BUCKET, S3
from tests.fakes.server import Answer, Fault


@pytest.fixture(scope="module")
def running() -> Iterator[S3]:
    with S3() as started:
        yield started


@pytest.fixture
def s3(running: S3) -> S3:
    """A server of S3 with one empty bucket."""
    running.reset()
    return running


# --- who we are ---


@pytest.mark.parametrize(
    ("missing", "name"),
    [
        ("bucket", "S3_BUCKET"),
        ("access_key", "S3_ACCESS_KEY_ID"),
        ("secret_key", "S3_SECRET_ACCESS_KEY"),
    ],
)
def test_a_missing_setting_is_named(missing: str, name: str, s3: S3) -> None:
    """Without a key nobody is asked anonymously, and no other key is looked for."""
    store = store_of(s3, **{missing: ""})

    for act in (store.check, lambda: store.link(key_of()), lambda: store.get(key_of())):
        with pytest.raises(MissingSetting, match=name):
            act()
    assert s3.calls() == []


def test_a_missing_package_is_named(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra: the message says how to get it."""
    monkeypatch.setitem(importlib.import_module("sys").modules, "s3fs", None)

    with pytest.raises(SetupError, match="pip install s3fs"):
        store_of(s3).check()


FOREIGN = {
    "AWS_ACCESS_KEY_ID": "FOREIGN",
    "AWS_SECRET_ACCESS_KEY": "FOREIGN",
    "AWS_SESSION_TOKEN": "FOREIGN",
    "AWS_PROFILE": "nobody",
    "AWS_DEFAULT_REGION": "ap-south-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "AWS_CA_BUNDLE": "/nowhere",
    "AWS_MAX_ATTEMPTS": "9",
    "AWS_RETRY_MODE": "legacy",
    "AWS_DEFAULTS_MODE": "auto",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_REQUEST_CHECKSUM_CALCULATION": "when_supported",
    "AWS_CSM_ENABLED": "true",
}


def test_nothing_is_taken_from_the_surroundings(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables and files of Amazon's own tools change nothing: only settings of ours count."""
    home = tmp_path / ".aws"
    home.mkdir()
    (home / "config").write_text("this is no configuration [[[", "utf-8")
    (home / "credentials").write_text("[default]\naws_access_key_id = FOREIGN\n", "utf-8")
    for name, value in {**FOREIGN, "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)

    monkeypatch.setattr("promptpress.adapters.s3._client._SESSIONS", {})
    store = store_of(s3)
    put(store)

    (request,) = s3.requests
    sent = str(request.headers)
    assert "FOREIGN" not in sent
    assert "ap-south-1" not in sent
    assert "/eu-central-1/s3/aws4_request" in request.headers["authorization"]
    assert "x-amz-security-token" not in request.headers
    assert store_at("").link(key_of()).startswith(f"https://{BUCKET}.s3.eu-central-1.amazonaws.com")


def test_nothing_is_taken_from_other_programs(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of fsspec, meant for notebooks perhaps, make no call anonymous or somebody's."""
    settings = importlib.import_module("fsspec.config").conf
    monkeypatch.setitem(settings, "s3", {"anon": True, "token": "FOREIGN", "username": "FOREIGN"})

    put(store_of(s3))

    assert KEY in s3.requests[0].headers["authorization"]
    assert "FOREIGN" not in str(s3.requests[0].headers)


def test_an_address_that_holds_the_bucket_is_told(s3: S3) -> None:
    """The page of R2 shows it like that; every key would begin with the bucket's name."""
    with pytest.raises(SetupError, match="leave that away"):
        store_at(f"{s3.url}/{BUCKET}/").check()

    assert s3.calls() == []


def test_a_proxy_is_used_where_there_is_one(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for every other service, the environment names it."""
    monkeypatch.setenv("HTTP_PROXY", s3.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    store = store_at("http://s3.example.org")

    assert store.get(put(store)) == SMALL
    assert s3.requests[0].headers["host"] == "s3.example.org"


def test_a_proxy_that_is_not_there_is_told(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing goes around it."""
    monkeypatch.setenv("HTTP_PROXY", "http://me:CANARYpassword@127.0.0.1:1")

    with pytest.raises(TransientError, match="no answer") as caught:
        store_of(s3).check()

    assert s3.calls() == []
    assert "CANARY" not in str(caught.value)


def test_a_redirect_is_not_followed(s3: S3) -> None:
    """A picture goes to the server that was named, and to no other."""
    with S3() as other:
        s3.fail("put", Fault("before", Answer(307, b"", {"Location": f"{other.url}/{BUCKET}/x"})))
        with pytest.raises(TransientError):
            put(store_of(s3))

        assert other.requests == []


def test_servers_that_are_not_amazons_understand_every_header(s3: S3) -> None:
    """Newer checksums and the question before the body are known to few."""
    put(store_of(s3))

    sent = s3.requests[0].headers
    assert {"expect", "transfer-encoding", "x-amz-sdk-checksum-algorithm"} & set(sent) == set()
    assert [name for name in sent if name.startswith("x-amz-checksum")] == []
    assert sent["content-md5"]


@pytest.fixture
def guarded(s3: S3) -> Iterator[dict[str, str]]:
    """A user of the server who may only read; from then on it looks at signatures."""
    iam = s3.client("iam")
    iam.create_user(UserName="reader")
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    policy = (
        '{"Version": "2012-10-17", "Statement": '
        '[{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'
    )
    iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=policy)
    s3.guard(after=0)
    yield {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
    s3.guard(after=1_000_000_000)


def test_a_real_server_turns_wrong_keys_away(s3: S3, guarded: dict[str, str]) -> None:
    """A key that nobody has, a secret that is not its own, and a right that is missing."""
    with pytest.raises(BadCredentials, match="InvalidAccessKeyId"):
        store_of(s3).check()
    with pytest.raises(BadCredentials, match="SignatureDoesNotMatch") as caught:
        store_of(s3, **{**guarded, "secret_key": SECRET}).check()
    assert_keeps_secrets(caught.value)
    with pytest.raises(SetupError, match=r"AccessDenied.*s3:PutObject"):
        store_of(s3, **guarded).check()


def test_no_secret_is_logged_even_in_full_detail(s3: S3, log: pytest.LogCaptureFixture) -> None:
    """Neither the key nor what a signed link is opened with stands in any record."""
    store = store_of(s3)
    store.get(put(store))
    link = store.link(key_of())

    assert SECRET not in log.text
    assert SECRET not in repr(store) + repr(vars(vars(store)["_bucket"]))
    assert link.rpartition("X-Amz-Signature=")[2] not in log.text


# --- threads, processes, loops ---


def _put_in_child(store: S3Store, answers: Any) -> None:
    answers.put((store.get(key_of()) == SMALL, put(store, SMALL + b"child", ".jpg")))


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_it_works_on_after_a_fork(s3: S3) -> None:
    """The child makes connections of its own, and the parent keeps its own."""
    store = store_of(s3)
    put(store)
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    child = fork.Process(target=_put_in_child, args=(store, answers))
    child.start()

    assert answers.get(timeout=60) == (True, key_of(SMALL + b"child", ".jpg"))
    child.join(60)
    assert not child.is_alive()
    assert store.get(key_of()) == SMALL


def test_it_may_be_called_inside_a_running_loop(s3: S3) -> None:
    """A flow that is a coroutine blocks, and does not break."""
    store = store_of(s3)

    async def flow() -> bytes:
        return store.get(put(store))

    assert asyncio.run(flow()) == SMALL


def test_an_interrupted_wait_leaves_nothing_behind(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the call; the next one works."""
    store = store_of(s3)
    put(store)
    kind = importlib.import_module("concurrent.futures").Future
    waits = kind.result

    def interrupted(self: Any, timeout: float | None = None) -> Any:
        monkeypatch.setattr(kind, "result", waits)
        raise KeyboardInterrupt

    monkeypatch.setattr(kind, "result", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.get(key_of())

    assert store.get(key_of()) == SMALL
