"""Ranges as people write them: 'My tab'!A1:B2, A:C, 1:1, A2:F, a tab's title alone."""

import re
from collections.abc import Sequence

from tests.fakes.sheets.areas import Area
from tests.fakes.sheets.refusals import Invalid
from tests.fakes.sheets.tab import Tab

QUOTED = re.compile(r"'((?:[^']|'')*)'(?:!(.+))?", re.DOTALL)
CELLS = re.compile(r"([A-Za-z]{0,3})(\d{0,8})(?::([A-Za-z]{0,3})(\d{0,8}))?")
SIMPLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
"""Titles that answers show without quotes."""


def column_number(letters: str) -> int:
    """Return the place of a column from its letters: A is 0."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(number: int) -> str:
    """Return the letters of a column."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def show(tab: Tab, area: Area) -> str:
    """Return a range as answers write it."""
    escaped = tab.title.replace("'", "''")
    title = tab.title if SIMPLE.fullmatch(tab.title) else f"'{escaped}'"
    first = f"{column_letters(area.left)}{area.top + 1}"
    last = f"{column_letters(area.right - 1)}{area.bottom}"
    return f"{title}!{first}" if first == last else f"{title}!{first}:{last}"


def find(tabs: Sequence[Tab], text: str) -> tuple[Tab, Area]:
    """Return what a range names; its end is cut to the grid.

    Raises:
        Invalid: no such tab, no range at all, or a beginning outside of the grid.
    """
    title, cells = _split(tabs, text)
    tab = next((tab for tab in tabs if tab.title == title), None) if title else tabs[0]
    match = CELLS.fullmatch(cells) if cells else None
    if tab is None or (cells and not match) or cells == ":":
        raise Invalid(f"Unable to parse range: {text}")
    area = tab.area if match is None else _area(tab, match)
    if area is None:
        raise Invalid(f"Unable to parse range: {text}")
    within = area.common(tab.area)
    if within is None or area.top >= tab.height or area.left >= tab.width:
        raise Invalid(
            f"Range ({text}) exceeds grid limits. Max rows: {tab.height}, max columns: {tab.width}"
        )
    return tab, within


def _split(tabs: Sequence[Tab], text: str) -> tuple[str, str]:
    """Return title and cells; without a title the first tab is meant."""
    if match := QUOTED.fullmatch(text):
        return match[1].replace("''", "'"), match[2] or ""
    title, mark, cells = text.rpartition("!")
    if mark and cells:
        return title, cells
    looks_like_cells = (match := CELLS.fullmatch(text)) and (match[2] or match[3])
    is_title = any(tab.title == text for tab in tabs)
    return ("", text) if looks_like_cells or not is_title else (text, "")


def _area(tab: Tab, match: re.Match[str]) -> Area | None:
    left, top, right, bottom = match.groups()
    if right is None and bottom is None:
        if not (left and top):
            return None  # one name alone must be a cell
        right, bottom = left, top
    rows = sorted(int(number) for number in (top, bottom) if number)
    columns = sorted(column_number(letters) for letters in (left, right) if letters)
    if not (rows or columns) or (rows and rows[0] == 0):
        return None
    # With one end open, as in A2:F, the grid's edge is the other.
    ends_open = not bottom
    return Area(
        rows[0] - 1 if top and rows else 0,
        columns[0] if left and columns else 0,
        tab.height if ends_open or not rows else rows[-1],
        tab.width if not right or not columns else columns[-1] + 1,
    )
