"""Calls to Google's APIs: answers that say no, and for how long."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from promptpress.adapters.google import Api
from promptpress.errors import (
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
)
from tests.adapters.driving import FOLDER_ID, api_of, running_drive
from tests.adapters.googling import account_of
from tests.fakes.google import ADDRESS, Google
from tests.fakes.google.service import refusal
from tests.fakes.server import Answer, Fault

PATH = f"/drive/v3/files/{FOLDER_ID}"
QUERY = {"supportsAllDrives": "true"}
NOTE = {"appProperties": {"mark": "made"}}


@pytest.fixture
def google() -> Iterator[Google]:
    """Drive with a folder in a Shared Drive."""
    with running_drive() as running:
        yield running


def of_sheets(status: int, message: str, code: str, reason: str = "") -> Answer:
    """Return a refusal as Sheets words it."""
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
    details: dict[str, Any] = {"details": [info]} if reason else {}
    error = {"code": status, "message": message, "status": code, **details}
    return Answer.json({"error": error}, status)


QUOTA = of_sheets(429, "Quota exceeded.", "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED")
NO: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "denied": (of_sheets(403, "The caller has no right", "PERMISSION_DENIED"), SetupError, ADDRESS),
    "not there": (of_sheets(404, "not found", "NOT_FOUND"), SetupError, ADDRESS),
    "invalid": (of_sheets(400, "range", "INVALID_ARGUMENT"), PermanentError, "report it"),
    "quota": (QUOTA, RateLimited, "we wait"),
    "quota as 403": (of_sheets(403, "Q", "", "rateLimitExceeded"), RateLimited, "we wait"),
    "switched off": (of_sheets(403, "Off", "", "SERVICE_DISABLED"), SetupError, "enable it"),
    "scopes": (
        of_sheets(403, "Scopes", "", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
        SetupError,
        "sign in again with both scopes",
    ),
    "daily": (refusal(403, "dailyLimitExceeded", "no more"), QuotaExhausted, "until tomorrow"),
    "text": (Answer.json({"error": "invalid_request"}, 400), PermanentError, "invalid_request"),
    "no error": (Answer.json({}, 400), PermanentError, "report it"),
    "odd parts": (
        Answer.json({"error": {"errors": "none", "details": [3], "message": 5}}, 403),
        SetupError,
        ADDRESS,
    ),
    "HTML 400": (Answer(400, b"<html>Bad Request</html>"), SetupError, "or the proxy"),
    "HTML 404": (Answer(404, b"<html>no such page</html>"), SetupError, "or the proxy"),
    "HTML 407": (Answer(407, b"<html>sign in</html>"), SetupError, "or the proxy"),
    "HTML 429": (Answer(429, b"<html>slow</html>"), RateLimited, "we wait"),
    "list": (Answer(403, b"[" * 100_000), SetupError, "or the proxy"),
}


def read(api: Api) -> None:
    api.read(PATH, QUERY)


def write(api: Api) -> None:
    api.write(PATH, NOTE, QUERY, method="PATCH")


@pytest.mark.parametrize("ask", [read, write])
@pytest.mark.parametrize(("answer", "kind", "words"), NO.values(), ids=NO.keys())
def test_each_no_says_what_to_do(
    answer: Answer,
    kind: type[PromptpressError],
    words: str,
    ask: Callable[[Api], None],
    google: Google,
) -> None:
    """It is the same for reads and writes: nothing was done."""
    google.fail("file", Fault("before", answer))

    with pytest.raises(kind) as caught:
        ask(api_of(google))

    assert words in str(caught.value)
    assert type(caught.value) is kind
    assert len(google.journal.entries(call="file")) == 1


def test_a_user_has_no_address_to_share_with(google: Google) -> None:
    """The message says to share it, and names nobody."""
    google.fail("file", Fault("before", refusal(403, "forbidden", "no")))

    with pytest.raises(SetupError, match=r"we may not use this folder: share it \(403"):
        api_of(google, account=account_of(google, user=True)).read(PATH, QUERY)


WAITS = [
    (0, None, 61.0),
    (45, None, 16.0),
    (59, None, 2.0),
    (45, "5", 16.0),
    (45, "400", 400.0),
    (45, "Sat, 01 Jan 2028 00:05:45 GMT", 300.0),
    (45, "soon", 16.0),
    (45, "-9", 16.0),
]


@pytest.mark.parametrize(("second", "asks", "seconds"), WAITS)
def test_a_wait_lasts_into_the_next_minute(
    second: int, asks: str | None, seconds: float, google: Google
) -> None:
    """That is when Google's quota is filled up; a longer wait that it asks for is kept."""
    now = datetime(2028, 1, 1, 0, 0, second, tzinfo=UTC)
    headers = {"Retry-After": asks} if asks else {}
    google.fail("file", Fault("before", Answer(429, QUOTA.body, headers)))

    with pytest.raises(RateLimited) as caught:
        api_of(google, clock=lambda: now).read(PATH, QUERY)
    assert caught.value.retry_after == seconds


def test_what_is_not_there_is_found_to_be_missing(google: Google) -> None:
    """Google's own 404 is an answer; that of another server is none."""
    api = api_of(google)
    assert api.find("/drive/v3/files/nothing", QUERY) is None
    assert (api.find(PATH, QUERY) or {}).get("id") == FOLDER_ID

    for body in (b"<html>no such page</html>", json.dumps({"detail": "Not Found"}).encode()):
        google.fail("file", Fault("before", Answer(404, body)))
        with pytest.raises(SetupError):
            api.find("/drive/v3/files/nothing", QUERY)
