"""Field masks: which parts of an answer are wanted (the query parameter `fields`)."""

import re
from typing import Any, TypeAlias

from tests.fakes.sheets.refusals import Invalid

Mask: TypeAlias = dict[str, Any]
"""Names to the mask below them; an empty one takes everything."""
TOKEN = re.compile(r"\s*([A-Za-z_]\w*|[*,()/.])")


def leaves(*names: str) -> Mask:
    """Return a mask of names with nothing below them."""
    return {name: {} for name in names}


_NUMBER_FORMAT: Mask = {"numberFormat": leaves("type", "pattern")}
_VALUE = leaves("stringValue", "numberValue", "boolValue", "formulaValue", "errorValue")
_ROW_RANGE = leaves("sheetId", "startRowIndex", "endRowIndex")
_RANGE: Mask = {**_ROW_RANGE, **leaves("startColumnIndex", "endColumnIndex")}
_DIMENSION = leaves("hiddenByUser", "pixelSize")
GRID_PROPERTIES = leaves("rowCount", "columnCount", "frozenRowCount", "frozenColumnCount")
SHEET_PROPERTIES: Mask = {
    **leaves("sheetId", "title", "index", "sheetType", "hidden"),
    "gridProperties": GRID_PROPERTIES,
}
_CELL: Mask = {
    **leaves("formattedValue", "note"),
    "userEnteredValue": _VALUE,
    "effectiveValue": _VALUE,
    "userEnteredFormat": _NUMBER_FORMAT,
    "effectiveFormat": _NUMBER_FORMAT,
}
_DATA: Mask = {
    **leaves("startRow", "startColumn"),
    "rowData": {"values": _CELL},
    "rowMetadata": _DIMENSION,
    "columnMetadata": _DIMENSION,
}
SPREADSHEET: Mask = {
    **leaves("spreadsheetId", "spreadsheetUrl"),
    "properties": leaves("title", "locale", "timeZone", "autoRecalc"),
    "sheets": {"properties": SHEET_PROPERTIES, "data": _DATA, "merges": _RANGE},
}
"""Of a Spreadsheet what the stand-in has; a mask that names more is refused."""
BATCH_UPDATE: Mask = {"spreadsheetId": {}, "replies": {}, "updatedSpreadsheet": SPREADSHEET}


def parse_mask(text: str, known: Mask | None = None) -> Mask:
    """Return the mask of a text such as `a,b(c,d/e)`; `*` takes everything.

    Raises:
        Invalid: it is no mask, or names a field that is not among the known ones.
    """
    tokens: list[str] = []
    at = 0
    while at < len(text.rstrip()):
        token = TOKEN.match(text, at)
        if token is None:
            raise _selection(text)
        tokens.append(token[1])
        at = token.end()
    if not tokens:
        return {}
    mask = _read_list(tokens, text)
    if tokens:
        raise _selection(text)
    if known is not None:
        _require_known(mask, known)
    return mask


def _selection(name: str) -> Invalid:
    return Invalid(f"Request contains an invalid argument. Invalid field selection {name}")


def _read_list(tokens: list[str], text: str) -> Mask:
    mask: Mask = {}
    _read_path(tokens, text, mask)
    while tokens and tokens[0] == ",":
        tokens.pop(0)
        _read_path(tokens, text, mask)
    return mask


def _read_path(tokens: list[str], text: str, mask: Mask) -> None:
    """Read one path, with what follows it in brackets, into the mask."""
    if not tokens or tokens[0] in ",()/.":
        raise _selection(text)
    name = tokens.pop(0)
    takes_all = mask.get(name) == {}
    below: Mask = mask.setdefault(name, {})
    following = tokens[0] if tokens else ""
    if following in ("/", "."):
        tokens.pop(0)
        _read_path(tokens, text, below)
    elif following == "(":
        tokens.pop(0)
        for inner, more in _read_list(tokens, text).items():
            below[inner] = merge_masks(below[inner], more) if inner in below else more
        if not tokens or tokens.pop(0) != ")":
            raise _selection(text)
    else:
        below.clear()
    if takes_all:
        below.clear()


def merge_masks(one: Mask, other: Mask) -> Mask:
    """Return a mask that takes what either takes."""
    if not one or not other:
        return {}
    merged = dict(one)
    for name, below in other.items():
        merged[name] = merge_masks(merged[name], below) if name in merged else below
    return merged


def _require_known(mask: Mask, known: Mask) -> None:
    for name, below in mask.items():
        if name == "*":
            continue
        if known and name not in known:
            raise _selection(name)
        _require_known(below, known.get(name, {}))


def wants(mask: Mask, *path: str) -> bool:
    """Tell whether a mask takes anything at this path."""
    for name in path:
        if not mask or "*" in mask:
            return True
        if name not in mask:
            return False
        mask = mask[name]
    return True


def apply_mask(value: Any, mask: Mask) -> Any:
    """Return what a mask leaves of a value."""
    if not mask or "*" in mask:
        return value
    if isinstance(value, list):
        return [apply_mask(item, mask) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: apply_mask(value[name], below) for name, below in mask.items() if name in value}
