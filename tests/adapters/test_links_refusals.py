"""Links that are not public, or only seem to be: what is said of each."""

import time
from collections.abc import Iterator

import pytest

from promptpress.errors import PromptpressError, RateLimited, SetupError, TransientError
from tests.adapters.linking import (
    BRIEF,
    HTML,
    MP4,
    PAGE,
    PNG,
    SIGNATURE,
    SIGNED,
    Web,
    failure_of,
    file,
    sha,
)
from tests.fakes.server import Answer, Fault


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as running:
        yield running


# --- what does not ---

ANSWERS: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "401": (Answer(401), SetupError, "make the bucket or folder public"),
    "403": (Answer(403, PAGE, HTML), SetupError, "make the bucket or folder public"),
    "403 of S3": (
        Answer(403, f"<Error><Code>AccessDenied</Code><X>{SIGNATURE}</X></Error>".encode()),
        SetupError,
        "(AccessDenied)",
    ),
    "403 that repeats the link": (
        Answer(403, f"no entry for ?{SIGNED} nor {SIGNATURE}".encode()),
        SetupError,
        "no entry",
    ),
    "400 of S3": (
        Answer(400, b"<Error><Code>AuthorizationQueryParametersError</Code></Error>"),
        SetupError,
        "AuthorizationQueryParametersError",
    ),
    "402": (Answer(402), SetupError, "make the bucket"),
    "451": (Answer(451), SetupError, "make the bucket"),
    "405": (Answer(405), SetupError, "make the bucket"),
    "robots are turned away": (
        Answer(403, PAGE, {"cf-mitigated": "challenge", **HTML}),
        SetupError,
        "turns programs away",
    ),
    "robots are turned away with 503": (
        Answer(503, PAGE, {"cf-mitigated": "challenge", **HTML}),
        SetupError,
        "turns programs away",
    ),
    "404": (Answer(404, PAGE, HTML), TransientError, "opened again later"),
    "410": (Answer(410), TransientError, "opened again later"),
    "202": (Answer(202), TransientError, "opened again later"),
    "408": (Answer(408), TransientError, "opened again later"),
    "423": (Answer(423), TransientError, "opened again later"),
    "425": (Answer(425), TransientError, "opened again later"),
    "429": (Answer(429), RateLimited, "opened again later"),
    "420": (Answer(420), RateLimited, "opened again later"),
    "500": (Answer(500), TransientError, "opened again later"),
    "502": (Answer(502, PAGE, HTML), TransientError, "opened again later"),
    "503": (Answer(503), TransientError, "opened again later"),
    "520": (Answer(520), TransientError, "opened again later"),
    "a page": (Answer(200, PAGE, HTML), SetupError, "a page comes"),
    "a page without a type": (Answer(200, PAGE), SetupError, "(Sign in)"),
    "a page called a picture": (file(PAGE), SetupError, "a page comes"),
    "a picture called a page": (Answer(200, PNG, HTML), SetupError, "a page comes"),
    "text": (file(b"hello", "text/plain"), SetupError, "a page comes"),
    "JSON": (file(b'{"error": 1}', "application/json"), SetupError, "no picture and no video"),
    "nothing": (file(b""), SetupError, "no picture and no video"),
    "bytes of no kind": (file(bytes(100)), SetupError, "no picture and no video"),
    "a drawing of lines": (file(b"<svg/>", "image/svg+xml"), SetupError, "a page comes"),
    "an archive": (file(b"PK\3\4", "application/zip"), SetupError, "no picture and no video"),
    "no type": (Answer(200, PNG), SetupError, "Content-Type of image/"),
    "plain bytes": (file(mime="binary/octet-stream"), SetupError, "Content-Type of image/"),
    "a video called a picture": (file(MP4), SetupError, "Content-Type of video/"),
    "a picture called a video": (file(mime="video/mp4"), SetupError, "Content-Type of image/"),
    "too large": (file(PNG * 30), SetupError, "larger than 5000 bytes"),
    "moved nowhere": (Answer(302), SetupError, "status 302"),
    "304": (Answer(304), SetupError, "status 304"),
}


@pytest.mark.parametrize(("answer", "kind", "words"), ANSWERS.values(), ids=ANSWERS.keys())
def test_what_is_not_public_says_what_to_do(
    answer: Answer, kind: type[PromptpressError], words: str, web: Web
) -> None:
    """What may pass is tried later; the rest names what to change. No signature shows."""
    web.files["/a"] = answer

    error = failure_of(f"{web.url}/a?{SIGNED}")

    assert type(error) is kind
    assert words in str(error)
    assert f"{web.url}/a?…" in str(error)


@pytest.mark.parametrize(
    ("status", "asked", "wait"),
    [
        (429, "7", 7.0),
        (503, "Fri, 20 Nov 2026 12:01:30 GMT", 90.0),
        (404, "5", 5.0),
        (500, "soon", None),
        (429, "", None),
    ],
)
def test_a_wait_that_is_asked_for_is_kept(
    status: int, asked: str, wait: float | None, web: Web
) -> None:
    """Seconds and dates are both read."""
    web.files["/a"] = Answer(status, b"", {"Retry-After": asked})

    assert failure_of(f"{web.url}/a").retry_after == wait


def test_other_bytes_than_were_stored_are_told(web: Web) -> None:
    """A server that makes pictures smaller on the way shows another picture than was approved."""
    error = failure_of(f"{web.url}/a.png", sha(b"other"))

    assert isinstance(error, SetupError)
    assert "other bytes come than were stored" in str(error)


BREAKS = {
    "cut": Fault("after"),
    "cut in the middle": Fault("after", cut_at=50),
    "silent": Fault("before", hang=True),
    "byte by byte": Fault("after", drip=0.02),
}


@pytest.mark.parametrize("fault", BREAKS.values(), ids=BREAKS.keys())
def test_what_breaks_off_is_opened_again(fault: Fault, web: Web) -> None:
    """It may be there; half of it proves nothing, and nobody waits for long."""
    web.fail("get", fault)

    started = time.monotonic()
    error = failure_of(f"{web.url}/a.png", limits=BRIEF)
    web.release()

    assert type(error) is TransientError
    assert time.monotonic() - started < 2


def test_nobody_there_is_opened_again() -> None:
    """A connection that is refused may be taken later."""
    error = failure_of("http://127.0.0.1:1/a.png")

    assert type(error) is TransientError
    assert "Connection refused" in str(error)


def test_a_certificate_that_nobody_trusts_is_told(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of certificates that is not there cannot pass by itself."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")

    error = failure_of(web.url.replace("http:", "https:") + "/a.png")

    assert type(error) is SetupError
