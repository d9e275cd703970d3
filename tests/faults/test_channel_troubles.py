"""publish-due: kills and lost answers at Instagram, Cloudinary and S3."""

import sys
from pathlib import Path

import pytest

from tests.faults import channel_troubles
from tests.faults.channel_troubles import Verdict
from tests.faults.trouble import When

pytestmark = pytest.mark.flow

SAMPLE = 4


def _calls(folder: Path, project: Path, prefect_url: str) -> int:
    folder.mkdir(parents=True)
    with channel_troubles.scene(folder, project, prefect_url) as one:
        return channel_troubles.count_calls(one)


def _trouble(
    kind: str, number: int, calls: int, folder: Path, project: Path, prefect_url: str
) -> Verdict:
    folder.mkdir(parents=True)
    when: When = "after" if number % 2 else "before"
    at = 1 + (number // 2) % calls
    with channel_troubles.scene(folder, project, prefect_url) as one:
        bring = channel_troubles.kill if kind == "kill" else channel_troubles.lose
        return bring(one, at, when)


def _check(verdicts: list[Verdict]) -> None:
    """Nothing is lost or shown twice, and every service can be asked: nothing stays in doubt."""
    assert [v for v in verdicts if v.lost or v.second_posts or v.in_doubt] == []
    assert sum(verdict.struck for verdict in verdicts) >= 0.8 * len(verdicts)


@pytest.mark.parametrize("kind", ["kill", "lose"])
def test_trouble_at_some_calls_loses_and_repeats_nothing(
    kind: str, tmp_path: Path, project: Path, prefect_server: str
) -> None:
    """Spread over the run, every post is shown once."""
    calls = _calls(tmp_path / "whole", project, prefect_server)
    step = max(1, 2 * calls // SAMPLE)
    _check(
        [
            _trouble(kind, step * n, calls, tmp_path / str(n), project, prefect_server)
            for n in range(SAMPLE)
        ]
    )


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["kill", "lose"])
def test_trouble_at_every_call(
    kind: str,
    tmp_path: Path,
    project: Path,
    prefect_server: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before and after every single call of the run; what came of it is printed."""
    calls = _calls(tmp_path / "whole", project, prefect_server)
    verdicts = [
        _trouble(kind, n, calls, tmp_path / str(n), project, prefect_server)
        for n in range(2 * calls)
    ]

    with capsys.disabled():
        sys.stdout.write(f"\n{kind}: {channel_troubles.print_table(verdicts)}\n")
    _check(verdicts)
