"""Three workers, one Prefect, one queue: killed and restarted, and every post goes out once."""

import sys
import time
from pathlib import Path

import pytest

from tests.fleet.chaos import Chaos
from tests.fleet.fleet import started
from tests.fleet.verdict import find_faults, measure, print_table, read_account

pytestmark = [pytest.mark.fleet, pytest.mark.timeout(1500)]


def test_a_fleet_that_is_killed_again_and_again_sends_every_post_once(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """300 posts, workers killed, database and server restarted: nothing lost, nothing twice."""
    begun = time.monotonic()
    with started(tmp_path, project) as fleet:
        try:
            blows = Chaos(fleet).run()
        except (TimeoutError, AssertionError) as error:
            pytest.fail(f"{error}\n{fleet.tell()}")
        recoveries = measure(fleet, blows)
        table = print_table(fleet, recoveries, time.monotonic() - begun)
        with capsys.disabled():
            sys.stdout.write(f"\n{table}\n")

        assert find_faults(read_account(fleet), blows) == []
        assert [one for one in recoveries if one.seconds > one.limit] == []
