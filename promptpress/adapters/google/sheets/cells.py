"""One cell, as the service gives it, as the value that a person meant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  a serial number has no zone: the spreadsheet has
"""Day 0 of the numbers that stand for dates (Sheets API, "date/time serial numbers")."""
TIMES = ("DATE", "DATE_TIME")
"""Number formats that make a number a time."""
NO = ("", "no", "false", "0", "-")
"""What a person writes into a cell to say no."""
MAX_TEXT = 50_000
"""Characters that one cell holds (Google's page "Files you can store in Google Drive")."""


@dataclass(frozen=True)
class Cell:
    """One cell: as it is shown, and what it is."""

    text: str = ""
    """As a person sees it."""
    value: object = ""
    """Text, number, boolean, or a time without zone."""
    error: bool = False
    """True when it is a formula that gives an error."""


def read_cell(found: Mapping[str, Any]) -> Cell:
    """Return the cell of a CellData object of the API."""
    text = str(found.get("formattedValue", ""))
    value: Mapping[str, Any] = found.get("effectiveValue", {})
    if "errorValue" in value:
        return Cell(text, text, error=True)
    if "numberValue" in value:
        number = value["numberValue"]
        kind = found.get("effectiveFormat", {}).get("numberFormat", {}).get("type")
        return Cell(text or str(number), _time(number) if kind in TIMES else number)
    if "boolValue" in value:
        return Cell(text, value["boolValue"])
    return Cell(text, value.get("stringValue", text))


def _time(serial: float) -> object:
    try:
        # To the second: a serial number is a float, and 09:00 comes as 08:59:59.999997.
        return EPOCH + timedelta(seconds=round(serial * 86_400))
    except OverflowError:
        return serial


def read_order_cell(column: str, cell: Cell, zone: ZoneInfo) -> object:
    """Return what a cell says about an order: words as they are shown, numbers and times as such.

    A time without a zone is one in the spreadsheet's own; but what a clock shows has none.
    """
    if column == "local_time":
        return cell.value if isinstance(cell.value, datetime) else cell.text
    if column != "due_at":
        is_number = isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
        return cell.value if is_number and column not in TEXTS else cell.text
    moment = cell.value
    if not isinstance(moment, datetime):
        try:
            moment = datetime.fromisoformat(cell.text.strip())
        except ValueError:
            return cell.text
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


TEXTS = (
    *("prompt", "caption", "hashtags", "alt_text", "negative_prompt", "style", "model", "key"),
    *("zone", "media_links", "link", "location", "user_tags", "article"),
)
"""Columns in which a number or a date is meant as it is shown."""


def says_yes(cell: Cell) -> bool:
    """Tell whether a person ticked, or wrote anything but a no."""
    return cell.value is True or (
        cell.value is not False and cell.text.strip().casefold() not in NO
    )
