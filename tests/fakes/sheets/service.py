"""The service itself: what a request means, who may ask it, and what is answered."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

from tests.fakes.server import Answer, Call, Journal, Request, StandIn
from tests.fakes.sheets import values
from tests.fakes.sheets.book import Book
from tests.fakes.sheets.changes import batch_update, kinds_of
from tests.fakes.sheets.masks import SPREADSHEET, apply_mask, parse_mask
from tests.fakes.sheets.quotas import Quotas
from tests.fakes.sheets.refusals import Invalid, Refused, forbidden, unauthenticated, unknown
from tests.fakes.sheets.resource import show_book, without_zeros
from tests.fakes.sheets.workspace import Workspace

ROOT = "/v4/spreadsheets/"
RENDER = ("valueRenderOption", "dateTimeRenderOption", "majorDimension")
WRITE = (
    "valueInputOption",
    "includeValuesInResponse",
    "responseValueRenderOption",
    "responseDateTimeRenderOption",
)
QUERIES: dict[str, Sequence[str]] = {
    "get": ("ranges", "includeGridData"),
    "batchUpdate": (),
    "values": RENDER,
    "update": WRITE,
    "append": (*WRITE, "insertDataOption"),
    "clear": (),
    "values.batchGet": ("ranges", *RENDER),
    "values.batchUpdate": (),
    "values.batchClear": (),
}
"""The calls by their names in the journal, and the parameters that each knows."""
COMMON = ("fields", "$fields", "alt", "key", "prettyPrint", "quotaUser")


class Sheets(StandIn):
    """Spreadsheets that are shared with us, over HTTP.

    Calls are journalled under the names of `QUERIES`: batchUpdate about the kinds of its requests,
    others about the tabs of their ranges. Each call is one step under the lock of its book.
    """

    service = "sheets"
    slow = tuple(QUERIES)

    def __init__(
        self,
        journal: Journal | None = None,
        *,
        authorize: Callable[[str], bool] | None = None,
        clock: Callable[[], float] = time.time,
        quotas: bool = False,
        duplicates: Literal["delete", "shift"] = "shift",
        latency: float = 0.0,
        port: int = 0,
    ) -> None:
        """Start with no book.

        Args:
            journal: where calls are written.
            authorize: gets the header Authorization; False is answered by 401.
            clock: gives the time for quotas, in seconds.
            quotas: whether calls are counted, 60 reads and 60 writes a minute.
            duplicates: what deleteDuplicates does, which is told nowhere: delete rows of the
                sheet, or shift up the cells of its range.
            latency: seconds that each answer takes.
            port: 0 for any.
        """
        super().__init__(journal, latency, port)
        self.books: dict[str, Book] = {}
        self.duplicates: Literal["delete", "shift"] = duplicates
        self._authorize = authorize or (lambda header: True)
        self._quotas = Quotas(clock) if quotas else None

    def environment(self) -> dict[str, str]:
        """Return the settings that lead Promptpress here."""
        return {"SHEETS_API_URL": self.url}

    def add(self, book: Book) -> Book:
        """Share a spreadsheet with us."""
        self.books[book.id] = book
        return book

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        asked = _understand(request)
        if asked is None:
            return Call("unknown", "", lambda: Answer(404, b"<title>Error 404 (Not Found)</title>"))
        return Call(asked.name, _about(asked), lambda: self._answer(asked))

    def _answer(self, asked: "_Asked") -> Answer:
        try:
            self._admit(asked)
            return self._apply(asked)
        except Refused as refused:
            return refused.answer()

    def _admit(self, asked: "_Asked") -> None:
        user = asked.request.headers.get("authorization", "")
        if not self._authorize(user):
            raise unauthenticated()
        if self._quotas is not None:
            self._quotas.spend(user, "write" if asked.writes else "read")
        for name in asked.request.query:
            if name not in (*QUERIES[asked.name], *COMMON):
                raise Invalid(
                    f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query '
                    "parameter. Field could not be found in request message."
                )

    def _apply(self, asked: "_Asked") -> Answer:
        book = self.books.get(asked.id)
        if book is None:
            raise unknown()
        if book.hidden or (book.readonly and asked.writes):
            raise forbidden()
        with book.lock:
            was = book.tabs
            # Whatever fails in the middle has changed copies only.
            book.tabs = [tab.copy() for tab in was] if asked.writes else was
            try:
                return Answer.json(without_zeros(self._act(book, asked)))
            except BaseException:
                book.tabs = was
                raise

    def _act(self, book: Book, asked: "_Asked") -> dict[str, Any]:
        if asked.name == "get":
            mask = parse_mask(asked.fields, SPREADSHEET)
            with_grid = asked.request.query.get("includeGridData", "").lower() == "true"
            return show_book(book, asked.ranges, mask, with_grid=with_grid)
        if asked.name == "batchUpdate":
            workspace = Workspace(book.tabs, self.duplicates)
            return batch_update(book, asked.body(), asked.fields, workspace)
        answer: dict[str, Any] = apply_mask(_act_on_values(book, asked), parse_mask(asked.fields))
        return answer


@dataclass(frozen=True)
class _Asked:
    """A request understood."""

    name: str
    id: str
    """Of the spreadsheet."""
    text: str
    """The range in its address."""
    request: Request

    @property
    def writes(self) -> bool:
        return self.request.method != "GET"

    @property
    def ranges(self) -> list[str]:
        named = [value for name, value in self.request.pairs if name == "ranges"]
        return [self.text] if self.text else named

    @property
    def fields(self) -> str:
        query = self.request.query
        return query.get("fields") or query.get("$fields") or ""

    def body(self) -> Any:
        try:
            return self.request.json() if self.request.body else {}
        except ValueError:
            raise Invalid("Invalid JSON payload received. Unexpected end of string.") from None


def _understand(request: Request) -> _Asked | None:
    id_, _, rest = request.path.removeprefix(ROOT).partition("/")
    id_, _, verb = id_.partition(":")
    # A range is looked at before its escapes are read: a title may have a colon of its own.
    head, _, tail = rest.partition("/")
    text, _, tail_verb = (
        tail.rpartition(":") if tail.endswith((":append", ":clear")) else (tail, "", "")
    )
    names = {
        ("GET", "", ""): "get",
        ("POST", "batchUpdate", ""): "batchUpdate",
        ("GET", "", "values/"): "values",
        ("PUT", "", "values/"): "update",
        ("POST", "", "values/append"): "append",
        ("POST", "", "values/clear"): "clear",
        ("GET", "", "values:batchGet"): "values.batchGet",
        ("POST", "", "values:batchUpdate"): "values.batchUpdate",
        ("POST", "", "values:batchClear"): "values.batchClear",
    }
    below = f"{head}/{tail_verb}" if text else head
    name = names.get((request.method, verb, below))
    if name is None or not request.path.startswith(ROOT) or not id_:
        return None
    return _Asked(name, unquote(id_), unquote(text), request)


def _about(asked: _Asked) -> str:
    """Return the kinds of requests, or else the tabs, that a call is about."""
    if asked.name == "batchUpdate":
        try:
            return " ".join(kinds_of(asked.body()))
        except Refused:
            return ""
    titles = [text.rpartition("!")[0] or text for text in asked.ranges]
    return " ".join(dict.fromkeys(title.strip("'").replace("''", "'") for title in titles))


def _act_on_values(book: Book, asked: _Asked) -> dict[str, Any]:
    """Return the answer to a call below `values`."""
    query, text = asked.request.query, asked.text
    acts: dict[str, Callable[[], dict[str, Any]]] = {
        "values": lambda: values.read(book, text, query),
        "update": lambda: values.update(book, text, asked.body(), query),
        "append": lambda: values.append(book, text, asked.body(), query),
        "clear": lambda: values.clear(book, text),
        "values.batchGet": lambda: values.batch_get(book, asked.ranges, query),
        "values.batchUpdate": lambda: values.batch_update(book, asked.body()),
        "values.batchClear": lambda: values.batch_clear(book, asked.body()),
    }
    return acts[asked.name]()
