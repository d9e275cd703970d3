"""An audit log in a database of its own, beside the queue's."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from promptpress.adapters.sql import rows
from promptpress.adapters.sql.engine import Database
from promptpress.adapters.sql.tables import EVENTS
from promptpress.errors import TransientError
from promptpress.model import AuditEvent

BLOCK = 1_000
"""Events read at a time: a log of millions is never in memory as a whole."""


class SqlAudit:
    """Events in the table audit_events of a database."""

    def __init__(self, url: str, *, migrates: bool = True) -> None:
        """Keep the URL, and whether to bring the tables up to date; connect at first use."""
        self._database = Database(url, migrates=migrates)

    @property
    def name(self) -> str:
        """The name in messages."""
        return "audit"

    def check(self) -> None:
        """Connect, bring the tables up to date, and write to no row: rights and disk allow it."""
        with self._database.writing() as connection:
            connection.execute(update(EVENTS).where(EVENTS.c.seq == -1).values(delivered=True))

    def revision(self) -> tuple[str, str]:
        """Return the revision the tables are at, and the one we need."""
        return self._database.revision()

    def migrate(self) -> None:
        """Bring the tables up to date."""
        self._database.migrate()

    def close(self) -> None:
        """Close the idle connections; the next call connects anew."""
        self._database.close()

    def append(self, events: Sequence[AuditEvent]) -> None:
        """Write the events in order; one whose id is known already is left out."""
        try:
            self._append(events)
        except IntegrityError:
            message = "another run delivers the same events just now: they follow later"
            raise TransientError(message, self.name) from None

    def _append(self, events: Sequence[AuditEvent]) -> None:
        wanted = {event.id: event for event in events}
        with self._database.writing() as connection:
            these = select(EVENTS.c.id).where(EVENTS.c.id.in_(list(wanted)))
            known = set(connection.execute(these).scalars())
            fresh = [event for event in wanted.values() if event.id not in known]
            if fresh:
                table = [rows.from_event(event, delivered=True) for event in fresh]
                connection.execute(insert(EVENTS), table)

    def history(self, post_id: int) -> list[AuditEvent]:
        """Return the events of one post, oldest first."""
        mine = select(EVENTS).where(EVENTS.c.post_id == post_id).order_by(EVENTS.c.seq)
        with self._database.reading() as connection:
            return [rows.to_event(row) for row in connection.execute(mine).mappings()]

    def events(self, since: datetime) -> Iterator[AuditEvent]:
        """Give the events since a moment, of all posts, in the order of their writing."""
        last = -1
        while True:
            more = select(EVENTS).where(EVENTS.c.seq > last, EVENTS.c.at >= since)
            with self._database.reading() as connection:
                ordered = more.order_by(EVENTS.c.seq).limit(BLOCK)
                found = connection.execute(ordered).mappings().all()
            if not found:
                return
            yield from map(rows.to_event, found)
            last = found[-1]["seq"]

    def newest(self) -> AuditEvent | None:
        """Return the event that was written last; None where there is none."""
        latest = select(EVENTS).order_by(EVENTS.c.seq.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(latest).mappings().first()
        return None if row is None else rows.to_event(row)
