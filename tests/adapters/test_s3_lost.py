"""S3 as store: answers that are lost, and what is found out afterwards."""

from collections.abc import Iterator

import pytest

from promptpress.adapters.s3 import S3Store
from promptpress.errors import (
    SetupError,
    TransientError,
)
from tests.adapters.bucketing import (
    SMALL,
    key_of,
    plant,
    put,
    store_of,
)
from tests.fakes.s3 import S3, refusal
from tests.fakes.server import Answer, Fault


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


LOST = {
    "cut": Fault("after"),
    "500": Fault("after", refusal(500, "InternalError")),
    "502 page": Fault("after", Answer(502, b"<html>Bad Gateway", {"Content-Type": "text/html"})),
    "504": Fault("after", Answer(504)),
    "garbage": Fault("after", Answer(500, b"\0\xff" * 100)),
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_a_write_whose_answer_is_lost_is_looked_for(fault: Fault, store: S3Store, s3: S3) -> None:
    """It is there, so it is done: nothing is sent twice."""
    s3.fail("put", fault)

    assert put(store) == key_of()
    assert s3.calls() == ["put", "head"]
    assert s3.objects() == {key_of(): SMALL}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_a_write_lost_before_its_effect_may_be_repeated(
    fault: Fault, store: S3Store, s3: S3
) -> None:
    """It is not there, and by its name a second try cannot make a second object."""
    s3.fail("put", Fault("before", fault.answer))

    with pytest.raises(TransientError):
        put(store)
    assert s3.objects() == {}
    assert put(store) == key_of()


def test_a_look_that_fails_as_well_leaves_it_to_a_second_try(store: S3Store, s3: S3) -> None:
    """The second try finds what the first one stored."""
    s3.fail("put", Fault("after"))
    s3.fail("head", Fault("before", Answer(503)))

    with pytest.raises(TransientError):
        put(store)

    assert put(store) == key_of()
    assert s3.journal.accepted("put") == [f"/pictures-of-somebody/{key_of()}"]


def test_a_key_that_may_not_look_is_told_so(store: S3Store, s3: S3) -> None:
    """Whether the same bytes lie there cannot be known without the right to read."""
    put(store)
    s3.fail("head", Fault("before", Answer(403)))

    with pytest.raises(SetupError, match="s3:GetObject"):
        put(store)


def test_what_vanishes_meanwhile_is_tried_again(store: S3Store, s3: S3) -> None:
    """Somebody deleted it between two questions: the next try writes it."""
    put(store)
    s3.fail("head", Fault("before", Answer(404)))

    with pytest.raises(TransientError, match="tried again"):
        put(store)


def test_a_server_that_refuses_the_second_write_too_is_heard(store: S3Store, s3: S3) -> None:
    """An InvalidArgument may have another reason than the condition; then conditions stay on."""
    s3.fail("put", Fault("before", refusal(400, "InvalidArgument", "x-amz-acl")), times=2)

    with pytest.raises(SetupError, match="x-amz-acl"):
        put(store)
    put(store)

    assert "if-none-match" in s3.requests[-1].headers


def test_a_replacement_that_is_refused_is_an_error(store: S3Store, s3: S3) -> None:
    """A bucket that locks its objects keeps the damaged one, and says so."""
    plant(s3, SMALL + b"!", key_of())
    s3.fail("put", Fault("before", refusal(412, "PreconditionFailed")))
    s3.fail("put", Fault("before", refusal(403, "AccessDenied", "object is locked")))

    with pytest.raises(SetupError, match="locked"):
        put(store)


BROKEN_READS = {
    "cut before the first byte": Fault("after"),
    "cut in the middle": Fault("after", cut_at=100),
}


@pytest.mark.parametrize("fault", BROKEN_READS.values(), ids=BROKEN_READS.keys())
def test_a_read_that_breaks_off_is_done_again(fault: Fault, store: S3Store, s3: S3) -> None:
    """Half a picture is never handed out, and its being cut is not its being damaged."""
    put(store)
    s3.fail("get", fault)

    with pytest.raises(TransientError):
        store.get(key_of())
    assert store.get(key_of()) == SMALL


# --- check ---


@pytest.mark.parametrize("call", ["put", "get"])
def test_a_check_tells_which_right_is_missing(call: str, store: S3Store, s3: S3) -> None:
    """Writing and reading are both tried."""
    s3.fail(call, Fault("before", refusal(403, "AccessDenied", f"no {call}")))

    with pytest.raises(SetupError, match=f"no {call}"):
        store.check()


def test_a_check_tells_a_missing_bucket(s3: S3) -> None:
    """The server itself says so."""
    with pytest.raises(SetupError, match="make the bucket, or correct S3_BUCKET"):
        store_of(s3, bucket="nobodys-bucket").check()
