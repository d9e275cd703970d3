"""S3 as store: servers that are slow, silent or not there."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from promptpress.errors import (
    PromptpressError,
    SetupError,
    TransientError,
)
from tests.adapters.bucketing import (
    PATIENT,
    assert_keeps_secrets,
    key_of,
    put,
    store_at,
    store_of,
)
from tests.fakes.raw import drip, hold, server
from tests.fakes.s3 import S3
from tests.fakes.server import Fault

BRIEF = replace(PATIENT, connect=1.0, read=1.0, total=0.25)


@pytest.fixture(scope="module")
def running() -> Iterator[S3]:
    with S3() as started:
        yield started


@pytest.fixture
def s3(running: S3) -> S3:
    """A server of S3 with one empty bucket."""
    running.reset()
    return running


# --- its time ---


@pytest.mark.parametrize("act", ["put", "get", "check"])
def test_a_server_that_says_nothing_is_left(act: str, s3: S3) -> None:
    """The deadline holds for the whole, whatever it asks of the server."""
    s3.fail("*", Fault("before", hang=True), times=3)
    store = store_of(s3, limits=BRIEF)
    acts = {"put": lambda: put(store), "get": lambda: store.get(key_of()), "check": store.check}

    started = time.monotonic()
    with pytest.raises(TransientError):
        acts[act]()
    s3.release()

    assert time.monotonic() - started < 2


def test_a_server_that_drips_is_left(s3: S3) -> None:
    """A byte now and then is no answer: silence alone does not measure it."""
    put(store_of(s3))
    s3.fail("get", Fault("after", drip=0.1))

    started = time.monotonic()
    with pytest.raises(TransientError):
        store_of(s3, limits=BRIEF).get(key_of())

    assert time.monotonic() - started < 2


def test_headers_that_drip_are_left() -> None:
    """So does a server that never ends its first line."""
    with server(drip, drip) as address, pytest.raises(TransientError):
        store_at(f"http://{address}", limits=BRIEF).get(key_of())


def test_silence_is_measured_too() -> None:
    """A long deadline does not make one silent server wait for its end."""
    done = threading.Event()
    limits = replace(PATIENT, read=0.2, total=20.0)

    started = time.monotonic()
    with server(hold(done)) as address:
        with pytest.raises(TransientError, match="no answer"):
            store_at(f"http://{address}", limits=limits).get(key_of())
        done.set()

    assert time.monotonic() - started < 5


ADDRESSES: dict[str, tuple[str, type[PromptpressError], str]] = {
    "nobody listens": ("http://127.0.0.1:1", TransientError, "Connection refused"),
    "no TLS there": ("https://{}", TransientError, "no answer"),
    "no address": ("not an address", SetupError, "correct S3_BUCKET, S3_ENDPOINT_URL"),
    "no web": ("ftp://127.0.0.1", SetupError, "S3_ENDPOINT_URL"),
    "no port": ("http://127.0.0.1:99999", SetupError, "S3_ENDPOINT_URL"),
}


@pytest.mark.parametrize(("url", "kind", "words"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_an_address_where_no_server_is(
    url: str, kind: type[PromptpressError], words: str, s3: S3
) -> None:
    """What may pass is tried again; what never will is to be corrected."""
    store = store_at(url.format(s3.url.removeprefix("http://")))

    with pytest.raises(PromptpressError) as caught:
        put(store)

    assert type(caught.value) is kind
    assert words in str(caught.value)
    assert_keeps_secrets(caught.value)


@pytest.mark.parametrize("bucket", ["Not A Bucket", "a/b", "ä"])
def test_a_bucket_that_cannot_be_is_not_asked_for(bucket: str, s3: S3) -> None:
    """The message names the setting."""
    with pytest.raises(SetupError, match="S3_BUCKET"):
        store_of(s3, bucket=bucket).check()

    assert s3.calls() == []
