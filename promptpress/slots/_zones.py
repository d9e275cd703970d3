"""Time zones, and the instants that wall times stand for."""

import difflib
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from promptpress.errors import InvalidPost, SetupError

SECOND = timedelta(seconds=1)
NEAR = 0.75
"""How like a known name a wrong one must be to be taken for it, as difflib counts."""


def find_zone(name: str) -> ZoneInfo:
    """Return the zone of that IANA name; SetupError, with names that are near, if there is none."""
    try:
        return ZoneInfo(name)
    # An unknown name is a KeyError, one with ".." a ValueError, "Europe" alone a folder.
    except (KeyError, ValueError, OSError):
        near = _near_names(name)
        meant = f"did you mean {' or '.join(near)}?" if near else "write one like Europe/Berlin"
        raise SetupError(f"there is no time zone {name[:60]!r}: {meant}") from None


def _near_names(name: str) -> list[str]:
    """Return up to three names that are like this one, as a whole or in their last part."""
    known: dict[str, str] = {}
    for zone in sorted(available_timezones()):
        # "Etc/GMT+2" is two hours behind Greenwich, not before: nobody means that.
        if "/" in zone and not zone.startswith(("Etc/", "SystemV/")):
            known.setdefault(zone.casefold().rsplit("/", 1)[1], zone)
            known[zone.casefold()] = zone
    wanted = name[:60].strip().casefold().replace(" ", "_")
    if wanted in known:
        return [known[wanted]]
    alike = difflib.get_close_matches(wanted, known, n=6, cutoff=NEAR)
    return list(dict.fromkeys(known[found] for found in alike))[:3]


@dataclass(frozen=True)
class Gap:
    """Wall times that a zone leaves out when its clocks are put forward."""

    begin: datetime
    """The first wall time that does not exist; without a zone."""
    end: datetime
    """The first one that exists again; without a zone."""
    over: datetime
    """The instant of `end`, in UTC."""


def find_gap(wall: datetime, zone: ZoneInfo) -> Gap | None:
    """Return the gap that a wall time lies in; None where the time exists."""
    # Python counts a time in a gap by the offset before it with fold 0, and after it with fold 1.
    later = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if later.astimezone(zone).replace(tzinfo=None) == wall:
        return None
    whole = wall.replace(tzinfo=zone, microsecond=0)
    earlier = whole.replace(fold=1).astimezone(UTC)
    width = whole.replace(fold=0).astimezone(UTC) - earlier

    def is_over(seconds: int) -> bool:
        local = (earlier + seconds * SECOND).astimezone(zone)
        return local.utcoffset() != earlier.astimezone(zone).utcoffset()

    seconds = bisect_left(range(int(width / SECOND) + 1), x=True, key=is_over)
    over = earlier + seconds * SECOND
    end = over.astimezone(zone).replace(tzinfo=None, fold=0)
    return Gap(end - width, end, over)


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, of a wall time without zone.

    One that exists twice is the first; one that does not exist is the end of its gap.
    """
    gap = find_gap(wall, zone)
    return gap.over if gap else wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


@lru_cache(maxsize=1024)
def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a day, in UTC; the next one's if the zone has no such day."""
    return instant_of(datetime.combine(day, time()), zone)


def next_day(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant after `at` that is on another day of the zone, in UTC."""
    day = at.astimezone(zone).date() + timedelta(days=1)
    begin = begin_of(day, zone)
    if begin > at:
        return begin
    # Clocks put back over midnight: the day after had begun, and begins again.
    return datetime.combine(day, time(), zone).replace(fold=1).astimezone(UTC)


def in_utc(at: datetime) -> datetime:
    """Return the instant in UTC; one without zone is in UTC already, as a queue gives it."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def own_instant(local_time: str, zone: str = "", channel_zone: str = "UTC") -> datetime:
    """Return the instant, in UTC, of a post's own time, by the rules of `instant_of`.

    Keep the wall time and the zone's name with the post and ask late: governments change the rules.

    Args:
        local_time: a wall time such as 2026-12-01T08:30; with an offset it is that very instant.
        zone: the IANA name of its zone; empty: the channel's.
        channel_zone: the channel's zone.

    Raises:
        InvalidPost: the time or its zone cannot be read.
        SetupError: there is no such zone as the channel's.
    """
    try:
        wall = datetime.fromisoformat(local_time.strip())
        if wall.tzinfo is not None:
            return wall.astimezone(UTC)
        return instant_of(wall, _zone_of(zone.strip(), channel_zone))
    except (ValueError, OverflowError):
        message = f"{local_time[:40]!r} is not a local time such as 2026-12-01T08:30: correct it"
        raise InvalidPost(message) from None


def _zone_of(zone: str, channel_zone: str) -> ZoneInfo:
    if not zone:
        return find_zone(channel_zone)
    try:
        return find_zone(zone)
    except SetupError as error:
        raise InvalidPost(error.message) from None
