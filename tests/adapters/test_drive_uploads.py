"""Google Drive as store: large pictures in chunks that can be taken up again."""

from collections.abc import Iterator

import pytest

from promptpress.adapters.google._upload import CHUNK, SIMPLE, TRIES
from promptpress.errors import RateLimited, SetupError, TransientError
from tests.adapters.driving import LARGE, put, running_drive, sha, store_of
from tests.fakes.google import Google
from tests.fakes.google.service import refusal
from tests.fakes.server import Answer, Fault


@pytest.fixture
def google() -> Iterator[Google]:
    """Drive with a folder in a Shared Drive."""
    with running_drive() as running:
        yield running


def chunks(google: Google) -> list[str]:
    """Return which bytes each chunk was said to have."""
    sent = [request for name, request in google.requests if name == "chunk"]
    return [request.headers["content-range"] for request in sent]


@pytest.mark.parametrize(("size", "kind"), [(SIMPLE, "multipart"), (SIMPLE + 1, "resumable")])
def test_five_megabytes_are_the_border(google: Google, size: int, kind: str) -> None:
    """Up to there one request does; beyond, it can be taken up again."""
    content = bytes(size)
    store = store_of(google)
    ref = put(store, content)

    kinds = [r.query["uploadType"] for name, r in google.requests if name == "upload"]
    assert kinds == [kind]
    assert google.files[ref].content == content


def test_a_large_picture_goes_in_chunks(google: Google) -> None:
    """Three of them, the properties as with a small one, and the same reference again."""
    store = store_of(google)
    ref = put(store, LARGE)

    assert store.get(ref) == LARGE
    assert google.files[ref].properties == {"app": "promptpress", "sha256": sha(LARGE)}
    last = len(LARGE) - 1
    assert chunks(google) == [
        f"bytes 0-{CHUNK - 1}/{len(LARGE)}",
        f"bytes {CHUNK}-{2 * CHUNK - 1}/{len(LARGE)}",
        f"bytes {2 * CHUNK}-{last}/{len(LARGE)}",
    ]
    assert put(store_of(google), LARGE) == ref


def test_a_chunk_that_breaks_is_gone_on_with(google: Google) -> None:
    """Drive is asked how far it is, and gets the rest."""
    google.fail("chunk", Fault("after"))
    ref = put(store_of(google), LARGE)

    assert google.files[ref].content == LARGE
    assert f"bytes */{len(LARGE)}" in chunks(google)
    assert len(google.pictures()) == 1


def test_half_a_chunk_is_gone_on_with_where_it_ended(google: Google) -> None:
    """Drive may keep less of a chunk than was sent."""
    google.keeps = CHUNK // 2
    ref = put(store_of(google), LARGE)

    assert google.files[ref].content == LARGE


def test_the_last_answer_may_be_lost(google: Google) -> None:
    """Asked how far it is, Drive says that it is done: nothing is sent again."""
    google.fail("chunk", Fault("after"))
    ref = put(store_of(google), bytes(SIMPLE + 1))

    assert [file.id for file in google.pictures()] == [ref]
    assert chunks(google) == [f"bytes 0-{SIMPLE}/{SIMPLE + 1}", f"bytes */{SIMPLE + 1}"]


@pytest.mark.parametrize("answer", [refusal(409, "fileIdInUse", "taken"), Answer(409)])
def test_a_session_may_find_its_id_taken(answer: Answer, google: Google) -> None:
    """Its last chunk was written after all; that its bytes are there is looked up."""
    google.fail("chunk", Fault("after", answer))
    ref = put(store_of(google), bytes(SIMPLE + 1))

    assert [file.id for file in google.pictures()] == [ref]
    assert len(google.journal.entries(call="upload")) == 1


NOT_SEEN = Fault("before", refusal(404, "notFound", "File not found: x."))


