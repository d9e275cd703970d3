"""A queue in a spreadsheet of the stand-in, and a person who edits it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from promptpress.adapters.google.sheets import SheetsQueue
from promptpress.adapters.google.sheets.events import read_events
from promptpress.adapters.google.sheets.headings import DATA, ORDER, OURS
from tests.adapters.googling import spreadsheet_of
from tests.contracts.queue_scene import LEASE, QueueScene
from tests.fakes.google import Google
from tests.fakes.sheets import Book, Sheets

HEADINGS = [names[0] for names in ORDER.values()]


class SheetScene(QueueScene):
    """A queue, its clock, and the spreadsheet behind it; finished rows stay."""

    def __init__(self, google: Google, sheets: Sheets, book: Book) -> None:
        self.google = google
        self.sheets = sheets
        self.book = book
        super().__init__()
        sheets.date = self.clock

    def another(self, *, relays: bool = False) -> SheetsQueue:
        """Return the queue as one more process has it."""
        return self._queue(self.clock, relays=relays)

    def skewed(self, by: timedelta) -> SheetsQueue:
        """Return the queue as a machine has it whose clock is wrong, Google's being right."""
        return self._queue(lambda: self.clock() + by)

    def _queue(self, clock: Callable[[], datetime], *, relays: bool = False) -> SheetsQueue:
        return SheetsQueue(
            spreadsheet_of(self.google, self.sheets, self.book.id, clock=clock),
            lease=LEASE,
            clock=clock,
            new_id=self.new_id,
            keeps=True,
            relays=relays,
            sleep=lambda seconds: None,
        )

    def _place(self, post_id: int, heading: str) -> tuple[int, int]:
        """Return row and column of a post's cell, from 0."""
        rows = self.book.rows("Process")
        data = rows[0].index(OURS[DATA])
        for number, row in enumerate(rows[1:], 1):
            if len(row) > data and row[data] and json.loads(row[data])["id"] == post_id:
                return number, rows[0].index(heading)
        raise KeyError(post_id)

    def type_prompt(self, prompt: str, **cells: object) -> None:
        """Type a row below the others."""
        named = {ORDER[name][0]: cell for name, cell in {"prompt": prompt, **cells}.items()}
        headings = self.book.rows("Process")[0]
        self.book.append("Process", [named.get(heading, "") for heading in headings])

    def edit(self, post_id: int, column: str, value: object) -> None:
        """Type over a cell; a state is typed into our own cell of data."""
        if column != "state":
            self.book.put("Process", *self._place(post_id, ORDER[column][0]), value)
            return
        row, data = self._place(post_id, OURS[DATA])
        kept: dict[str, Any] = json.loads(self.book.rows("Process")[row][data])
        self.book.put("Process", row, data, json.dumps({**kept, "state": value}))

    def delete(self, post_id: int) -> None:
        """Delete the row of a post."""
        self.book.delete_row("Process", self._place(post_id, "Prompt")[0])

    def clear(self) -> None:
        """Delete all rows but the headings."""
        while len(self.book.rows("Process")) > 1:
            self.book.delete_row("Process", 1)

    def count_events(self, action: str = "") -> int:
        """Return how many events the tab Audit tells of, of one action or all."""
        events = read_events(self.book.rows("Audit"))
        return sum(action in ("", event.action) for event in events)


@contextmanager
def set_up_sheet() -> Iterator[SheetScene]:
    """Give a scene over an empty sheet with a column for everything."""
    book = Book("1" * 44, "Prompts", tabs={"Process": [HEADINGS]})
    with Google() as google, Sheets(authorize=google.accepts) as sheets:
        sheets.add(book)
        scene = SheetScene(google, sheets, book)
        scene.queue.check()
        yield scene
