"""Google's account: answers that are none, and how tokens are kept."""

import base64
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from promptpress.adapters.google import Account
from promptpress.errors import BadCredentials, SetupError, TransientError
from tests.adapters.googling import (
    account_of,
    assert_keeps_secrets,
    of_text,
    secrets_of,
    utc_now,
)
from tests.fakes.google import Google
from tests.fakes.server import Answer, Call, Fault, Request

NAME = "GOOGLE_APPLICATION_CREDENTIALS"
ODD = [
    Fault("before"),
    Fault("after"),
    Fault("after", cut_at=20),
    Fault("before", Answer(502, b"<html>Bad Gateway</html>")),
    Fault("before", Answer(200, b"<html>sign in to this network</html>")),
    Fault("before", Answer(200, b"")),
    Fault("before", Answer(200, b"\xff\xfe")),
    Fault("before", Answer(200, b"[" * 100_000)),
    Fault("before", Answer.json([])),
    Fault("before", Answer.json({})),
    Fault("before", Answer.json({"access_token": None, "expires_in": 3599})),
    Fault("before", Answer.json({"access_token": "t", "expires_in": "soon"})),
    Fault("before", Answer.json({"access_token": "t", "expires_in": 10**30})),
]


@pytest.mark.parametrize("fault", ODD)
def test_no_true_answer_is_asked_for_again_later(
    fault: Fault, google: Google, log: pytest.LogCaptureFixture
) -> None:
    """Whatever comes instead of a token, the key is not blamed, and the next call may work."""
    account = account_of(google)
    google.fail("token", fault)

    with pytest.raises(TransientError) as caught:
        account.token()

    assert "token server does not answer" in str(caught.value)
    assert_keeps_secrets(google, caught.value, log.text)
    assert google.accepts(f"Bearer {account.token()}")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404, b"<html>no such page</html>"),
        Answer(403, b"[" * 100_000),
        Answer.json(["no"], 400),
        Answer.json({"error": {"code": 400}}, 400),
        Answer.json({"message": "no"}, 400),
    ],
)
def test_a_no_in_other_words_is_a_refusal(answer: Answer, google: Google) -> None:
    """A refusal that is not of the known form is one of our errors too."""
    google.fail("token", Fault("before", answer))

    with pytest.raises(BadCredentials, match=NAME):
        account_of(google).token()


def test_a_server_that_fails_thrice_is_asked_again_later(google: Google) -> None:
    """google-auth tries a 503 three times; then it is a passing failure."""
    google.fail("token", Fault("before", Answer.json({"error": "backend"}, 503)), times=3)

    with pytest.raises(TransientError, match="asked again later"):
        account_of(google).token()

    assert len(google.journal.entries(call="token")) == 3


def test_a_token_server_that_is_offline(google: Google) -> None:
    """No connection is a passing failure."""
    text = google.key_file(token_uri="http://127.0.0.1:1/token")

    with pytest.raises(TransientError, match="does not answer"):
        of_text(text).token()


def test_an_address_that_is_none_is_to_be_corrected(google: Google) -> None:
    """Waiting would not mend the key file, nor a proxy's address."""
    with pytest.raises(SetupError, match=r"cannot be reached.*correct it"):
        of_text(google.key_file(token_uri="http://[")).token()


class Mirror(Google):
    """A proxy that refuses, and shows what it refused."""

    def route(self, request: Request) -> Call:
        return Call("token", "", lambda: Answer(403, b"blocked: " + request.body))


def test_a_secret_that_comes_back_is_not_quoted(
    google: Google, log: pytest.LogCaptureFixture
) -> None:
    """Some proxies answer with the request in a page."""
    with Mirror() as mirror:
        account = of_text(google.key_file(token_uri=f"{mirror.url}/token"))
        with pytest.raises(BadCredentials) as caught:
            account.token()
        user = json.loads(google.accounts.user_file()) | {"token_uri": f"{mirror.url}/token"}
        with pytest.raises(BadCredentials) as caught_user:
            of_text(json.dumps(user)).token()

    assert_keeps_secrets(google, caught.value, log.text)
    assert_keeps_secrets(google, caught_user.value, log.text)


# --- how tokens are kept ---


class Hands:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


def test_a_token_is_used_until_shortly_before_its_end(google: Google) -> None:
    """It lasts an hour; four minutes before that a new one is asked for."""
    hands = Hands()
    account = Account(google.key_file(), clock=hands)
    first = account.token()
    hands.ahead = timedelta(minutes=55)
    assert account.token() == first
    hands.ahead = timedelta(minutes=56, seconds=30)
    second = account.token()

    assert second != first
    assert len(google.journal.entries(call="token")) == 2


def test_a_new_token_can_be_demanded(google: Google) -> None:
    """That is for a token that Google no longer takes."""
    account = account_of(google)

    assert account.token() != account.token(fresh=True)
    assert len(google.journal.entries(call="token")) == 2


def test_many_threads_ask_once(google: Google) -> None:
    """Eight threads that need the first token share one request."""
    account = account_of(google)
    together = threading.Barrier(8)

    def ask(_: int) -> str:
        together.wait(30)
        return account.token()

    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(ask, range(8)))

    assert len(tokens) == 1
    assert len(google.journal.entries(call="token")) == 1


@pytest.mark.parametrize("user", [False, True])
def test_nothing_else_is_called(
    user: bool, google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request to the token server, none to another host, and no thread stays behind."""
    asked: list[object] = []
    look_up = socket.getaddrinfo

    def noting(host: Any, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        return look_up(host, *rest, **more)

    monkeypatch.setattr("socket.getaddrinfo", noting)
    before = set(threading.enumerate())
    account_of(google, user=user).token()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)  # a time limit that was called off, and the stand-in's own
        assert not thread.is_alive()
    assert set(asked) <= {"127.0.0.1"}
    assert [entry.call for entry in google.journal.entries()] == ["token"]


def test_neither_account_nor_log_shows_a_secret(
    google: Google, log: pytest.LogCaptureFixture
) -> None:
    """Not at DEBUG, and not where an account is printed."""
    account = account_of(google)
    user = account_of(google, user=True)
    for each in (account, user):
        each.token()
    text = f"{log.text}{account!r}{account}{user!r}"

    assert [secret for secret in secrets_of(google) if secret in text] == []
    assert "eyJ" not in text
    assert set(google.accounts.tokens) == {account.token(), user.token()}


def test_the_scopes_that_are_asked_for(google: Google) -> None:
    """Sheets and Drive, and nothing else."""
    account_of(google).token()
    ((_, request),) = google.requests

    claims = parse_qs(request.body.decode())["assertion"][0].split(".")[1]
    scope = json.loads(base64.urlsafe_b64decode(claims + "=="))["scope"]
    assert scope.split() == [
        "https://www.googleapis.com/auth/spreadsheets",
        "https://www.googleapis.com/auth/drive",
    ]
