"""What one look at the spreadsheet shows: its tabs, and the rows of the tab Process as posts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from promptpress.adapters.google.sheets import headings
from promptpress.adapters.google.sheets.cells import Cell, read_cell, read_order_cell, says_yes
from promptpress.adapters.google.sheets.data import Kept, article_of, fields_of, read_kept
from promptpress.adapters.google.sheets.headings import DATA, NOTE, OURS, PROCESS, STATUS
from promptpress.errors import SetupError
from promptpress.model import Post, PostState
from promptpress.orders import read_cells

MARK = re.compile(r"#(\d+)\b")
"""How our texts for people name a post."""


@dataclass(frozen=True)
class Tab:
    """One sheet of the spreadsheet."""

    id: int
    title: str
    columns: Mapping[str, int]
    """Our names of its columns, and where they are, from 0."""
    rows: int
    width: int
    """Rows and columns of its grid."""
    used: int
    """Columns from the left that hold anything."""


@dataclass(frozen=True)
class Row:
    """One row of the tab Process that has a prompt, or had one."""

    index: int
    """Its place when it was read, from 0; a person may move it at any time."""
    cells: Mapping[str, object]
    """What a person typed, by column of an order; blank cells are left out."""
    held: bool
    """By the column Hold."""
    ours: Mapping[str, str]
    """The texts of our own columns."""
    kept: Kept | None
    """What our data cell holds; None where it is blank or nothing of ours."""
    problems: tuple[str, ...] = ()
    """Cells that cannot be read."""
    is_copy: bool = False
    """True when a person copied it from another row together with our cells: a new order."""

    @property
    def typed(self) -> dict[str, Any]:
        """The fields of an order that the person's cells hold."""
        fields, _ = read_cells(self.cells)
        return {name: value for name, value in fields.items() if value not in (None, "", ())}

    @property
    def is_new(self) -> bool:
        """True when it is a prompt that nobody has taken yet.

        A row whose data cell somebody emptied still shows its number: it is not ordered again.
        """
        if not str(self.cells.get("prompt", "")).strip():
            return False
        shown = (self.ours[STATUS], self.ours[NOTE])
        emptied = any(MARK.search(text) for text in shown)
        return self.is_copy or (not self.ours[DATA] and not emptied)

    @property
    def key(self) -> str:
        """The key of its order."""
        return str(self.cells.get("key") or (self.kept and self.kept.order.get("key")) or "")

    @property
    def names_time(self) -> bool:
        """True when its order names a time."""
        post = self.post()
        return bool(post.local_time or post.due_at)

    @property
    def is_unreadable(self) -> bool:
        """True when our cells were changed so that nobody can tell what became of the post."""
        return bool(self.cells) and self.kept is None and not self.is_new

    def post(self, post_id: int = 0) -> Post:
        """Return the post as it stands here; a new row is an order under the id given."""
        kept = self.kept or Kept(id=post_id, version="")
        order = {name: cell for name, cell in kept.order.items() if name != "article"}
        fields, problems = read_cells({**order, **self.cells})
        fields["article"] = article_of(kept, fields.get("article"))
        ours = {**fields_of(kept), "held": kept.held or self.held}
        return Post(key=self.key, problems=(*self.problems, *problems), **fields, **ours)


@dataclass(frozen=True)
class Book:
    """The spreadsheet as it was at one moment."""

    title: str
    zone: ZoneInfo
    tabs: Mapping[str, Tab]
    """Those of the tabs we use that are there, by our name for them."""
    rows: tuple[Row, ...] = ()
    doubles: tuple[Row, ...] = ()
    """Rows that two runs added at once under one key: the first row with it counts."""
    by_id: Mapping[int, Row] = field(default_factory=dict)

    def new_rows(self) -> Iterator[Row]:
        """Give the rows that nobody has taken yet, from the top."""
        return (row for row in self.rows if row.is_new)

    def timed_rows(self) -> Iterator[Row]:
        """Give those of them that name a time."""
        return (row for row in self.new_rows() if row.names_time)


def _read_grid(sheet: Mapping[str, Any]) -> list[list[Cell]]:
    """Return the cells of a sheet, row by row from its first; empty ends are left out."""
    grid: list[list[Cell]] = []
    for block in sheet.get("data", ()):
        left = [Cell()] * block.get("startColumn", 0)
        for offset, row in enumerate(block.get("rowData", ())):
            index = block.get("startRow", 0) + offset
            grid += [[] for _ in range(index + 1 - len(grid))]
            grid[index] = [*left, *map(read_cell, row.get("values", ()))]
    return grid


