"""One line of the answer."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How bad it is."""

    GOOD = "ok"
    WARNING = "warn"
    """It works, but not for long, or not as somebody may think."""
    BAD = "FAIL"


@dataclass(frozen=True)
class Line:
    """What was looked at, and how it is."""

    grade: Grade
    what: str
    said: str
    """Ends in what to do, where something is to be done."""

    def __str__(self) -> str:
        """Return it as a line."""
        return f"{self.grade:<4}  {self.what}: {self.said}"


def good(what: str, said: str) -> Line:
    """Return a line about something that is as it must be."""
    return Line(Grade.GOOD, what, said)


def warning(what: str, said: str) -> Line:
    """Return a line about something that a person should look at."""
    return Line(Grade.WARNING, what, said)


def bad(what: str, said: str) -> Line:
    """Return a line about something without which nothing works."""
    return Line(Grade.BAD, what, said)


def clock_line(what: str, ahead: float) -> Line:
    """Return the line about a clock that is `ahead` seconds ahead of ours."""
    if abs(ahead) <= MAX_SKEW:
        return good(what, f"as here ({abs(ahead):.0f} s apart)")
    side = "ahead of" if ahead > 0 else "behind"
    note = "leases and due times go by these clocks: let NTP set both"
    return warning(what, f"{abs(ahead):.0f} s {side} this machine's; {note}")


MAX_SKEW = 5.0
"""Seconds that two clocks may be apart: leases last minutes, renewed three times in that."""
