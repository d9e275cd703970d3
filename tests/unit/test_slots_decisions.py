"""May a channel send now, and if not, when: the table of promptpress.slots, row by row."""

from datetime import timedelta

import pytest

from promptpress.slots import Due, Hours, Sent, Wait, read_hours, what_is_due
from tests.unit.hours import DAY, at, sent, utc


def ask(hours: Hours, clock: str, history: list[Sent] | None = None) -> str:
    """Return what is due, and if nothing is, until when: "due 09:00", "wait 01 18:00"."""
    found = what_is_due(hours, "telegram", at(clock), history or [])
    if isinstance(found, Wait):
        return f"wait {found.until:%d %H:%M}"
    return f"due {found.moment.key[11:]}" if found.moment else "due"


@pytest.mark.parametrize(
    ("clock", "skip", "following", "late"),
    [
        pytest.param("08:59:59", "wait 01 09:00", "wait 01 09:00", "wait 01 09:00", id="before"),
        pytest.param("09:00", "due 09:00", "due 09:00", "due 09:00", id="at-the-moment"),
        pytest.param("09:09:59", "due 09:00", "due 09:00", "due 09:00", id="within-grace"),
        pytest.param("09:10", "wait 01 18:00", "wait 01 18:00", "due 09:00", id="late"),
        pytest.param("09:59:59", "wait 01 18:00", "wait 01 18:00", "due 09:00", id="just-in-time"),
        pytest.param("10:00", "wait 01 18:00", "wait 01 18:00", "wait 01 18:00", id="too-late"),
        pytest.param("18:05", "due 18:00", "due 18:00", "due 18:00", id="next-slot"),
        pytest.param("19:00", "wait 02 09:00", "wait 02 09:00", "wait 02 09:00", id="next-day"),
    ],
)
def test_a_point_is_due_by_the_rule(clock: str, skip: str, following: str, late: str) -> None:
    """On time for every rule; afterwards due only where less than N minutes late are allowed."""
    found = [
        ask(read_hours(slots=["09:00", "18:00"], missed=rule), clock)
        for rule in ("skip", "next", "late 60")
    ]

    assert [skip, following, late] == found


@pytest.mark.parametrize("rule", ["skip", "next", "late 5"])
def test_a_window_is_on_time_until_its_end(rule: str) -> None:
    """Who looks once an hour still sends inside the window, whenever in it the moment was."""
    hours = read_hours(slots=["08:30-09:30"], missed=rule)

    assert ask(hours, "08:30").startswith("wait 01 0")
    assert ask(hours, "09:29:59") == "due 08:30-09:30"
    assert ask(hours, "09:45").startswith("wait 02 0")


def test_a_look_once_a_day_is_served_by_a_day_of_lateness() -> None:
    """A cron at nine sends one post a day with a slot before it and the rule late 1440."""
    hours = read_hours(slots=["00:00"], missed="late 1440")
    history: list[Sent] = []
    for day in range(2, 29):
        now = at(f"{day:02} 09:00")
        if isinstance(what_is_due(hours, "telegram", now, history), Due):
            history.append(Sent(now))

    assert len(history) == 27


def test_looks_every_ten_minutes_are_all_on_time() -> None:
    """The grace is as long as the longest interval between looks that it is meant for."""
    hours = read_hours(slots=["09:03"], missed="skip")

    assert [ask(hours, clock)[:4] for clock in ("09:00", "09:10", "09:20")] == [
        "wait",
        "due ",
        "wait",
    ]


def test_another_grace_is_possible() -> None:
    """Who looks every half hour says so."""
    hours = read_hours(slots=["09:03"])

    late = at("09:30")
    assert isinstance(what_is_due(hours, "x", late, []), Wait)
    assert isinstance(what_is_due(hours, "x", late, [], timedelta(minutes=30)), Due)


@pytest.mark.parametrize(
    ("history", "answer"),
    [
        pytest.param([], "due 09:00", id="nothing-sent"),
        pytest.param(sent("09:00"), "wait 01 18:00", id="at-its-moment"),
        pytest.param(sent("09:04"), "wait 01 18:00", id="after-its-moment"),
        pytest.param(sent("08:59:30"), "wait 01 18:00", id="by-a-clock-that-is-behind"),
        pytest.param(sent("09:06"), "wait 01 18:00", id="by-a-clock-that-is-ahead"),
        pytest.param(sent("08:58"), "due 09:00", id="before-its-moment"),
        pytest.param(sent("08:10", "07:00"), "due 09:00", id="hours-before"),
        pytest.param(sent("30 09:03"), "due 09:00", id="in-another-month"),
        pytest.param(sent("09:04", slot=f"{DAY} 09:00"), "wait 01 18:00", id="for-it"),
        pytest.param(sent("08:00", slot=f"{DAY} 09:00"), "wait 01 18:00", id="for-it-by-key"),
        pytest.param(sent("09:04", slot=""), "due 09:00", id="by-a-person"),
        pytest.param(sent("09:04", slot=f"{DAY} 09:01"), "wait 01 18:00", id="timetable-changed"),
    ],
)
def test_a_slot_is_used_once(history: list[Sent], answer: str) -> None:
    """At 9:05 the slot is due unless a send was for it, or was made while it was open."""
    hours = read_hours(slots=["09:00", "18:00"])

    assert answer == ask(hours, "09:05", history)


def test_sends_of_nobody_knows_what_use_one_slot_each() -> None:
    """Of two overlapping windows one send uses one, two use both."""
    hours = read_hours(slots=["09:00-12:00", "09:30-12:00"])

    assert ask(hours, "11:59").startswith("due")
    assert ask(hours, "11:59", sent("11:50")).startswith("due")
    assert ask(hours, "11:59", sent("11:50", "11:55")).startswith("wait 02")


