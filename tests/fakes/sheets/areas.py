"""Parts of a grid: rectangles and spans, as the API's ranges name them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.fakes.sheets.refusals import Invalid

Dimension = Literal["ROWS", "COLUMNS"]


@dataclass(frozen=True)
class Area:
    """A rectangle of cells, from 0; ends are not part of it."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def rows(self) -> range:
        """The rows of it."""
        return range(self.top, self.bottom)

    @property
    def columns(self) -> range:
        """The columns of it."""
        return range(self.left, self.right)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((row, column) for row in self.rows for column in self.columns)

    def holds(self, row: int, column: int) -> bool:
        """Tell whether a cell is part of it."""
        return row in self.rows and column in self.columns

    def contains(self, other: "Area") -> bool:
        """Tell whether all of another is part of it."""
        return self.common(other) == other

    def common(self, other: "Area") -> "Area | None":
        """Return what both share, or None."""
        shared = Area(
            max(self.top, other.top),
            max(self.left, other.left),
            min(self.bottom, other.bottom),
            min(self.right, other.right),
        )
        return shared if shared.rows and shared.columns else None

    def grown(self) -> "Area":
        """Return it with one cell more on each side."""
        top, left = max(0, self.top - 1), max(0, self.left - 1)
        return Area(top, left, self.bottom + 1, self.right + 1)

    def data(self, sheet: int) -> dict[str, int]:
        """Return it as a GridRange."""
        return {
            "sheetId": sheet,
            "startRowIndex": self.top,
            "endRowIndex": self.bottom,
            "startColumnIndex": self.left,
            "endColumnIndex": self.right,
        }


def take(body: Any, *known: str) -> Mapping[str, Any]:
    """Return an object of a request after a look at its names.

    Raises:
        Invalid: it is none, or has a name that the API, or the stand-in, does not know.
    """
    if not isinstance(body, Mapping):
        raise Invalid(f"Invalid value: {body!r} is no object"[:200])
    for name in body:
        if name not in known:
            raise Invalid(
                f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
            )
    return body


def whole_number(body: Mapping[str, Any], name: str, otherwise: int) -> int:
    """Return a whole number of a request that is not negative.

    Raises:
        Invalid: it is something else.
    """
    value = body.get(name, otherwise)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Invalid(f"{name} is invalid: {value!r} is no whole number from 0 on")
    return value


def read_area(place: Mapping[str, Any], height: int, width: int) -> Area:
    """Return the rectangle of a GridRange in a grid.

    Raises:
        Invalid: it is not inside of the grid.
    """
    area = Area(
        whole_number(place, "startRowIndex", 0),
        whole_number(place, "startColumnIndex", 0),
        whole_number(place, "endRowIndex", height),
        whole_number(place, "endColumnIndex", width),
    )
    _require("Row", area.top, area.bottom, height)
    _require("Column", area.left, area.right, width)
    return area


def _require(kind: str, start: int, end: int, size: int) -> None:
    if start >= size:
        raise Invalid(f"range.start{kind}Index[{start}] is after last {kind.lower()} in the grid")
    if end > size:
        raise Invalid(f"range.end{kind}Index[{end}] is after last {kind.lower()} in the grid")
    if end <= start:
        raise Invalid(f"range.end{kind}Index[{end}] is not after the start index [{start}]")


def read_dimension(body: Mapping[str, Any], name: str = "dimension") -> Dimension:
    """Return whether rows or columns are meant.

    Raises:
        Invalid: neither.
    """
    dimension = body.get(name)
    if dimension == "ROWS":
        return "ROWS"
    if dimension == "COLUMNS":
        return "COLUMNS"
    raise Invalid(f"{name} must be ROWS or COLUMNS")
