"""So many calls a minute for one account, in all processes of this machine.

Sheets takes 60 reads and 60 writes a minute from one account, and refuses what is over
(developers.google.com/workspace/sheets/api/limits).
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Literal

PER_MINUTE = 59
MINUTE = 60.0
Kind = Literal["read", "write"]


class Limiter:
    """Lets calls begin, and makes those wait that would be too many."""

    def __init__(
        self,
        file: Path,
        *,
        per_minute: int = PER_MINUTE,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Keep what is needed.

        Args:
            file: where all processes of this machine count; made when it is first needed.
            per_minute: calls of a kind within any 60 seconds.
            clock: gives the time in seconds, the same for all processes.
            sleep: waits some seconds.
        """
        self._file = file
        self._per_minute = per_minute
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._here: dict[tuple[str, str], list[float]] = {}

    def wait(self, account: str, kind: Kind) -> None:
        """Return when a call of this kind may begin, and count it."""
        while (seconds := self._take(account, kind)) > 0:
            self._sleep(seconds)

    def _take(self, account: str, kind: Kind) -> float:
        """Count a call if it may begin; else return the seconds until the next may."""
        with self._lock:
            now = self._clock()
            times = [t for t in self._here.get((account, kind), ()) if now - MINUTE < t <= now]
            # Without the file we only know of ourselves: better than to stop.
            seconds = self._seconds(times, now)
            with suppress(sqlite3.Error, OSError):
                seconds = self._take_from_file(account, kind, now)
            self._here[account, kind] = times if seconds else [*times, now]
            return seconds

    def _seconds(self, times: list[float], now: float) -> float:
        if len(times) < self._per_minute:
            return 0.0
        return max(0.001, sorted(times)[-self._per_minute] + MINUTE - now)

    def _take_from_file(self, account: str, kind: Kind, now: float) -> float:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._file, timeout=10, isolation_level=None)) as book:
            book.execute("CREATE TABLE IF NOT EXISTS calls (account TEXT, kind TEXT, at REAL)")
            book.execute("BEGIN IMMEDIATE")
            # A call from the future is from a clock that was wrong: it must not block for long.
            book.execute("DELETE FROM calls WHERE at <= ? OR at > ?", (now - MINUTE, now + 1))
            mine = "SELECT at FROM calls WHERE account = ? AND kind = ?"
            times = [float(row[0]) for row in book.execute(mine, (account, kind))]
            seconds = self._seconds(times, now)
            if not seconds:
                book.execute("INSERT INTO calls VALUES (?, ?, ?)", (account, kind, now))
            book.execute("COMMIT")
        return seconds
