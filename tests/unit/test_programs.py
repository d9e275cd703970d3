"""Programs that tests start: what is left of them, and when."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fleet.fleet import runs_of
from tests.fleet.programs import Program
from tests.programs import kill, left_in, start, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc and prctl")

APART = "setsid sleep 100 & echo ready; wait"
"""A program whose child has a session of its own, as Prefect's worker starts runs."""
STARTS = """
import sys
from pathlib import Path
from tests.programs import start
start(["sleep", "100"], env={"HOME": sys.argv[1], "PATH": "/usr/bin:/bin"})
print("ready", flush=True)
sys.stdin.read()
"""


def _environment(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": "/usr/bin:/bin"}


def test_what_is_not_so_in_time_is_an_error() -> None:
    """It names what was waited for."""
    with pytest.raises(TimeoutError, match="still waiting for: a miracle"):
        wait_until("a miracle", lambda: False, 0.1)


@pytest.mark.parametrize("crashed", [False, True])
def test_nothing_is_left_of_a_program_that_is_killed(crashed: bool, tmp_path: Path) -> None:
    """What it started in a session of its own goes too, also where the program had crashed."""
    process = start(["sh", "-c", APART], env=_environment(tmp_path))
    wait_until("its child", lambda: any("sleep" in one for one in left_in(tmp_path).values()))
    if crashed:
        process.kill()
        process.wait()
    kill(process, tmp_path)

    assert left_in(tmp_path) == {}


def test_a_program_ends_with_the_tests_that_started_it(tmp_path: Path, project: Path) -> None:
    """No fixture's end is reached where a signal ends them."""
    command = [sys.executable, "-c", STARTS, str(tmp_path)]
    tests = subprocess.Popen(
        command, cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with tests:
        assert tests.stdout is not None
        assert tests.stdout.readline() == "ready\n"
        assert len(left_in(tmp_path)) == 1
        tests.kill()

    wait_until("its end", lambda: not left_in(tmp_path))


def test_a_program_that_was_started_again_has_begun_nothing(tmp_path: Path) -> None:
    """Its log tells of the runs before; they died with the program."""
    script = "mv said told && cat told; exec sleep 100"  # told once, whenever it is killed
    (tmp_path / "said").write_text("Beginning flow run 'an-owl' for flow 'x'\n")
    home = tmp_path / "home"
    program = Program(
        "one", ["sh", "-c", script], _environment(home), logs=tmp_path, folder=tmp_path
    )
    try:
        program.start()
        wait_until("a run", lambda: runs_of(program) == ["an-owl"])
        program.kill()
        program.start()

        assert runs_of(program) == []
        assert "an-owl" in program.log()
    finally:
        program.kill()
