"""The limiter: never more calls in any minute, whoever makes them."""

import multiprocessing
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from promptpress.adapters.google import Limiter

START = 1_800_000_000.0
A = "a@stand-in"


class Time:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = START
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def limiter_of(file: Path, clock: Time, per_minute: int = 5) -> Limiter:
    return Limiter(file, per_minute=per_minute, clock=lambda: clock.now, sleep=clock.sleep)


def most_in_a_minute(times: Sequence[float]) -> int:
    """Return the largest number of calls within any 60 seconds, the last instant excepted."""
    return max(sum(begin <= at < begin + 60 for at in times) for begin in times)


@pytest.fixture
def clock() -> Time:
    return Time()


def test_no_minute_ever_sees_more_than_the_number(tmp_path: Path, clock: Time) -> None:
    """However the calls fall, any 60 seconds hold five at the most, and five are used."""
    limiter = limiter_of(tmp_path / "calls.db", clock)
    times = []
    for number in range(40):
        clock.now += (number % 7) * 1.5
        limiter.wait(A, "write")
        times.append(clock.now)

    assert most_in_a_minute(times) == 5
    assert max(clock.slept) <= 60.0


def test_the_usual_number_stays_below_googles(tmp_path: Path, clock: Time) -> None:
    """Of Google's 60 a minute 59 are used, and the 60th call waits."""
    limiter = Limiter(tmp_path / "calls.db", clock=lambda: clock.now, sleep=clock.sleep)
    for _ in range(59):
        limiter.wait(A, "read")
    before = list(clock.slept)
    limiter.wait(A, "read")

    assert before == []
    assert clock.now == START + 60


def test_reads_and_writes_and_accounts_are_counted_apart(tmp_path: Path, clock: Time) -> None:
    """Google counts each kind and each account by itself."""
    limiter = limiter_of(tmp_path / "calls.db", clock, per_minute=2)
    for account in (A, "b@stand-in"):
        for _ in range(2):
            limiter.wait(account, "read")
            limiter.wait(account, "write")

    assert clock.slept == []


def test_two_limiters_on_one_file_share_the_number(tmp_path: Path, clock: Time) -> None:
    """What one has let through the other does not."""
    first = limiter_of(tmp_path / "calls.db", clock)
    second = limiter_of(tmp_path / "calls.db", clock)
    for _ in range(3):
        first.wait(A, "read")
    for _ in range(3):
        second.wait(A, "read")

    assert len(clock.slept) == 1


class Full(Exception):
    """The limiter would wait."""


def _count(file: str, results: "multiprocessing.Queue[int]") -> None:
    """Take as many calls as may begin at one instant, in a process of its own."""

    def stop(_: float) -> None:
        raise Full

    limiter = Limiter(Path(file), per_minute=20, clock=lambda: START, sleep=stop)
    taken = 0
    try:
        for _ in range(20):
            limiter.wait(A, "write")
            taken += 1
    except Full:
        pass
    results.put(taken)


def test_processes_of_a_machine_share_the_number(tmp_path: Path) -> None:
    """Four processes at once take twenty calls together, and not one more or less."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    file = str(tmp_path / "calls.db")
    workers = [context.Process(target=_count, args=(file, results)) for _ in range(4)]
    for worker in workers:
        worker.start()
    taken = [results.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join(30)
    results.close()
    results.join_thread()

    assert sum(taken) == 20


def _spoil(kind: str, file: Path) -> None:
    if kind == "corrupt":
        file.write_bytes(b"this is no database" * 500)
    elif kind == "a folder":
        file.mkdir()
    elif kind == "another table":
        with sqlite3.connect(file) as book:
            book.execute("CREATE TABLE calls (x)")
        book.close()
    else:
        file.parent.rmdir()
        file.parent.write_text("a file where the folder should be")


@pytest.mark.parametrize("kind", ["corrupt", "a folder", "another table", "no folder"])
def test_a_file_that_cannot_be_used_limits_in_memory(
    kind: str, tmp_path: Path, clock: Time
) -> None:
    """Nothing fails, and this process still keeps to the number."""
    file = tmp_path / "spool" / "calls.db"
    file.parent.mkdir()
    _spoil(kind, file)
    limiter = limiter_of(file, clock)
    times = []
    for _ in range(12):
        limiter.wait(A, "read")
        times.append(clock.now)

    assert most_in_a_minute(times) == 5


def test_a_file_that_breaks_later_forgets_no_call_of_ours(tmp_path: Path, clock: Time) -> None:
    """What was counted in the file is known in memory too."""
    file = tmp_path / "calls.db"
    limiter = limiter_of(file, clock)
    for _ in range(5):
        limiter.wait(A, "read")
    file.write_bytes(b"this is no database" * 500)
    limiter.wait(A, "read")

    assert clock.now == START + 60


def test_a_clock_that_was_ahead_blocks_nobody_for_long(tmp_path: Path, clock: Time) -> None:
    """Calls noted a day ahead are forgotten once the clock is right."""
    limiter = limiter_of(tmp_path / "calls.db", clock)
    clock.now = START + 86_400
    for _ in range(5):
        limiter.wait(A, "read")
    clock.now = START
    for _ in range(5):
        limiter.wait(A, "read")

    assert clock.slept == []


def test_a_clock_that_was_behind_costs_nothing(tmp_path: Path, clock: Time) -> None:
    """Calls noted a day ago do not count."""
    limiter = limiter_of(tmp_path / "calls.db", clock)
    for _ in range(5):
        limiter.wait(A, "read")
    clock.now += 86_400
    limiter.wait(A, "read")

    assert clock.slept == []


def test_by_itself_it_takes_the_machines_time(tmp_path: Path) -> None:
    """Without a clock given it counts by the time that all processes share."""
    file = tmp_path / "calls.db"
    before = time.time()
    Limiter(file).wait(A, "read")
    book = sqlite3.connect(file)
    (found,) = book.execute("SELECT account, kind, at FROM calls").fetchall()
    book.close()

    assert found[:2] == (A, "read")
    assert before <= found[2] <= time.time()
