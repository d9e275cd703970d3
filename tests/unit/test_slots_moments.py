"""The moments of slots: each day one, the same for whoever asks, on all days of the year."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from promptpress.slots import Slot, next_moments, own_instant, parse_slot, read_hours
from promptpress.slots._moments import Moment, _draw, find_moment
from tests.unit import hours as a
from tests.unit.hours import utc

HOUR = timedelta(hours=1)
APIA = ("Pacific/Apia", date(2011, 12, 30))


def on(zone: str, day: str, *texts: str, channel: str = "telegram") -> list[str]:
    """Return the moments of slots that fall on a day, as the clock on the wall shows them."""
    tz, one = ZoneInfo(zone), date.fromisoformat(day)
    found = [find_moment(parse_slot(text), one, channel, tz) for text in texts]
    return [moment.local.isoformat() if moment else "none" for moment in found]


@pytest.mark.parametrize(
    ("zone", "day", "text", "shown"),
    [
        ("Europe/Berlin", "2026-03-28", "02:30", "2026-03-28T02:30:00+01:00"),
        ("Europe/Berlin", "2026-03-29", "01:59", "2026-03-29T01:59:00+01:00"),
        ("Europe/Berlin", "2026-03-29", "02:00", "2026-03-29T03:00:00+02:00"),
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T03:00:00+02:00"),
        ("Europe/Berlin", "2026-03-29", "03:00", "2026-03-29T03:00:00+02:00"),
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T02:30:00+02:00"),
        ("Europe/Berlin", "2026-10-25", "03:00", "2026-10-25T03:00:00+01:00"),
        ("America/New_York", "2026-03-08", "02:15", "2026-03-08T03:00:00-04:00"),
        ("America/New_York", "2026-11-01", "01:15", "2026-11-01T01:15:00-04:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-04T02:30:00+11:00"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-05T01:45:00+11:00"),
        ("America/Santiago", "2026-09-06", "00:00", "2026-09-06T01:00:00-03:00"),
        ("America/Santiago", "2026-04-04", "23:30", "2026-04-04T23:30:00-03:00"),
        ("Africa/Casablanca", "2026-03-22", "02:30", "2026-03-22T03:00:00+01:00"),
        ("Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15T02:30:00+01:00"),
        ("Asia/Kolkata", "2026-03-29", "02:30", "2026-03-29T02:30:00+05:30"),
        ("Pacific/Apia", "2011-12-29", "23:59", "2011-12-29T23:59:00-10:00"),
        ("Pacific/Apia", "2011-12-30", "12:00", "none"),
        ("Pacific/Apia", "2011-12-31", "00:00", "2011-12-31T00:00:00+14:00"),
    ],
)
def test_a_point_is_its_time(zone: str, day: str, text: str, shown: str) -> None:
    """In a gap it is the first time after it; twice, it is the first; on a day left out, none."""
    assert [shown] == on(zone, day, text)


@pytest.mark.parametrize(
    ("day", "text", "first", "last"),
    [
        pytest.param("2026-03-28", "01:30-02:30", "01:30:00+01:00", "02:30:00+01:00", id="plain"),
        pytest.param("2026-03-29", "01:30-02:30", "01:30:00+01:00", "02:00:00+01:00", id="head"),
        pytest.param("2026-03-29", "02:30-03:30", "03:00:00+02:00", "03:30:00+02:00", id="tail"),
        pytest.param("2026-03-29", "02:10-02:50", "03:00:00+02:00", "03:00:01+02:00", id="nothing"),
        pytest.param("2026-10-25", "02:00-03:00", "02:00:00+02:00", "03:00:00+02:00", id="twice"),
    ],
)
def test_a_window_keeps_what_clocks_leave_of_it(day: str, text: str, first: str, last: str) -> None:
    """For a hundred channels the moment is in what is left; in the first of two such hours."""
    found = {on("Europe/Berlin", day, text, channel=f"channel {n}")[0] for n in range(100)}

    begin, end = utc(f"{day}T{first}"), utc(f"{day}T{last}")
    assert [shown for shown in found if not begin <= utc(shown) < end] == []


def test_a_window_around_a_gap_uses_both_sides() -> None:
    """A window that a gap cuts in two is drawn from before it and from after it."""
    found = {
        on("Europe/Berlin", "2026-03-29", "01:30-03:30", channel=str(n))[0] for n in range(100)
    }

    assert {"+01:00", "+02:00"} == {shown[-6:] for shown in found}
    # Half of the window is left on each side: neither may be an exception.
    assert 30 < sum(shown.endswith("+01:00") for shown in found) < 70


@pytest.mark.parametrize(
    ("clock", "seconds", "first", "last"),
    [
        pytest.param("01:59:00", 120, "00:59:01", "00:59:59", id="before-the-gap"),
        pytest.param("02:59:00", 120, "01:00:00", "01:00:59", id="after-the-gap"),
        pytest.param("01:59:30", 3660, "00:59:31", "01:00:29", id="around-the-gap"),
        pytest.param("02:00:00", 3601, "01:00:00", "01:00:00", id="its-end-alone"),
    ],
)
def test_every_second_that_is_left_may_be_drawn(
    clock: str, seconds: int, first: str, last: str
) -> None:
    """Of a window partly in a gap each second strictly inside comes up, and no other."""
    begin, berlin = datetime.fromisoformat(f"2026-03-29T{clock}"), ZoneInfo("Europe/Berlin")
    # The first lot falls into the gap, where the second decides.
    in_gap = 0 if begin.hour == 2 else 75
    lots = [in_gap.to_bytes(8, "big") + n.to_bytes(8, "big") for n in range(200)]

    length = int((utc(f"2026-03-29T{last}") - utc(f"2026-03-29T{first}")).total_seconds())
    left = {utc(f"2026-03-29T{first}") + timedelta(seconds=n) for n in range(length + 1)}
    assert left == {_draw(begin, seconds, berlin, one) for one in lots}


def test_moments_are_spread_over_the_window() -> None:
    """A year of moments has some in each tenth of the window, about as many in each."""
    hours = read_hours(slots=["08:00-18:00"])
    found = next_moments(hours, "telegram", utc("2026-01-01"), 365)

    tenths = Counter(moment.local.hour for moment in found)
    assert set(range(8, 18)) == set(tenths)
    assert 15 < min(tenths.values()) <= max(tenths.values()) < 65


def test_a_moment_never_changes() -> None:
    """This very moment was drawn by another process in another year: a restart redraws nothing."""
    assert on("Europe/Berlin", "2026-12-01", "08:30-09:30") == ["2026-12-01T08:32:12+01:00"]


def test_channels_days_and_windows_are_drawn_for_themselves() -> None:
    """Another channel, day or window has another moment; other days of the week change none."""
    one = on("Europe/Berlin", "2026-12-01", "08:30-09:30")
    others = [
        on("Europe/Berlin", "2026-12-01", "08:30-09:30", channel="instagram"),
        on("Europe/Berlin", "2026-12-02", "08:30-09:30"),
        on("Europe/Berlin", "2026-12-01", "08:30-09:31"),
    ]

    assert len({shown[0][11:] for shown in [one, *others]}) == 4
    assert one == on("Europe/Berlin", "2026-12-01", "tue 08:30-09:30")


def test_the_next_moments_of_a_week() -> None:
    """They come in order, on their days, as the clock on the wall has them."""
    hours = read_hours(slots=["sat,sun 11:00", "mon-fri 08:30"], zone="Europe/Berlin")
    found = next_moments(hours, "telegram", utc("2026-03-27T12:00"), 4)

    assert [str(moment) for moment in found] == [
        "Sat 2026-03-28 11:00 +0100",
        "Sun 2026-03-29 11:00 +0200",
        "Mon 2026-03-30 08:30 +0200",
        "Tue 2026-03-31 08:30 +0200",
    ]


def test_a_moment_at_the_instant_asked_for_is_past() -> None:
    """`after` is not among the next moments, so that one can go on from the last."""
    hours = read_hours(slots=["11:00"])
    first, second = next_moments(hours, "telegram", utc("2026-03-27T10:59"), 2)

    assert [second] == next_moments(hours, "telegram", first.instant, 1)


def test_who_is_always_open_has_no_moments() -> None:
    """Without slots there is nothing to list."""
    assert next_moments(read_hours(), "telegram", utc("2026-03-27"), 5) == []


def test_the_same_times_twice_are_one_slot() -> None:
    """Two lines that fall on the same day with the same times have one moment there."""
    hours = read_hours(slots=["08:30-09:30", "mon-fri 08:30-09:30"])
    found = next_moments(hours, "telegram", utc("2026-03-23"), 7)

    assert [*range(23, 30)] == [moment.local.day for moment in found]


def test_a_window_over_midnight_belongs_to_the_day_it_begins() -> None:
    """Its moment may be on the day after, and is named by the day it began."""
    hours = read_hours(slots=["fri 23:00-01:00"])
    found = next_moments(hours, "telegram", utc("2026-01-01"), 52)

    assert {"Fri", "Sat"} == {f"{moment.local:%a}" for moment in found}
    assert {4} == {date.fromisoformat(moment.key[:10]).weekday() for moment in found}


def test_a_window_of_yesterday_may_have_its_moment_today() -> None:
    """Asked at midnight, what is left of a window over midnight is the first that comes."""
    hours = read_hours(slots=["23:00-01:00"], zone="Europe/Berlin")
    midnights = [own_instant(f"2026-03-{day}", "", "Europe/Berlin") for day in range(10, 32)]
    found = [next_moments(hours, "telegram", midnight, 1)[0] for midnight in midnights]

    yesterday = [m for m, n in zip(found, midnights, strict=True) if m.instant - n < HOUR]
    assert 5 < len(yesterday) < 17
    assert all(date.fromisoformat(m.key[:10]) < m.local.date() for m in yesterday)


def test_a_time_without_zone_is_in_utc() -> None:
    """A queue may give its instants without a zone."""
    hours = read_hours(slots=["11:00"], zone="Asia/Kolkata")
    naive = utc("2026-03-27").replace(tzinfo=None)

    aware = next_moments(hours, "x", utc("2026-03-27"), 3)
    assert aware == next_moments(hours, "x", naive, 3)


def check_inside(slot: Slot, moment: Moment, shown: dict[datetime, datetime]) -> None:
    """Hold a moment against what the clock showed, minute by minute."""
    day = date.fromisoformat(moment.key[:10])
    begin = datetime.combine(day, time()) + timedelta(minutes=slot.begin)
    inside = [begin + timedelta(minutes=minute) for minute in range(slot.minutes or 1)]
    wall = moment.local.replace(tzinfo=None, fold=0)
    left = [one for one in inside if one in shown]
    if not left:  # all of it is in a gap
        after = min(one for one in shown if one > begin)
        assert (after, shown[after]) == (wall, moment.instant)
        return
    minute = wall.replace(second=0)
    assert minute in left
    assert shown[minute] == moment.instant.replace(second=0)
    assert begin < wall if slot.minutes else begin == wall


@settings(max_examples=150)
@given(a.spans, a.every_day_slots)
@example(("America/Santiago", date(2026, 9, 6)), Slot(0, 60))
@example(("Europe/Berlin", date(2026, 3, 29)), Slot(120, 60))
@example(APIA, Slot(1410, 60))
def test_every_slot_has_one_moment_on_every_day(span: tuple[str, date], slot: Slot) -> None:
    """Around a change of clocks each day that exists has exactly one, inside the window."""
    zone, day = span
    days = [day + timedelta(days=n) for n in (-2, -1, 0, 1, 2)]
    found = [find_moment(slot, one, "telegram", ZoneInfo(zone)) for one in days]

    moments = [moment for moment in found if moment]
    assert [one for one in days if span != APIA or one != day] == [
        date.fromisoformat(moment.key[:10]) for moment in moments
    ]
    for moment in moments:
        check_inside(slot, moment, a.SHOWN[span])


@settings(max_examples=60)
@given(
    a.spans,
    st.lists(a.slots, min_size=1, max_size=5),
    st.integers(-2 * 86_400, 86_400),
    st.integers(0, 25),
)
def test_the_next_moments_are_those_of_the_model(
    span: tuple[str, date], slots: list[Slot], seconds: int, count: int
) -> None:
    """They are what one finds by looking at every slot on every day, sorted; none twice."""
    zone, day = span
    after = a.around(day, days=0) + timedelta(seconds=seconds)
    hours = read_hours(slots=[str(slot) for slot in slots], zone=zone)
    found = next_moments(hours, "telegram", after, count)

    dates = [day + timedelta(days=n) for n in range(-5, 8 * 25 + 5)]
    every = {
        find_moment(slot, one, "telegram", ZoneInfo(zone))
        for one in dates
        for slot in slots
        if one.weekday() in slot.days
    }
    model = sorted(moment for moment in every if moment and moment.instant > after)
    assert model[:count] == found
    assert len(found) == len({moment.key for moment in found})
    assert all(one.instant <= other.instant for one, other in pairwise(found))
