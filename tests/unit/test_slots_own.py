"""Posts with a time of their own: which instant it is, and what becomes of it when it is over."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptpress.errors import InvalidPost, SetupError
from promptpress.slots import Due, Hours, Missed, Sent, Wait, decide_own, own_instant, read_hours
from tests.unit import hours as a
from tests.unit.hours import utc

OWN = utc("2026-12-01T12:00")


def at(clock: str) -> datetime:
    """Return the instant of a time of that day, in UTC."""
    return utc(f"2026-12-01T{clock}")


def ask(hours: Hours, clock: str, *clocks: str) -> str:
    """Return what becomes of a post for 12:00 after sends at other times of the day."""
    history = [Sent(at(one), "") for one in clocks]
    found = decide_own(hours, "telegram", OWN, at(clock), history)
    if isinstance(found, Wait):
        return f"wait {found.until:%d %H:%M}"
    if isinstance(found, Missed):
        return "missed"
    return f"due {found.moment.key[11:]}" if found.moment else "due"


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        pytest.param("2026-12-01T08:30", "", "2026-12-01T07:30", id="zone-of-the-channel"),
        pytest.param("2026-07-01T08:30", "", "2026-07-01T06:30", id="in-summer"),
        pytest.param("2026-12-01T08:30", "America/New_York", "2026-12-01T13:30", id="own-zone"),
        pytest.param(" 2026-12-01 08:30 ", " UTC ", "2026-12-01T08:30", id="blanks"),
        pytest.param("2026-12-01T08:30:15", "UTC", "2026-12-01T08:30:15", id="seconds"),
        pytest.param("2026-12-01", "UTC", "2026-12-01T00:00", id="day-alone"),
        pytest.param("2026-12-01T08:30Z", "Asia/Kolkata", "2026-12-01T08:30", id="z"),
        pytest.param("2026-12-01T08:30+05:30", "", "2026-12-01T03:00", id="offset"),
        pytest.param("2026-03-29T02:30", "", "2026-03-29T01:00", id="in-a-gap"),
        pytest.param("2026-03-29T02:30:59.5", "", "2026-03-29T01:00", id="in-a-gap-with-fraction"),
        pytest.param("2026-10-25T02:30", "", "2026-10-25T00:30", id="twice"),
        pytest.param("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00", id="no-such-day"),
    ],
)
def test_an_own_time_is_an_instant(local: str, zone: str, instant: str) -> None:
    """It is told by the wall clock of its zone or the channel's; what does not exist is after."""
    assert utc(instant) == own_instant(local, zone, "Europe/Berlin")


@pytest.mark.parametrize(
    "local",
    [
        pytest.param("", id="nothing"),
        pytest.param("tomorrow", id="a-word"),
        pytest.param("08:30", id="no-day"),
        pytest.param("2026-13-01T08:30", id="no-such-month"),
        pytest.param("2026-02-30", id="no-such-day"),
        pytest.param("1.12.2026 08:30", id="another-order"),
        pytest.param("2026-12-01T08:30 Europe/Berlin", id="zone-behind-it"),
        pytest.param("0001-01-01T00:00", id="before-the-first-year"),
        pytest.param("9999-12-31T23:59-10:00", id="after-the-last-year"),
        pytest.param("x" * 9999, id="long"),
    ],
)
def test_a_time_that_cannot_be_read_is_the_post_s_fault(local: str) -> None:
    """The post is set aside with what it says and how a time is written."""
    with pytest.raises(InvalidPost) as caught:
        own_instant(local, "", "Europe/Berlin")

    wanted = f"{local[:40]!r} is not a local time such as 2026-12-01T08:30: correct it"
    assert wanted == str(caught.value)


def test_an_unknown_zone_of_a_post_is_the_post_s_fault() -> None:
    """A wrong zone sets the post aside; a wrong zone of the channel stops."""
    with pytest.raises(InvalidPost, match="did you mean Europe/Berlin"):
        own_instant("2026-12-01T08:30", "Berlin", "UTC")
    with pytest.raises(SetupError, match="did you mean Europe/Berlin"):
        own_instant("2026-12-01T08:30", "", "Berlin")


