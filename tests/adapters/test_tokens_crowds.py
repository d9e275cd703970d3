"""Tokens in a file under kills and crowds: whole at any moment, and none lost."""

import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from promptpress.adapters.tokens import FileTokens
from promptpress.errors import TransientError
from promptpress.ports import Token

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC)
ONE = Token("one", NOW + timedelta(days=60), NOW)
TWO = Token("two", None, NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "tokens.json"


ADDER = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from promptpress.adapters.tokens import FileTokens
from promptpress.ports import Token
path, name, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for _ in range(times):
    tokens = FileTokens(path)
    with tokens.lock("sum"):
        found = tokens.get("sum")
        number = int(found.value) if found else 0
        tokens.put("sum", Token(str(number + 1), None, datetime.now(UTC)))
    tokens.put(name, Token(name, None, datetime.now(UTC)))
"""


def test_two_processes_lose_nothing_of_each_other(path: Path) -> None:
    """Under the lock each counts on; without it each keeps its own name beside the other's."""
    adders = [
        subprocess.Popen([sys.executable, "-c", ADDER, str(path), name, "30"], cwd=ROOT)
        for name in ("left", "right")
    ]

    assert [adder.wait(60) for adder in adders] == [0, 0]
    tokens = FileTokens(path)
    found = [tokens.get(name) for name in ("sum", "left", "right")]
    assert [token and token.value for token in found] == ["60", "left", "right"]


def test_threads_lose_nothing_of_each_other(path: Path) -> None:
    """Also with one object for all of them."""
    tokens = FileTokens(path)

    def put(number: int) -> None:
        tokens.put(f"name {number}", ONE)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(40)))

    assert all(tokens.get(f"name {number}") == ONE for number in range(40))


def test_a_reader_meanwhile_sees_a_whole_file(path: Path) -> None:
    """Readers need no lock: they see the one before or the one after."""
    tokens = FileTokens(path)
    tokens.put("one", ONE)
    done = threading.Event()

    def write() -> None:
        for number in range(60):
            tokens.put("one", TWO if number % 2 else ONE)
        done.set()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while not done.is_set() and not writing.done():
            assert tokens.get("one") in (ONE, TWO)
        writing.result()


def test_a_lock_is_waited_for_and_then_given_up(path: Path) -> None:
    """Somebody who holds it for too long is named; another name is free all the while."""
    tokens = FileTokens(path, patience=0.1)

    with tokens.lock("one"):
        tokens.put("one", ONE)
        with tokens.lock("two"), tokens.lock("a/b"):
            pass
        with (
            pytest.raises(TransientError, match="again later"),
            FileTokens(path, patience=0.1).lock("one"),
        ):
            pass

    with tokens.lock("one"):
        pass


def test_an_error_under_the_lock_is_left_as_it_is(path: Path) -> None:
    """And the lock is free again."""
    tokens = FileTokens(path, patience=0.1)

    with pytest.raises(OSError, match="mine"), tokens.lock("one"):
        raise OSError("mine")

    with tokens.lock("one"):
        pass


KILLED = """
import os, sys
from datetime import datetime, UTC
from pathlib import Path
from promptpress.adapters.tokens import FileTokens
from promptpress.ports import Token
path, number = Path(sys.argv[1]), int(sys.argv[2])
seen = 0

def watch(event, arguments):
    # Every file that is opened, made, renamed or removed is told before it is done.
    global seen
    if event.split(".")[0] in ("open", "os", "fcntl") and "json" in str(arguments):
        seen += 1
        if seen == number:
            os.kill(os.getpid(), 9)

token = Token("new", None, datetime.now(UTC))
tokens = FileTokens(path)
sys.addaudithook(watch)
with tokens.lock("one"):
    tokens.put("one", token)
print(seen)
"""


def _killed_at(path: Path, number: int) -> "subprocess.CompletedProcess[str]":
    call = [sys.executable, "-c", KILLED, str(path), str(number)]
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_kill_at_any_moment_leaves_the_old_or_the_new(path: Path) -> None:
    """Before each thing done to the disk; afterwards it is written to as if nothing had been."""
    FileTokens(path).put("one", ONE)
    steps = int(_killed_at(path, 0).stdout)
    ends = []
    for number in range(1, steps + 1):
        FileTokens(path).put("one", ONE)

        assert _killed_at(path, number).returncode == -signal.SIGKILL

        tokens = FileTokens(path, patience=0.5)
        found = tokens.get("one")
        assert found is not None
        ends.append(found.value)
        with tokens.lock("one"):
            tokens.put("one", TWO)
        assert tokens.get("one") == TWO
    assert steps >= 5
    assert set(ends) <= {"one", "new"}
    assert ends[0] == "one"


def test_a_kill_between_write_and_rename_leaves_no_litter(path: Path) -> None:
    """The next put writes over what was left, and nothing but locks lies beside the file."""
    FileTokens(path).put("one", ONE)
    litter = path.with_name(".tokens.json.tmp")
    litter.write_bytes(b"half")
    litter.chmod(0o666)

    FileTokens(path).put("one", TWO)

    assert {file.name for file in path.parent.iterdir()} == {"tokens.json", ".tokens.json.lock"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
