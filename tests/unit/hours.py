"""What the tests of the slots share: zones with the days on which their clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from promptpress.slots import Hours, Rule, Sent, Slot

CHANGES = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2026, 4, 5)),  # by half an hour
    "Asia/Kolkata": (date(2026, 3, 29), date(2026, 10, 25)),  # never
    "America/Santiago": (date(2026, 9, 6), date(2026, 4, 4)),  # at midnight
    "Africa/Casablanca": (date(2026, 3, 22), date(2026, 2, 15)),  # back for Ramadan
}
"""Of each zone the day with a gap, and the day with an hour that comes twice."""
ODD = {
    "Pacific/Apia": (date(2011, 12, 30), date(2012, 4, 1)),  # a day left out
    "America/St_Johns": (date(2006, 4, 2), date(2006, 10, 29)),  # a minute after midnight
}
"""Stranger ones of the past."""
SPANS = [(zone, day) for zone, days in (CHANGES | ODD).items() for day in days]
DAY = "2026-12-01"
"""A Tuesday, for examples."""


def utc(text: str) -> datetime:
    """Return the instant that an ISO text with an offset names, or without one in UTC."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def at(clock: str) -> datetime:
    """Return the instant of a time of that day in UTC, or of another day's: "02 09:00"."""
    day, _, time = clock.rpartition(" ")
    return utc(f"2026-12-{day or '01'}T{time}")


def sent(*clocks: str, slot: str | None = None) -> list[Sent]:
    """Return sends at times of that day."""
    return [Sent(at(clock), slot) for clock in clocks]


def around(day: date, *, days: int) -> datetime:
    """Return an instant some days after, or with a minus before, the midnight of UTC of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=days)


def walls(zone: str, start: datetime, *, days: int) -> dict[datetime, datetime]:
    """Return each minute a clock on the wall shows, to the instant when it first does.

    Found by looking at the clock every minute, without any rule about gaps and folds.
    """
    tz = ZoneInfo(zone)
    shown: dict[datetime, datetime] = {}
    for minute in range(days * 24 * 60):
        at = start + timedelta(minutes=minute)
        shown.setdefault(at.astimezone(tz).replace(tzinfo=None, fold=0), at)
    return shown


SHOWN = {(zone, day): walls(zone, around(day, days=-5), days=11) for zone, day in SPANS}
"""What the clocks show around each change, minute by minute."""
spans = st.sampled_from(SPANS)
# Most of what can go wrong goes wrong between eleven at night and four in the morning.
_begins = st.one_of(st.integers(0, 240), st.integers(1380, 1439), st.integers(0, 1439))
_lengths = st.one_of(st.just(0), st.integers(1, 180), st.integers(1, 1439))
every_day_slots = st.builds(Slot, _begins, _lengths)
some_days = st.frozensets(st.integers(0, 6), min_size=1)
slots = st.builds(Slot, _begins, _lengths, some_days)
rules = st.one_of(
    st.just(Rule("skip")), st.just(Rule()), st.builds(Rule, st.just("late"), st.integers(1, 1500))
)


def timetables(zone: str, *, least: int = 1) -> st.SearchStrategy[Hours]:
    """Return timetables of a zone with at least so many slots."""
    return st.builds(
        Hours,
        slots=st.lists(slots, min_size=least, max_size=4).map(tuple),
        zone=st.just(zone),
        distance=st.one_of(st.just(0), st.integers(1, 240)),
        per_day=st.one_of(st.none(), st.integers(1, 3)),
        missed=rules,
    )
