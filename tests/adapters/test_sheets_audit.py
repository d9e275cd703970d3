"""An audit log in a sheet: rows that stay what they are, each once, however answers are lost."""

from datetime import UTC, datetime

import pytest

from promptpress.errors import TransientError
from promptpress.model import AuditEvent
from tests.adapters.googling import sheets_audit_of
from tests.fakes.google import Google
from tests.fakes.server import Fault
from tests.fakes.sheets import Book, Sheets

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
EVENTS = [
    AuditEvent(
        id=f"e-{n}", at=AT, run="=run", post_id=1, action="send", outcome="done", service="+site",
        detail={"text": "=1+1"},
    )
    for n in range(3)
]  # fmt: skip


@pytest.fixture
def book(sheets: Sheets) -> Book:
    """A spreadsheet in which somebody keeps notes."""
    return sheets.add(Book("a" * 44, "Log", {"Notes": [["mine"]]}))


def test_no_text_becomes_a_formula(google: Google, sheets: Sheets, book: Book) -> None:
    """What begins with = or + is what it was, and the other tabs are as they were."""
    sheets_audit_of(google, sheets, book.id).append(EVENTS)

    assert [cell for row in book.tab("Audit").rows for cell in row if cell and cell.formula] == []
    assert sheets_audit_of(google, sheets, book.id).history(1) == EVENTS
    assert book.rows("Notes") == [["mine"]]


def test_many_events_are_one_call(google: Google, sheets: Sheets, book: Book) -> None:
    """A run's events are appended together, as new rows of the grid."""
    audit = sheets_audit_of(google, sheets, book.id)
    audit.check()
    book.put("Audit", 1, 9, "a note of mine")
    audit.append(EVENTS)

    assert len(sheets.journal.entries(call="append")) == 1
    assert "a note of mine" in [row[-1] for row in book.rows("Audit")]


def test_nothing_to_tell_is_no_call(google: Google, sheets: Sheets, book: Book) -> None:
    """An empty run leaves no row, and asks nothing."""
    sheets_audit_of(google, sheets, book.id).append([])

    assert sheets.journal.entries() == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_doubles_nothing(
    google: Google, sheets: Sheets, book: Book, when: str
) -> None:
    """After an answer was lost the log is looked at: what is there is not written again."""
    audit = sheets_audit_of(google, sheets, book.id)
    sheets.fail("append", Fault("before" if when == "before" else "after"))
    if when == "before":
        with pytest.raises(TransientError):
            audit.append(EVENTS)
    else:
        audit.append(EVENTS)

    sheets_audit_of(google, sheets, book.id).append(EVENTS)

    assert [row[-1] for row in book.rows("Audit")[1:]] == ["e-0", "e-1", "e-2"]


def test_columns_in_another_order_are_found_by_their_headings(
    google: Google, sheets: Sheets
) -> None:
    """A person may move the columns and add one of theirs."""
    headings = ["Key", "Mine", "Run", "Post", "Time", "Action", "Outcome", "Service", "Detail"]
    book = sheets.add(Book("a" * 44, "Log", {"audit": [headings]}))
    audit = sheets_audit_of(google, sheets, book.id)
    audit.append(EVENTS)

    assert audit.history(1) == EVENTS
    assert book.rows("audit")[0] == headings
    assert book.rows("audit")[1][:3] == ["e-0", "", "=run"]
