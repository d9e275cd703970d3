"""The requests sortRange and deleteDuplicates."""

from tests.fakes.sheets.areas import take, whole_number
from tests.fakes.sheets.book import sort_area
from tests.fakes.sheets.cells import Cell
from tests.fakes.sheets.refusals import Invalid
from tests.fakes.sheets.workspace import Body, Reply, Workspace


def sort_range(space: Workspace, body: Body) -> Reply:
    """Put the rows of a range in order; what is left and right of it stays."""
    take(body, "range", "sortSpecs")
    tab, area = space.area(body.get("range"))
    columns: list[tuple[int, bool]] = []
    for spec in body.get("sortSpecs", []):
        take(spec, "dimensionIndex", "sortOrder")
        column = whole_number(spec, "dimensionIndex", 0)
        order = spec.get("sortOrder", "ASCENDING")
        if column not in area.columns or order not in ("ASCENDING", "DESCENDING"):
            raise Invalid(f"sortSpecs: {dict(spec)} is no column of the range, or no order")
        columns.append((column, order == "DESCENDING"))
    if not columns:
        raise Invalid("sortSpecs must be set")
    if any(merge.common(area) and len(merge.rows) > 1 for merge in tab.merges):
        raise Invalid("You can't sort a range with vertical merges.")
    sort_area(tab, area, columns)
    return None


def _sameness(cell: Cell) -> tuple[str, object]:
    """Return what duplicates share: letter case, format and formula do not count."""
    value = cell.effective
    return type(value).__name__, value.casefold() if isinstance(value, str) else value


def delete_duplicates(space: Workspace, body: Body) -> Reply:
    """Remove rows of a range that repeat an earlier row of it in some columns.

    Whether rows of the sheet go, or cells move up within the range, is told nowhere: it is set by
    `Workspace.duplicates`.
    """
    take(body, "range", "comparisonColumns")
    tab, area = space.area(body.get("range"))
    columns: list[int] = []
    for place in body.get("comparisonColumns", []):
        other, dimension, start, end = space.within(place)
        if other is not tab or dimension != "COLUMNS":
            raise Invalid("comparisonColumns must be columns of the range's sheet")
        columns += range(start, end)
    if any(column not in area.columns for column in columns):
        raise Invalid("comparisonColumns must be within the range")
    seen: set[tuple[tuple[str, object], ...]] = set()
    doubles: list[int] = []
    for row in area.rows:
        key = tuple(_sameness(tab.cell(row, column)) for column in columns or area.columns)
        if key in seen:
            doubles.append(row)
        seen.add(key)
    if space.duplicates == "delete":
        for row in reversed(doubles):
            tab.delete("ROWS", row, row + 1)
    elif doubles:
        kept = [tab.line(row, area) for row in area.rows if row not in set(doubles)]
        tab.lay(area, kept)
    return {"deleteDuplicates": {"duplicatesRemovedCount": len(doubles)}}
