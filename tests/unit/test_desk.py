"""tasks.desk: what the audit tells of a channel's past, and who gets leave to send."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from promptpress.model import AuditEvent, Post, PostState
from promptpress.settings import Settings
from promptpress.slots import Sent
from promptpress.wiring import Services, use_services
from tasks.desk import Chance, Desk, Past, fence_id, read_past

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def told(*steps: str, post_id: int = 1, service: str = "art") -> list[AuditEvent]:
    """Return events a minute apart, each from words such as "send begun 06:00"."""
    return [
        AuditEvent(
            id=f"{service}-{post_id}-{number}",
            at=NOON + timedelta(minutes=number),
            run="run",
            post_id=post_id,
            action=action,
            outcome=outcome,
            service=service,
            detail={"slot": rest[0]} if rest else {},
        )
        for number, step in enumerate(steps)
        for action, outcome, *rest in [step.split("|")]
    ]


@pytest.mark.parametrize(
    ("steps", "used"),
    [
        pytest.param(["send|begun|six", "send|done"], ["six"], id="sent"),
        pytest.param(["send|begun|six"], ["six"], id="under-way"),
        pytest.param(["send|begun|six", "send|not sent"], [], id="surely-not-sent"),
        pytest.param(["send|begun|six", "send|failed"], [], id="refused"),
        pytest.param(["send|begun|six", "send|unknown"], ["six"], id="in-doubt"),
        pytest.param(
            ["send|begun|six", "send|unknown", "resolve|not sent"], [], id="a-person-says-not"
        ),
        pytest.param(
            ["send|begun|six", "send|unknown", "resolve|sent"], ["six"], id="a-person-says-sent"
        ),
        pytest.param(
            ["send|begun|six", "send|not sent", "send|begun|six", "send|done"],
            ["six"],
            id="at-the-second-try",
        ),
        pytest.param(["send|begun|six", "send|done", "send|failed"], ["six"], id="a-later-refusal"),
        pytest.param(["send|failed"], [], id="refused-before-it-was-begun"),
        pytest.param(["resolve|not sent"], [], id="a-doubt-from-before-we-look"),
        pytest.param(["miss|done|six"], ["six"], id="missed"),
        pytest.param(["send|begun|"], [""], id="outside-its-slots"),
        pytest.param(["send|begun"], [None], id="nobody-wrote-the-slot-down"),
    ],
)
def test_a_slot_is_used_unless_nothing_was_surely_sent(
    steps: list[str], used: list[str | None]
) -> None:
    """What is under way or in doubt counts as sent, until somebody knows better."""
    past = read_past(told(*steps))

    assert [sent.slot for sent in past["art"].sent] == used
    assert past["art"].latest == f"art-1-{len(steps) - 1}"


def test_channels_and_posts_are_kept_apart() -> None:
    """What became of one post, or on one channel, says nothing of the others."""
    events = [
        *told("send|begun|six", post_id=1),
        *told("send|begun|seven", "send|not sent", post_id=2),
        *told("send|not sent", post_id=1, service="news"),
    ]
    past = read_past(events)

    assert [sent.slot for sent in past["art"].sent] == ["six"]
    assert past["news"].sent == []
    assert read_past([]) == {}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Services]:
    """Services with channels that have hours, and one that has none."""
    channel = {
        "open": {"kind": "site"},
        "art": {"kind": "site", "slots": ["11:55"]},
        "apart": {"kind": "site", "least_minutes": 30},
        "strict": {"kind": "site", "slots": ["06:00"], "missed": "skip"},
    }
    settings = Settings(_env_file=None, data_dir=tmp_path, channels=tuple(channel), channel=channel)
    with use_services(Services(settings, now=lambda: NOON)) as services:
        yield services


def post(number: int, state: PostState = PostState.READY, **fields: str) -> Post:
    """Return a post that was ready yesterday."""
    since = NOON - timedelta(days=1)
    return Post(id=number, prompt="a fox", state=state, created_at=since, **fields)  # type: ignore[arg-type]  # texts only


def slot_of(chance: Chance | None) -> str | None:
    """Return the time of the slot of a chance; None where there is no chance."""
    return None if chance is None else chance.slot[-5:]


def test_a_channel_without_hours_takes_all_and_keeps_nobody_out(house: Services) -> None:
    """Whoever sends there at the same time may: no fence is written."""
    desk = Desk("open", NOON, Past())

    assert [desk.decide(post(n)) for n in (1, 2, 3)] == [Chance("")] * 3
    assert fence_id(Chance("")) == fence_id(None) == ""


def test_a_slot_is_given_out_once(house: Services) -> None:
    """The first in line has it, the next one waits."""
    desk = Desk("art", NOON, Past())

    assert [slot_of(desk.decide(post(n))) for n in (1, 2)] == ["11:55", None]


def test_a_slot_that_was_used_is_given_to_nobody(house: Services) -> None:
    """But one that was surely not sent gives it back."""
    chance = Desk("art", NOON, Past()).decide(post(1))
    assert chance is not None
    begun = f"send|begun|{chance.slot}"
    seen = {
        outcome: Desk("art", NOON, read_past(told(begun, outcome))["art"]).decide(post(2))
        for outcome in ("send|done", "send|unknown", "send|not sent")
    }

    assert [slot_of(found) for found in seen.values()] == [None, None, "11:55"]
    assert fence_id(seen["send|not sent"]) != fence_id(chance)  # it is another try


def test_the_same_past_gives_the_same_fence(house: Services) -> None:
    """Two runs write the same id for the same reason, and another once anything has happened."""
    one, same = (Desk("apart", NOON, Past()).decide(post(n)) for n in (1, 2))
    later = Desk("apart", NOON, Past(latest="event-9")).decide(post(1))
    ids = [fence_id(chance) for chance in (one, same, later)]

    assert ids[0] == ids[1] != ids[2]
    assert all(len(one) == 32 for one in ids)
    assert Desk("apart", NOON, Past(latest="event-9")).decide(post(1)) == later


def test_a_skipped_slot_takes_one_post_with_it(house: Services) -> None:
    """The first that was ready then; one that was made later, or is not made yet, stays."""
    past = Past([Sent(NOON - timedelta(hours=30), "")])  # it has sent before, for no slot
    late = Post(id=1, prompt="a fox", state=PostState.READY, created_at=NOON)
    unmade = post(2, PostState.QUEUED)
    desk = Desk("strict", NOON, past)

    assert desk.decide(unmade) is None
    chance = desk.decide(post(3))
    assert chance is not None
    assert "went by and nobody looked" in chance.missed
    assert desk.decide(post(4)) is None
    assert Desk("strict", NOON, past).decide(late) is None


@pytest.mark.parametrize(
    ("clock", "channel", "chance"),
    [
        pytest.param("13:00", "art", None, id="to-come"),
        pytest.param("12:00", "art", Chance(""), id="now-without-a-slot"),
        pytest.param("12:00", "open", Chance(""), id="now"),
        pytest.param("01:00", "open", Chance(""), id="long-ago"),
    ],
)
def test_a_post_s_own_time_is_its_slot(
    house: Services, clock: str, channel: str, chance: Chance | None
) -> None:
    """Before it the post waits; then it is due, whatever slots there are."""
    own = post(1, local_time=f"2026-11-21 {clock}", zone="UTC")
    found = Desk(channel, NOON, Past()).decide(own)

    assert (found is None) is (chance is None)
    assert found is None or (found.slot, found.missed) == ("", "")


def test_an_own_time_that_went_by_is_missed_where_the_rule_says_so(house: Services) -> None:
    """The reason is for a person; who retries it later is told by the queue's history."""
    chance = Desk("strict", NOON, Past()).decide(post(1, local_time="2026-11-21 01:00", zone="UTC"))

    assert chance is not None
    assert chance.missed == "nobody looked at its own time"