def test_slots_that_are_open_at_once_let_one_post_go_each() -> None:
    """Asked again after each send, two open slots give two posts, and not a third."""
    hours = read_hours(slots=["09:00", "09:05"])
    answers = [ask(hours, "09:06", sent(*["09:06"] * number)) for number in range(3)]

    assert answers == ["due 09:05", "due 09:00", "wait 02 09:00"]


def test_a_person_s_post_takes_no_slot_of_another_hour() -> None:
    """A post at 15:00 with nothing written down leaves the slots before and after as they are."""
    hours = read_hours(slots=["09:00", "18:00"], missed="late 60")

    assert ask(hours, "18:00", sent("09:00", "15:00")) == "due 18:00"


@pytest.mark.parametrize(
    ("clock", "history", "answer"),
    [
        pytest.param("09:59", sent("09:09"), "due 09:00-10:00", id="far-enough"),
        pytest.param("09:45", sent("09:05"), "wait 01 09:55", id="too-near"),
        pytest.param("09:59", sent("09:15"), "wait 02 09:00", id="too-near-until-its-end"),
        pytest.param("09:45", sent("08:00", "09:05"), "wait 01 09:55", id="the-last-counts"),
        pytest.param("09:59", sent("10:20"), "wait 02 09:00", id="too-near-to-one-to-come"),
        pytest.param("09:59", sent("10:49"), "due 09:00-10:00", id="one-to-come-later"),
    ],
)
def test_posts_keep_their_distance(clock: str, history: list[Sent], answer: str) -> None:
    """With 50 minutes of distance a slot waits, within its time, for posts before and to come."""
    hours = read_hours(slots=["09:00-10:00"], distance=50)
    for_no_slot = [Sent(one.at, "") for one in history]

    found = ask(hours, clock, for_no_slot)
    assert answer == (f"{found[:8]}09:00" if found.startswith("wait 02") else found)


@pytest.mark.parametrize(
    ("history", "answer"),
    [
        pytest.param(sent("09:00"), "due 12:00", id="one-of-two"),
        pytest.param(sent("09:00", "10:00"), "wait 02 09:00", id="two-of-two"),
        pytest.param(sent("30 10:00", "30 11:00"), "due 12:00", id="on-other-days"),
        pytest.param(sent("09:00", "20:00", slot=""), "wait 02 09:00", id="one-to-come"),
    ],
)
def test_a_day_has_so_many_posts_and_no_more(history: list[Sent], answer: str) -> None:
    """With two posts a day the third slot of the day is closed, whoever sent the two."""
    hours = read_hours(slots=["09:00", "12:00", "18:00"], per_day=2)

    assert answer == ask(hours, "12:00", history)


def test_the_day_of_the_cap_is_the_channel_s() -> None:
    """In Kolkata the day ends at 18:30 in UTC, and with it the count."""
    hours = read_hours(zone="Asia/Kolkata", per_day=1)

    assert ask(hours, "18:29", sent("01:00")) == "wait 01 18:30"
    assert ask(hours, "18:30", sent("01:00")) == "due"


def test_a_day_that_begins_twice_is_counted_whole() -> None:
    """In Newfoundland a day began, stopped after a minute, and began again: no endless wait."""
    hours = read_hours(zone="America/St_Johns", per_day=1)
    # At 2:31 in UTC it was 0:01 on the 29th, and then 23:01 on the 28th once more.
    past = [Sent(utc("2006-10-28T12:00"))]

    early = what_is_due(hours, "x", utc("2006-10-29T02:00"), past)
    again = what_is_due(hours, "x", utc("2006-10-29T02:40"), past)
    waits = (
        [early.until, again.until] if isinstance(early, Wait) and isinstance(again, Wait) else []
    )
    assert [utc("2006-10-29T02:30"), utc("2006-10-29T03:30")] == waits


@pytest.mark.parametrize(
    ("hours", "history", "answer"),
    [
        pytest.param(Hours(), sent("12:00"), "due", id="nothing"),
        pytest.param(Hours(distance=30), [], "due", id="first"),
        pytest.param(Hours(distance=30), sent("11:30"), "due", id="distance-kept"),
        pytest.param(Hours(distance=30), sent("11:31"), "wait 01 12:01", id="distance"),
        pytest.param(Hours(distance=30), sent("12:10"), "wait 01 12:40", id="before-one-to-come"),
        pytest.param(Hours(distance=30), sent("11:40", "12:20"), "wait 01 12:50", id="between"),
        pytest.param(Hours(per_day=2), sent("11:30"), "due", id="cap-not-reached"),
        pytest.param(Hours(per_day=1), sent("11:30"), "wait 02 00:00", id="cap"),
        pytest.param(Hours(distance=60, per_day=1), sent("23:30"), "wait 02 00:30", id="both"),
    ],
)
def test_who_has_no_slots_is_always_open(hours: Hours, history: list[Sent], answer: str) -> None:
    """Without slots only the distance and the cap say no."""
    assert answer == ask(hours, "12:00", history)


@pytest.mark.parametrize(
    ("hours", "history", "why"),
    [
        (read_hours(slots=["18:00"]), [], "its next slot"),
        (read_hours(distance=30), sent("11:50"), "its posts keep 30 minutes apart"),
        (read_hours(per_day=1), sent("11:50"), "it has sent its 1 posts of the day"),
    ],
)
def test_it_says_what_it_waits_for(hours: Hours, history: list[Sent], why: str) -> None:
    """A person can read what stands in the way."""
    found = what_is_due(hours, "telegram", at("12:00"), history)

    assert why == found.why if isinstance(found, Wait) else found
