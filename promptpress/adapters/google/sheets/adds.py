"""Orders as new rows at the end of the tab Process."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from promptpress.adapters.google.sheets.book import Book
from promptpress.adapters.google.sheets.changes import Change
from promptpress.adapters.google.sheets.data import keep
from promptpress.adapters.google.sheets.events import withdrawn
from promptpress.adapters.google.sheets.headings import PROCESS
from promptpress.adapters.google.sheets.works import NewId, Numbers, Work, new_event
from promptpress.article import Article
from promptpress.manuscript import write_article
from promptpress.model import Order, Post
from promptpress.orders import COLUMNS

EXACT = 2**53
"""Whole numbers up to which a cell keeps every digit: it holds a double."""


class Adding(Work):
    """New rows at the end; an order whose key is known adds none."""

    repeatable = False

    def __init__(
        self, new_id: NewId, numbers: Numbers, orders: Sequence[Order], run: str, known: set[str]
    ) -> None:
        """Keep the orders, and the keys of orders whose rows are gone already."""
        super().__init__(new_id)
        self.ids: list[int | None] = [None] * len(orders)
        self._numbers = numbers
        self._orders = orders
        self._run = run
        self._known = known
        self._doubled: list[Change] = []

    def is_content(self, plan: Sequence[Change]) -> bool:  # noqa: ARG002  all are called alike
        """Look first where keys are to be compared."""
        return not any(order.key for order in self._orders)

    def plan(self, book: Book, now: datetime) -> list[Change]:
        """Return a new row for each order whose key nobody knows; then what was in vain."""
        if self._doubled:
            return [self._withdraw(change) for change in self._doubled]
        known = self._known | {row.key for row in book.rows}
        changes: list[Change] = []
        for place, order in enumerate(self._orders):
            if order.key and order.key in known:
                continue
            known.add(order.key)
            self.ids[place] = number = self._numbers.new(now)
            changes.append(self._new_row(book, order, number, now))
        return changes

    def _new_row(self, book: Book, order: Order, number: int, now: datetime) -> Change:
        fields = {name: getattr(order, name) for name in Order.__dataclass_fields__}
        post = Post(**fields, id=number, created_at=now)
        columns = book.tabs[PROCESS].columns if PROCESS in book.tabs else {}
        cells = _cells_of(order, columns)
        detail: dict[str, object] = {"key": order.key} if order.key else {}
        event = replace(new_event(self.new_id(), now, self._run, number, "order"), detail=detail)
        kept = keep(post, cells, version=self.new_id(), held=False, events=(event.id,))
        return Change(post=post, kept=kept, cells=cells, events=(event,))

    def _withdraw(self, change: Change) -> Change:
        events = tuple(withdrawn(event, self.new_id()) for event in change.events)
        return replace(change, cells={}, events=events)

    def judge(self, plan: Sequence[Change], came_true: Sequence[bool], book: Book) -> bool:  # noqa: ARG002  all are called alike
        """Give up what another run added under the same key a moment earlier."""
        if self._doubled:
            return True
        doubles = {row.kept.id for row in book.doubles if row.kept}
        self.ids = [None if number in doubles else number for number in self.ids]
        self._doubled = [change for change in plan if change.post.id in doubles]
        return not self._doubled


def _cells_of(order: Order, columns: Collection[str]) -> dict[str, object]:
    """Return the cells of a new row: the prompt, and what the tab has a column for."""
    cells: dict[str, object] = {"prompt": order.prompt}
    for name in (*COLUMNS, "key"):
        value = getattr(order, name)
        if name not in columns or value in (None, "", ()):
            continue
        if isinstance(value, tuple):
            value = ", ".join(value)
        elif isinstance(value, Article):
            value = write_article(value)
        elif isinstance(value, datetime):
            value = value.isoformat(" ")
        elif isinstance(value, int) and abs(value) > EXACT:
            value = str(value)
        cells[name] = value
    return cells
