"""Instagram's tokens: renewed in time, and told of when they cannot be."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from promptpress.adapters.tokens import FileTokens
from promptpress.errors import (
    BadCredentials,
    MissingSetting,
    SetupError,
)
from tests.adapters.renewing import DAY, LOGINS, START, asked, failure, keeper, works
from tests.fakes.instagram import Instagram, refusal
from tests.fakes.server import Fault


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


def test_the_token_in_the_settings_is_renewed_at_once(either: Instagram, store: FileTokens) -> None:
    """Nobody knows how old it is. The new one is asked one question before it is used."""
    tokens = keeper(either, store)
    first = tokens.current(START)

    renewal = tokens.renew(START)

    assert first == either.token
    assert (renewal.outcome, renewal.expires_at) == ("renewed", START + 60 * DAY)
    assert tokens.current(START) not in ("", either.token)
    assert works(either, tokens.current(START))
    assert asked(either) == ["refresh", "account"]
    assert keeper(either, store).current(START) == tokens.current(START)


def test_it_is_left_alone_until_half_its_life_is_over(either: Instagram, store: FileTokens) -> None:
    """A weekly run renews it after 30 days, and so for ever; each time the old one still lives."""
    tokens = keeper(either, store)
    outcomes = []
    for _ in range(20):
        outcomes.append(tokens.renew(either.now()).outcome)
        assert works(either, tokens.current(either.now()))
        assert tokens.warn(either.now()) == ""
        either.wait(7 * DAY)

    assert [week for week, outcome in enumerate(outcomes) if outcome == "renewed"] == [0, 5, 10, 15]


def test_a_token_whose_age_is_unknown_may_be_too_young(
    instagram: Instagram, store: FileTokens
) -> None:
    """On its first day a refusal is no error; a day later it is renewed."""
    instagram.token = instagram.tokens.give("instagram").value
    tokens = keeper(instagram, store)

    first = tokens.renew(START)
    instagram.wait(DAY)
    second = tokens.renew(instagram.now())

    assert (first.outcome, first.expires_at) == ("too young", None)
    assert second.outcome == "renewed"
    assert asked(instagram) == ["refresh", "refresh", "account"]


def test_facebooks_token_has_no_youngest_age(store: FileTokens) -> None:
    """A token of an hour's life is exchanged for one of 60 days."""
    with Instagram(login="facebook", clock=lambda: START) as instagram:
        instagram.token = instagram.tokens.give("facebook", life=DAY / 24).value

        renewal = keeper(instagram, store).renew(START)

    assert renewal.expires_at == START + 60 * DAY


def test_what_cannot_be_renewed_is_told_after_a_day(
    instagram: Instagram, store: FileTokens
) -> None:
    """A short-lived token of Instagram's is refused for ever: a person has to make another."""
    instagram.token = instagram.tokens.give("instagram", life=DAY / 24).value
    tokens = keeper(instagram, store)
    tokens.renew(START)
    instagram.tokens.known[instagram.token].expires = START + 9 * DAY

    error = failure(tokens, START + DAY)

    assert type(error) is SetupError
    assert "long-lived token" in str(error)
    assert "INSTAGRAM_ACCESS_TOKEN" in str(error)


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 467, 492, 0])
def test_a_dead_token_needs_a_person(either: Instagram, store: FileTokens, subcode: int) -> None:
    """The error says so, and says what to do; nothing in the store is lost."""
    tokens = keeper(either, store)
    either.fail("refresh", Fault("before", answer=refusal(190, subcode)))

    error = failure(tokens)

    assert type(error) is BadCredentials
    assert "log in" in str(error)
    assert "INSTAGRAM_ACCESS_TOKEN" in str(error)
    assert tokens.current(START) == either.token


def test_a_new_token_in_the_settings_takes_the_place_of_all(
    either: Instagram, store: FileTokens
) -> None:
    """A person made it because the others are dead, or another account is to be used."""
    keeper(either, store).renew(START)
    for token in either.tokens.known.values():
        token.subcode = 460
    second = either.tokens.give(either.tokens.known[either.token].login, age=2 * DAY).value
    tokens = keeper(either, store, given=f" {second}\n")

    before = tokens.current(START)
    renewal = tokens.renew(START)

    assert before == second
    assert renewal.outcome == "renewed"
    assert tokens.current(START) not in (before, either.token)
    assert keeper(either, store, given=second).current(START) == tokens.current(START)


def test_a_store_with_a_token_needs_none_in_the_settings(
    instagram: Instagram, store: FileTokens
) -> None:
    """With neither there is nothing to begin with."""
    empty = keeper(instagram, store, given=" ")
    with pytest.raises(MissingSetting, match="INSTAGRAM_ACCESS_TOKEN"):
        empty.current(START)
    with pytest.raises(MissingSetting, match="INSTAGRAM_ACCESS_TOKEN"):
        empty.renew(START)
    keeper(instagram, store).renew(START)

    renewed = keeper(instagram, store, given="").current(START)

    assert works(instagram, renewed)
    assert keeper(instagram, store, given="").renew(START).outcome == "not due"


def test_the_same_token_may_come_back(either: Instagram, store: FileTokens) -> None:
    """Some services only lengthen its life: then that is what is kept."""
    either.tokens.rotates = False
    tokens = keeper(either, store)

    tokens.renew(START)
    either.wait(31 * DAY)
    tokens.renew(either.now())

    assert tokens.current(either.now()) == either.token
    kept = store.get("instagram")
    assert kept is not None
    assert kept.expires_at == START + 91 * DAY


def test_each_channel_has_its_own(instagram: Instagram, store: FileTokens) -> None:
    """Two accounts in one store do not touch each other."""
    other = instagram.tokens.give("instagram", age=2 * DAY).value
    one, two = keeper(instagram, store), keeper(instagram, store, given=other, name="second")

    one.renew(START)

    assert two.current(START) == other
    assert two.renew(START).outcome == "renewed"
    assert one.current(START) != two.current(START)


def test_a_warning_comes_seven_days_ahead(instagram: Instagram, store: FileTokens) -> None:
    """It names the day and what to do; afterwards it says that the token has ended."""
    tokens = keeper(instagram, store)
    unknown = tokens.warn(START)
    tokens.renew(START)

    quiet = tokens.warn(START + 53 * DAY - timedelta(seconds=1))
    early, late = tokens.warn(START + 53 * DAY), tokens.warn(START + 60 * DAY)

    assert (unknown, quiet) == ("", "")
    assert tokens.expires_at(START) == START + 60 * DAY
    assert "ends on 2027-01-20 09:00 UTC: run refresh-tokens" in early
    assert "ended on 2027-01-20 09:00 UTC: log in" in late
    assert tokens.current(START) not in early + late
