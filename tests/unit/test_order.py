"""The order of our own tests."""

import pytest

from tests.architecture.tree import ROOT
from tests.order import LONG, deal

FILES = [
    *["tests/adapters/test_site.py"] * 20,
    *["tests/browser/test_looks.py"] * 2,
    *["tests/faults/test_kills.py"] * 3,
    *["tests/flows/test_kinds.py"] * 2,
    *["tests/unit/test_model.py"] * 13,
]


@pytest.mark.parametrize("hands", [1, 2, 3, 4, 50])
def test_every_test_is_dealt_once(hands: int) -> None:
    """However many processes there are, each test is run by one of them."""
    assert sorted(deal(FILES, hands)) == list(range(len(FILES)))


def test_no_long_test_ends_a_part() -> None:
    """The parts are those of pytest-xdist, also where the tests cannot be shared out evenly."""
    files = [*["tests/flows/test_kinds.py"], *["tests/faults/test_kills.py"], *FILES[:20]]
    files += [*["tests/browser/test_looks.py"]]

    dealt = [files[position] for position in deal(files, 3)]

    assert [n for n, file in enumerate(dealt) if "adapters" not in file] == [0, 7, 15]


def test_each_process_begins_with_long_tests() -> None:
    """The longest first, a file in one hand, and as many tests in each."""
    dealt = [FILES[position] for position in deal(FILES, 2)]

    assert dealt[:5] == [*["tests/faults/test_kills.py"] * 3, *["tests/browser/test_looks.py"] * 2]
    assert dealt[20:22] == ["tests/flows/test_kinds.py"] * 2
    assert dealt[5:20] + dealt[22:] == [f for f in FILES if "adapters" in f or "unit" in f]


def test_a_folder_with_a_server_of_its_own_is_in_one_hand() -> None:
    """Each process that met one of its files would start that server again."""
    folder = "tests/deployments"
    files = [f"{folder}/test_notices.py", f"{folder}/test_provision.py", *FILES]

    first = [files[position] for position in deal(files, 2)][:2]

    assert first == files[:2]


def test_the_long_ones_are_there() -> None:
    """A file that is renamed would be dealt as a short one."""
    assert [start for start in LONG if not (ROOT / start).exists()] == []
