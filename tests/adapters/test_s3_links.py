"""S3 as store: links to what lies there, and what a check does."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import requests

from promptpress.adapters.s3 import LINK_SECONDS, PROBE, S3Store
from tests.adapters.bucketing import SMALL, key_of, put, store_at, store_of
from tests.fakes.s3 import BUCKET, S3


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with S3() as running:
        yield running


@pytest.fixture
def s3(server: S3) -> S3:
    """A server of S3 with one empty bucket."""
    server.reset()
    return server


@pytest.fixture
def store(s3: S3) -> S3Store:
    return store_of(s3)


# --- link ---


@pytest.mark.parametrize("public", ["https://cdn.example.org/art", "https://cdn.example.org/art/"])
def test_a_public_link_is_the_key_below_the_public_address(public: str, s3: S3) -> None:
    """It is plain US-ASCII, and nothing is asked for it."""
    store = store_of(s3, prefix="für uns", public_url=public)
    ref = put(store)
    asked = s3.calls()

    link = store.link(ref)

    assert link == f"https://cdn.example.org/art/f%C3%BCr%20uns/{key_of()}"
    assert s3.calls() == asked


def test_a_signed_link_opens_without_credentials(s3: S3) -> None:
    """Anybody can fetch the bytes with it, and it says for how long."""
    store = store_of(s3, prefix="für uns")

    link = store.link(put(store))

    assert requests.get(link, timeout=5).content == SMALL
    assert link.isascii()
    assert dict(parse_qsl(urlsplit(link).query))["X-Amz-Expires"] == str(LINK_SECONDS)
    assert unquote(urlsplit(link).path) == f"/{BUCKET}/für uns/{key_of()}"


@pytest.mark.parametrize(("asked", "given"), [(3_600, 3_600), (10_000_000, LINK_SECONDS), (0, 1)])
def test_a_signed_link_lasts_a_week_at_the_most(asked: int, given: int, s3: S3) -> None:
    """Signatures of version 4 take no longer time."""
    link = store_of(s3, link_seconds=asked).link(key_of())

    assert dict(parse_qsl(urlsplit(link).query))["X-Amz-Expires"] == str(given)


@pytest.mark.parametrize(
    ("bucket", "region", "address"),
    [
        ("b-of-ours", "", "https://b-of-ours.s3.amazonaws.com/"),
        ("b-of-ours", "eu-west-3", "https://b-of-ours.s3.eu-west-3.amazonaws.com/"),
        ("b-of-ours", "cn-north-1", "https://b-of-ours.s3.cn-north-1.amazonaws.com.cn/"),
        ("b.of.ours", "eu-west-3", "https://s3.eu-west-3.amazonaws.com/b.of.ours/"),
    ],
)
def test_a_link_at_amazon_stands_in_the_region(bucket: str, region: str, address: str) -> None:
    """Without an address of a server it is Amazon's, and nothing is asked over the network."""
    link = store_at("", bucket=bucket, region=region).link(key_of())

    assert link.startswith(address + key_of())


# --- check ---


def test_a_check_writes_one_small_file_and_no_more(store: S3Store, s3: S3) -> None:
    """However often it runs, one file of some words is all that it leaves."""
    store.check()
    store_of(s3).check()

    assert s3.objects() == {"promptpress.txt": PROBE}
    assert s3.journal.accepted("put") == [f"/{BUCKET}/promptpress.txt"]


def test_a_check_stays_in_its_folder(s3: S3) -> None:
    """A key that may write to its folder only passes."""
    store_of(s3, prefix="art/2026").check()

    assert s3.objects() == {"art/2026/promptpress.txt": PROBE}
