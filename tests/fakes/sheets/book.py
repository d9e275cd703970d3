"""A spreadsheet of the stand-in: for the service, and for the test's own hand."""

import threading
from collections.abc import Mapping, Sequence

from tests.fakes.sheets.areas import Area
from tests.fakes.sheets.cells import Cell, cell_of
from tests.fakes.sheets.tab import COLUMNS, ROWS, Tab


def order_of(cell: Cell) -> tuple[int, float, str]:
    """Return what sorts cells from A to Z: numbers, texts, booleans, errors."""
    value = cell.effective
    if isinstance(value, bool):
        return 2, value, ""
    if isinstance(value, float | int):
        return 0, value, ""
    return (1, 0, value.casefold()) if isinstance(value, str) else (3, 0, "")


class Book:
    """A spreadsheet; each call is one step under its lock. Places are counted from 0."""

    def __init__(
        self,
        id: str,  # noqa: A002  as the service calls it
        title: str,
        tabs: Mapping[str, Sequence[Sequence[object]]] | None = None,
        *,
        time_zone: str = "UTC",
        readonly: bool = False,
        size: tuple[int, int] = (ROWS, COLUMNS),
    ) -> None:
        self.id = id
        self.title = title
        self.time_zone = time_zone
        self.locale = "en_GB"
        self.readonly = readonly
        """True: we may look and not write."""
        self.hidden = False
        """True: it is not shared with us at all."""
        self.lock = threading.RLock()
        self.tabs: list[Tab] = []
        for number, (name, rows) in enumerate((tabs or {"Sheet1": []}).items()):
            width = max(size[1], *(len(row) for row in rows), 1)
            tab = Tab(number, name, max(size[0], len(rows)), width)
            tab.rows = [[cell_of(value) for value in row] for row in rows]
            self.tabs.append(tab)

    def tab(self, title: str) -> Tab:
        """Return a tab by its title.

        Raises:
            KeyError: there is none.
        """
        for tab in self.tabs:
            if tab.title == title:
                return tab
        raise KeyError(title)

    def rows(self, title: str) -> list[list[str]]:
        """Return the texts of a tab as they are shown, without empty ends."""
        with self.lock:
            # Nearly all cells of a grid are blank.
            texts = [
                ["" if cell.value is None else cell.shown for cell in row]
                for row in self.tab(title).rows
            ]
        for row in texts:
            while row and not row[-1]:
                row.pop()
        while texts and not texts[-1]:
            texts.pop()
        return texts

    def cell(self, title: str, row: int, column: int) -> Cell:
        """Return a cell; a blank one where nothing is."""
        with self.lock:
            return self.tab(title).cell(row, column)

    def put(self, title: str, row: int, column: int, value: object) -> None:
        """Write over a cell."""
        with self.lock:
            self.tab(title).put(row, column, cell_of(value))

    def append(self, title: str, values: Sequence[object]) -> int:
        """Write a row below the others; return its place."""
        with self.lock:
            tab = self.tab(title)
            place = tab.used
            tab.height = max(tab.height, place + 1)
            tab.width = max(tab.width, len(values))
            for column, value in enumerate(values):
                tab.put(place, column, cell_of(value))
            return place

    def insert_row(self, title: str, at: int, values: Sequence[object] = ()) -> None:
        """Insert a row above the one at this place."""
        with self.lock:
            tab = self.tab(title)
            tab.insert("ROWS", at, 1)
            for column, value in enumerate(values):
                tab.put(at, column, cell_of(value))

    def delete_row(self, title: str, row: int) -> None:
        """Delete a row."""
        with self.lock:
            self.tab(title).delete("ROWS", row, row + 1)

    def move_row(self, title: str, row: int, to: int) -> None:
        """Drag a row so that it is then the one at `to`."""
        with self.lock:
            self.tab(title).move("ROWS", row, row + 1, to + 1 if to > row else to)

    def insert_column(self, title: str, at: int, heading: str = "") -> None:
        """Insert a column to the left of the one at this place."""
        with self.lock:
            tab = self.tab(title)
            tab.insert("COLUMNS", at, 1)
            tab.put(0, at, cell_of(heading))

    def sort(self, title: str, column: int, *, reverse: bool = False) -> None:
        """Sort all rows but the first by a column, blanks last."""
        with self.lock:
            tab = self.tab(title)
            if tab.height > 1:
                sort_area(tab, Area(1, 0, tab.height, tab.width), [(column, reverse)])


def sort_area(tab: Tab, area: Area, columns: Sequence[tuple[int, bool]]) -> None:
    """Sort the rows of an area by columns, each with True for Z to A; blanks come last."""
    # Rows that nobody ever wrote in are blank, and stay where they are.
    bottom = min(area.bottom, max(len(tab.rows), area.top))
    lines = [tab.line(row, area) for row in range(area.top, bottom)]
    for column, reverse in reversed(columns):
        at = column - area.left
        filled = [line for line in lines if line[at].value is not None]
        blank = [line for line in lines if line[at].value is None]
        filled.sort(key=lambda line: order_of(line[at]), reverse=reverse)
        lines = filled + blank
    tab.lay(Area(area.top, area.left, bottom, area.right), lines)
