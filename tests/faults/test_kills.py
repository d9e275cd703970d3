"""daily-post is killed at any moment: nothing is lost, nothing is repeated."""

import contextvars
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults import killing

pytestmark = pytest.mark.flow

SHARES = 3
SAMPLE, ALL = 15, 100


def _kill_at(folder: Path, project: Path, number: float, prefect_url: str) -> killing.Verdict:
    folder.mkdir(parents=True)
    with killing.scene(folder, project, prefect_url) as one:
        if killing.STRACE:
            died = killing.kill_at_call(one, int(number))
        else:
            died = killing.kill_after(one, number)
        return killing.judge(one, died=died)


def _points(folder: Path, project: Path, wanted: int, prefect_url: str) -> list[float]:
    """Return moments spread over a run: numbers of calls, or seconds where there is no strace."""
    folder.mkdir(parents=True)
    with killing.scene(folder, project, prefect_url) as one:
        if killing.STRACE:
            last: float = killing.count_calls(one, folder)
        else:
            last = killing.time_whole_run(one)
    spread = [1 + (last - 1) * (number + 0.5) / wanted for number in range(wanted)]
    return spread if not killing.STRACE else [round(point) for point in spread]


def _check(verdicts: list[killing.Verdict]) -> None:
    """Every promise was kept, and nearly every run was really killed: the last calls vary."""
    assert [verdict for verdict in verdicts if not verdict.holds()] == []
    assert sum(verdict.died for verdict in verdicts) >= 0.7 * len(verdicts)


@pytest.fixture(scope="module")
def sample(
    tmp_path_factory: pytest.TempPathFactory, project: Path, prefect_server: str
) -> list[float]:
    """Moments spread over a run, counted once for all shares."""
    folder = tmp_path_factory.mktemp("kills") / "whole"
    return _points(folder, project, SAMPLE, prefect_server)


@pytest.mark.parametrize("share", range(SHARES))
def test_a_killed_run_loses_and_repeats_nothing(
    share: int, sample: list[float], tmp_path: Path, project: Path, prefect_server: str
) -> None:
    """Killed at moments spread over the run, every post ends once where it belongs."""
    points = sample[share::SHARES]

    verdicts = [_kill_at(tmp_path / str(n), project, n, prefect_server) for n in points]

    _check(verdicts)


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_a_run_killed_at_a_hundred_points(
    tmp_path: Path, project: Path, prefect_server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same at 100 points; the table is printed."""
    points = _points(tmp_path / "whole", project, ALL, prefect_server)

    def kill(number: float) -> killing.Verdict:
        return _kill_at(tmp_path / f"{number:.3f}", project, number, prefect_server)

    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(contextvars.copy_context().run, kill, point) for point in points]
        verdicts = [one.result() for one in waiting]

    with capsys.disabled():
        sys.stdout.write(f"\n{killing.print_table(verdicts)}\n")
    _check(verdicts)
