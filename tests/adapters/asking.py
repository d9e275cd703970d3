"""What the tests of the stand-in for Sheets share: a plain client, and one spreadsheet."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import requests

from tests.fakes.sheets import Book, Sheets


class Client:
    """Speaks to one spreadsheet of the stand-in as a program does."""

    def __init__(self, sheets: Sheets, book: Book) -> None:
        self.sheets = sheets
        self.book = book

    def call(
        self, method: str, rest: str, body: object = None, token: str = "T", **query: Any
    ) -> requests.Response:
        url = f"{self.sheets.url}/v4/spreadsheets/{self.book.id}{rest}"
        headers = {"Authorization": token}
        return requests.request(method, url, json=body, params=query, headers=headers, timeout=60)

    def get(self, **query: Any) -> Any:
        answer = self.call("GET", "", **query)
        assert answer.ok, answer.text
        return answer.json()

    def batch(self, *changes: object, fields: str = "", **more: object) -> Any:
        query: Any = {"fields": fields} if fields else {}
        answer = self.call("POST", ":batchUpdate", {"requests": list(changes), **more}, **query)
        assert answer.ok, answer.text
        return answer.json()

    def refused(self, *changes: object) -> str:
        """Send a batch that is not valid; return why it is refused."""
        before = self.get(fields="sheets")
        answer = self.call("POST", ":batchUpdate", {"requests": list(changes)})
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
        assert self.get(fields="sheets") == before
        return str(answer.json()["error"]["message"])

    def append(self, cells: str, rows: list[list[object]], **query: Any) -> Any:
        how: Any = {"valueInputOption": "RAW", **query}
        rest = f"/values/{quote(cells, safe='')}:append"
        answer = self.call("POST", rest, {"values": rows}, **how)
        assert answer.ok, answer.text
        return answer.json()


@contextmanager
def asking(**options: Any) -> Iterator[Client]:
    """Give a client of a spreadsheet with three prompts and a second tab."""
    rows = [["Prompt", "Status"], ["a fox"], ["a FOX", "new"], ["an owl", "new"]]
    tabs = {"Process": rows, "It's done": [["Prompt"]]}
    with Sheets(**options) as sheets:
        yield Client(sheets, sheets.add(Book("b" * 44, "Prompts", tabs=tabs)))
