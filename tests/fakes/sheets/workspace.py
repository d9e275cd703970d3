"""What the requests of a batchUpdate work on: copies of the tabs, found by their ids."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tests.fakes.sheets.areas import Area, Dimension, read_area, read_dimension, take, whole_number
from tests.fakes.sheets.refusals import Invalid
from tests.fakes.sheets.tab import Tab

MAX_CELLS = 10_000_000
"""Cells in a spreadsheet (Google's page "Files you can store in Google Drive")."""
MAX_INDEX = 2**31 - 1
Body: TypeAlias = Mapping[str, Any]
Reply: TypeAlias = dict[str, Any] | None


@dataclass
class Workspace:
    """The tabs while a batch is applied: kept if all of it goes well, else thrown away."""

    tabs: list[Tab]
    duplicates: Literal["delete", "shift"]
    """What deleteDuplicates does: delete whole rows, or shift up the cells of its range."""

    def tab(self, body: Body) -> Tab:
        """Return the tab whose sheetId an object names.

        Raises:
            Invalid: there is none.
        """
        number = whole_number(body, "sheetId", 0)
        for tab in self.tabs:
            if tab.id == number:
                return tab
        raise Invalid(f"No grid with id: {number}")

    def area(self, place: Any) -> tuple[Tab, Area]:
        """Return what a GridRange names.

        Raises:
            Invalid: no tab, or not inside of its grid.
        """
        rows, columns = ("startRowIndex", "endRowIndex"), ("startColumnIndex", "endColumnIndex")
        known = take(place, "sheetId", *rows, *columns)
        tab = self.tab(known)
        return tab, read_area(known, tab.height, tab.width)

    def span(self, place: Any, *, bounded: bool = False) -> tuple[Tab, Dimension, int, int]:
        """Return what a DimensionRange names, which may reach over the end of the grid.

        Raises:
            Invalid: no tab, nothing in it, or no end where one is needed.
        """
        known = take(place, "sheetId", "dimension", "startIndex", "endIndex")
        tab, dimension = self.tab(known), read_dimension(known)
        if bounded and not ("endIndex" in known and "startIndex" in known):
            raise Invalid("range must have a startIndex and an endIndex")
        start = whole_number(known, "startIndex", 0)
        end = whole_number(known, "endIndex", tab.size(dimension))
        if end <= start:
            raise Invalid(f"range.endIndex[{end}] is not after range.startIndex[{start}]")
        return tab, dimension, start, end

    def within(self, place: Any) -> tuple[Tab, Dimension, int, int]:
        """Return what a DimensionRange names inside of the grid.

        Raises:
            Invalid: it is not inside.
        """
        tab, dimension, start, end = self.span(place)
        size, kind = tab.size(dimension), dimension.lower()
        if end > size:
            raise Invalid(
                f"{kind} {start} to {end} are asked for, but there are only {size} {kind}"
            )
        return tab, dimension, start, end

    def require_room(self) -> None:
        """Raise Invalid where the spreadsheet has more cells than it may."""
        if sum(tab.height * tab.width for tab in self.tabs) > MAX_CELLS:
            raise Invalid(
                "This action would increase the number of cells in the workbook above the limit of "
                f"{MAX_CELLS} cells."
            )


Change: TypeAlias = Callable[[Workspace, Body], Reply]
"""What one kind of request does."""
