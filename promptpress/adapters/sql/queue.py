"""The queue in a database: claims, steps and orders, each in one transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, false, insert, select, update
from sqlalchemy.exc import IntegrityError

from promptpress import fence
from promptpress.adapters.sql import keeping, reading, rows, writing
from promptpress.adapters.sql.attic import Attic
from promptpress.adapters.sql.claim import oldest, pick
from promptpress.adapters.sql.clock import DatabaseClock, ReadTime, no_time
from promptpress.adapters.sql.engine import Database
from promptpress.adapters.sql.reading import Reader
from promptpress.adapters.sql.tables import EVENTS, POSTS
from promptpress.errors import LeaseLost, TransientError
from promptpress.model import AuditEvent, Order, Post, PostState, Step
from promptpress.wording import keepable_step

TRIES = 3
"""Tries of a transaction that the database itself rolled back: it left nothing behind."""


class SqlQueue(Reader, Attic):
    """Posts in SQLite, PostgreSQL, MySQL or MariaDB."""

    def __init__(
        self,
        url: str,
        *,
        lease: timedelta,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        relays: bool = False,
        migrates: bool = True,
        read_time: ReadTime = no_time,
    ) -> None:
        """Keep what is needed; connect at first use.

        Args:
            url: of the database, as SQLAlchemy writes them.
            lease: how long a claim lives without a sign of life.
            clock: gives the time, aware and in UTC.
            new_id: makes ids that nobody else makes.
            relays: True when other audit logs are to get the events too.
            migrates: False where a person brings the tables up to date.
            read_time: gives the time by the database's clock, which then decides about leases.
        """
        self._database = Database(url, migrates=migrates)
        self._lease = lease
        self._clock = DatabaseClock(clock, read_time)
        self._new_id = new_id
        self._relays = relays

    @property
    def name(self) -> str:
        """The name in messages."""
        return "queue"

    def check(self) -> None:
        """Connect, bring the tables up to date, and write to no row: rights and disk allow it.

        Raises:
            SetupError: they do not, or this machine's clock is wrong.
        """
        with self._database.writing() as connection:
            self._clock.look(connection)
            connection.execute(update(POSTS).where(POSTS.c.id == -1).values(owner=""))
        self._clock.require_agreement()

    def revision(self) -> tuple[str, str]:
        """Return the revision the tables are at, and the one we need."""
        return self._database.revision()

    def migrate(self) -> None:
        """Bring the tables up to date."""
        self._database.migrate()

    def close(self) -> None:
        """Close the idle connections; the next call connects anew."""
        self._database.close()

    def add(self, orders: Iterable[Order], run: str) -> list[int | None]:
        """Queue the orders, all or none; return their ids, None for one whose key is known."""
        wanted = list(orders)
        tried: dict[int, AuditEvent] = {}
        self._until_written(lambda: self._add(wanted, run, tried))
        return [tried[n].post_id if n in tried else None for n in range(len(wanted))]

    def _add(self, orders: list[Order], run: str, tried: dict[int, AuditEvent]) -> None:
        with self._database.writing() as connection:
            if _was_written(connection, tried):
                return
            known = writing.known_keys(connection, {order.key for order in orders if order.key})
            fresh: list[int] = []
            for number, order in enumerate(orders):
                if order.key not in known:
                    fresh.append(number)
                    known |= {order.key} if order.key else set()
            now = self._clock()
            table = [{**rows.from_order(orders[n]), "created_at": now} for n in fresh]
            ids = writing.insert_posts(connection, table) if table else []
            events = [self._event(post_id, run, "order", now) for post_id in ids]
            tried.clear()
            tried.update(zip(fresh, events, strict=True))
            self._write_events(connection, events)

    def _until_written(self, write: Callable[[], None]) -> None:
        """Write, and again when the database itself ended the transaction.

        It may have been a deadlock, a key that somebody added at the same moment, or a connection
        lost at the commit, which leaves it open whether all is written: `write` looks first.
        """
        for _ in range(TRIES - 1):
            try:
                return write()
            except (TransientError, IntegrityError):
                continue
        try:
            return write()
        except IntegrityError:
            message = "other runs write the same just now: try again"
            raise TransientError(message, self.name) from None

    def _event(self, post_id: int, run: str, action: str, at: datetime) -> AuditEvent:
        return AuditEvent(
            id=self._new_id(), at=at, run=run, post_id=post_id, action=action, outcome="done"
        )

    def _write_events(self, connection: Connection, events: Sequence[AuditEvent]) -> None:
        table = [rows.from_event(event, delivered=not self._relays) for event in events]
        if table:
            connection.execute(insert(EVENTS), table)

    def claim(
        self, limit: int, owner: str, states: Sequence[PostState], only: Sequence[int] = ()
    ) -> list[Post]:
        """Lease up to `limit` posts that are due to `owner`, atomically, and return them whole."""
        tried: dict[int, AuditEvent] = {}
        found: list[Post] = []
        self._until_written(lambda: found.extend(self._claim(limit, owner, states, only, tried)))
        return found

    def _claim(
        self,
        limit: int,
        owner: str,
        states: Sequence[PostState],
        only: Sequence[int],
        tried: dict[int, AuditEvent],
    ) -> list[Post]:
        with self._database.writing() as connection:
            if _was_written(connection, tried):
                return reading.read_posts(connection, list(tried))
            now = self._clock.look(connection)
            locks = self._database.skips_locked
            ids = pick(connection, states, now, limit, only, lock=locks)
            if not ids:
                return []
            taken = {"owner": owner, "lease_until": now + self._lease}
            connection.execute(update(POSTS).where(POSTS.c.id.in_(ids)).values(taken))
            tried.clear()
            tried.update({post_id: self._event(post_id, owner, "claim", now) for post_id in ids})
            self._write_events(connection, list(tried.values()))
            return reading.read_posts(connection, ids)

    def renew(self, owner: str) -> int:
        """Extend every lease that `owner` still holds; return how many."""
        with self._database.writing() as connection:
            now = self._clock.look(connection)
            mine = (POSTS.c.owner == owner, POSTS.c.lease_until > now)
            later = update(POSTS).where(*mine).values(lease_until=now + self._lease)
            return connection.execute(later).rowcount

    def record(self, step: Step) -> Post:
        """Write the step and its event in one transaction; return the post as it is now.

        A connection that is lost at the commit leaves it open whether the step was written. Its
        event tells: so the step may be written again, and is found to be there already.
        """
        step = keepable_step(step)
        try:
            return self._record(step)
        except TransientError:
            return self._record_again(step)
        except IntegrityError:
            return self._find_written(step)

    def _record_again(self, step: Step) -> Post:
        try:
            return self._record(step)
        except IntegrityError:
            return self._find_written(step)

    def _find_written(self, step: Step) -> Post:
        """Return the post when its event is there already; else somebody else has written it."""
        with self._database.reading() as connection:
            if reading.has_event(connection, step.event.id, step.post.id):
                current = reading.read_post(connection, step.post.id)
                if current is not None:
                    return current
        raise LeaseLost(f"post {step.post.id} was written by another", "queue")

    def _record(self, step: Step) -> Post:
        step = replace(step, not_before=self._clock.shared(step.not_before))
        with self._database.writing() as connection:
            current = reading.read_post(connection, step.post.id, lock=self._database.skips_locked)
            if current is None:
                raise LeaseLost(f"post {step.post.id} is gone", "queue")
            try:
                fence.check_step(step, current, self._clock())
            except LeaseLost:
                if reading.has_event(connection, step.event.id, step.post.id):
                    return current
                raise
            writing.write_step(connection, step, current)
            self._write_events(connection, [step.event])
            return fence.apply_step(step, current)

    def has_work(self, states: Sequence[PostState]) -> bool:
        """Tell whether a claim would find something now."""
        with self._database.reading() as connection:
            return bool(pick(connection, states, self._clock.look(connection), 1))

    def overdue(self, since: datetime) -> datetime | None:
        """Return when the post that waits longest fell due, of those nobody touched since."""
        with self._database.reading() as connection:
            return oldest(connection, since)

    def skip_numbers(self, last: int) -> None:
        """Give no new post a number up to this one: another may have had it."""
        with self._database.writing() as connection:
            keeping.skip_numbers(connection, last)

    def back_up(self, file: Path) -> None:
        """Copy the whole queue into a file, while runs work."""
        keeping.back_up(self._database, file)

    def undelivered(self, limit: int) -> list[AuditEvent]:
        """Return the oldest events that other audit logs have not got yet."""
        waiting = select(EVENTS).where(EVENTS.c.delivered == false())
        first = waiting.order_by(EVENTS.c.seq).limit(limit)
        with self._database.reading() as connection:
            return [rows.to_event(row) for row in connection.execute(first).mappings()]

    def mark_delivered(self, event_ids: Sequence[str]) -> None:
        """Note that every other audit log has these events."""
        with self._database.writing() as connection:
            for begin in range(0, len(event_ids), writing.BATCH):
                these = EVENTS.c.id.in_(event_ids[begin : begin + writing.BATCH])
                connection.execute(update(EVENTS).where(these).values(delivered=True))


def _was_written(connection: Connection, tried: dict[int, AuditEvent]) -> bool:
    return any(reading.has_event(connection, e.id, e.post_id) for e in islice(tried.values(), 1))
