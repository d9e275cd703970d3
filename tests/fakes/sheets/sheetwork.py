"""The requests about whole sheets: addSheet, updateSheetProperties, deleteSheet."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.sheets.areas import take, whole_number
from tests.fakes.sheets.masks import GRID_PROPERTIES, SHEET_PROPERTIES, Mask, parse_mask
from tests.fakes.sheets.refusals import Invalid
from tests.fakes.sheets.resource import tab_properties, without_zeros
from tests.fakes.sheets.tab import Tab
from tests.fakes.sheets.workspace import MAX_INDEX, Body, Reply, Workspace

MAX_TITLE = 100


def _require_title(space: Workspace, title: Any, own: Tab | None = None) -> str:
    if not isinstance(title, str) or not 0 < len(title) <= MAX_TITLE:
        raise Invalid(f"Invalid value at 'properties.title': a text of 1 to {MAX_TITLE} characters")
    if any(tab.title.casefold() == title.casefold() for tab in space.tabs if tab is not own):
        raise Invalid(f'A sheet with the name "{title}" already exists. Please enter another name.')
    return title


def _new_id(space: Workspace, properties: Mapping[str, Any]) -> int:
    taken = {tab.id for tab in space.tabs}
    if "sheetId" not in properties:
        # The service draws one; this one is as arbitrary, and the same in each run of a test.
        return next(n for n in range(1_357_924_680, MAX_INDEX) if n not in taken)
    number = whole_number(properties, "sheetId", 0)
    if number in taken:
        raise Invalid(f'A sheet with id "{number}" already exists.')
    if number > MAX_INDEX:
        raise Invalid(f"Invalid value at 'properties.sheetId' (TYPE_INT32), {number}")
    return number


def _new_title(space: Workspace) -> str:
    titles = {tab.title.casefold() for tab in space.tabs}
    numbers = range(1, len(titles) + 2)
    return next(f"Sheet{n}" for n in numbers if f"sheet{n}" not in titles)


def add_sheet(space: Workspace, body: Body) -> Reply:
    """Add a sheet of 1,000 rows and 26 columns where no size is named."""
    properties = take(take(body, "properties").get("properties", {}), *SHEET_PROPERTIES)
    title = properties.get("title", _new_title(space))
    tab = Tab(_new_id(space, properties), _require_title(space, title))
    if properties.get("sheetType", "GRID") != "GRID":
        raise Invalid("the stand-in has sheets of type GRID only")
    _shape(tab, properties.get("gridProperties", {}), GRID_PROPERTIES)
    tab.hidden = properties.get("hidden", False)
    at = whole_number(properties, "index", len(space.tabs))
    if at > len(space.tabs):
        raise Invalid(f"index[{at}] is after the last sheet")
    space.tabs.insert(at, tab)
    space.require_room()
    return {"addSheet": {"properties": without_zeros(tab_properties(space.tabs, tab))}}


def _shape(tab: Tab, grid: Mapping[str, Any], fields: Mask) -> None:
    """Give a tab the size and the frozen rows that a GridProperties object names."""
    take(grid, *GRID_PROPERTIES)
    height = whole_number(grid, "rowCount", tab.height) if "rowCount" in fields else tab.height
    width = whole_number(grid, "columnCount", tab.width) if "columnCount" in fields else tab.width
    if not height or not width:
        raise Invalid("rowCount and columnCount must be greater than zero")
    tab.resize(height, width)
    if "frozenRowCount" in fields:
        tab.frozen_rows = whole_number(grid, "frozenRowCount", 0)
    if "frozenColumnCount" in fields:
        tab.frozen_columns = whole_number(grid, "frozenColumnCount", 0)
    if tab.frozen_rows >= height or tab.frozen_columns >= width:
        raise Invalid("You can't freeze all visible rows or columns on the sheet.")


def update_sheet_properties(space: Workspace, body: Body) -> Reply:
    """Rename, move, hide or resize a sheet."""
    take(body, "properties", "fields")
    properties = take(body.get("properties", {}), *SHEET_PROPERTIES)
    mask = parse_mask(str(body.get("fields", "")), SHEET_PROPERTIES)
    if not mask or "*" in mask or "sheetId" in mask or "sheetType" in mask:
        raise Invalid("fields must list what changes: title, index, hidden, gridProperties")
    tab = space.tab(properties)
    if "title" in mask:
        tab.title = _require_title(space, properties.get("title"), tab)
    if "hidden" in mask:
        tab.hidden = properties.get("hidden", False)
        if all(other.hidden for other in space.tabs):
            raise Invalid("You can't hide all the sheets in a document.")
    if "gridProperties" in mask:
        fields = mask["gridProperties"] or GRID_PROPERTIES
        _shape(tab, properties.get("gridProperties", {}), fields)
        space.require_room()
    if "index" in mask:
        at, was = whole_number(properties, "index", 0), space.tabs.index(tab)
        if at > len(space.tabs):
            raise Invalid(f"index[{at}] is after the last sheet")
        space.tabs.remove(tab)  # the index is counted with it still there
        space.tabs.insert(at - 1 if at > was else at, tab)
    return None


def delete_sheet(space: Workspace, body: Body) -> Reply:
    """Delete a sheet; the last one stays."""
    take(body, "sheetId")
    tab = space.tab(body)
    if len(space.tabs) == 1:
        raise Invalid("You can't remove all the sheets in a document.")
    space.tabs.remove(tab)
    return None
