"""A spreadsheet as the API shows it: the Spreadsheet object and what is in it."""

from collections.abc import Sequence
from typing import Any

from tests.fakes.sheets import a1
from tests.fakes.sheets.areas import Area
from tests.fakes.sheets.book import Book
from tests.fakes.sheets.cells import BLANK
from tests.fakes.sheets.masks import Mask, apply_mask, wants
from tests.fakes.sheets.tab import Tab

VALUE_KINDS = ("stringValue", "numberValue", "boolValue", "formulaValue")


def without_zeros(value: Any) -> Any:
    """Return an object as protobuf writes JSON: zeros, falses and empty texts are left out.

    The fields of an ExtendedValue are a oneof, which tells its value whatever it is.
    """
    if isinstance(value, list):
        return [without_zeros(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: without_zeros(item)
        for name, item in value.items()
        if name in VALUE_KINDS or isinstance(item, dict) or item not in (0, "", None, [])
    }


def tab_properties(tabs: Sequence[Tab], tab: Tab) -> dict[str, Any]:
    """Return the SheetProperties of a tab, with zeros."""
    return {
        "sheetId": tab.id,
        "title": tab.title,
        "index": tabs.index(tab),
        "sheetType": "GRID",
        "gridProperties": {
            "rowCount": tab.height,
            "columnCount": tab.width,
            "frozenRowCount": tab.frozen_rows,
            "frozenColumnCount": tab.frozen_columns,
        },
        "hidden": tab.hidden,
    }


def show_book(book: Book, ranges: Sequence[str], mask: Mask, *, with_grid: bool) -> dict[str, Any]:
    """Return the Spreadsheet object, or what a mask takes of it.

    Args:
        book: the spreadsheet.
        ranges: in A1 notation; only tabs that they touch are shown. Empty for everything.
        mask: what is wanted; an empty one takes all but the grid.
        with_grid: whether the grid is shown; a mask tells that itself.

    Raises:
        Invalid: a range names nothing.
    """
    wanted = [a1.find(book.tabs, text) for text in ranges] or [(tab, tab.area) for tab in book.tabs]
    grids = with_grid if not mask else wants(mask, "sheets", "data")
    below = mask.get("sheets", {}).get("data", {}) if mask else {}
    sheets: list[dict[str, Any]] = []
    for tab in book.tabs:
        areas = [area for one, area in wanted if one is tab]
        if not areas:
            continue
        sheet: dict[str, Any] = {"properties": tab_properties(book.tabs, tab)}
        if grids:
            sheet["data"] = [_show_grid(tab, area, below) for area in areas]
        touched = [m for m in tab.merges if any(m.common(area) for area in areas)]
        sheet["merges"] = [merge.data(tab.id) for merge in touched]
        sheets.append(sheet)
    properties = {
        "title": book.title,
        "locale": book.locale,
        "autoRecalc": "ON_CHANGE",
        "timeZone": book.time_zone,
    }
    resource = {
        "spreadsheetId": book.id,
        "properties": properties,
        "sheets": sheets,
        "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{book.id}/edit",
    }
    shown: dict[str, Any] = apply_mask(without_zeros(resource), mask)
    return shown


def _show_grid(tab: Tab, area: Area, mask: Mask) -> dict[str, Any]:
    """Return a GridData: rows without anything are {}, blanks at the ends are left out."""
    lines: list[dict[str, Any]] = []
    for row in range(area.top, min(area.bottom, len(tab.rows))):
        found = tab.rows[row][area.left : area.right]
        while found and found[-1] == BLANK:
            found.pop()
        lines.append({"values": [cell.data() for cell in found]} if found else {})
    while lines and not lines[-1]:
        lines.pop()
    shown: dict[str, Any] = {"startRow": area.top, "startColumn": area.left, "rowData": lines}
    if wants(mask, "rowMetadata"):
        shown["rowMetadata"] = _metadata(area.rows, tab.hidden_rows, 21)
    if wants(mask, "columnMetadata"):
        shown["columnMetadata"] = _metadata(area.columns, tab.hidden_columns, 100)
    return shown


def _metadata(span: range, hidden: set[int], pixels: int) -> list[dict[str, Any]]:
    return [{"pixelSize": pixels, "hiddenByUser": number in hidden} for number in span]
