"""Calls per minute, counted as the service does: for each user, reads and writes apart."""

import threading
from collections import Counter
from collections.abc import Callable

from tests.fakes.sheets.refusals import over_quota

PER_MINUTE = 60
"""Read requests per minute per user per project; as many write requests (Sheets API, "Limits")."""


class Quotas:
    """Counts calls; filled up again at each full minute."""

    def __init__(self, clock: Callable[[], float], limit: int = PER_MINUTE) -> None:
        self._clock = clock
        self._limit = limit
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, int]] = Counter()

    def spend(self, user: str, kind: str) -> None:
        """Count a call of a kind: read or write.

        Raises:
            Refused: 429, it is one too many in this minute.
        """
        with self._lock:
            key = (user, kind, int(self._clock() // 60))
            if self._counts[key] >= self._limit:
                raise over_quota(kind, self._limit)
            self._counts[key] += 1
