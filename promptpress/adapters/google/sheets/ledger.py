"""What happened and what was ever asked for, read from the tabs Audit, Process and Done."""

from collections.abc import Iterator, Sequence

from promptpress.adapters.google.sheets import writes
from promptpress.adapters.google.sheets.commits import Commits
from promptpress.adapters.google.sheets.events import WAITING, read_events
from promptpress.adapters.google.sheets.headings import AUDIT, DONE, spell
from promptpress.adapters.google.sheets.spreadsheet import Spreadsheet
from promptpress.model import AuditEvent

BATCH = 500
"""Keys marked as delivered in one call."""


class Ledger:
    """The events of all posts, and their prompts."""

    def __init__(self, spreadsheet: Spreadsheet, commits: Commits) -> None:
        """Keep what is needed; ask nothing before first use."""
        self._spreadsheet = spreadsheet
        self._commits = commits

    def events(self) -> list[AuditEvent]:
        """Return all events in their order."""
        return read_events(self._rows(AUDIT))

    def undelivered(self, limit: int) -> list[AuditEvent]:
        """Return the oldest events that other audit logs have not got yet."""
        return read_events(self._rows(AUDIT), waiting=True)[:limit]

    def mark_delivered(self, event_ids: Sequence[str]) -> None:
        """Note that every other audit log has these events."""
        book = self._commits.book or self._commits.look()
        tab = book.tabs.get(AUDIT)
        if tab is None:
            return
        for begin in range(0, len(event_ids), BATCH):
            self._spreadsheet.write(
                [
                    writes.swap(tab.id, key + WAITING, key, column=tab.columns["Key"])
                    for key in event_ids[begin : begin + BATCH]
                ]
            )

    def prompts(self) -> Iterator[str]:
        """Give the prompts of the posts that wait, then of those that are over."""
        for row in self._commits.look().rows:
            if prompt := str(row.cells.get("prompt", "")).strip():
                yield prompt
        rows = self._rows(DONE)
        headings = [spell(text) for text in rows[0]] if rows else []
        if spell("Prompt") in headings:
            column = headings.index(spell("Prompt"))
            yield from (row[column] for row in rows[1:] if len(row) > column and row[column])

    def _rows(self, title: str) -> list[list[str]]:
        """Return the texts of a tab; none where it is not there yet."""
        book = self._commits.book or self._commits.look()
        tab = book.tabs.get(title)
        return self._spreadsheet.values(tab.title) if tab else []
