"""One spreadsheet: found by its id or title, looked at and written to with few calls.

A look brings tabs, headings and all rows of the tab Process in one answer, and every write brings
the same with its own: so whoever writes sees at once what people have done meanwhile.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote

from promptpress.adapters.google._api import Api
from promptpress.adapters.google.sheets.book import Book, name_of, read_book
from promptpress.adapters.google.sheets.headings import AUDIT, DONE, PROCESS
from promptpress.adapters.google.sheets.writes import Request
from promptpress.errors import PermanentError, SetupError

SCHEME = "gsheets://"
ID = re.compile(r"[A-Za-z0-9_-]{30,}")
"""What an id looks like (44 characters today); anything else is a title."""
CELLS = "formattedValue,effectiveValue,effectiveFormat(numberFormat(type))"
MASK = (
    "spreadsheetId,properties(title,timeZone),sheets("
    "properties(sheetId,title,gridProperties(rowCount,columnCount)),merges,"
    f"data(startRow,startColumn,rowData(values({CELLS}))))"
)
"""What a look asks for: everything that `read_book` reads, and nothing else."""
KIND = "application/vnd.google-apps.spreadsheet"


def quoted(title: str, cells: str = "") -> str:
    """Return a range in A1 notation: a tab's title, and perhaps cells of it."""
    escaped = title.replace("'", "''")
    return f"'{escaped}'!{cells}" if cells else f"'{escaped}'"


@dataclass(frozen=True)
class Written:
    """What a write did."""

    replies: Sequence[Mapping[str, Any]]
    """One per request."""
    book: Book
    """The spreadsheet right after it."""


class Spreadsheet:
    """A spreadsheet that somebody shared with our account."""

    def __init__(
        self,
        url: str,
        *,
        sheets: Api,
        drive: Api,
        tabs: Sequence[str] = (PROCESS, DONE, AUDIT),
    ) -> None:
        """Keep what is needed; nothing is asked before first use.

        Args:
            url: gsheets:// and the id or title.
            sheets: calls to the Sheets API, from `/v4/spreadsheets` on.
            drive: calls to the Drive API, which alone finds a title.
            tabs: our names of the tabs that are looked at.
        """
        self._wanted = unquote(url.removeprefix(SCHEME)).strip("/ ")
        self._sheets = sheets
        self._drive = drive
        self._lock = threading.Lock()
        self._id = ""
        self.tabs = tuple(tabs)
        self._titles = {name: name for name in tabs}
        self.may_write: bool | None = None
        """Whether we may, where Drive has told; None where nobody has asked yet."""

    @property
    def ahead(self) -> timedelta:
        """How far Google's clock was ahead of ours at the latest call."""
        return self._sheets.ahead

    @property
    def id(self) -> str:
        """Its id; the first time a title is looked up.

        Raises:
            SetupError: no spreadsheet of the title is shared with us, or more than one.
        """
        with self._lock:
            if not self._id:
                self._id = self._wanted if ID.fullmatch(self._wanted) else self._find()
            return self._id

    def _find(self) -> str:
        if not self._wanted:
            raise SetupError("QUEUE_URL names no spreadsheet: gsheets://<id or title>", "queue")
        title = self._wanted.replace("\\", "\\\\").replace("'", "\\'")
        query = {
            "q": f"mimeType = '{KIND}' and name = '{title}' and trashed = false",
            "pageSize": "10",
            "supportsAllDrives": "true",
            "includeItemsFromAllDrives": "true",
            "fields": "files(id,name,capabilities(canEdit))",
        }
        found = [
            file
            for file in self._drive.read("/drive/v3/files", query).get("files", ())
            if file.get("name") == self._wanted
        ]
        if not found:
            share = self._sheets.account.address or "the account"
            message = (
                f"no spreadsheet {self._wanted!r} is shared with {share}: share it as Editor, or "
                "put its id into QUEUE_URL"
            )
            raise SetupError(message, "queue")
        if len(found) > 1:
            ids = ", ".join(str(file["id"]) for file in found)
            message = f"{len(found)} spreadsheets are called {self._wanted!r}: put the id of one into QUEUE_URL ({ids})"  # noqa: E501  one sentence
            raise SetupError(message, "queue")
        self.may_write = found[0].get("capabilities", {}).get("canEdit")
        return str(found[0]["id"])

    def _path(self, rest: str = "") -> str:
        return f"/{quote(self.id, safe='')}{rest}"

    def _ranges(self) -> list[str]:
        """Return what a look shows: all of Process, and the headings of the other tabs."""
        return [
            quoted(title) if name == PROCESS else quoted(title, "1:1")
            for name, title in self._titles.items()
        ]

    def look(self) -> Book:
        """Return the spreadsheet as it is now."""
        if self._titles:
            try:
                return read_book(
                    self._sheets.read(self._path(), {"ranges": self._ranges(), "fields": MASK})
                )
            except PermanentError:
                pass  # a tab is not there, or has another title: the whole tells which
        resource = self._sheets.read(self._path(), {"fields": MASK})
        self._remember(resource)
        return read_book(resource)

    def _remember(self, resource: Mapping[str, Any]) -> None:
        titles = [sheet["properties"]["title"] for sheet in resource.get("sheets", ())]
        named = [(name_of(title), title) for title in titles]
        self._titles = {name: title for name, title in reversed(named) if name in self.tabs}

    def look_anew(self) -> Book:
        """Return the spreadsheet as it is now, whatever tabs it has by now."""
        self._titles = {name: name for name in self.tabs}
        return self.look()

    def write(self, requests: Sequence[Request], adds: Sequence[str] = ()) -> Written:
        """Apply requests together, or none of them, and look at what came of it.

        Args:
            requests: of a batchUpdate.
            adds: our names of the tabs that the requests add.

        Raises:
            PermanentError: refused, nothing is written.
            OutcomeUnknown: the answer was lost: look before it is repeated.
        """
        titles = {**self._titles, **{name: name for name in adds}}
        before, self._titles = self._titles, titles
        body = {
            "requests": list(requests),
            "includeSpreadsheetInResponse": True,
            "responseRanges": self._ranges(),
            "responseIncludeGridData": True,
        }
        try:
            answer = self._sheets.write(
                self._path(":batchUpdate"),
                body,
                {"fields": f"replies,updatedSpreadsheet({MASK})"},
            )
        except PermanentError:
            self._titles = before
            raise
        return Written(answer.get("replies", []), read_book(answer["updatedSpreadsheet"]))

    def _values(self, title: str, cells: str = "") -> str:
        return self._path(f"/values/{quote(quoted(title, cells), safe='')}")

    def values(self, title: str) -> list[list[str]]:
        """Return all texts of a tab, row by row; empty ends are left out."""
        found: list[list[str]] = self._sheets.read(self._values(title)).get("values", [])
        return found

    def append(self, title: str, rows: Sequence[Sequence[object]]) -> None:
        """Add rows below the others of a tab, each a new row of the grid; texts stay texts.

        Raises:
            OutcomeUnknown: the answer was lost: look for the rows before they are sent again.
        """
        how = {"valueInputOption": "RAW", "insertDataOption": "INSERT_ROWS"}
        self._sheets.write(f"{self._values(title, 'A1')}:append", {"values": rows}, how)
