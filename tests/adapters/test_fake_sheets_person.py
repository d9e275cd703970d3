"""The stand-in of Google Sheets: the person who edits between our calls."""

import threading
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from tests.adapters.asking import Client, asking
from tests.fakes.sheets import Person


@pytest.fixture
def client() -> Iterator[Client]:
    with asking() as client:
        yield client


def test_a_call_waits_for_the_hand_that_is_in_the_sheet(client: Client) -> None:
    """While a test holds the lock nothing is applied, and then to what the test left."""
    arrived = threading.Event()
    client.sheets.before = lambda name: arrived.set()
    replies: list[object] = []

    def swap() -> None:
        change = {"find": "an owl", "replacement": "x", "sheetId": 0}
        replies.extend(client.batch({"findReplace": change})["replies"])

    thread = threading.Thread(target=swap)
    with client.book.lock:
        thread.start()
        assert arrived.wait(60)
        thread.join(0.2)
        assert client.book.rows("Process")[3] == ["an owl", "new"]
        client.book.put("Process", 3, 0, "a cat")
    thread.join()

    assert replies == [{"findReplace": {}}]


@pytest.mark.parametrize("seed", range(20))
def test_a_person_takes_no_prompt_away(client: Client, seed: int) -> None:
    """Whatever is drawn, every prompt is there once, and each with its status beside it."""
    book = client.book
    person = Person(book, Random(seed))
    for _ in range(40):
        person.act()

    headings, *rows = book.rows("Process")
    prompt, status = headings.index("Prompt"), headings.index("Status")
    whole = [row + [""] * (len(headings) - len(row)) for row in rows]
    found = sorted((row[prompt], row[status]) for row in whole if row[prompt] or row[status])
    before = [("a fox", ""), ("a FOX", "new"), ("an owl", "new")]
    assert found == sorted([*before, *((text, "") for text in person.typed)])


def test_a_person_copies_and_deletes_only_if_allowed(client: Client) -> None:
    """What was copied and deleted is remembered, so that a test can account for it."""
    person = Person(client.book, Random(3), may_delete=True, may_duplicate=True)
    for _ in range(60):
        person.act()

    headings, *rows = client.book.rows("Process")
    column = headings.index("Prompt")
    left = Counter(row[column] for row in rows if len(row) > column and row[column])
    added = Counter(["a fox", "a FOX", "an owl", *person.typed, *filter(None, person.copied)])
    assert person.copied
    assert left == added - Counter(filter(None, person.deleted))
