"""Calls to Google's APIs: answers that are lost, cut off, slow, or no answers at all."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from promptpress.adapters._http import Limits
from promptpress.adapters.google import Api
from promptpress.errors import OutcomeUnknown, SetupError, TransientError
from tests.adapters.driving import FOLDER_ID, api_of, running_drive
from tests.adapters.googling import PATIENT, account_of, assert_keeps_secrets, utc_now
from tests.fakes.google import Google
from tests.fakes.google.service import refusal
from tests.fakes.server import Answer, Fault

PATH = f"/drive/v3/files/{FOLDER_ID}"
QUERY = {"supportsAllDrives": "true"}
NOTE = {"appProperties": {"mark": "made"}}
SHORT = replace(PATIENT, read=1.0, total=1.5)


@pytest.fixture
def google() -> Iterator[Google]:
    """Drive with a folder in a Shared Drive."""
    with running_drive() as running:
        yield running


def write(api: Api) -> None:
    """Change something."""
    api.write(PATH, NOTE, QUERY, method="PATCH")


def mark(google: Google) -> str:
    """Return what a write left behind."""
    return google.files[FOLDER_ID].properties.get("mark", "")


NONE = {
    "cut": (None, None),
    "cut in the middle": (None, 10),
    "408": (Answer(408), None),
    "500": (refusal(500, "backendError", "oh"), None),
    "500 internal": (refusal(500, "internalError", "oh"), None),
    "502 HTML": (Answer(502, b"<html>Bad Gateway</html>"), None),
    "503": (refusal(503, "UNAVAILABLE", "The service is currently unavailable."), None),
    "504": (Answer(504, b"{}"), None),
    "HTML": (Answer(200, b"<html>sign in to this network</html>"), None),
    "half of it": (Answer(200, b'{"id": "the-f'), None),
    "a list": (Answer(200, b"[]"), None),
    "a word": (Answer(200, b'"yes"'), None),
    "no text": (Answer(200, b"\xff\xfe\x00"), None),
    "too deep": (Answer(200, b'{"a":' * 100_000), None),
}


@pytest.mark.parametrize(("answer", "cut_at"), NONE.values(), ids=NONE.keys())
def test_a_read_without_an_answer_is_asked_again_later(
    answer: Answer | None, cut_at: int | None, google: Google, log: pytest.LogCaptureFixture
) -> None:
    """It changes nothing, so that it may be repeated; but not by us."""
    google.fail("file", Fault("before" if answer else "after", answer, cut_at))
    api = api_of(google)

    with pytest.raises(TransientError, match="asked again later") as caught:
        api.read(PATH, QUERY)
    assert len(google.journal.entries(call="file")) == 1
    assert_keeps_secrets(google, caught.value, log.text)
    assert api.read(PATH, QUERY)["id"] == FOLDER_ID


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("answer", "cut_at"), NONE.values(), ids=NONE.keys())
def test_a_write_without_an_answer_is_unknown(
    answer: Answer | None,
    cut_at: int | None,
    when: str,
    google: Google,
    log: pytest.LogCaptureFixture,
) -> None:
    """Whether it happened or not: nobody here can know, and it is sent once."""
    google.fail("file", Fault("after" if when == "after" else "before", answer, cut_at))

    with pytest.raises(OutcomeUnknown, match="it is looked for") as caught:
        write(api_of(google))
    assert len(google.journal.entries(call="file")) == 1
    assert mark(google) == ("made" if when == "after" else "")
    assert_keeps_secrets(google, caught.value, log.text)


def test_a_no_that_was_cut_off_is_still_a_no(google: Google) -> None:
    """The status stands before the words: nothing was written."""
    google.fail("file", Fault("before", refusal(403, "forbidden", "no"), cut_at=12))

    with pytest.raises(SetupError):
        write(api_of(google))


@pytest.mark.parametrize(
    "fault",
    [
        Fault("after", hang=True),
        Fault("after", Answer(200, b"{}" + b" " * 500), drip=0.2),
        Fault("after", Answer(503, b"{}" + b" " * 500), drip=0.2),
    ],
)
def test_a_call_ends_by_its_deadline(fault: Fault, google: Google) -> None:
    """Whether the server says nothing, or a byte now and then."""
    api = api_of(google, limits=SHORT)
    google.fail("file", fault, times=2)
    begun = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        write(api)
    with pytest.raises(TransientError):
        api.read(PATH, QUERY)

    assert time.monotonic() - begun < 10


def test_an_answer_without_end_is_not_read_to_its_end(google: Google) -> None:
    """Beyond the limit it is no answer."""
    google.fail("file", Fault("before", Answer(200, b'{"a": "' + b"x" * 5_000 + b'"}')))

    with pytest.raises(TransientError, match="cannot be read"):
        api_of(google, limits=replace(PATIENT, max_answer=1_000)).read(PATH, QUERY)


def api_at(google: Google, url: str, limits: Limits = PATIENT) -> Api:
    """Return calls to an address where Drive is not."""
    account = account_of(google)
    return Api(account, url, service="drive", thing="folder", clock=utc_now, limits=limits)


def test_a_server_that_is_not_reached_surely_did_nothing(google: Google) -> None:
    """Even a write may be repeated then."""
    with pytest.raises(TransientError, match="cannot be reached"):
        write(api_at(google, "http://127.0.0.1:1"))


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1", "http://[", "nonsense"])
def test_an_address_that_is_none_is_to_be_corrected(url: str, google: Google) -> None:
    """Waiting would not mend it."""
    with pytest.raises(SetupError, match="correct it"):
        write(api_at(google, url))
