"""refresh-tokens: an Instagram token is renewed before it dies, wherever it is kept."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.refresh_tokens import refresh_tokens
from promptpress.errors import TransientError
from promptpress.ports import Token
from tasks.tokens import SecretBlocks
from tests.fakes.instagram import Instagram
from tests.fakes.server import Answer, Fault, Journal
from tests.flows.conftest import MakeServices, run

pytestmark = pytest.mark.flow


class Clock:
    """A clock for both sides."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    """The time of the test."""
    return Clock()


@pytest.fixture
def instagram(journal: Journal, clock: Clock) -> Iterator[Instagram]:
    """A stand-in whose tokens die by the test's clock."""
    with Instagram(journal=journal, clock=clock) as running:
        yield running


@pytest.mark.parametrize("kept", ["file", "prefect"])
def test_a_token_lives_on(
    kept: str, make_services: MakeServices, instagram: Instagram, clock: Clock, journal: Journal
) -> None:
    """Week after week: it is renewed in time, kept where it was wished, and used from there."""
    names = "instagram"
    for week in range(12):
        services = make_services(channels=names, tokens=kept, **instagram.environment())
        services.now = clock
        state = run(refresh_tokens)
        assert state.type.value == "COMPLETED", (week, state.message)
        clock.at += timedelta(days=7)

    assert len(journal.accepted("refresh")) >= 2
    keeper = services.keepers["instagram"]
    ends = keeper.expires_at(clock.at)
    assert ends is not None
    assert ends > clock.at
    if kept == "file":
        file = services.settings.data_dir / "tokens.json"
        assert file.stat().st_mode & 0o777 == 0o600


def test_without_such_channels_there_is_nothing_to_do(make_services: MakeServices) -> None:
    """It asks nobody."""
    make_services()

    assert run(refresh_tokens).name == "NothingToDo"


def test_a_dead_token_is_told_in_a_sentence(
    make_services: MakeServices, instagram: Instagram, clock: Clock
) -> None:
    """The run fails with what to do; the token stands nowhere."""
    services = make_services(channels="instagram", **instagram.environment())
    services.now = clock
    clock.at += timedelta(days=61)
    state = run(refresh_tokens)

    assert state.type.value == "FAILED"
    assert "INSTAGRAM_ACCESS_TOKEN" in str(state.message)
    assert instagram.token not in str(state.message)


def test_a_lost_answer_costs_no_token(
    make_services: MakeServices, instagram: Instagram, clock: Clock
) -> None:
    """The old one goes on, and is renewed the next time."""
    services = make_services(channels="instagram", **instagram.environment())
    services.now = clock
    run(refresh_tokens)
    clock.at += timedelta(days=40)
    instagram.fail("refresh", Fault("after"), times=3)
    run(refresh_tokens)
    instagram.fail("refresh", Fault("before", Answer(500, b"down")))
    assert run(refresh_tokens).type.value == "COMPLETED"


def test_a_server_that_is_away_is_asked_again_later() -> None:
    """Tokens in Secret blocks are neither lost nor in the way while Prefect's server is gone."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/api"
        with temporary_settings({PREFECT_API_URL: url}):
            with pytest.raises(TransientError, match="asked again later"):
                SecretBlocks().get("telegram")
            with pytest.raises(TransientError, match="asked again later"):
                SecretBlocks().put("telegram", Token("t", None, datetime.now(UTC)))
