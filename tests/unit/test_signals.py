"""tasks.signals: a signal asks, and a second one, or time, ends the process."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from promptpress.errors import Interrupted
from tasks.signals import Stop, heed_signals, require_going_on, rest, stop_of_run

ROOT = Path(__file__).parents[2]
STUCK = """
import sys, time
from tasks.signals import heed_signals

with heed_signals(float(sys.argv[1]), float(sys.argv[2]), 0.3) as stop:
    print("ready", flush=True)
    stop.rest(60)
    if sys.argv[3] == "inside":
        time.sleep(60)
time.sleep(60)
"""


TORN = """
from tasks.signals import end_now, end_too

def end():
    raise AttributeError("'NoneType' object has no attribute 'kill'")

end_too(end)
end_now(7)
"""
FULL = """
import os, sys
from tasks.signals import end_now

os.set_blocking(1, False)
try:
    while True:
        os.write(1, b"x" * 4096)
except BlockingIOError:
    os.set_blocking(1, True)
sys.stdout = open(1, "w", buffering=8192)  # whatever PYTHONUNBUFFERED says
print("a line that nobody reads")
end_now(7)
"""


def stuck(longest: float, records: float, where: str) -> "subprocess.Popen[str]":
    """Start a process that heeds signals, and hangs once it was asked to stop."""
    process = subprocess.Popen(
        [sys.executable, "-c", STUCK, str(longest), str(records), where],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("longest", "records", "where"), [(0.5, 60, "inside"), (60, 0.5, "after")])
def test_the_process_ends_whatever_hangs(
    number: int, longest: float, records: float, where: str
) -> None:
    """In the block, after so many seconds; behind it, after a few more."""
    with stuck(longest, records, where) as process:
        process.send_signal(number)

        assert process.wait(30) == 128 + number


@pytest.mark.parametrize("source", [TORN, FULL], ids=["torn down", "full pipe"])
def test_the_end_comes_whatever_goes_wrong_with_it(source: str) -> None:
    """Neither what is half torn down already nor a pipe that nobody reads keeps the process."""
    command = [sys.executable, "-c", source]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.wait(30) == 7
        finally:
            process.kill()


def test_a_second_signal_ends_it_but_not_an_echo() -> None:
    """What comes together counts as one: a terminal and make both pass it on."""
    with stuck(60, 60, "inside") as process:
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.6)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)

        assert process.wait(30) == 143


@pytest.mark.usefixtures("own_signals")
def test_a_wait_ends_when_it_is_asked() -> None:
    """Whoever rests hears of it at once; what begins later is refused."""
    with heed_signals(600, 600, 1) as stop:
        require_going_on()
        threading.Timer(0.1, stop.ask).start()
        with pytest.raises(Interrupted):
            rest(60)
        with pytest.raises(Interrupted):
            require_going_on()
    require_going_on()


def test_handlers_are_given_back() -> None:
    """A block that nobody stopped leaves no trace in its process."""
    before = [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)]
    with heed_signals(600, 600, 1):
        assert [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)] != before
    assert [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)] == before


def test_an_ignored_signal_stays_ignored() -> None:
    """A shell's background ignores Ctrl-C, and so does what runs there."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with heed_signals(600, 600, 1) as stop:
            os.kill(os.getpid(), signal.SIGINT)
            assert not stop.is_asked
    finally:
        signal.signal(signal.SIGINT, before)


def test_outside_a_run_nobody_is_asked() -> None:
    """Each question there gets a stop of its own."""
    stop_of_run().ask()
    require_going_on()


def test_whoever_comes_late_is_told_too() -> None:
    """Those who want to know are told once it is asked, or at once where it was."""
    told: list[str] = []
    stop = Stop()
    stop.tell(lambda: told.append("early"))
    stop.ask()
    stop.tell(lambda: told.append("late"))

    assert told == ["early", "late"]
