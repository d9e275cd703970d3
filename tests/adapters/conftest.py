"""Fixtures of the adapters' tests."""

import logging
from collections.abc import Iterator

import pytest

from promptpress.adapters.telegram import TelegramPublisher
from tests.adapters.calling import Echo
from tests.adapters.sending import TOKEN, publisher_of
from tests.adapters.sheeting import PLAIN, Office
from tests.fakes.google import Google
from tests.fakes.sheets import Sheets
from tests.fakes.telegram import Telegram


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the proxies and certificates of the machine that runs the tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything that anybody logs."""
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    with Telegram(token=TOKEN) as stand_in:
        yield stand_in


@pytest.fixture
def publisher(telegram: Telegram) -> TelegramPublisher:
    return publisher_of(telegram)


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as stand_in:
        yield stand_in


@pytest.fixture
def google() -> Iterator[Google]:
    """Accounts and Drive."""
    with Google() as running:
        yield running


@pytest.fixture(params=["shift", "delete"])
def sheets(request: pytest.FixtureRequest, google: Google) -> Iterator[Sheets]:
    """Sheets, in both ways that removing duplicates may work."""
    with Sheets(authorize=google.accepts, duplicates=request.param) as running:
        yield running


@pytest.fixture
def office(google: Google, sheets: Sheets) -> Office:
    """An unmodified sheet: a heading and two prompts, and the tab Done."""
    return Office(google, sheets, PLAIN)
