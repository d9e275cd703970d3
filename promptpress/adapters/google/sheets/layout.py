"""What a spreadsheet lacks before it can be a queue, and how that is added: never in the way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from promptpress.adapters.google.sheets import headings, writes
from promptpress.adapters.google.sheets.book import Book, Tab
from promptpress.adapters.google.sheets.headings import AUDIT, DATA, DONE, OURS, PROCESS
from promptpress.adapters.google.sheets.writes import Request

FIRST_ROWS = {
    PROCESS: ("Prompt", *OURS.values()),
    DONE: headings.DONE_COLUMNS,
    AUDIT: headings.AUDIT_COLUMNS,
}
"""The headings of a tab that we add."""


@dataclass(frozen=True)
class Layout:
    """A spreadsheet made complete."""

    tabs: Mapping[str, Tab]
    """As they are once the requests are applied."""
    requests: tuple[Request, ...] = ()
    """What adds the rest; empty when nothing is lacking."""
    adds: tuple[str, ...] = ()
    """Our names of the tabs that are added."""


def _columns(name: str) -> dict[str, int]:
    if name != PROCESS:
        return {text: n for n, text in enumerate(FIRST_ROWS[name])}
    return {"prompt": 0, **{ours: n for n, ours in enumerate(OURS, 1)}}


def _new_tab(name: str, sheet: int) -> tuple[Tab, list[Request]]:
    first_row = FIRST_ROWS[name]
    # 26 columns and 1,000 rows: what the service gives a sheet whose size is not named.
    tab = Tab(sheet, name, _columns(name), rows=1_000, width=26, used=len(first_row))
    requests = writes.add_tab(sheet, name, first_row)
    if name == PROCESS:
        requests.append(writes.hide_column(sheet, tab.columns[DATA]))
    return tab, requests


def _completed(name: str, tab: Tab) -> tuple[Tab, list[Request]]:
    """Add the headings that a tab lacks, to the right of all that is used."""
    lacking = {ours: text for ours, text in OURS.items() if ours not in tab.columns}
    if name != PROCESS:
        lacking = {text: text for text in FIRST_ROWS[name] if text not in tab.columns}
    elif "prompt" not in tab.columns:
        lacking = {"prompt": "Prompt", **lacking}
    if not lacking:
        return tab, []
    columns = {ours: tab.used + n for n, ours in enumerate(lacking)}
    requests = writes.add_headings(tab.id, tab.width, tab.used, list(lacking.values()))
    if DATA in lacking:
        requests.append(writes.hide_column(tab.id, columns[DATA]))
    used = tab.used + len(lacking)
    width = max(tab.width, used)
    return replace(tab, columns={**tab.columns, **columns}, used=used, width=width), requests


def complete(
    book: Book, new_number: Callable[[], int], names: Sequence[str] = (PROCESS, DONE, AUDIT)
) -> Layout:
    """Return the layout of a spreadsheet, and the requests that add what it lacks.

    Args:
        book: the spreadsheet as it is.
        new_number: makes ids for new tabs: whole numbers from 1 to 2^31 - 1.
        names: the tabs that it must have.
    """
    tabs: dict[str, Tab] = {}
    requests: list[Request] = []
    adds: list[str] = []
    for name in names:
        if name in book.tabs:
            tabs[name], more = _completed(name, book.tabs[name])
        else:
            tabs[name], more = _new_tab(name, new_number())
            adds.append(name)
        requests += more
    return Layout(tabs, tuple(requests), tuple(adds))
