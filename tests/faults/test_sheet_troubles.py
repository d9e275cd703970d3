"""daily-post on a Google Sheet: kills and lost answers, with a person at work in the sheet."""

import contextvars
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults import sheet_troubles
from tests.faults.sheet_troubles import Verdict
from tests.faults.trouble import When

pytestmark = pytest.mark.flow

SAMPLE, ALL = 6, 200


def _calls(kind: str, folder: Path, project: Path, prefect_url: str) -> int:
    folder.mkdir(parents=True)
    with sheet_troubles.scene(folder, project, prefect_url, seed=0) as one:
        return sheet_troubles.count_calls(one, kind)


def _trouble(
    kind: str, number: int, calls: int, folder: Path, project: Path, prefect_url: str
) -> Verdict:
    folder.mkdir(parents=True)
    when: When = "after" if number % 2 else "before"
    at = 1 + (number // 2) % calls
    with sheet_troubles.scene(folder, project, prefect_url, seed=number) as one:
        bring = sheet_troubles.kill if kind == "kill" else sheet_troubles.lose
        return bring(one, at, when)


def _check(kind: str, verdicts: list[Verdict]) -> None:
    """Nothing is lost or sent twice; a kill costs a generation at most, or leaves one in doubt."""
    assert [v for v in verdicts if v.lost or v.second_sends] == []
    if kind == "kill":
        # At most as many as may be under way at the moment of the kill: the posts of the run.
        most = len(sheet_troubles.PROMPTS)
        assert [v for v in verdicts if v.in_doubt > most or v.second_generations > most] == []
    else:
        assert [v for v in verdicts if v.in_doubt or v.second_generations] == []
    assert sum(verdict.struck for verdict in verdicts) >= 0.8 * len(verdicts)


@pytest.mark.parametrize("kind", ["kill", "lose"])
def test_trouble_at_some_calls_loses_and_repeats_nothing(
    kind: str, tmp_path: Path, project: Path, prefect_server: str
) -> None:
    """Spread over the run, a kill or a lost answer leaves every prompt accounted for once."""
    calls = _calls(kind, tmp_path / "whole", project, prefect_server)
    step = 2 * calls // SAMPLE
    verdicts = [
        _trouble(kind, step * n, calls, tmp_path / str(n), project, prefect_server)
        for n in range(SAMPLE)
    ]

    _check(kind, verdicts)


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["kill", "lose"])
def test_trouble_at_two_hundred_calls(
    kind: str,
    tmp_path: Path,
    project: Path,
    prefect_server: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same 200 times; what came of it is printed."""
    calls = _calls(kind, tmp_path / "whole", project, prefect_server)

    def bring(number: int) -> Verdict:
        return _trouble(kind, number, calls, tmp_path / str(number), project, prefect_server)

    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(contextvars.copy_context().run, bring, n) for n in range(ALL)]
        verdicts = [one.result() for one in waiting]

    with capsys.disabled():
        sys.stdout.write(f"\n{kind}: {sheet_troubles.print_table(verdicts)}\n")
    _check(kind, verdicts)
