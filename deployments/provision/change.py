"""What became of one thing on the server, as it is told."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What was done with it."""

    MADE = "made"
    CHANGED = "changed"
    AS_IT_WAS = "as it was"
    REMOVED = "removed"
    LEFT = "left"
    """Nothing was done, and something could be: the note says what."""


@dataclass(frozen=True)
class Change:
    """One thing, and what was done with it."""

    verdict: Verdict
    thing: str
    note: str = ""

    def __str__(self) -> str:
        """Return it as a line."""
        note = f" ({self.note})" if self.note else ""
        return f"{self.verdict:<9}  {self.thing}{note}"
