"""The moments of a timetable: for each slot and day one, the same for whoever asks."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from zoneinfo import ZoneInfo

from promptpress.slots._timetable import Hours, Slot
from promptpress.slots._zones import SECOND, begin_of, find_gap, in_utc, instant_of

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Moment:
    """When a channel's slot begins to be open on one day."""

    instant: datetime
    """In UTC, to the second."""
    key: str
    """Names the slot and its day: "2026-12-01 08:30-09:30". Stays when a zone changes its rules."""
    local: datetime
    """The same instant by the wall clock of the channel, with its offset."""
    ends: datetime
    """The end of the slot's window, in UTC; of a point, its instant."""

    def __str__(self) -> str:
        return f"{self.local:%a %Y-%m-%d %H:%M %z}"


def next_moments(hours: Hours, channel: str, after: datetime, count: int) -> list[Moment]:
    """Return the next moments after an instant, in order; none if the channel is always open.

    Args:
        hours: the channel's timetable.
        channel: its name: two channels with the same windows have different moments in them.
        after: an instant in UTC; a moment at that very instant is past.
        count: how many.
    """
    start = in_utc(after)
    later = (m for m in moments_from(hours, channel, start) if m.instant > start)
    return list(islice(later, count))


def moments_from(hours: Hours, channel: str, start: datetime) -> Iterator[Moment]:
    """Yield the moments at and after an instant in UTC, in order, without end."""
    # Over midnight, a window of the day before may have its moment today.
    day = start.astimezone(hours.tz).date() - ONE_DAY
    waiting: list[Moment] = []
    while hours.slots:
        # The same times on the same day are one slot, in however many lines they stand.
        today = {slot.times: slot for slot in hours.slots if day.weekday() in slot.days}
        for slot in today.values():
            moment = find_moment(slot, day, channel, hours.tz)
            if moment and moment.instant >= start:
                heapq.heappush(waiting, moment)
        day += ONE_DAY
        border = begin_of(day, hours.tz)
        while waiting and waiting[0].instant < border:
            yield heapq.heappop(waiting)


@lru_cache(maxsize=4096)
def find_moment(slot: Slot, day: date, channel: str, zone: ZoneInfo) -> Moment | None:
    """Return the moment of a slot on a day it falls on; None if the zone has no such day."""
    if begin_of(day, zone) == begin_of(day + ONE_DAY, zone):
        return None  # Samoa went from the 29th of December 2011 to the 31st
    begin = datetime.combine(day, time()) + timedelta(minutes=slot.begin)
    instant = ends = instant_of(begin, zone)
    key = f"{day} {slot.times}"
    if slot.minutes:
        lots = sha256(f"{channel}\n{key}".encode("utf-8", "surrogatepass")).digest()
        ends = instant_of(begin + timedelta(minutes=slot.minutes), zone)
        instant = _draw(begin, slot.minutes * 60, zone, lots)
    return Moment(instant, key, instant.astimezone(zone), ends)


def _draw(begin: datetime, seconds: int, zone: ZoneInfo, lots: bytes) -> datetime:
    """Return the instant of a wall time strictly inside a window, drawn by `lots`.

    Where clocks are put forward it is drawn from what is left; nothing left: the end of the gap.
    """
    first, second = int.from_bytes(lots[:8]), int.from_bytes(lots[8:16])
    wall = begin + (1 + first % (seconds - 1)) * SECOND
    gap = find_gap(wall, zone)
    if not gap:
        return instant_of(wall, zone)
    # Seconds of the window, from 1 on, that are before the gap, and after it.
    before = max(0, (gap.begin - begin) // SECOND - 1)
    resume = max(1, (gap.end - begin) // SECOND)
    left = before + max(0, seconds - resume)
    if not left:
        return gap.over
    chosen = second % left
    chosen = 1 + chosen if chosen < before else resume + chosen - before
    return instant_of(begin + chosen * SECOND, zone)
