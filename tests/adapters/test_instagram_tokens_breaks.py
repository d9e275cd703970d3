"""Instagram's tokens: renewed once, and never lost, whatever is killed or goes unanswered."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from promptpress.adapters.tokens import FileTokens
from promptpress.errors import (
    TransientError,
)
from promptpress.ports import Token
from tests.adapters.renewing import DAY, HASTY, LOGINS, START, asked, failure, keeper, works
from tests.fakes.instagram import Instagram, refusal
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


def test_two_runs_at_once_renew_once(either: Instagram, store: FileTokens) -> None:
    """The second waits for the first, and finds that there is nothing to do."""
    either.latency = 0.05
    keepers = [keeper(either, store) for _ in range(6)]

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(r.outcome for r in pool.map(lambda k: k.renew(START), keepers))

    assert outcomes == ["not due"] * 5 + ["renewed"]
    assert asked(either) == ["refresh", "account"]
    assert len({each.current(START) for each in keepers}) == 1


def test_a_user_meanwhile_has_a_token_that_works(either: Instagram, store: FileTokens) -> None:
    """While a renewal runs, and after each thing it asks, the token in use is alive."""
    seen = []

    def look(call: str) -> None:
        seen.append(keeper(either, store).current(START))

    either.before = either.after = look
    keeper(either, store).renew(START)

    assert len(seen) == 4
    assert all(works(either, value) for value in seen)


# --- lost answers ---

SILENCES = [
    Fault("before"),
    Fault("after"),
    Fault("after", cut_at=20),
    Fault("after", hang=True),
    Fault("after", drip=0.05),
    Fault("after", answer=Answer(200, b"<html>log in</html>")),
    Fault("after", answer=Answer(200, b"{}")),
    Fault("after", answer=Answer(200, b"[]")),
    Fault("after", answer=Answer(200, b'{"access_token": ""}')),
    Fault("after", answer=Answer(200, b'{"access_token": "a b\\n"}')),
    Fault("after", answer=Answer(200, b'{"access_token": 7, "id": {}}')),
    Fault("after", answer=Answer(200, b"x" * 200_000)),
    Fault("after", answer=Answer(502, b"<html>bad gateway</html>")),
    Fault("before", answer=refusal(1)),
    Fault("before", answer=refusal(2, transient=True)),
]


@pytest.mark.parametrize("call", ["refresh", "account"])
@pytest.mark.parametrize("fault", SILENCES, ids=range(len(SILENCES)))
def test_a_lost_answer_loses_nothing(
    instagram: Instagram, store: FileTokens, call: str, fault: Fault
) -> None:
    """The old token stays in use and stays good; the next run renews it."""
    if call == "account" and fault.answer is not None and b"access_token" in fault.answer.body:
        fault = replace(fault, answer=Answer(200, b'{"id": ""}'))
    instagram.fail(call, fault)
    tokens = keeper(instagram, store, limits=HASTY)

    error = failure(tokens)

    assert isinstance(error, TransientError)
    assert tokens.current(START) == instagram.token
    assert works(instagram, tokens.current(START))
    again = keeper(instagram, store)
    assert again.renew(START).outcome == "renewed"
    assert works(instagram, again.current(START))
    assert again.current(START) != instagram.token


def test_a_new_token_that_was_not_asked_yet_is_not_lost(
    instagram: Instagram, store: FileTokens
) -> None:
    """The next run asks it, and makes no other."""
    instagram.fail("account", Fault("before"))
    failure(keeper(instagram, store))

    renewal = keeper(instagram, store).renew(START)

    assert renewal.outcome == "renewed"
    assert asked(instagram) == ["refresh", "account", "account"]


def test_a_new_token_that_does_not_work_is_not_used(either: Instagram, store: FileTokens) -> None:
    """The old one stays; the next run asks once more, and then makes another."""
    either.fail("account", Fault("before", answer=refusal(190)), times=2)
    tokens = keeper(either, store)

    error = failure(tokens)
    renewal = keeper(either, store).renew(START)

    assert isinstance(error, TransientError)
    assert "old one" in str(error)
    assert renewal.outcome == "renewed"
    assert asked(either) == ["refresh", "account", "account", "refresh", "account"]


def test_a_token_that_was_not_asked_yet_is_better_than_a_dead_one(
    instagram: Instagram, store: FileTokens
) -> None:
    """When the one in use ends before the other was asked, the other is used."""
    keeper(instagram, store).renew(START)
    instagram.wait(40 * DAY)
    instagram.fail("account", Fault("before"))
    failure(keeper(instagram, store), instagram.now())
    instagram.wait(20 * DAY)

    value = keeper(instagram, store).current(instagram.now())

    assert works(instagram, value)
    assert keeper(instagram, store).renew(instagram.now()).outcome == "renewed"


# --- kills ---


class _Killed(BaseException):
    """Stands for a kill: nothing of ours catches it."""


class _Dying(FileTokens):
    """A store whose process is killed before or after its next change."""

    left = -1
    """Changes, counted in halves, until the kill; negative: none comes."""

    def put(self, name: str, token: Token) -> None:
        self._count()
        super().put(name, token)
        self._count()

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise _Killed


@pytest.mark.parametrize("moment", range(1, 9))
def test_a_kill_at_any_change_leaves_a_token_that_works(
    either: Instagram, tmp_path: Path, moment: int
) -> None:
    """Afterwards the token in use lives, the next run renews, and no more than once besides."""
    store = _Dying(tmp_path / "tokens.json")
    store.left = moment

    with pytest.raises(_Killed):
        keeper(either, store).renew(START)

    after = FileTokens(tmp_path / "tokens.json")
    assert works(either, keeper(either, after).current(START))
    keeper(either, after).renew(START)
    value = keeper(either, after).current(START)
    assert works(either, value)
    assert value != either.token
    assert asked(either).count("refresh") <= 2


@pytest.mark.parametrize("call", ["refresh", "account"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_while_it_asks_leaves_a_token_that_works(
    either: Instagram, store: FileTokens, call: str, when: str
) -> None:
    """A lost new token is no loss: the old one can be renewed again."""
    setattr(either, when, _cut(call))
    failure(keeper(either, store))
    either.before = either.after = lambda call: None

    assert works(either, keeper(either, store).current(START))
    assert keeper(either, store).renew(START).outcome == "renewed"


def _cut(call: str) -> Any:
    def cut(name: str) -> None:
        if name == call:
            raise ConnectionError

    return cut
