"""The order of tests: every process begins with its share of the long ones, so none comes last."""

from collections.abc import Sequence

import pytest

LONG = (
    "tests/deployments/test_notices.py",
    "tests/flows/test_serve.py",
    "tests/deployments/",
    "tests/faults/",
    "tests/flows/test_upgrades.py",
    "tests/flows/test_prefect_retention.py",
    "tests/browser/test_prefect_page.py",
    "tests/flows/test_health.py",
    "tests/flows/test_deployments.py",
    "tests/flows/test_workflow.py",
    "tests/flows/test_generating_commands.py",
    "tests/adapters/test_sheets_histories.py",
    "tests/contracts/test_prompt_queue_claims.py",
    "tests/flows/",
    "tests/browser/",
)
"""Where seconds are spent, the longest first; a file belongs to the first that it begins with."""
TOGETHER = ("tests/deployments/",)
"""Folders whose files share a server of their own."""


def _rank(file: str) -> int:
    found = (rank for rank, start in enumerate(LONG) if file.startswith(start))
    return next(found, len(LONG))


def file_of(item: pytest.Item) -> str:
    """Return the file that a test stands in."""
    return item.nodeid.partition("::")[0]


def _pile_of(file: str) -> str:
    """Return what stays in one hand: a file, or a folder with a server for all its files."""
    return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def deal(files: Sequence[str], hands: int) -> list[int]:
    """Deal tests to processes; pytest-xdist gives each of them an equal part from end to end.

    Args:
        files: where each test stands; those of one file stay together while they are long.
        hands: how many processes there are.

    Returns:
        The positions of the tests in their new order.
    """
    long = sorted({file for file in files if _rank(file) < len(LONG)}, key=lambda f: (_rank(f), f))
    piles = {pile: number % hands for number, pile in enumerate(dict.fromkeys(map(_pile_of, long)))}
    hand_of = {file: piles[_pile_of(file)] for file in long}
    order = {file: number for number, file in enumerate(long)}
    dealt: list[list[int]] = [[] for _ in range(hands)]
    short: list[int] = []
    for position, file in enumerate(files):
        (dealt[hand_of[file]] if file in hand_of else short).append(position)
    ordered: list[int] = []
    for number, hand in enumerate(dealt):
        share = (len(files) - len(ordered)) // (hands - number)  # as pytest-xdist reckons
        hand.sort(key=lambda position: order[files[position]])
        fill = max(share - len(hand), 0)
        ordered += [*hand, *short[:fill]]
        del short[:fill]
    return [*ordered, *short]
