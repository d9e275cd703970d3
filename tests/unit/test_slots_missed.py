"""Slots that nobody used: what the rules make of an outage, and which slots count as missed."""

import pytest

from promptpress.slots import Hours, Sent, Wait, missed_slots, read_hours, what_is_due
from tests.unit.hours import DAY, at, sent


def ask(hours: Hours, clock: str, history: list[Sent] | None = None) -> str:
    """Return what is due, and if nothing is, until when: "due 09:00", "wait 01 18:00"."""
    found = what_is_due(hours, "telegram", at(clock), history or [])
    if isinstance(found, Wait):
        return f"wait {found.until:%d %H:%M}"
    return f"due {found.moment.key[11:]}" if found.moment else "due"


def missed(hours: Hours, since: str, clock: str, history: list[Sent] | None = None) -> list[str]:
    """Return the times of the slots that were missed since."""
    found = missed_slots(hours, "telegram", at(since), at(clock), history or [])
    return [moment.key[11:] for moment in found]


@pytest.mark.parametrize(
    ("rule", "due", "lost"),
    [
        pytest.param("skip", "wait 01 18:00", ["09:00", "12:00"], id="skip"),
        pytest.param("next", "wait 01 18:00", ["09:00", "12:00"], id="next"),
        pytest.param("late 60", "wait 01 18:00", ["09:00", "12:00"], id="late-too-little"),
        pytest.param("late 180", "due 12:00", ["09:00"], id="late-enough"),
        pytest.param("late 1440", "due 12:00", ["09:00"], id="late-enough-for-both"),
    ],
)
def test_after_an_outage_of_six_hours(rule: str, due: str, lost: list[str]) -> None:
    """From 8 to 14 nobody looked: two slots passed, and at most the last of them is sent late."""
    hours = read_hours(slots=["09:00", "12:00", "18:00"], missed=rule)

    assert (due, lost) == (ask(hours, "14:00"), missed(hours, "00:00", "14:00"))
    # One late post, and then the slots again: no burst.
    assert ask(hours, "14:05", sent("14:00")) == "wait 01 18:00"


def test_a_slot_that_was_held_up_is_not_missed() -> None:
    """What the distance or the cap did not allow takes no post away."""
    near = read_hours(slots=["09:00", "09:30", "18:00"], distance=60)
    far = read_hours(slots=["09:00", "18:00"], distance=60)
    full = read_hours(slots=["09:00", "12:00", "18:00"], per_day=1)

    assert missed(near, "00:00", "17:00", sent("09:00")) == []
    assert missed(full, "00:00", "17:00", sent("09:00")) == []
    # A post with an own time was to come, and the slot made way for it.
    assert missed(far, "00:00", "17:00", sent("09:50", slot="")) == []


def test_what_is_sent_later_does_not_hide_a_missed_slot() -> None:
    """A slot that nobody looked at stays missed when later ones fill the day."""
    hours = read_hours(slots=["09:00", "12:00", "18:00"], per_day=2, distance=240)

    assert missed(hours, "00:00", "19:00", sent("12:00", "18:00")) == ["09:00"]


def test_only_slots_since_a_post_was_ready_are_missed() -> None:
    """An empty queue misses nothing: what comes later waits for the next slot."""
    hours = read_hours(slots=["09:00", "12:00", "18:00"], missed="skip")

    assert missed(hours, "09:01", "12:05") == []
    assert missed(hours, "09:01", "12:10") == ["12:00"]
    assert missed(hours, "12:30", "17:00") == []


def test_a_slot_at_the_instant_a_post_was_ready_is_missed_with_the_others() -> None:
    """Ready at nine is ready for the slot at nine."""
    hours = read_hours(slots=["09:00", "12:00"], missed="skip")

    assert missed(hours, "09:00", "11:00") == ["09:00"]


def test_a_send_for_an_earlier_slot_is_not_taken_for_a_missed_one() -> None:
    """What names its slot uses that one, also if it was before the time that is asked about."""
    hours = read_hours(slots=["09:00", "09:08"])

    assert missed(hours, "09:05", "11:00", sent("09:09", slot=f"{DAY} 09:00")) == ["09:08"]
    assert missed(hours, "09:05", "11:00", sent("09:09", slot=f"{DAY} 09:08")) == []


def test_no_slots_cannot_be_missed() -> None:
    """Who is always open misses nothing."""
    assert missed(read_hours(), "00:00", "17:00") == []
