"""The numbers of new posts in a sheet, which several processes give without asking each other."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

from promptpress.adapters.google.sheets.adds import EXACT
from promptpress.adapters.google.sheets.works import Numbers

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def _process(random: Random) -> Numbers:
    return Numbers(lambda: str(UUID(int=random.getrandbits(128))))


def test_processes_that_give_numbers_in_the_same_second_do_not_give_the_same() -> None:
    """A hundred processes, each with a hundred posts at the same moment: ten thousand numbers."""
    random = Random(7)
    processes = [_process(random) for _ in range(100)]

    given = {numbers.new(NOW) for numbers in processes for _ in range(100)}

    assert len(given) == 10_000


def test_numbers_grow_with_the_time_and_fit_a_cell() -> None:
    """Each is greater than the one before, minutes later too, and a cell keeps all its digits."""
    numbers = _process(Random(7))
    moments = [NOW + timedelta(seconds=seconds) for seconds in (0, 0, 1, 61, 61, 3600)]

    given = [numbers.new(moment) for moment in moments]

    assert all(before < after for before, after in pairwise(given))
    assert Numbers(lambda: "an id").new(NOW.replace(year=2190)) < EXACT
