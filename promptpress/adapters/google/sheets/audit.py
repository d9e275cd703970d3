"""An audit log in the tab Audit of a spreadsheet, beside a queue that is elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from zlib import crc32

from promptpress.adapters.google.sheets.book import Tab
from promptpress.adapters.google.sheets.events import event_row, in_columns, read_events
from promptpress.adapters.google.sheets.headings import AUDIT
from promptpress.adapters.google.sheets.layout import complete
from promptpress.adapters.google.sheets.spreadsheet import Spreadsheet
from promptpress.errors import OutcomeUnknown, PermanentError, TransientError
from promptpress.model import AuditEvent


class SheetsAudit:
    """Events as rows of a tab; a text that begins with = stays a text."""

    def __init__(self, spreadsheet: Spreadsheet, *, new_id: Callable[[], str]) -> None:
        """Keep what is needed; ask nothing before first use.

        Args:
            spreadsheet: looked at for its tab Audit only.
            new_id: makes ids that nobody else makes.
        """
        self._spreadsheet = spreadsheet
        self._new_id = new_id
        self._tab: Tab | None = None

    @property
    def name(self) -> str:
        """The name in messages."""
        return "audit"

    def check(self) -> None:
        """Find the tab, or add it with its headings."""
        self._open()

    def close(self) -> None:
        """Keep nothing open: every call has a connection of its own."""

    def _open(self) -> Tab:
        if self._tab is None:
            book = self._spreadsheet.look()
            layout = complete(book, self._new_number, (AUDIT,))
            if layout.requests:
                try:
                    book = self._spreadsheet.write(layout.requests, layout.adds).book
                except (OutcomeUnknown, PermanentError):
                    book = (
                        self._spreadsheet.look_anew()
                    )  # another run has added it just now, perhaps
            self._tab = book.tabs.get(AUDIT)
        if self._tab is None:
            message = "the tab Audit could not be added just now: it is tried again"
            raise TransientError(message, self.name)
        return self._tab

    def _new_number(self) -> int:
        return crc32(self._new_id().encode()) % (2**31 - 2) + 1

    def append(self, events: Sequence[AuditEvent]) -> None:
        """Write the events in order, in one call; one whose id is known already is left out."""
        if not events:
            return
        tab = self._open()
        known = self._known_ids(tab)
        fresh = {event.id: event for event in reversed(events) if event.id not in known}
        rows = [in_columns(event_row(e), tab.columns) for e in events if fresh.pop(e.id, None)]
        if not rows:
            return
        try:
            self._spreadsheet.append(tab.title, rows)
        except OutcomeUnknown as error:
            # The rows are one call: one of them tells of all.
            if events[-1].id not in self._known_ids(tab):
                raise TransientError(error.message, self.name) from None

    def _known_ids(self, tab: Tab) -> set[str]:
        return {event.id for event in read_events(self._spreadsheet.values(tab.title))}

    def history(self, post_id: int) -> list[AuditEvent]:
        """Return the events of one post, oldest first."""
        return [event for event in self._events() if event.post_id == post_id]

    def events(self, since: datetime) -> Iterator[AuditEvent]:
        """Give the events since a moment, of all posts, in the order of their writing."""
        return (event for event in self._events() if event.at >= since)

    def newest(self) -> AuditEvent | None:
        """Return the event that was written last; None where there is none."""
        return next(reversed(self._events()), None)

    def _events(self) -> list[AuditEvent]:
        return read_events(self._spreadsheet.values(self._open().title))
