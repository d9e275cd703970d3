"""One sheet of a spreadsheet: a grid of cells that grows, shrinks and is put in another order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tests.fakes.sheets.areas import Area, Dimension
from tests.fakes.sheets.cells import BLANK, Cell
from tests.fakes.sheets.refusals import Invalid

ROWS, COLUMNS = 1_000, 26
"""Of a new sheet."""


@dataclass
class Tab:
    """One sheet; places are counted from 0."""

    id: int
    title: str
    height: int = ROWS
    width: int = COLUMNS
    frozen_rows: int = 0
    frozen_columns: int = 0
    hidden: bool = False
    rows: list[list[Cell]] = field(default_factory=list)
    """As far as anything was ever written: what is not there is blank."""
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merges: list[Area] = field(default_factory=list)

    def copy(self) -> "Tab":
        """Return one that can be changed on its own; cells never change."""
        return replace(
            self,
            rows=[list(row) for row in self.rows],
            hidden_rows=set(self.hidden_rows),
            hidden_columns=set(self.hidden_columns),
            merges=list(self.merges),
        )

    @property
    def area(self) -> Area:
        """The whole grid."""
        return Area(0, 0, self.height, self.width)

    @property
    def used(self) -> int:
        """How many rows there are down to the last one with a value."""
        for number in range(len(self.rows), 0, -1):
            if any(cell.value is not None for cell in self.rows[number - 1]):
                return number
        return 0

    def cell(self, row: int, column: int) -> Cell:
        """Return a cell; a blank one where nothing was written."""
        cells = self.rows[row] if row < len(self.rows) else []
        return cells[column] if column < len(cells) else BLANK

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Write a cell; one that lies under a merged one takes no value (U)."""
        if self.is_covered(row, column):
            return
        self.rows += [[] for _ in range(row + 1 - len(self.rows))]
        cells = self.rows[row]
        cells += [BLANK] * (column + 1 - len(cells))
        cells[column] = cell

    def is_covered(self, row: int, column: int) -> bool:
        """Tell whether a cell is hidden by the merged cell that it is a part of."""
        return any(
            merge.holds(row, column) and (row, column) != (merge.top, merge.left)
            for merge in self.merges
        )

    def line(self, row: int, area: Area) -> list[Cell]:
        """Return the cells of one row of an area, as wide as the area."""
        return [self.cell(row, column) for column in area.columns]

    def lay(self, area: Area, lines: Sequence[Sequence[Cell]]) -> None:
        """Write all cells of an area anew; where lines end, it is blank."""
        for row, column in area:
            line = lines[row - area.top] if row - area.top < len(lines) else ()
            at = column - area.left
            self.put(row, column, line[at] if at < len(line) else BLANK)

    def written(self) -> Iterator[tuple[int, int, Cell]]:
        """Give all cells that are not wholly blank, with their places."""
        for row, cells in enumerate(self.rows):
            for column, cell in enumerate(cells):
                if cell != BLANK:
                    yield row, column, cell

    def size(self, dimension: Dimension) -> int:
        """Return the number of rows or columns."""
        return self.height if dimension == "ROWS" else self.width

    def resize(self, height: int, width: int) -> None:
        """Cut or grow the grid at its ends."""
        del self.rows[height:]
        for row in self.rows:
            del row[width:]
        self.height, self.width = height, width
        inside = [merge.common(self.area) for merge in self.merges]
        self.merges = [merge for merge in inside if merge is not None]

    def insert(self, dimension: Dimension, at: int, count: int, like: int | None = None) -> None:
        """Insert blank rows or columns, formatted as the row or column `like` was before."""
        if dimension == "ROWS":
            formats = self._formats(self.line(like, self.area) if like is not None else ())
            self.rows += [[] for _ in range(at - len(self.rows))] if formats else []
            self.rows[at:at] = [list(formats) for _ in range(count)]
            self.height += count
        else:
            for row, cells in enumerate(self.rows):
                formats = self._formats([self.cell(row, like)] if like is not None else ())
                if at < len(cells) or formats:
                    cells.extend([BLANK] * (at - len(cells)))
                    cells[at:at] = (formats or [BLANK]) * count
            self.width += count
        self._follow(dimension, lambda index: index + count if index >= at else index)

    @staticmethod
    def _formats(cells: Sequence[Cell]) -> list[Cell]:
        """Return blank cells of the same formats; none where there are no formats."""
        blanks = [Cell(format=cell.format) for cell in cells]
        return blanks if any(cell != BLANK for cell in blanks) else []

    def delete(self, dimension: Dimension, start: int, end: int) -> None:
        """Delete whole rows or columns.

        Raises:
            Invalid: none would be left, or only frozen ones.
        """
        kind = dimension.lower()
        count, size = end - start, self.size(dimension)
        if count >= size:
            raise Invalid(f"You can't delete all the {kind} on the sheet.")
        name = "frozen_rows" if dimension == "ROWS" else "frozen_columns"
        frozen: int = getattr(self, name)
        left = frozen - len(range(start, min(end, frozen)))
        if frozen and size - count <= left:
            raise Invalid(f"Sorry, it is not possible to delete all non-frozen {kind}.")
        setattr(self, name, left)
        if dimension == "ROWS":
            del self.rows[start:end]
            self.height -= count
        else:
            for row in self.rows:
                del row[start:end]
            self.width -= count
        self._follow(
            dimension,
            lambda i: None if start <= i < end else i - count if i >= end else i,
        )

    def move(self, dimension: Dimension, start: int, end: int, to: int) -> None:
        """Move rows or columns before the one at `to`, counted before they are taken out."""
        order = list(range(self.size(dimension)))
        moved = order[start:end]
        rest = order[:start] + order[end:]
        at = to - (end - start) if to >= end else to
        order = rest[:at] + moved + rest[at:]
        if dimension == "ROWS":
            self.rows += [[] for _ in range(self.height - len(self.rows))]
            self.rows = [self.rows[old] for old in order]
        else:
            for cells in self.rows:
                cells.extend([BLANK] * (self.width - len(cells)))
                cells[:] = [cells[old] for old in order]
        places = {old: new for new, old in enumerate(order)}
        self._follow(dimension, places.get)

    def _follow(self, dimension: Dimension, place: Callable[[int], int | None]) -> None:
        """Let all that is tied to rows or columns follow them to their new places."""

        def spread(span: range) -> tuple[int, int] | None:
            there = [new for old in span if (new := place(old)) is not None]
            return (min(there), max(there) + 1) if there else None

        merges: list[Area] = []
        for merge in self.merges:
            span = spread(merge.rows if dimension == "ROWS" else merge.columns)
            if span is None:
                continue
            by_rows = replace(merge, top=span[0], bottom=span[1])
            by_columns = replace(merge, left=span[0], right=span[1])
            moved = by_rows if dimension == "ROWS" else by_columns
            if len(moved.rows) * len(moved.columns) > 1:
                merges.append(moved)
        self.merges = merges
        name = "hidden_rows" if dimension == "ROWS" else "hidden_columns"
        hidden: set[int] = getattr(self, name)
        followed = {new for old in hidden if (new := place(old)) is not None}
        setattr(self, name, followed)
