"""Whose clock decides about leases: the queue's, for machines that share one differ in theirs."""

from collections.abc import Callable
from datetime import datetime, timedelta

from promptpress.errors import SetupError

MAX_SKEW = timedelta(minutes=1)
"""How far a machine's clock may be from the queue's before no post is sent by it: as much as
slots forgive."""


class SharedClock:
    """The clock that all runs of a queue go by: our own, set by the queue's."""

    def __init__(
        self, own: Callable[[], datetime], ahead: Callable[[], timedelta], whose: str
    ) -> None:
        """Keep what is needed.

        Args:
            own: this machine's clock, aware and in UTC.
            ahead: gives how far the queue's clock was ahead of it at the latest look.
            whose: how messages call the queue's clock.
        """
        self._own = own
        self._ahead = ahead
        self._whose = whose

    def __call__(self) -> datetime:
        """Return the time, as of the latest look at the queue's clock."""
        return self._own() + self._ahead()

    def shared(self, own: datetime | None) -> datetime | None:
        """Return a moment of our own clock as the queue's tells it."""
        return own + self._ahead() if own is not None else None

    def require_agreement(self) -> None:
        """Raise SetupError where this machine would send posts at the wrong time."""
        ahead = self._ahead()
        if abs(ahead) <= MAX_SKEW:
            return
        where = "behind" if ahead > timedelta(0) else "ahead of"
        message = (
            f"the clock of this machine is {abs(ahead).total_seconds():.0f} s {where} "
            f"{self._whose}: posts would go out at the wrong time; set it by a time server (NTP)"
        )
        raise SetupError(message, "queue")
