"""What is sent: the requests of a batchUpdate, which the service applies together or not at all.

Nothing is written to a place alone: a person may move the row between our look and our write. A
cell is written only where it still holds the text that we read, or is still blank.
"""

from collections.abc import Sequence
from typing import Any

Request = dict[str, Any]


def _place(sheet: int, row: int | None, column: int | None) -> dict[str, int]:
    place = {"sheetId": sheet}
    if row is not None:
        place |= {"startRowIndex": row, "endRowIndex": row + 1}
    if column is not None:
        place |= {"startColumnIndex": column, "endColumnIndex": column + 1}
    return place


def swap(
    sheet: int, old: str, new: str, *, row: int | None = None, column: int | None = None
) -> Request:
    """Swap the whole text of a cell for another, wherever in the place given it stands now."""
    where: dict[str, Any] = {"sheetId": sheet}
    if row is not None or column is not None:
        where = {"range": _place(sheet, row, column)}
    exactly = {"matchEntireCell": True, "matchCase": True}
    return {"findReplace": {"find": old, "replacement": new, **exactly, **where}}


def fill(sheet: int, row: int, column: int, text: str) -> Request:
    """Write into one cell if it is blank."""
    # In a replacement of a pattern, \\ and $ are signs (Java's rules, as the API says).
    quoted = text.replace("\\", "\\\\").replace("$", "\\$")
    exactly = {"searchByRegex": True, "matchEntireCell": True, "matchCase": True}
    where = {"range": _place(sheet, row, column)}
    return {"findReplace": {"find": "^$", "replacement": quoted, **exactly, **where}}


def times_changed(reply: dict[str, Any]) -> int:
    """Return how many cells a swap or fill has changed, from its reply."""
    return int(reply.get("findReplace", {}).get("occurrencesChanged", 0))


def _value(value: object) -> dict[str, Any]:
    if value is None or value == "":
        return {}
    if isinstance(value, bool):
        return {"userEnteredValue": {"boolValue": value}}
    if isinstance(value, int | float):
        return {"userEnteredValue": {"numberValue": value}}
    # A stringValue is never read as a formula, whatever it begins with.
    return {"userEnteredValue": {"stringValue": str(value)}}


def _row(values: Sequence[object]) -> dict[str, Any]:
    return {"values": [_value(value) for value in values]}


def append(sheet: int, rows: Sequence[Sequence[object]]) -> Request:
    """Add rows after the last one that holds anything; texts stay texts."""
    table = [_row(values) for values in rows]
    return {"appendCells": {"sheetId": sheet, "rows": table, "fields": "userEnteredValue"}}


def remove(sheet: int, row: int, column: int, text: str) -> list[Request]:
    """Remove a row if its cell in `column` holds the text; any other row there stays untouched.

    The API deletes rows by their number only, and the number may be another row's by now. So a row
    with the text is put above it, the lower one removed if it is a duplicate of that, and the one
    just put there deleted again: within one batch nobody comes between.
    """
    mine = {"sheetId": sheet, "dimension": "ROWS", "startIndex": row, "endIndex": row + 1}
    both = {"sheetId": sheet, "startRowIndex": row, "endRowIndex": row + 2}
    compared = {
        "sheetId": sheet,
        "dimension": "COLUMNS",
        "startIndex": column,
        "endIndex": column + 1,
    }
    write = {"range": _place(sheet, row, column), "rows": [_row([text])]}
    return [
        {"insertDimension": {"range": mine, "inheritFromBefore": False}},
        {"updateCells": {**write, "fields": "userEnteredValue"}},
        {"deleteDuplicates": {"range": both, "comparisonColumns": [compared]}},
        {"deleteDimension": {"range": mine}},
    ]


def add_tab(sheet: int, title: str, first_row: Sequence[str]) -> list[Request]:
    """Add a tab with its headings; the whole batch is refused if there is one of that title."""
    properties = {"sheetId": sheet, "title": title, "gridProperties": {"frozenRowCount": 1}}
    return [{"addSheet": {"properties": properties}}, append(sheet, [first_row])]


def add_headings(sheet: int, width: int, begin: int, texts: Sequence[str]) -> list[Request]:
    """Add columns with these headings, from column `begin` on, in a grid of `width` columns."""
    lacking = begin + len(texts) - width
    grow = {"sheetId": sheet, "dimension": "COLUMNS", "length": lacking}
    more: list[Request] = [{"appendDimension": grow}] if lacking > 0 else []
    return [*more, *(fill(sheet, 0, begin + n, text) for n, text in enumerate(texts))]


def hide_column(sheet: int, column: int) -> Request:
    """Hide a column from view; people can show it again."""
    where = {"sheetId": sheet, "dimension": "COLUMNS", "startIndex": column, "endIndex": column + 1}
    hidden = {"hiddenByUser": True}
    return {
        "updateDimensionProperties": {
            "range": where, "properties": hidden, "fields": "hiddenByUser",
        }
    }  # fmt: skip
