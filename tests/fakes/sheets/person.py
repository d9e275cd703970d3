"""Somebody who works in the sheet while we do: types, inserts, moves, sorts, copies, deletes."""

from collections.abc import Sequence
from random import Random

from tests.fakes.sheets.book import Book
from tests.fakes.sheets.cells import Cell

OWN = "Notes"
"""What the person's own columns are called: Notes 1, Notes 2, ..."""
MAX_OWN = 4


class Person:
    """A person with a hand in one tab; places are counted from 0, and row 0 has the headings."""

    def __init__(
        self,
        book: Book,
        dice: Random,
        tab: str = "Process",
        *,
        may_delete: bool = False,
        may_duplicate: bool = False,
    ) -> None:
        """Come to the sheet.

        Args:
            book: the spreadsheet.
            dice: draw what `act` does.
            tab: the title of the tab that `act` works in.
            may_delete: whether `act` deletes rows, and prompts with them.
            may_duplicate: whether `act` copies whole rows, our cells as well.
        """
        self.book = book
        self.dice = dice
        self.tab = tab
        self.may_delete = may_delete
        self.may_duplicate = may_duplicate
        self.typed: list[str] = []
        """Prompts that `act` has added, as new rows."""
        self.copied: list[str] = []
        """Prompts of rows that `act` has copied."""
        self.deleted: list[str] = []
        """Prompts of rows that `act` has deleted."""
        self.done: list[str] = []
        """What `act` did, in order."""

    def insert_row(self, tab: str, at: int, values: Sequence[object] = ()) -> None:
        """Insert a row above the one at a place."""
        self.book.insert_row(tab, at, values)

    def append_row(self, tab: str, values: Sequence[object]) -> None:
        """Type a row below the last one."""
        self.book.append(tab, values)

    def delete_row(self, tab: str, at: int) -> None:
        """Delete a row."""
        self.book.delete_row(tab, at)

    def move_row(self, tab: str, at: int, to: int) -> None:
        """Drag a row to another place."""
        self.book.move_row(tab, at, to)

    def sort(self, tab: str, column: int, *, reverse: bool = False) -> None:
        """Sort all rows but the headings by a column."""
        self.book.sort(tab, column, reverse=reverse)

    def edit(self, tab: str, row: int, column: int, value: object) -> None:
        """Write over a cell."""
        self.book.put(tab, row, column, value)

    def duplicate_row(self, tab: str, at: int) -> None:
        """Copy a row with all of its cells, and insert the copy below it."""
        with self.book.lock:
            found = self.book.tab(tab)
            cells: list[Cell] = found.line(at, found.area)
            self.book.insert_row(tab, at + 1, cells)

    def insert_column(self, tab: str, at: int, heading: str = "") -> None:
        """Insert a column to the left of the one at a place."""
        self.book.insert_column(tab, at, heading)

    def act(self) -> None:
        """Do one thing that harms nobody: what is there stays there, if perhaps elsewhere."""
        with self.book.lock:
            deeds = {
                "insert a blank row": self._insert_blank,
                "type a prompt between": self._type_between,
                "type a prompt below": self._type_below,
                "move a row": self._move,
                "sort": self._sort,
                "edit a note": self._note,
                "insert a column": self._insert_own,
            }
            if self.may_duplicate:
                deeds["copy a row"] = self._duplicate
            if self.may_delete:
                deeds["delete a row"] = self._delete
            deed = self.dice.choice(list(deeds))
            self.done.append(deed)
            deeds[deed]()

    def _headings(self) -> list[str]:
        rows = self.book.rows(self.tab)
        return rows[0] if rows else []

    def _any_row(self) -> int:
        """Return the place of a row below the headings."""
        return self.dice.randint(1, max(1, self.book.tab(self.tab).used - 1))

    def _prompt(self, row: int) -> str:
        return self.book.cell(self.tab, row, self._headings().index("Prompt")).shown

    def _new_row(self) -> list[str]:
        prompt = f"typed in between, number {len(self.typed) + 1}"
        self.typed.append(prompt)
        return [prompt if heading == "Prompt" else "" for heading in self._headings()]

    def _insert_blank(self) -> None:
        self.insert_row(self.tab, self._any_row())

    def _type_between(self) -> None:
        self.insert_row(self.tab, self._any_row(), self._new_row())

    def _type_below(self) -> None:
        self.append_row(self.tab, self._new_row())

    def _move(self) -> None:
        self.move_row(self.tab, self._any_row(), self._any_row())

    def _sort(self) -> None:
        column = self.dice.randrange(max(1, len(self._headings())))
        self.sort(self.tab, column, reverse=self.dice.random() < 0.5)

    def _own_columns(self) -> list[int]:
        return [n for n, heading in enumerate(self._headings()) if heading.startswith(OWN)]

    def _note(self) -> None:
        columns = self._own_columns()
        if columns and self.book.tab(self.tab).used > 1:
            text = f"by hand {self.dice.randrange(1_000)}"
            self.edit(self.tab, self._any_row(), self.dice.choice(columns), text)

    def _insert_own(self) -> None:
        number = len(self._own_columns()) + 1
        if number <= MAX_OWN:
            at = self.dice.randint(0, len(self._headings()))
            self.insert_column(self.tab, at, f"{OWN} {number}")

    def _duplicate(self) -> None:
        row = self._any_row()
        self.copied.append(self._prompt(row))
        self.duplicate_row(self.tab, row)

    def _delete(self) -> None:
        row = self._any_row()
        self.deleted.append(self._prompt(row))
        self.delete_row(self.tab, row)
