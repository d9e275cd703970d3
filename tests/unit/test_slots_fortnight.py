"""Two weeks of looks, around every change of clocks: what a channel really sends, and when."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptpress.slots import (
    GRACE,
    Due,
    Hours,
    Sent,
    Wait,
    next_moments,
    own_instant,
    read_hours,
    what_is_due,
)
from tests.unit import hours as a

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def look(
    hours: Hours, looks: Iterator[datetime], *, names: float, lots: random.Random
) -> list[Sent]:
    """Send whenever a look finds something due; return the sends with the slots they were for.

    Args:
        hours: the channel's timetable.
        looks: when somebody looks.
        names: how many of the sends are remembered with their slot: 0 to 1.
        lots: decides which.
    """
    known: list[Sent] = []
    done: list[Sent] = []
    for now in looks:
        if known and now < known[-1].at:
            continue  # the send is still under way, and whoever looks sees that it was begun
        past = [sent for sent in known[-20:] if sent.at >= now - hours.look_back]
        found = what_is_due(hours, "telegram", now, past)
        if isinstance(found, Due):
            key = found.moment.key if found.moment else ""
            # A send takes its time, and the moment of its receipt is what is written down.
            receipt = now + timedelta(seconds=lots.randint(0, 90))
            known.append(Sent(receipt, key if lots.random() < names else None))
            done.append(Sent(now, key))
    return done


def every(minutes: int, start: datetime, end: datetime, lots: random.Random) -> Iterator[datetime]:
    """Yield an instant every so many minutes, each up to half a minute late."""
    at = start
    while at < end:
        yield at + timedelta(seconds=lots.randint(0, 30))
        at += minutes * MINUTE


def keys_between(hours: Hours, start: datetime, end: datetime) -> list[str]:
    """Return the keys of the slots whose moments are in a time."""
    moments = next_moments(hours, "telegram", start - timedelta(seconds=1), 200)
    return [moment.key for moment in moments if moment.instant < end]


def check_limits(hours: Hours, done: list[Sent]) -> None:
    """Each post in an open slot of its own, none too near to another, no day too full."""
    nearest = min((two.at - one.at for one, two in pairwise(done)), default=8 * DAY)
    assert nearest >= hours.distance * MINUTE
    days = Counter(sent.at.astimezone(hours.tz).date() for sent in done)
    assert hours.per_day is None or max(days.values(), default=0) <= hours.per_day
    free = [*open_times(hours, done[0].at - 2 * DAY, done[-1].at)] if done else []
    for sent in done:
        # Of the slots that are open the one that ends first: if any choice serves all, this does.
        fitting = [one for one in free if one[1] <= sent.at < one[0]]
        free.remove(min(fitting))


def open_times(
    hours: Hours, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, str]]:
    """Yield of each slot when it is over, when it begins, and its key."""
    moments = next_moments(hours, "telegram", start, 8 * 4 * 4)
    for one, following in pairwise(moments):
        over = max(one.ends, one.instant + GRACE)
        if hours.missed.name == "late":
            late = one.instant + hours.missed.minutes * MINUTE
            over = max(over, min(late, following.instant))
        if one.instant <= end:
            yield over, one.instant, one.key


@pytest.mark.parametrize(("zone", "day"), a.SPANS[: 2 * len(a.CHANGES)])
def test_a_look_every_five_minutes_serves_every_slot_once(zone: str, day: date) -> None:
    """Windows at the hours that clocks change, a fortnight: each slot lets one post go, no more."""
    lots = random.Random(f"{zone} {day}")
    hours = read_hours(
        slots=["23:30-00:15", "01:30-03:30", "12:00", "sat,sun 18:00-19:00"],
        zone=zone,
        distance=30,
        per_day=5,
        missed=lots.choice(["skip", "next", "late 60"]),
    )
    # It begins and ends at an hour of the zone at which no slot is open.
    start, end = (own_instant(f"{day + n * DAY}T15:00", zone) for n in (-7, 7))
    names = lots.choice([0.0, 0.5, 1.0])
    done = look(hours, every(5, start, end, lots), names=names, lots=lots)

    assert keys_between(hours, start, end) == [sent.slot for sent in done]
    check_limits(hours, done)


@pytest.mark.parametrize("rule", ["skip", "next", "late 240"])
@pytest.mark.parametrize(("zone", "day"), a.SPANS)
def test_an_outage_of_six_hours_loses_what_the_rule_says(zone: str, day: date, rule: str) -> None:
    """Points every two hours: those of the outage are lost, but the last if it may be late."""
    lots = random.Random(f"{zone} {day} {rule}")
    slots = [f"{hour:02}:00" for hour in range(0, 24, 2)]
    hours = read_hours(slots=slots, zone=zone, missed=rule)
    # No slot lies between the last look before it and its begin.
    begin = a.around(day, days=0) + timedelta(
        hours=lots.randint(0, 23), minutes=lots.randint(7, 23)
    )
    back = begin + 6 * HOUR
    start, end = begin - 3 * HOUR, back + 5 * HOUR
    looks = (at for at in every(5, start, end, lots) if not begin <= at < back)
    done = look(hours, looks, names=0.5, lots=lots)

    lost = [key for key in keys_between(hours, start, end - HOUR) if key not in _keys(done)]
    moments = next_moments(hours, "telegram", begin - 5 * MINUTE, 10)
    passed = [one for one in moments if begin <= one.instant < back - 10 * MINUTE]
    # With lateness the latest of them is still sent, unless the next one has come meanwhile.
    last = [one for one in moments if one.instant <= back][-1]
    late = [last.key] if rule == "late 240" else []
    assert [one.key for one in passed if one.key not in late] == lost
    assert sum(back <= sent.at < back + 5 * MINUTE for sent in done) <= 1
    check_limits(hours, done)


def _keys(done: list[Sent]) -> set[str | None]:
    return {sent.slot for sent in done}


@settings(max_examples=60)
@given(st.data())
def test_whatever_the_timetable_no_limit_is_broken(data: st.DataObject) -> None:
    """Random timetables, looks, outages, posts by people and gaps of memory: the limits hold."""
    zone, day = data.draw(a.spans)
    hours = data.draw(a.timetables(zone))
    lots = random.Random(data.draw(st.integers(0, 2**32)))
    begin = a.around(day, days=-2)
    looks = sorted(begin + timedelta(seconds=lots.randint(0, 4 * 86_400)) for _ in range(150))
    names = data.draw(st.sampled_from([0.0, 0.5, 1.0]))
    done = look(hours, iter(looks), names=names, lots=lots)

    check_limits(hours, done)
    # Where slots are open together and nobody writes them down, one may be taken for another.
    assert names < 1 or len(done) == len({sent.slot for sent in done})


@settings(max_examples=150)
@given(st.data())
def test_a_wait_is_exact(data: st.DataObject) -> None:
    """Until it is over nothing is due at any instant, and at its end something is."""
    zone, day = data.draw(a.spans)
    hours = data.draw(a.timetables(zone, least=0))
    now = a.around(day, days=0) + timedelta(seconds=data.draw(st.integers(-200_000, 200_000)))
    sends = data.draw(st.lists(st.integers(-200_000, 20_000), max_size=6))
    # What is yet to come has an own time; what was sent may have a slot that nobody wrote down.
    history = [Sent(now + timedelta(seconds=one), "" if one > 0 else None) for one in sends]
    found = what_is_due(hours, "telegram", now, history)

    if isinstance(found, Wait):
        length = (found.until - now).total_seconds()
        assert length > 0
        for share in data.draw(st.lists(st.floats(0, 0.999), max_size=4)):
            then = now + timedelta(seconds=length * share)
            assert found == what_is_due(hours, "telegram", then, history)
        assert isinstance(what_is_due(hours, "telegram", found.until, history), Due)


@settings(max_examples=60)
@given(st.data())
def test_two_who_look_at_once_decide_alike(data: st.DataObject) -> None:
    """Given the same sends in another order, and older ones too, a worker decides the same."""
    zone, day = data.draw(a.spans)
    hours = data.draw(a.timetables(zone, least=0))
    now = a.around(day, days=0) + timedelta(seconds=data.draw(st.integers(-90_000, 90_000)))
    sends = data.draw(st.lists(st.integers(-200_000, 0), max_size=8))
    history = [Sent(now + timedelta(seconds=one)) for one in sends]
    again = data.draw(st.permutations(history))
    older = [Sent(now - hours.look_back - timedelta(hours=n)) for n in range(1, 30)]

    found = what_is_due(hours, "telegram", now, history)
    assert found == what_is_due(hours, "telegram", now, again)
    assert found == what_is_due(hours, "telegram", now, older + again)


@settings(max_examples=40)
@given(st.data())
def test_asked_again_and_again_it_lets_a_slot_go_once(data: st.DataObject) -> None:
    """Whoever sends as long as something is due comes to an end, with each slot used once."""
    zone, day = data.draw(a.spans)
    hours = data.draw(a.timetables(zone))
    now = a.around(day, days=0) + timedelta(seconds=data.draw(st.integers(-90_000, 90_000)))
    unnamed = data.draw(st.booleans())
    history: list[Sent] = []
    used: list[str] = []
    while isinstance(found := what_is_due(hours, "telegram", now, history), Due):
        assert found.moment
        used.append(found.moment.key)
        history.append(Sent(now, None if unnamed else found.moment.key))

    assert len(used) == len(set(used)) <= 2 * len(hours.slots)
