"""Instagram's tokens: what a refusal means, and that no secret is shown."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from promptpress.adapters.tokens import FileTokens
from promptpress.errors import (
    BadCredentials,
    MissingSetting,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from tests.adapters.renewing import DAY, LOGINS, START, failure, keeper
from tests.adapters.sending import TOKEN as CANARY
from tests.adapters.sending import leaks
from tests.fakes.instagram import ACCOUNT, Instagram, refusal, throttled
from tests.fakes.server import Answer, Fault


@pytest.fixture
def store(tmp_path: Path) -> FileTokens:
    return FileTokens(tmp_path / "tokens.json")


@pytest.fixture
def instagram() -> Iterator[Instagram]:
    """A token two days old, and a clock that only a test moves."""
    with Instagram(clock=lambda: START) as running:
        yield running


@pytest.fixture(params=LOGINS)
def either(request: pytest.FixtureRequest) -> Iterator[Instagram]:
    """The same, once with each login."""
    with Instagram(login=request.param, clock=lambda: START) as running:
        yield running


def test_the_app_s_secret_may_be_wrong(store: FileTokens) -> None:
    """Then the settings to correct are named, and no secret is."""
    with Instagram(login="facebook", clock=lambda: START) as instagram:
        wrong = {"app_secret": CANARY}, {"app_id": "1"}
        errors = [failure(keeper(instagram, store, **change)) for change in wrong]
        missing = [failure(keeper(instagram, store, **{name: " "})) for name in wrong[0] | wrong[1]]

    for error in errors:
        assert type(error) is BadCredentials
        assert "INSTAGRAM_APP_SECRET" in str(error)
        assert CANARY not in str(error)
    assert [type(error) for error in missing] == [MissingSetting] * 2


REFUSALS = [
    (throttled(ACCOUNT, 20), RateLimited, 1200.0),
    (throttled(ACCOUNT, 20, code=4), RateLimited, 1200.0),
    (refusal(4), RateLimited, None),
    (Answer(429, b"slow down", {"Retry-After": "33"}), RateLimited, 33.0),
    (refusal(10), BadCredentials, None),
    (refusal(200), BadCredentials, None),
    (refusal(25, 2207050), SetupError, None),
    (refusal(77777), SetupError, None),
    (Answer(404, b"<html><title>Nothing here</title></html>"), SetupError, None),
    (Answer(302, b"", {"Location": "https://example.com"}), SetupError, None),
    (Answer(407, b"proxy"), SetupError, None),
]


@pytest.mark.parametrize(
    ("answer", "kind", "wait"), REFUSALS, ids=[f"{i}" for i in range(len(REFUSALS))]
)
def test_a_refusal_says_what_to_do(
    instagram: Instagram,
    store: FileTokens,
    answer: Answer,
    kind: type[PromptpressError],
    wait: float | None,
) -> None:
    """What asks to wait is waited for; the rest stops, and the old token stays in use."""
    instagram.fail("refresh", Fault("before", answer=answer))
    tokens = keeper(instagram, store)

    error = failure(tokens)

    assert type(error) is kind
    assert error.service == "instagram"
    assert wait in (None, error.retry_after)
    assert tokens.current(START) == instagram.token


def test_nobody_there_and_nowhere_to_go(instagram: Instagram, store: FileTokens) -> None:
    """Without a connection it is tried again; a wrong address has to be corrected."""
    down = failure(keeper(instagram, store, api_url="http://127.0.0.1:1"))
    wrong = failure(keeper(instagram, store, api_url="nonsense"))

    assert isinstance(down, TransientError)
    assert type(wrong) is SetupError
    assert "INSTAGRAM_API_URL" in str(wrong)


@pytest.mark.parametrize("call", ["refresh", "account"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault("before"),
        Fault("before", answer=refusal(190, 463, f"the token {CANARY} is dead")),
        Fault("before", answer=refusal(100, 0, f"what is {CANARY}?")),
        Fault("before", answer=Answer(500, f"<p>{CANARY}</p>".encode())),
        Fault("before", answer=Answer(404, f"no /me?access_token={CANARY}".encode())),
    ],
    ids=["silence", "dead", "refused", "broken", "a page"],
)
@pytest.mark.parametrize("login", LOGINS)
def test_no_secret_is_shown(
    store: FileTokens, log: pytest.LogCaptureFixture, login: Any, call: str, fault: Fault
) -> None:
    """Neither the old token nor the app's secret, not even in locals or in what libraries log."""
    with Instagram(login=login, token=CANARY, clock=lambda: START) as instagram:
        instagram.tokens.app_secret = CANARY
        if call == "account":
            instagram.tokens.rotates = False  # then the new token is the canary too
        tokens = keeper(instagram, store, app_secret=CANARY)
        instagram.fail(call, Fault("before"))
        failure(tokens, START - 2 * DAY)  # so that it is old enough
        instagram.fail(call, fault, times=2)  # a new token that is dead is made anew once

        error = failure(tokens)

    assert leaks(error, log.text) == []
    assert CANARY not in repr(tokens)


def test_a_renewal_logs_no_secret(
    instagram: Instagram, store: FileTokens, log: pytest.LogCaptureFixture
) -> None:
    """Nor the new token."""
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    tokens = keeper(instagram, store)
    renewal = tokens.renew(START)

    for value in (instagram.token, tokens.current(START)):
        assert value not in log.text
        assert value not in repr(renewal)