@settings(max_examples=60)
@given(a.spans, st.integers(-3 * 1440, 3 * 1440))
def test_an_own_time_is_the_first_that_the_clock_shows(
    span: tuple[str, date], minutes: int
) -> None:
    """Around a change of clocks it is the first instant at which the clock shows it or more."""
    zone, day = span
    wall = a.around(day, days=0).replace(tzinfo=None) + timedelta(minutes=minutes)
    shown = a.SHOWN[span]

    first = shown[min(one for one in shown if one >= wall)]
    assert first == own_instant(wall.isoformat(), zone)


@pytest.mark.parametrize(
    ("clock", "skip", "following", "late"),
    [
        pytest.param("08:00", "wait 01 12:00", "wait 01 12:00", "wait 01 12:00", id="before"),
        pytest.param("12:00", "due", "due", "due", id="at-its-time"),
        pytest.param("12:09:59", "due", "due", "due", id="within-grace"),
        pytest.param("12:10", "missed", "wait 01 18:00", "due", id="late"),
        pytest.param("12:59:59", "missed", "wait 01 18:00", "due", id="just-in-time"),
        pytest.param("13:00", "missed", "wait 01 18:00", "wait 01 18:00", id="too-late"),
        pytest.param("18:01", "missed", "due 18:00", "due 18:00", id="in-the-next-slot"),
    ],
)
def test_an_own_time_is_kept_by_the_rule(clock: str, skip: str, following: str, late: str) -> None:
    """It needs no slot; when it is over the post is missed, or waits in line for the next slot."""
    found = [
        ask(read_hours(slots=["09:00", "18:00"], missed=rule), clock)
        for rule in ("skip", "next", "late 60")
    ]

    assert [skip, following, late] == found


def test_after_its_time_a_channel_that_is_always_open_sends_at_once() -> None:
    """Without slots the next chance is now."""
    assert ask(read_hours(), "15:00") == "due"
    assert ask(read_hours(missed="skip"), "15:00") == "missed"


@pytest.mark.parametrize(
    ("clock", "sends", "answer"),
    [
        pytest.param("12:00", ["11:30"], "wait 01 12:30", id="held-up"),
        pytest.param("12:39", ["11:30"], "due", id="held-up-and-then-within-grace"),
        pytest.param("12:40", ["11:30"], "missed", id="held-up-and-then-too-late"),
        pytest.param("12:00", ["11:30", "12:20"], "wait 01 13:20", id="held-up-twice"),
        pytest.param("13:00", ["12:30"], "missed", id="nobody-looked-before-that-send"),
        pytest.param("08:00", ["11:30"], "wait 01 12:30", id="known-beforehand"),
    ],
)
def test_an_own_time_keeps_the_distance(clock: str, sends: list[str], answer: str) -> None:
    """The distance puts it off, and its grace with it: it is not missed for that."""
    assert answer == ask(read_hours(distance=60, missed="skip"), clock, *sends)


def test_a_full_day_is_no_day_for_it() -> None:
    """Where the cap is reached the rule decides; nothing goes out at midnight by surprise."""
    skips = read_hours(slots=["09:00"], per_day=1, missed="skip")
    waits = read_hours(slots=["09:00"], per_day=1)

    assert [ask(skips, clock, "09:00") for clock in ("11:00", "12:00")] == [
        "wait 01 12:00",
        "missed",
    ]
    assert {ask(waits, clock, "09:00") for clock in ("11:00", "12:00")} == {"wait 02 09:00"}


@settings(max_examples=60)
@given(
    a.spans.flatmap(lambda span: a.timetables(span[0], least=0)),
    st.integers(-3000, 3000),
    st.lists(st.integers(-3000, 0), max_size=4),
)
def test_the_wait_of_an_own_time_ends_when_it_says(
    hours: Hours, minutes: int, sends: list[int]
) -> None:
    """When the wait is over, without a send meanwhile, the post goes, or its rule has spoken."""
    history = [Sent(OWN + timedelta(minutes=one), "") for one in sends]
    now = OWN + timedelta(minutes=minutes)
    found = decide_own(hours, "telegram", OWN, now, history)

    if isinstance(found, Wait):
        assert found.until > now
        then = decide_own(hours, "telegram", OWN, found.until, history)
        assert isinstance(then, Due) or found.until == OWN
