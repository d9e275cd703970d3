"""The calls below `values`: cells as plain lists, read and written by ranges in A1 notation."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from tests.fakes.sheets import a1
from tests.fakes.sheets.areas import Area, take
from tests.fakes.sheets.book import Book
from tests.fakes.sheets.cells import Cell, plain_number
from tests.fakes.sheets.refusals import Invalid
from tests.fakes.sheets.tab import Tab
from tests.fakes.sheets.typed import type_into

Options = Mapping[str, str]
"""Parameters of the query, or of a body that carries the same."""
VALUE_RANGE = ("range", "majorDimension", "values")
DIMENSIONS = (None, "", "DIMENSION_UNSPECIFIED", "ROWS", "COLUMNS")


def _render(cell: Cell, options: Options) -> object:
    how = options.get("valueRenderOption") or "FORMATTED_VALUE"
    if how not in ("FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"):
        raise Invalid(f"Invalid value at 'value_render_option': {how}")
    value = cell.effective
    if how == "FORMULA" and cell.formula:
        return cell.formula
    as_text = options.get("dateTimeRenderOption") == "FORMATTED_STRING"
    is_time = cell.format in ("DATE", "DATE_TIME", "TIME")
    if how == "FORMATTED_VALUE" or (as_text and is_time):
        return cell.shown
    if isinstance(value, float):
        return plain_number(value)
    return value if isinstance(value, bool) else cell.shown


def read(book: Book, text: str, options: Options) -> dict[str, Any]:
    """Return a ValueRange; `values` is not there where nothing is."""
    tab, area = a1.find(book.tabs, text)
    major = _major(options)
    lines = [
        [_render(tab.cell(row, column), options) for column in area.columns]
        for row in range(area.top, min(area.bottom, len(tab.rows)))
    ]
    if major == "COLUMNS":
        lines = [list(line) for line in zip(*lines, strict=True)]
    for line in lines:
        while line and line[-1] == "":
            line.pop()
    while lines and not lines[-1]:
        lines.pop()
    answer: dict[str, Any] = {"range": a1.show(tab, area), "majorDimension": major}
    return {**answer, "values": lines} if lines else answer


def _major(options: Mapping[str, Any]) -> str:
    major = options.get("majorDimension")
    if major not in DIMENSIONS:
        raise Invalid(f"Invalid value at 'major_dimension': {major}")
    return "COLUMNS" if major == "COLUMNS" else "ROWS"


def _read_lines(body: Any) -> list[Sequence[Any]]:
    """Return the values of a ValueRange row by row; None where a cell is to stay as it is."""
    values = take(body, *VALUE_RANGE).get("values", [])
    if not isinstance(values, list) or not all(isinstance(line, list) for line in values):
        raise Invalid("Invalid value at 'data.values': a list of lists")
    for line in values:
        if any(not isinstance(v, str | int | float | bool | None) for v in line):
            raise Invalid("Invalid values: struct_value and list_value fit into no cell")
    return list(zip_longest(*values)) if _major(body) == "COLUMNS" else values


def _write(tab: Tab, top: int, left: int, lines: Sequence[Sequence[Any]], how: str | None) -> Area:
    """Write values from a place on; return the rectangle that they cover."""
    if how not in ("RAW", "USER_ENTERED"):
        raise Invalid("'valueInputOption' is required but not specified")
    width = max((len(line) for line in lines), default=0)
    area = Area(top, left, top + max(1, len(lines)), left + max(1, width))
    if not tab.area.contains(area):
        raise Invalid(
            f"Range ({a1.show(tab, area)}) exceeds grid limits. Max rows: {tab.height}, max "
            f"columns: {tab.width}"
        )
    for row, line in enumerate(lines, top):
        for column, value in enumerate(line, left):
            cell = tab.cell(row, column)
            if value is not None:
                types = how == "USER_ENTERED" and isinstance(value, str)
                tab.put(row, column, type_into(cell, value) if types else cell.holding(value))
    return area


def _updated(book: Book, tab: Tab, area: Area, options: Options) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "spreadsheetId": book.id,
        "updatedRange": a1.show(tab, area),
        "updatedRows": len(area.rows),
        "updatedColumns": len(area.columns),
        "updatedCells": len(area.rows) * len(area.columns),
    }
    if options.get("includeValuesInResponse", "").lower() == "true":
        how = {
            "valueRenderOption": options.get("responseValueRenderOption", ""),
            "dateTimeRenderOption": options.get("responseDateTimeRenderOption", ""),
        }
        answer["updatedData"] = read(book, a1.show(tab, area), how)
    return answer


def update(book: Book, text: str, body: Any, options: Options) -> dict[str, Any]:
    """Write values into a range; a range of one cell only says where they begin."""
    lines = _read_lines(body)
    tab, area = a1.find(book.tabs, text)
    width = max((len(line) for line in lines), default=0)
    is_one = len(area.rows) == len(area.columns) == 1
    if not is_one and (len(lines) > len(area.rows) or width > len(area.columns)):
        raise Invalid(f"Requested writing within range [{text}], but tried writing outside of it")
    written = _write(tab, area.top, area.left, lines, options.get("valueInputOption"))
    return _updated(book, tab, written, options)


def find_table(tab: Tab, area: Area) -> Area | None:
    """Return the last table that an area touches: a block of cells with blanks all around it."""
    seeds = [
        (row, column)
        for row in range(min(area.bottom, len(tab.rows)) - 1, area.top - 1, -1)
        for column in area.columns
        if tab.cell(row, column).value is not None
    ]
    if not seeds:
        return None
    row, column = seeds[0]
    table, before = Area(row, column, row + 1, column + 1), None
    while table != before:
        before = table
        wide = table.grown()
        table = Area(
            wide.top if _holds(tab, range(wide.top, table.top), wide.columns) else table.top,
            wide.left if _holds(tab, wide.rows, range(wide.left, table.left)) else table.left,
            wide.bottom if _holds(tab, [table.bottom], wide.columns) else table.bottom,
            wide.right if _holds(tab, wide.rows, [table.right]) else table.right,
        )
    return table


def _holds(tab: Tab, rows: Sequence[int], columns: Sequence[int]) -> bool:
    return any(tab.cell(row, column).value is not None for row in rows for column in columns)


def append(book: Book, text: str, body: Any, options: Options) -> dict[str, Any]:
    """Write rows below the table around a range, over what is there or into new rows."""
    lines = _read_lines(body)
    tab, area = a1.find(book.tabs, text)
    how = options.get("insertDataOption") or "OVERWRITE"
    if how not in ("OVERWRITE", "INSERT_ROWS"):
        raise Invalid(f"Invalid value at 'insert_data_option': {how}")
    table = find_table(tab, area)
    top, left = (table.bottom, table.left) if table else (area.top, area.left)
    if how == "INSERT_ROWS" and lines:
        tab.insert("ROWS", top, len(lines), like=top - 1 if table else None)
    tab.height = max(tab.height, top + len(lines))
    written = _write(tab, top, left, lines, options.get("valueInputOption"))
    answer = {"spreadsheetId": book.id, "updates": _updated(book, tab, written, options)}
    return {**answer, "tableRange": a1.show(tab, table)} if table else answer


def _clear(book: Book, text: str) -> str:
    """Clear the values of a range, formats stay; return the range."""
    tab, area = a1.find(book.tabs, text)
    for row in range(area.top, min(area.bottom, len(tab.rows))):
        for column in area.columns:
            if tab.cell(row, column).value is not None:
                tab.put(row, column, tab.cell(row, column).holding(None))
    return a1.show(tab, area)


def clear(book: Book, text: str) -> dict[str, Any]:
    """Clear a range."""
    return {"spreadsheetId": book.id, "clearedRange": _clear(book, text)}


def batch_clear(book: Book, body: Any) -> dict[str, Any]:
    """Clear several ranges."""
    ranges = take(body, "ranges").get("ranges", [])
    return {"spreadsheetId": book.id, "clearedRanges": [_clear(book, text) for text in ranges]}


def batch_get(book: Book, ranges: Sequence[str], options: Options) -> dict[str, Any]:
    """Return several ranges."""
    found = [read(book, text, options) for text in ranges]
    return {"spreadsheetId": book.id, "valueRanges": found}


def batch_update(book: Book, body: Any) -> dict[str, Any]:
    """Write several ranges."""
    names = ("includeValuesInResponse", "responseValueRenderOption", "responseDateTimeRenderOption")
    take(body, "valueInputOption", "data", *names)
    options = {name: str(value) for name, value in body.items() if name != "data" and value}
    done = [update(book, part["range"], part, options) for part in body.get("data", [])]
    return {
        "spreadsheetId": book.id,
        "totalUpdatedRows": sum(part["updatedRows"] for part in done),
        "totalUpdatedColumns": sum(part["updatedColumns"] for part in done),
        "totalUpdatedCells": sum(part["updatedCells"] for part in done),
        "totalUpdatedSheets": len({part["updatedRange"].rpartition("!")[0] for part in done}),
        "responses": done,
    }
