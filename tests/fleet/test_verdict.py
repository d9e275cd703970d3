"""What the fleet's verdict finds: each promise that may be broken, and no other."""

from datetime import UTC, datetime, timedelta

import pytest

from promptpress.model import PostState
from tests.fleet.chaos import Blow, Target
from tests.fleet.fleet import LEASE
from tests.fleet.verdict import Account, away, find_faults
from tests.fleet.watching import InHand


def _blow(*in_hand: InHand, target: Target = "a worker", outage: float = 0.0) -> Blow:
    return Blow(target, datetime(2026, 1, 1, tzinfo=UTC), 0, list(in_hand), outage)


ASKED = InHand(1, "a-run-1", is_generating=True, is_sending=False)
SENDING = InHand(1, "a-run-1", is_generating=False, is_sending=True)
WAITING = InHand(1, "a-run-1", is_generating=False, is_sending=False)


def _find(state: str, made: int, sent: int, *blows: Blow) -> list[str]:
    """Return what is found of a post, beside one that has nothing to hide."""
    account = Account(
        states={1: state, 2: PostState.PUBLISHED}, made=[1] * made + [2], sent=[2] + [1] * sent
    )
    return find_faults(account, blows)


@pytest.mark.parametrize(
    ("state", "made", "sent", "blows", "fault"),
    [
        ("published", 1, 2, [_blow(SENDING)], "post 1 was sent 2 times"),
        ("published", 2, 1, [], "post 1 was paid for 2 times"),
        ("published", 2, 1, [_blow(WAITING)], "post 1 was paid for 2 times"),
        ("published", 3, 1, [_blow(ASKED)], "post 1 was paid for 3 times"),
        ("published", 1, 0, [_blow(SENDING)], "post 1 is called published, and was not sent"),
        ("generated", 1, 0, [], "post 1 is generated, and nobody works any more"),
        ("in_doubt", 1, 1, [_blow(ASKED)], "post 1 is in doubt, and no kill met its send"),
        ("failed", 2, 0, [_blow(ASKED)], "post 1 was set aside"),
    ],
)
def test_a_promise_that_was_broken_is_found(
    state: str, made: int, sent: int, blows: list[Blow], fault: str
) -> None:
    """One sentence for it, and none for its neighbour."""
    assert _find(state, made, sent, *blows) == [fault]


@pytest.mark.parametrize(
    ("state", "made", "sent", "blows"),
    [
        ("published", 1, 1, []),
        ("published", 2, 1, [_blow(ASKED)]),
        ("published", 3, 1, [_blow(ASKED), _blow(ASKED)]),
        ("in_doubt", 1, 0, [_blow(SENDING)]),
        ("failed", 2, 0, [_blow(ASKED), _blow(ASKED)]),
        ("published", 2, 1, [_blow(WAITING, target="the database", outage=LEASE)]),
    ],
)
def test_what_a_kill_explains_is_no_fault(
    state: str, made: int, sent: int, blows: list[Blow]
) -> None:
    """A picture asked for when the kill came may be paid for again, a send may stay open."""
    assert _find(state, made, sent, *blows) == []


def test_what_a_server_was_away_in_a_time_is_counted_once() -> None:
    """Only the part of an outage that lies in it; a kill is none."""
    end = datetime(2026, 1, 1, tzinfo=UTC)
    blows = [_blow(target="the database", outage=20), _blow()]

    assert away(blows, end - timedelta(seconds=5), end + timedelta(seconds=30)) == 5
    assert away(blows, end, end + timedelta(seconds=30)) == 0
