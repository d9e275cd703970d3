"""One cell: what it holds, how it is shown, and how the API writes and reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from tests.fakes.sheets.refusals import Invalid

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  a serial number has no zone: the spreadsheet has
MAX_TEXT = 50_000
"""Characters in one cell (Google's page "Files you can store in Google Drive")."""
SIGNS = {
    "ERROR": "#ERROR!",
    "NULL_VALUE": "#NULL!",
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "VALUE": "#VALUE!",
    "REF": "#REF!",
    "NAME": "#NAME?",
    "NUM": "#NUM!",
    "N_A": "#N/A",
    "LOADING": "Loading...",
}
"""The types of error in a cell, and what a person sees."""


@dataclass(frozen=True)
class CellError:
    """What a formula gives that fails."""

    type: str = "ERROR"


Plain: TypeAlias = str | int | float | bool
"""What a cell can hold as such; a date is a number with a format."""


@dataclass(frozen=True)
class Formula:
    """A formula and what it gives; the stand-in calculates nothing itself."""

    text: str
    result: Plain | CellError = CellError()


@dataclass(frozen=True)
class Cell:
    """One cell; a blank one is false, whatever its format."""

    value: Plain | Formula | None = None
    """None: blank."""
    format: str = ""
    """Type of its number format: DATE, DATE_TIME, NUMBER, ... Empty: none was set."""
    note: str = ""

    def __bool__(self) -> bool:
        return self.value is not None

    @property
    def effective(self) -> Plain | CellError | None:
        """What it holds, for a formula what that gives."""
        return self.value.result if isinstance(self.value, Formula) else self.value

    @property
    def formula(self) -> str:
        """The text of its formula, or an empty one."""
        return self.value.text if isinstance(self.value, Formula) else ""

    @property
    def shown(self) -> str:
        """As a person sees it."""
        value = self.effective
        if value is None:
            return ""
        if isinstance(value, CellError):
            return SIGNS[value.type]
        if isinstance(value, bool):
            return str(value).upper()
        return value if isinstance(value, str) else show_number(value, self.format)

    def holding(self, value: Plain | Formula | None) -> "Cell":
        """Return it with another value, in the same format.

        Raises:
            Invalid: the text is too long for a cell.
        """
        text = value.text if isinstance(value, Formula) else value
        if isinstance(text, str) and len(text) > MAX_TEXT:
            raise Invalid(
                f"Your input contains more than the maximum of {MAX_TEXT} characters in a single "
                "cell."
            )
        if isinstance(value, int) and not isinstance(value, bool):
            value = float(value)  # a double, as the service keeps it: of 2^53 + 1 the 1 is lost
        return replace(self, value=None if value == "" else value)

    def data(self) -> dict[str, Any]:
        """Return it as a CellData object; what is not set is not there."""
        found: dict[str, Any] = {}
        if self.value is not None:
            found["userEnteredValue"] = _extended(self.value)
            found["effectiveValue"] = _extended(self.effective)
            found["formattedValue"] = self.shown
        if self.format:
            found["userEnteredFormat"] = {"numberFormat": {"type": self.format}}
            found["effectiveFormat"] = {"numberFormat": {"type": self.format}}
        if self.note:
            found["note"] = self.note
        return found


BLANK = Cell()


def cell_of(value: object) -> Cell:
    """Return the cell that a test means by a value: blank, plain, date, formula or a whole cell.

    Raises:
        TypeError: a cell holds no such thing.
    """
    if isinstance(value, Cell):
        return value
    if isinstance(value, date):
        kind = "DATE_TIME" if isinstance(value, datetime) else "DATE"
        return Cell(serial_of(value), kind)
    if value is None or isinstance(value, str | int | float | Formula):
        return BLANK.holding(value)
    raise TypeError(f"a cell holds no {type(value).__name__}")


def serial_of(moment: date) -> float:
    """Return the number that stands for a date or a time without zone."""
    if not isinstance(moment, datetime):
        return float(moment.toordinal() - EPOCH.toordinal())
    if moment.tzinfo is not None:
        raise TypeError("a cell knows no time zone: give a time without one")
    return (moment - EPOCH) / timedelta(days=1)


def show_number(value: float, kind: str) -> str:
    """Return a number as it is shown in a format; times as 2026-11-21 09:30:00."""
    try:
        # To the second: a serial number is a float, and 09:30 comes as 09:29:59.999997.
        moment = EPOCH + timedelta(seconds=round(value * 86_400))
    except OverflowError:
        return f"{value:.15g}"
    if kind == "DATE":
        return f"{moment:%Y-%m-%d}"
    if kind == "DATE_TIME":
        return f"{moment:%Y-%m-%d %H:%M:%S}"
    if kind == "TIME":
        return f"{moment:%H:%M:%S}"
    if kind == "PERCENT":
        return f"{value * 100:.15g}%"
    return f"{value:,.15g}" if kind == "NUMBER" else f"{value:.15g}"


def plain_number(value: float) -> float:
    """Return a number as JSON shows it: 5 and not 5.0."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _extended(value: Plain | CellError | Formula | None) -> dict[str, Any]:
    if isinstance(value, Formula):
        return {"formulaValue": value.text}
    if isinstance(value, CellError):
        return {"errorValue": {"type": value.type}}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, float):
        return {"numberValue": plain_number(value)}
    return {"stringValue": value}


def read_extended(value: Mapping[str, Any]) -> Plain | Formula | None:
    """Return what an ExtendedValue of a request holds; a stringValue is a text, whatever it says.

    Raises:
        Invalid: it is none.
    """
    if not value:
        return None
    kinds = {
        "stringValue": str,
        "numberValue": int | float,
        "boolValue": bool,
        "formulaValue": str,
    }
    (name, content), *more = value.items()
    fits = name in kinds and isinstance(content, kinds[name])
    if more or not fits or (name == "numberValue" and isinstance(content, bool)):
        raise Invalid(f"Invalid value of a cell: {dict(value)}"[:200])
    if name == "formulaValue":
        if not content.startswith("="):
            raise Invalid("Invalid value of a cell: a formula begins with =")
        return Formula(content)
    plain: Plain = content
    return plain
