"""A channel's timetable, and how a person writes it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

from promptpress.errors import SetupError
from promptpress.slots._zones import find_zone

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EVERY_DAY = frozenset(range(7))
DAY = 24 * 60
"""Minutes."""
WEEK = 7 * DAY
"""Minutes: the longest distance and lateness."""
_SLOT = re.compile(
    r"(?P<days>[^0-9]*)(?P<begin>[0-9]{1,2}:[0-9]{2})(\s*-\s*(?P<end>[0-9]{1,2}:[0-9]{2}))?"
)
_RULE = re.compile(r"(?P<name>skip|next)|late\s+(?P<minutes>[0-9]{1,6})")
_DASHES = str.maketrans("–—−", "---")
"""Dashes that phones and spreadsheets make of a plain one."""


@dataclass(frozen=True)
class Slot:
    """When a channel may send one post: a window of the day, or a point of it."""

    begin: int
    """Minutes of the wall clock since midnight."""
    minutes: int = 0
    """How long the window is on the wall clock, less than a day; 0: a point."""
    days: frozenset[int] = EVERY_DAY
    """Days on which it begins: 0 is Monday."""

    @property
    def times(self) -> str:
        """The times alone, such as 08:30-09:30: by them a day's slots are told apart."""
        begin = _clock(self.begin)
        return f"{begin}-{_clock(self.begin + self.minutes)}" if self.minutes else begin

    def __str__(self) -> str:
        return self.times if self.days == EVERY_DAY else f"{_name_days(self.days)} {self.times}"


def _clock(minutes: int) -> str:
    return f"{minutes % DAY // 60:02}:{minutes % 60:02}"


def _name_days(days: frozenset[int]) -> str:
    runs = [
        [d for _, d in run] for _, run in groupby(enumerate(sorted(days)), lambda p: p[1] - p[0])
    ]
    names = [[DAYS[day][:3] for day in run] for run in runs]
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(run) for run in names)


def parse_slot(text: str) -> Slot:
    """Read a slot: "08:30", "08:30-09:30", "23:30-00:30", "mon-fri 08:30-09:30", "sat,sun 11:00".

    Raises:
        SetupError: with what is wrong, and an example.
    """
    try:
        return _read_slot(text.translate(_DASHES).strip().lower())
    except ValueError as error:
        examples = "08:30, 08:30-09:30 or mon-fri 08:30-09:30"
        raise SetupError(f"the slot {text[:60]!r} {error}: write it like {examples}") from None


def _read_slot(text: str) -> Slot:
    found = _SLOT.fullmatch(text)
    if not found:
        raise ValueError("is no time of the day")
    begin, days = _read_clock(found["begin"]), _read_days(found["days"])
    if not found["end"]:
        return Slot(begin, 0, days)
    end = 0 if found["end"] == "24:00" else _read_clock(found["end"])
    if begin == end:
        raise ValueError("ends when it begins")
    return Slot(begin, (end - begin) % DAY, days)


def _read_clock(text: str) -> int:
    hours, minutes = (int(part) for part in text.split(":"))
    if hours > 23 or minutes > 59:
        raise ValueError(f"has a time that no day has, {text}")
    return hours * 60 + minutes


def _read_days(text: str) -> frozenset[int]:
    if not text.strip():
        return EVERY_DAY
    days: set[int] = set()
    for part in text.split(","):
        ends = [_read_day(name.strip()) for name in part.split("-")]
        if len(ends) > 2:
            raise ValueError(f"has days that cannot be read, {part.strip()!r}")
        span = (ends[-1] - ends[0]) % 7
        days.update((ends[0] + more) % 7 for more in range(span + 1))
    return frozenset(days)


def _read_day(name: str) -> int:
    for number, day in enumerate(DAYS):
        if len(name) >= 3 and day.startswith(name):
            return number
    raise ValueError(f"names the day {name!r}, which is none of mon tue wed thu fri sat sun")


@dataclass(frozen=True)
class Rule:
    """What becomes of a slot that nobody looked at in time."""

    name: Literal["skip", "next", "late"] = "next"
    minutes: int = 0
    """With "late": sent when less than so many minutes late."""

    def __str__(self) -> str:
        return f"late {self.minutes}" if self.name == "late" else self.name


def parse_rule(text: str) -> Rule:
    """Read a rule for missed slots: "skip", "next" or "late 60"; SetupError if it is none."""
    found = _RULE.fullmatch(text.strip().lower())
    if found and found["name"]:
        return Rule("skip" if found["name"] == "skip" else "next")
    if found and 1 <= int(found["minutes"]) <= WEEK:
        return Rule("late", int(found["minutes"]))
    raise SetupError(
        f"the rule for missed slots {text[:60]!r} is none: write skip, next, or late and up to "
        f"{WEEK} minutes, such as late 60"
    )


@dataclass(frozen=True, kw_only=True)
class Hours:
    """A channel's timetable; SetupError if it cannot be kept."""

    slots: tuple[Slot, ...] = ()
    """Empty: always open. The same times twice on one day are one slot."""
    zone: str = "UTC"
    """The IANA name of the zone whose wall clock the slots are told in."""
    distance: int = 0
    """Minutes between two posts at the least."""
    per_day: int | None = None
    """Posts a day of the zone at the most; None: any number."""
    missed: Rule = Rule()

    def __post_init__(self) -> None:
        if problems := [*self._problems()]:
            raise SetupError("; ".join(problems))

    def _problems(self) -> Iterable[str]:
        try:
            find_zone(self.zone)
        except SetupError as error:
            yield error.message
        if not 0 <= self.distance <= WEEK:
            yield f"the least distance is {self.distance} minutes: set 0 to {WEEK}"
        if self.per_day is not None and self.per_day < 1:
            yield f"{self.per_day} posts a day are none: set 1 or more, or leave it out"

    @cached_property
    def tz(self) -> ZoneInfo:
        """The zone."""
        return find_zone(self.zone)

    @property
    def reach(self) -> timedelta:
        """How long a slot can be open at the most; two hours are for clocks put back."""
        longest = max((slot.minutes for slot in self.slots), default=0)
        return timedelta(minutes=max(longest, self.missed.minutes) + 120)

    @property
    def look_back(self) -> timedelta:
        """How far back the history must go that the decisions are given."""
        return 2 * self.reach + timedelta(days=2, minutes=self.distance)


def read_hours(
    *,
    slots: Iterable[str] = (),
    zone: str = "UTC",
    distance: int = 0,
    per_day: int | None = None,
    missed: str = "next",
) -> Hours:
    """Return a timetable as a person wrote it; SetupError names all that is wrong with it at once.

    Args:
        slots: each as `parse_slot` reads it; one text has semicolons between them.
        zone: an IANA name, such as Europe/Berlin.
        distance: minutes between two posts at the least.
        per_day: posts a day at the most; None: any number.
        missed: as `parse_rule` reads it.
    """
    problems: list[str] = []
    read: list[Slot] = []
    texts = [part for part in slots.split(";") if part.strip()] if isinstance(slots, str) else slots
    for text in texts:
        try:
            read.append(parse_slot(text))
        except SetupError as error:
            problems.append(error.message)
    rule = Rule()
    try:
        rule = parse_rule(missed)
    except SetupError as error:
        problems.append(error.message)
    try:
        hours = Hours(slots=tuple(read), zone=zone, distance=distance, per_day=per_day, missed=rule)
    except SetupError as error:
        problems.append(error.message)
    if problems:
        raise SetupError("; ".join(problems))
    return hours
