"""The requests that add, delete and move rows and columns, or cells of a range with them."""

from tests.fakes.sheets.areas import Area, read_dimension, take, whole_number
from tests.fakes.sheets.cells import BLANK
from tests.fakes.sheets.masks import leaves, parse_mask
from tests.fakes.sheets.refusals import Invalid
from tests.fakes.sheets.workspace import Body, Reply, Workspace


def append_dimension(space: Workspace, body: Body) -> Reply:
    """Add rows or columns at the end of the grid."""
    take(body, "sheetId", "dimension", "length")
    tab, dimension = space.tab(body), read_dimension(body)
    length = whole_number(body, "length", 0)
    if length < 1:
        raise Invalid("length must be greater than zero")
    tab.insert(dimension, tab.size(dimension), length)
    space.require_room()
    return None


def insert_dimension(space: Workspace, body: Body) -> Reply:
    """Insert rows or columns, formatted like those before or after them."""
    take(body, "range", "inheritFromBefore")
    tab, dimension, start, end = space.span(body.get("range"), bounded=True)
    before, size = body.get("inheritFromBefore", False), tab.size(dimension)
    if before and not 0 < start <= size:
        raise Invalid(f"range.startIndex[{start}] must be from 1 to the grid size ({size})")
    if not before and start >= size:
        raise Invalid(
            f"range.startIndex[{start}] must be less than the grid size ({size}) if "
            "inheritFromBefore is false."
        )
    tab.insert(dimension, start, end - start, like=start - 1 if before else start)
    space.require_room()
    return None


def delete_dimension(space: Workspace, body: Body) -> Reply:
    """Delete whole rows or columns."""
    take(body, "range")
    tab, dimension, start, end = space.within(body.get("range"))
    tab.delete(dimension, start, end)
    return None


def move_dimension(space: Workspace, body: Body) -> Reply:
    """Move rows or columns; the destination is counted before they are taken out."""
    take(body, "source", "destinationIndex")
    tab, dimension, start, end = space.within(body.get("source"))
    to = whole_number(body, "destinationIndex", 0)
    if start < to < end or to > tab.size(dimension):
        raise Invalid(f"destinationIndex[{to}] is in the source, or outside of the grid")
    tab.move(dimension, start, end, to)
    return None


def update_dimension_properties(space: Workspace, body: Body) -> Reply:
    """Hide rows or columns, or show them again; a size in pixels is taken and not kept."""
    take(body, "range", "properties", "fields")
    known = leaves("hiddenByUser", "pixelSize")
    mask = parse_mask(str(body.get("fields", "")), known)
    properties = take(body.get("properties", {}), *known)
    if not mask:
        raise Invalid("At least one field must be listed in 'fields'. (Use '*' to indicate all.)")
    tab, dimension, start, end = space.within(body.get("range"))
    if "hiddenByUser" in mask or "*" in mask:
        hidden = tab.hidden_rows if dimension == "ROWS" else tab.hidden_columns
        change = hidden.update if properties.get("hiddenByUser") else hidden.difference_update
        change(range(start, end))
    return None


def insert_range(space: Workspace, body: Body) -> Reply:
    """Insert blank cells; those in their place move down or right, and the grid grows for them."""
    take(body, "range", "shiftDimension")
    tab, area = space.area(body.get("range"))
    if read_dimension(body, "shiftDimension") == "ROWS":
        rest = Area(area.top, area.left, len(tab.rows), area.right)
        lines = [tab.line(row, rest) for row in rest.rows]
        tab.height = max(tab.height, rest.bottom + len(area.rows))
        below = Area(
            area.top, area.left, max(area.bottom, rest.bottom + len(area.rows)), area.right
        )
        tab.lay(below, [*([] for _ in area.rows), *lines])
        return None
    for row in area.rows:
        cells = tab.rows[row] if row < len(tab.rows) else []
        if len(cells) > area.left:
            cells[area.left : area.left] = [BLANK] * len(area.columns)
            tab.width = max(tab.width, len(cells))
    return None


def delete_range(space: Workspace, body: Body) -> Reply:
    """Delete cells; those below move up, or those on the right move left."""
    take(body, "range", "shiftDimension")
    tab, area = space.area(body.get("range"))
    if read_dimension(body, "shiftDimension") == "ROWS":
        rest = Area(area.bottom, area.left, max(len(tab.rows), area.bottom), area.right)
        lines = [tab.line(row, rest) for row in rest.rows]
        tab.lay(Area(area.top, area.left, rest.bottom, area.right), lines)
        return None
    for row in area.rows:
        if row < len(tab.rows):
            del tab.rows[row][area.left : area.right]
    return None