@pytest.mark.parametrize(
    ("size", "lost"),
    [
        (SIMPLE, [("upload", Fault("after"))]),
        (SIMPLE + 1, [("chunk", Fault("after")), *[("chunk", Fault("before"))] * TRIES]),
    ],
)
def test_a_taken_id_counts_as_done(
    size: int, lost: list[tuple[str, Fault]], google: Google
) -> None:
    """It is there and cannot be seen for a while: the repeat is told so, and then compared."""
    store, content = store_of(google), bytes(size)
    for call, fault in lost:
        google.fail(call, fault)
    google.fail("file", NOT_SEEN)
    with pytest.raises(TransientError):
        put(store, content)
    google.fail("file", NOT_SEEN)
    begun = len(google.journal.entries(call="upload"))
    ref = put(store, content)

    assert len(google.journal.entries(call="upload")) == begun + 1
    assert not google.journal.entries(call="upload")[-1].accepted
    assert [file.id for file in google.pictures()] == [ref]


def test_a_session_that_is_gone_is_begun_anew(google: Google) -> None:
    """With the same id, so that it is the same file."""
    google.fail("chunk", Fault("before", refusal(410, "gone", "The session is over.")))
    ref = put(store_of(google), LARGE)

    begun = [r for name, r in google.requests if name == "upload"]
    assert len(begun) == 2
    assert all(ref.encode() in request.body for request in begun)
    assert google.files[ref].content == LARGE


def test_a_session_that_is_refused_is_begun_anew_once(google: Google) -> None:
    """A no to a chunk may be the session's alone; the second one is Drive's word."""
    no = Fault("before", refusal(403, "insufficientFilePermissions", "no"))
    google.fail("chunk", no)
    store = store_of(google)
    ref = put(store, LARGE)
    assert google.files[ref].content == LARGE

    google.fail("chunk", no, times=2)
    with pytest.raises(SetupError, match="share it with"):
        put(store, LARGE[::-1])


def test_a_chunk_that_came_too_fast_waits_as_long_as_drive_wants(google: Google) -> None:
    """It is not sent again at once; the whole picture is, under the same id."""
    slow = Fault("before", refusal(403, "userRateLimitExceeded", "slow"))
    google.fail("chunk", slow)
    store = store_of(google)
    with pytest.raises(RateLimited) as caught:
        put(store, LARGE)
    assert caught.value.retry_after
    assert len(chunks(google)) == 1

    assert google.files[put(store, LARGE)].content == LARGE
    assert len(google.pictures()) == 1


def test_a_session_that_nobody_heard_of_is_left(google: Google) -> None:
    """Where the answer that names it is lost, there is no file: the next try begins anew."""
    store = store_of(google)
    google.fail("upload", Fault("after"))
    with pytest.raises(TransientError):
        put(store, LARGE)
    assert google.pictures() == []

    ref = put(store, LARGE)
    begun = [r for name, r in google.requests if name == "upload"]
    assert all(ref.encode() in request.body for request in begun)
    assert [file.id for file in google.pictures()] == [ref]


def test_sessions_that_are_always_gone_are_left_for_later(google: Google) -> None:
    """Two are tried, and the picture is still at hand for the next try."""
    store = store_of(google)
    google.fail("chunk", Fault("before", refusal(404, "notFound", "no session")), times=2)

    with pytest.raises(TransientError, match="no session that lasts"):
        put(store, LARGE)
    assert store.get(put(store, LARGE)) == LARGE


def test_a_drive_that_keeps_nothing_is_not_asked_for_ever(google: Google) -> None:
    """A few breaks, then it is left for later."""
    google.fail("chunk", Fault("before", Answer(503)), times=20)

    with pytest.raises(TransientError):
        put(store_of(google), LARGE)
    assert len(chunks(google)) < 10


def test_an_upload_that_is_refused_says_what_to_do(google: Google) -> None:
    """A service account's own storage is told before a byte is sent."""
    google.files["the-folder"].drive = ""

    with pytest.raises(SetupError, match="no storage"):
        put(store_of(google), LARGE)
    assert chunks(google) == []


def test_the_address_of_a_session_is_a_secret(
    google: Google, log: pytest.LogCaptureFixture
) -> None:
    """Whoever has it may write the file: no log shows it."""
    put(store_of(google), LARGE)

    (key,) = google.uploads
    assert key not in log.text