def _read_tab(name: str, sheet: Mapping[str, Any], grid: Sequence[Sequence[Cell]]) -> Tab:
    properties = sheet["properties"]
    shape = properties.get("gridProperties", {})
    first = [cell.text for cell in grid[0]] if grid else []
    known = {
        PROCESS: headings.PROCESS_NAMES,
        headings.DONE: {headings.spell(text): text for text in headings.DONE_COLUMNS},
        headings.AUDIT: {headings.spell(text): text for text in headings.AUDIT_COLUMNS},
    }[name]
    filled = [n for row in grid for n, cell in enumerate(row, 1) if cell.text]
    return Tab(
        id=properties.get("sheetId", 0),
        title=properties["title"],
        columns=headings.find_columns(properties["title"], first, known),
        rows=shape.get("rowCount", 0),
        width=shape.get("columnCount", 0),
        used=max(filled, default=0),
    )


def _read_row(index: int, found: Sequence[Cell], tab: Tab, zone: ZoneInfo) -> Row:
    def cell(name: str) -> Cell:
        column = tab.columns.get(name)
        return found[column] if column is not None and column < len(found) else Cell()

    cells: dict[str, object] = {}
    problems: list[str] = []
    for name, (heading, *_) in headings.ORDER.items():
        one = cell(name)
        if one.error:
            problems.append(f"{heading}: the formula gives {one.text}: correct it")
        elif one.text.strip() and name != "held":
            cells[name] = read_order_cell(name, one, zone)
    ours = {name: cell(name).text for name in OURS}
    return Row(
        index=index,
        cells=cells,
        held=says_yes(cell("held")),
        ours=ours,
        kept=read_kept(ours[DATA]) if ours[DATA] else None,
        problems=tuple(problems),
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def name_of(title: str) -> str | None:
    """Return our name of a tab by its title, or None."""
    known = {headings.spell(name): name for name in (PROCESS, headings.DONE, headings.AUDIT)}
    return known.get(headings.spell(title))


def read_book(resource: Mapping[str, Any]) -> Book:
    """Return what a Spreadsheet object of the API shows.

    Raises:
        SetupError: a heading is there twice, the column of prompts is missing, or cells of ours
            are merged.
    """
    properties = resource.get("properties", {})
    zone = _zone(properties.get("timeZone", "UTC"))
    tabs: dict[str, Tab] = {}
    rows: list[Row] = []
    for sheet in resource.get("sheets", ()):
        name = name_of(sheet["properties"]["title"])
        if name is None or name in tabs:
            continue
        grid = _read_grid(sheet)
        tabs[name] = tab = _read_tab(name, sheet, grid)
        if name != PROCESS:
            continue
        if tab.used and "prompt" not in tab.columns:
            message = f"the tab {tab.title} has no heading Prompt in its first row: write it there"
            raise SetupError(message, "queue")
        _require_whole_cells(tab, sheet.get("merges", ()))
        rows = [_read_row(n, found, tab, zone) for n, found in enumerate(grid[1:], 1)]
    return _sorted_out(properties.get("title", ""), zone, tabs, rows)


def _require_whole_cells(tab: Tab, merges: Sequence[Mapping[str, Any]]) -> None:
    """Raise SetupError where cells of ours are merged: those below take no value.

    Merged cells of people are theirs, and do no harm: what they hide is blank.
    """
    ours = {tab.columns[name] for name in OURS if name in tab.columns}
    for merge in merges:
        left, right = merge.get("startColumnIndex", 0), merge.get("endColumnIndex", tab.width)
        if ours & set(range(left, right)):
            top, bottom = merge.get("startRowIndex", 0), merge.get("endRowIndex", tab.rows)
            place = f"{headings.letter(left)}{top + 1}:{headings.letter(right - 1)}{bottom}"
            message = f"cells of our columns are merged in the tab {tab.title}: unmerge {place}"
            raise SetupError(message, "queue")


def _sorted_out(title: str, zone: ZoneInfo, tabs: Mapping[str, Tab], rows: Sequence[Row]) -> Book:
    kept: list[Row] = []
    doubles: list[Row] = []
    by_id: dict[int, Row] = {}
    keys: set[str] = set()
    for row in rows:
        if row.kept is None:
            kept.append(row)
            continue
        key = row.key
        if row.kept.id in by_id:
            kept.append(replace(row, kept=None, is_copy=True))
        elif key and key in keys and _is_untouched(row.kept):
            doubles.append(row)
        else:
            by_id[row.kept.id] = row
            kept.append(row)
            keys.add(key)
    return Book(title, zone, tabs, tuple(kept), tuple(doubles), by_id)


def _is_untouched(kept: Kept) -> bool:
    return kept.state is PostState.QUEUED and not kept.owner and len(kept.events) == 1
