"""What a text becomes when somebody types it into a cell (valueInputOption USER_ENTERED)."""

import re
from dataclasses import replace
from datetime import datetime

from tests.fakes.sheets.cells import Cell, Formula, serial_of

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
PERCENT = re.compile(r"[+-]?\d+(\.\d+)?%")
TIMES = {"%Y-%m-%d": "DATE", "%Y-%m-%d %H:%M": "DATE_TIME", "%Y-%m-%d %H:%M:%S": "DATE_TIME"}
"""Ways to write a time that are understood, and the number format that the cell gets."""


def type_into(cell: Cell, text: str) -> Cell:
    """Return the cell after a text was typed into it."""
    word = text.strip()
    if cell.format == "TEXT":
        return cell.holding(text)
    if text.startswith("'"):
        return cell.holding(text[1:])
    # A leading + makes a formula too (U), so =+A1; a lone sign is a text.
    if len(word) > 1 and word[0] in "=+" and not NUMBER.fullmatch(word):
        return cell.holding(Formula(word if word[0] == "=" else f"={word}"))
    if word.upper() in ("TRUE", "FALSE"):
        return cell.holding(word.upper() == "TRUE")
    number = _number(word)
    if number is None:
        return _time_into(cell, word) or cell.holding(text)
    kind, value = number
    return replace(cell.holding(value), format=cell.format or kind)


def _number(word: str) -> tuple[str, float] | None:
    if NUMBER.fullmatch(word):
        # As the service keeps it, a double: of a long number the last digits are lost.
        return "", float(word)
    if GROUPED.fullmatch(word):
        return "NUMBER", float(word.replace(",", ""))
    if PERCENT.fullmatch(word):
        return "PERCENT", float(word[:-1]) / 100
    return None


def _time_into(cell: Cell, word: str) -> Cell | None:
    if not re.match(r"\d{4}-\d", word):
        return None
    for way, kind in TIMES.items():
        try:
            moment = datetime.strptime(word, way)  # noqa: DTZ007  a cell has no zone
        except ValueError:
            continue
        return replace(cell.holding(serial_of(moment)), format=kind)
    return None
