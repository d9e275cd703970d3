"""Calls to Google's APIs: what they carry, where they go, and that they are counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from promptpress.adapters.google import Account, Api, Limiter
from promptpress.errors import (
    BadCredentials,
    SetupError,
    TransientError,
)
from tests.adapters.driving import FOLDER_ID, api_of, running_drive
from tests.adapters.googling import account_of, assert_keeps_secrets, utc_now
from tests.fakes.google import ADDRESS, Google
from tests.fakes.google.service import refusal
from tests.fakes.server import Answer, Call, Fault, Request

PATH = f"/drive/v3/files/{FOLDER_ID}"
QUERY = {"supportsAllDrives": "true"}
NOTE = {"appProperties": {"mark": "made"}}
EXPIRED = Fault("before", refusal(401, "authError", "Invalid Credentials"))


@pytest.fixture
def google() -> Iterator[Google]:
    """Drive with a folder in a Shared Drive."""
    with running_drive() as running:
        yield running


def bearers(google: Google) -> list[str]:
    """Return what each call to the API had for a token."""
    return [
        request.headers.get("authorization", "")
        for name, request in google.requests
        if name != "token"
    ]


def mark(google: Google) -> str:
    """Return what a write left behind."""
    return google.files[FOLDER_ID].properties.get("mark", "")


# --- tokens ---


def test_a_read_gives_what_google_says(google: Google) -> None:
    """With a token, and as JSON."""
    found = api_of(google).read(PATH, QUERY)

    assert found["id"] == FOLDER_ID
    assert all(google.accepts(bearer) for bearer in bearers(google))


def test_a_write_has_its_effect_once(google: Google) -> None:
    """One request, and its answer."""
    api_of(google).write(PATH, NOTE, QUERY, method="PATCH")

    assert mark(google) == "made"
    assert len(bearers(google)) == 1


def test_an_answer_without_a_word_is_an_empty_one(google: Google) -> None:
    """204 is what some calls answer that have nothing to say."""
    google.fail("file", Fault("before", Answer(204)))

    assert api_of(google).read(PATH) == {}


@pytest.mark.parametrize("writes", [False, True])
def test_a_token_that_is_refused_is_renewed_once(writes: bool, google: Google) -> None:
    """A 401 did nothing, so that even a write goes out again, with another token."""
    api = api_of(google)
    google.fail("file", EXPIRED)
    if writes:
        api.write(PATH, NOTE, QUERY, method="PATCH")
    else:
        api.read(PATH, QUERY)

    first, second = bearers(google)
    assert first != second
    assert (mark(google) == "made") == writes


@pytest.mark.parametrize("cut_at", [None, 3])
def test_two_refused_tokens_are_the_keys_fault(cut_at: int | None, google: Google) -> None:
    """No third token is asked for, however the no arrives."""
    assert EXPIRED.answer is not None
    google.fail("file", Fault("before", EXPIRED.answer, cut_at=cut_at), times=3)

    with pytest.raises(BadCredentials, match="put in a valid key"):
        api_of(google).write(PATH, NOTE, QUERY, method="PATCH")
    assert len(bearers(google)) == 2
    assert len(google.journal.entries(call="token")) == 2
    assert mark(google) == ""


def test_a_key_that_was_withdrawn_meanwhile_says_so(google: Google) -> None:
    """The token server's words say more than the 401 before them."""
    api = api_of(google)
    api.read(PATH, QUERY)
    google.fail("file", EXPIRED)
    google.accounts.refuses = ("invalid_grant", "Invalid JWT Signature.")

    with pytest.raises(BadCredentials, match="the key was deleted or is damaged"):
        api.read(PATH, QUERY)


def test_a_write_that_got_no_token_surely_did_nothing(google: Google) -> None:
    """A token server that is down leaves nothing open: the write is tried later."""
    google.fail("token", Fault("before"))

    with pytest.raises(TransientError, match="token server"):
        api_of(google).write(PATH, NOTE, QUERY, method="PATCH")
    assert bearers(google) == []


class Mirror(Google):
    """A proxy that refuses, and shows what it refused."""

    meanwhile: Account | None = None
    """Renewed while a request is under way, as another thread may do."""

    def route(self, request: Request) -> Call:
        self.requests.append(("shown", request))

        def show() -> Answer:
            if self.meanwhile:
                self.meanwhile.token(fresh=True)
            return Answer(403, f"blocked: {request.headers} {request.body!r}".encode())

        return Call("shown", "", show)


@pytest.mark.parametrize("renewed", [False, True])
def test_a_token_that_comes_back_is_not_quoted(
    renewed: bool, google: Google, log: pytest.LogCaptureFixture
) -> None:
    """Not even where another thread has a new one by then."""
    account = account_of(google)
    with Mirror() as mirror:
        mirror.meanwhile = account if renewed else None
        with pytest.raises(SetupError, match="or the proxy") as caught:
            api_of(mirror, account=account).read(PATH)

    assert len(google.accounts.tokens) == 1 + renewed
    assert_keeps_secrets(google, caught.value, log.text)


# --- other hosts ---


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nothing_follows_a_redirect(status: int, google: Google) -> None:
    """Neither the token nor the request goes where an answer points to."""
    with Google() as other:
        moved = Answer(status, b"", {"Location": f"{other.url}{PATH}"})
        google.fail("file", Fault("before", moved))
        with pytest.raises(SetupError, match="no answer of Google's API"):
            api_of(google).write(PATH, NOTE, QUERY, method="PATCH")

        assert other.requests == []


def test_an_address_elsewhere_gets_no_token(google: Google) -> None:
    """An upload may be told to go on at another host: its address is key enough."""
    with Mirror() as other:
        api = api_of(google)
        like = Api(
            account_of(google), other.url[:-1], service="drive", thing="folder", clock=utc_now
        )
        for each in (api, like):
            with pytest.raises(SetupError):
                each.send("PUT", f"{other.url}/upload?upload_id=1", content=b"x", writes=True)

        assert len(other.requests) == 2
        assert not any("authorization" in request.headers for _, request in other.requests)


# --- the limiter ---


class FullError(Exception):
    """The limiter would wait."""


def stop(_: float) -> None:
    raise FullError


def test_every_request_is_counted_as_what_it_is(google: Google, tmp_path: Path) -> None:
    """Reads and writes under the account's address, and a request that goes out twice twice."""
    limiter = Limiter(tmp_path / "calls.db", per_minute=3, clock=lambda: 0.0, sleep=stop)
    api = api_of(google, limiter=limiter)
    google.fail("file", EXPIRED)
    api.read(PATH, QUERY)
    api.read(PATH, QUERY)
    for _ in range(3):
        api.write(PATH, NOTE, QUERY, method="PATCH")

    sent = len(bearers(google))
    with pytest.raises(FullError):
        api.read(PATH, QUERY)
    with pytest.raises(FullError):
        limiter.wait(ADDRESS, "write")
    assert len(bearers(google)) == sent == 6
