"""The request findReplace."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.sheets.areas import Area, take
from tests.fakes.sheets.cells import BLANK, Cell, Formula
from tests.fakes.sheets.refusals import Invalid
from tests.fakes.sheets.tab import Tab
from tests.fakes.sheets.typed import type_into
from tests.fakes.sheets.workspace import Body, Reply, Workspace

FLAGS = ("matchCase", "matchEntireCell", "searchByRegex", "includeFormulas")


@dataclass(frozen=True)
class _Search:
    pattern: re.Pattern[str]
    fill: Callable[[re.Match[str]], str]
    """What comes in the place of a match."""
    whole: bool
    formulas: bool

    def replace(self, text: str) -> tuple[str, int]:
        """Return a text with the matches replaced, and how many there were."""
        if not self.whole:
            return self.pattern.subn(self.fill, text)
        match = self.pattern.fullmatch(text)
        return (self.fill(match), 1) if match else (text, 0)

    def change(self, cell: Cell) -> tuple[Cell, int]:
        """Return a cell with the matches replaced as if a person had typed it, and how many."""
        if cell.formula:
            text, count = self.replace(cell.formula) if self.formulas else ("", 0)
            is_formula = text.startswith("=")
            after = cell.holding(Formula(text)) if is_formula else type_into(cell, text)
        else:
            text, count = self.replace(cell.shown)
            after = type_into(cell, text) if count else cell
        return (after, count) if count else (cell, 0)


def _read_search(body: Body) -> _Search:
    for flag in FLAGS:
        if not isinstance(body.get(flag, False), bool):
            raise Invalid(f"{flag} must be true or false")
    find, replacement = body.get("find", ""), body.get("replacement", "")
    if not isinstance(find, str) or not isinstance(replacement, str):
        raise Invalid("find and replacement must be texts")
    if not find:
        raise Invalid("find: The search string must be specified")
    by_regex = body.get("searchByRegex", False)
    flags = re.NOFLAG if body.get("matchCase") else re.IGNORECASE
    try:
        pattern = re.compile(find if by_regex else re.escape(find), flags)
    except re.error as error:
        raise Invalid(f"find: not a regular expression: {error}") from None
    return _Search(
        pattern=pattern,
        fill=(lambda match: java_replacement(replacement, match))
        if by_regex
        else lambda _: replacement,
        whole=body.get("matchEntireCell", False),
        formulas=body.get("includeFormulas", False),
    )


def java_replacement(replacement: str, match: re.Match[str]) -> str:
    """Return the text of a replacement by Java's rules: `\\x` is x, `$1` and `${name}` are groups.

    Raises:
        Invalid: a `\\` at the end, or a `$` that names no group.
    """
    parts: list[str] = []
    at = 0
    while at < len(replacement):
        sign = replacement[at]
        if sign == "\\":
            if at + 1 == len(replacement):
                raise Invalid("replacement: character to be escaped is missing")
            parts.append(replacement[at + 1])
            at += 2
        elif sign == "$":
            group, at = _read_group(replacement, at + 1, match)
            parts.append(group)
        else:
            parts.append(sign)
            at += 1
    return "".join(parts)


def _read_group(replacement: str, at: int, match: re.Match[str]) -> tuple[str, int]:
    """Return the text of the group named at a place, and the place behind its name."""
    if named := re.compile(r"\{([A-Za-z][A-Za-z0-9]*)\}").match(replacement, at):
        if named[1] not in match.re.groupindex:
            raise Invalid(f"replacement: no group with name {{{named[1]}}}")
        return match[named[1]] or "", named.end()
    digits = re.compile(r"[0-9]+").match(replacement, at)
    if digits is None:
        raise Invalid("replacement: illegal group reference")
    # Java takes as many digits as make a group that is there; the first one always.
    number, end = int(replacement[at]), at + 1
    if number > match.re.groups:
        raise Invalid(f"replacement: no group {number}")
    while end < digits.end() and number * 10 + int(replacement[end]) <= match.re.groups:
        number, end = number * 10 + int(replacement[end]), end + 1
    return match[number] or "", end


def _read_scope(space: Workspace, body: Body) -> list[tuple[Tab, Area]]:
    scopes = [name for name in ("range", "sheetId", "allSheets") if name in body]
    if len(scopes) != 1:
        raise Invalid("exactly one of range, sheetId and allSheets must be set")
    if scopes == ["range"]:
        return [space.area(body["range"])]
    if scopes == ["sheetId"]:
        tab = space.tab(body)
        return [(tab, tab.area)]
    if body["allSheets"] is not True:
        raise Invalid("allSheets must be true")
    return [(tab, tab.area) for tab in space.tabs]


def find_replace(space: Workspace, body: Body) -> Reply:
    """Replace what is found, in the cells as they are shown; blank cells can match a pattern."""
    take(body, "find", "replacement", *FLAGS, "range", "sheetId", "allSheets")
    search = _read_search(body)
    blanks = bool(search.replace("")[1])
    reply = dict.fromkeys(("occurrencesChanged", "valuesChanged", "formulasChanged"), 0)
    rows: set[tuple[int, int]] = set()
    for tab, area in _read_scope(space, body):
        for row, column in area if blanks else _written(tab, area):
            cell = tab.cell(row, column)
            if cell.value is None and (not blanks or tab.is_covered(row, column)):
                continue
            after, count = search.change(cell)
            if not count:
                continue
            tab.put(row, column, after)
            reply["occurrencesChanged"] += count
            reply["formulasChanged" if cell.formula else "valuesChanged"] += 1
            rows.add((tab.id, row))
    sheets = {sheet for sheet, _ in rows}
    return {"findReplace": {**reply, "rowsChanged": len(rows), "sheetsChanged": len(sheets)}}


def _written(tab: Tab, area: Area) -> list[tuple[int, int]]:
    return [
        (row, column)
        for row in range(area.top, min(area.bottom, len(tab.rows)))
        for column in range(area.left, min(area.right, len(tab.rows[row])))
        if tab.rows[row][column] != BLANK
    ]
