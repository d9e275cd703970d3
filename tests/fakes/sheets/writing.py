"""The requests that write cells: updateCells, appendCells, repeatCell, mergeCells, unmergeCells."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.fakes.sheets.areas import Area, take, whole_number
from tests.fakes.sheets.cells import BLANK, Cell, read_extended
from tests.fakes.sheets.masks import Mask, parse_mask
from tests.fakes.sheets.refusals import Invalid
from tests.fakes.sheets.tab import Tab
from tests.fakes.sheets.workspace import Body, Reply, Workspace

FORMATS = ("TEXT", "NUMBER", "PERCENT", "CURRENCY", "DATE", "TIME", "DATE_TIME", "SCIENTIFIC")
WRITABLE: Mask = {
    "userEnteredValue": {},
    "userEnteredFormat": {"numberFormat": {"type": {}, "pattern": {}}},
    "note": {},
}
"""The fields of CellData that the stand-in keeps; a mask that names another is refused."""


def _read_fields(body: Body) -> Collection[str]:
    text = body.get("fields", "")
    mask = parse_mask(text, WRITABLE) if isinstance(text, str) else {}
    if not mask:
        raise Invalid("At least one field must be listed in 'fields'. (Use '*' to indicate all.)")
    return tuple(WRITABLE) if "*" in mask else tuple(mask)


def _read_rows(body: Body) -> list[Sequence[Mapping[str, Any]]]:
    rows: list[Sequence[Mapping[str, Any]]] = []
    for row in body.get("rows", []):
        values = take(row, "values").get("values", [])
        rows.append([take(value, *WRITABLE) for value in values])
    return rows


def _written(was: Cell, data: Mapping[str, Any], fields: Collection[str]) -> Cell:
    """Return a cell with some fields as in a CellData object; what is not there is cleared."""
    now = was
    if "userEnteredFormat" in fields:
        form = take(data.get("userEnteredFormat", {}), "numberFormat").get("numberFormat", {})
        kind = take(form, "type", "pattern").get("type", "")
        if form and kind not in FORMATS:
            raise Invalid(f"userEnteredFormat.numberFormat.type must be set, and no {kind!r}")
        now = replace(now, format=kind)
    if "userEnteredValue" in fields:
        kinds = ("stringValue", "numberValue", "boolValue", "formulaValue")
        now = now.holding(read_extended(take(data.get("userEnteredValue", {}), *kinds)))
    if "note" in fields:
        now = replace(now, note=str(data.get("note", "")))
    return now


def update_cells(space: Workspace, body: Body) -> Reply:
    """Write cells from a start on, or a whole range: then what has no data is cleared."""
    take(body, "rows", "fields", "start", "range")
    fields, rows = _read_fields(body), _read_rows(body)
    if ("start" in body) == ("range" in body):
        raise Invalid("exactly one of start and range must be set")
    if "start" in body:
        tab, area = _from_start(space, body["start"], rows)
    else:
        tab, area = space.area(body["range"])
    width = max((len(values) for values in rows), default=0)
    if len(rows) > len(area.rows):
        raise Invalid(f"Attempting to write row: {area.bottom}, beyond the last requested row")
    if width > len(area.columns):
        raise Invalid(f"Attempting to write column: {area.right}, beyond the last requested column")
    for row, column in area:
        values = rows[row - area.top] if row - area.top < len(rows) else ()
        at = column - area.left
        if at < len(values) or "range" in body:
            data = values[at] if at < len(values) else {}
            tab.put(row, column, _written(tab.cell(row, column), data, fields))
    return None


def _from_start(space: Workspace, start: Any, rows: Sequence[Sequence[object]]) -> tuple[Tab, Area]:
    known = take(start, "sheetId", "rowIndex", "columnIndex")
    tab = space.tab(known)
    top, left = whole_number(known, "rowIndex", 0), whole_number(known, "columnIndex", 0)
    width = max((len(values) for values in rows), default=0)
    area = Area(top, left, top + len(rows), left + width)
    if top >= tab.height or left >= tab.width or area.bottom > tab.height or area.right > tab.width:
        raise Invalid(f"GridCoordinate[{top}, {left}] with its rows is after the end of the grid")
    return tab, area


def append_cells(space: Workspace, body: Body) -> Reply:
    """Write rows after the last one with a value; the grid grows where it is too short."""
    take(body, "sheetId", "rows", "fields")
    tab, fields, rows = space.tab(body), _read_fields(body), _read_rows(body)
    if max((len(values) for values in rows), default=0) > tab.width:
        raise Invalid(f"Attempting to write column: {tab.width}, beyond the last column")  # (U)
    top = tab.used
    tab.height = max(tab.height, top + len(rows))
    space.require_room()
    for row, values in enumerate(rows, top):
        for column, data in enumerate(values):
            tab.put(row, column, _written(tab.cell(row, column), data, fields))
    return None


def repeat_cell(space: Workspace, body: Body) -> Reply:
    """Write one cell into all of a range; a formula stays as it is, its places do not count up."""
    take(body, "range", "cell", "fields")
    fields, (tab, area) = _read_fields(body), space.area(body.get("range"))
    data = take(body.get("cell", {}), *WRITABLE)
    for row, column in area:
        tab.put(row, column, _written(tab.cell(row, column), data, fields))
    return None


def merge_cells(space: Workspace, body: Body) -> Reply:
    """Make one cell of many; only the value of the first is kept."""
    take(body, "range", "mergeType")
    tab, area = space.area(body.get("range"))
    kind = body.get("mergeType", "MERGE_ALL")
    if kind == "MERGE_ROWS":
        parts = [replace(area, top=row, bottom=row + 1) for row in area.rows]
    elif kind == "MERGE_COLUMNS":
        parts = [replace(area, left=column, right=column + 1) for column in area.columns]
    elif kind == "MERGE_ALL":
        parts = [area]
    else:
        raise Invalid(f"mergeType is invalid: {kind}")
    if any(m.common(area) and not area.contains(m) for m in tab.merges):
        raise Invalid("You must select all cells in a merged range to merge or unmerge them.")
    tab.merges = [merge for merge in tab.merges if not merge.common(area)]
    for part in parts:
        for row, column in part:
            if (row, column) != (part.top, part.left) and tab.cell(row, column) != BLANK:
                tab.put(row, column, BLANK)
        tab.merges += [part] if len(list(part)) > 1 else []
    return None


def unmerge_cells(space: Workspace, body: Body) -> Reply:
    """Make many cells of merged ones again."""
    take(body, "range")
    tab, area = space.area(body.get("range"))
    if any(m.common(area) and not area.contains(m) for m in tab.merges):
        raise Invalid("You must select all cells in a merged range to merge or unmerge them.")
    tab.merges = [merge for merge in tab.merges if not merge.common(area)]
    return None
