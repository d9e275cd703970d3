"""The queue in a database: claims, steps and orders, each in one transaction."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from promptpress.adapters.sql import fence, rows
from promptpress.adapters.sql.claim import pick
from promptpress.adapters.sql.engine import Database
from promptpress.adapters.sql.tables import EVENTS, MEDIA, POSTS, PUBLICATIONS
from promptpress.errors import LeaseLost, TransientError
from promptpress.model import AuditEvent, Order, Post, PostState, Step

TRIES = 3
"""Tries of a transaction that the database itself rolled back: it left nothing behind."""
BATCH = 500
"""Values in one IN list."""


class SqlQueue:
    """Posts in SQLite, PostgreSQL, MySQL or MariaDB."""

    def __init__(
        self,
        url: str,
        *,
        lease: timedelta,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        relays: bool = False,
    ) -> None:
        """Keep what is needed; connect at first use.

        Args:
            url: of the database, as SQLAlchemy writes them.
            lease: how long a claim lives without a sign of life.
            clock: gives the time, aware and in UTC.
            new_id: makes ids that nobody else makes.
            relays: True when other audit logs are to get the events too.
        """
        self._database = Database(url)
        self._lease = lease
        self._clock = clock
        self._new_id = new_id
        self._relays = relays

    @property
    def name(self) -> str:
        """The name in messages."""
        return "queue"

    def check(self) -> None:
        """Connect, bring the tables up to date, and begin a transaction that writes nothing."""
        with self._database.writing() as connection:
            connection.execute(select(func.max(POSTS.c.id)))

    def close(self) -> None:
        """Close the idle connections; the next call connects anew."""
        self._database.close()

    def add(self, orders: Iterable[Order], run: str) -> list[int | None]:
        """Queue the orders, all or none; return their ids, None for one whose key is known."""
        wanted = list(orders)
        for _ in range(TRIES - 1):
            try:
                return self._add(wanted, run)
            except IntegrityError:
                continue  # somebody added the same key at the same moment: now it is known
        try:
            return self._add(wanted, run)
        except IntegrityError:
            message = "other runs add orders with the same keys just now: add them again"
            raise TransientError(message, self.name) from None

    def _add(self, orders: list[Order], run: str) -> list[int | None]:
        with self._database.writing() as connection:
            known = _known_keys(connection, {order.key for order in orders if order.key})
            fresh: list[int] = []
            for number, order in enumerate(orders):
                if order.key not in known:
                    fresh.append(number)
                    known |= {order.key} if order.key else set()
            now = self._clock()
            table = [{**rows.from_order(orders[n]), "created_at": now} for n in fresh]
            ids = _insert_posts(connection, table) if table else []
            self._write_events(
                connection, [self._event(post_id, run, "order", now) for post_id in ids]
            )
        added = dict(zip(fresh, ids, strict=True))
        return [added.get(number) for number in range(len(orders))]

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
        for _ in range(TRIES - 1):
            try:
                return self._claim(limit, owner, states, only)
            except TransientError:
                continue  # a deadlock between claimers: rolled back, and free to be tried again
        return self._claim(limit, owner, states, only)

    def _claim(
        self, limit: int, owner: str, states: Sequence[PostState], only: Sequence[int]
    ) -> list[Post]:
        with self._database.writing() as connection:
            now = self._clock()
            locks = self._database.skips_locked
            ids = pick(connection, states, now, limit, only, lock=locks)
            if not ids:
                return []
            taken = {"owner": owner, "lease_until": now + self._lease}
            connection.execute(update(POSTS).where(POSTS.c.id.in_(ids)).values(taken))
            self._write_events(
                connection, [self._event(post_id, owner, "claim", now) for post_id in ids]
            )
            return _read_posts(connection, ids)

    def renew(self, owner: str) -> int:
        """Extend every lease that `owner` still holds; return how many."""
        with self._database.writing() as connection:
            now = self._clock()
            mine = (POSTS.c.owner == owner, POSTS.c.lease_until > now)
            later = update(POSTS).where(*mine).values(lease_until=now + self._lease)
            return connection.execute(later).rowcount

    def record(self, step: Step) -> Post:
        """Write the step and its event in one transaction; return the post as it is now.

        A connection that is lost at the commit leaves it open whether the step was written. Its
        event tells: so the step may be written again, and is found to be there already.
        """
        try:
            return self._record(step)
        except TransientError:
            return self._record(step)
        except IntegrityError:
            raise LeaseLost(f"post {step.post.id} was written by another", "queue") from None

    def _record(self, step: Step) -> Post:
        with self._database.writing() as connection:
            current = _read_post(connection, step.post.id, lock=self._database.skips_locked)
            if current is None:
                raise LeaseLost(f"post {step.post.id} is gone", "queue")
            if _has_event(connection, step.event.id):
                return current
            fence.check_step(step, current, self._clock())
            _write_step(connection, step, current)
            self._write_events(connection, [step.event])
            return _read_posts(connection, [step.post.id])[0]

    def get(self, post_id: int) -> Post | None:
        """Return one post, or None."""
        with self._database.reading() as connection:
            return _read_post(connection, post_id)

    def find(self, states: Sequence[PostState] = (), limit: int = 50, after: int = 0) -> list[Post]:
        """Return posts by id, those after `after` first, of the states given (or any)."""
        wanted = select(POSTS.c.id).where(POSTS.c.id > after).order_by(POSTS.c.id).limit(limit)
        if states:
            wanted = wanted.where(POSTS.c.state.in_([str(state) for state in states]))
        with self._database.reading() as connection:
            return _read_posts(connection, list(connection.execute(wanted).scalars()))

    def count(self) -> dict[PostState, int]:
        """Return how many posts stand in each state that has any."""
        counted = select(POSTS.c.state, func.count()).group_by(POSTS.c.state)
        known = set(PostState)
        with self._database.reading() as connection:
            found = [(row[0], row[1]) for row in connection.execute(counted)]
        return {PostState(state): number for state, number in found if state in known}

    def has_work(self, states: Sequence[PostState]) -> bool:
        """Tell whether a claim would find something now."""
        with self._database.reading() as connection:
            return bool(pick(connection, states, self._clock(), 1))

    def history(self, post_id: int) -> list[AuditEvent]:
        """Return the events written with the steps of one post, oldest first."""
        mine = select(EVENTS).where(EVENTS.c.post_id == post_id).order_by(EVENTS.c.seq)
        with self._database.reading() as connection:
            return [rows.to_event(row) for row in connection.execute(mine).mappings()]

    def undelivered(self, limit: int) -> list[AuditEvent]:
        """Return the oldest events that other audit logs have not got yet."""
        waiting = select(EVENTS).where(EVENTS.c.delivered.is_(False))
        oldest = waiting.order_by(EVENTS.c.seq).limit(limit)
        with self._database.reading() as connection:
            return [rows.to_event(row) for row in connection.execute(oldest).mappings()]

    def mark_delivered(self, event_ids: Sequence[str]) -> None:
        """Note that every other audit log has these events."""
        with self._database.writing() as connection:
            for begin in range(0, len(event_ids), BATCH):
                these = EVENTS.c.id.in_(event_ids[begin : begin + BATCH])
                connection.execute(update(EVENTS).where(these).values(delivered=True))


def _known_keys(connection: Connection, keys: set[str]) -> set[str]:
    found: set[str] = set()
    listed = sorted(keys)
    for begin in range(0, len(listed), BATCH):
        these = POSTS.c.order_key.in_(listed[begin : begin + BATCH])
        found |= set(connection.execute(select(POSTS.c.order_key).where(these)).scalars())
    return found


def _insert_posts(connection: Connection, table: list[dict[str, Any]]) -> list[int]:
    if connection.dialect.insert_executemany_returning_sort_by_parameter_order:
        returning = insert(POSTS).returning(POSTS.c.id, sort_by_parameter_order=True)
        return list(connection.execute(returning, table).scalars())
    # MySQL has no RETURNING: row by row, but in the one transaction.
    done = [connection.execute(insert(POSTS), row) for row in table]
    return [int(one.inserted_primary_key[0]) for one in done if one.inserted_primary_key]


def _grouped(connection: Connection, table: Any, ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    statement = select(table).where(table.c.post_id.in_(ids)).order_by(table.c.id)
    for row in connection.execute(statement).mappings():
        found[row["post_id"]].append(row)
    return found


def _read_posts(connection: Connection, ids: Sequence[int]) -> list[Post]:
    """Return whole posts in the order of their ids as given, with three statements."""
    if not ids:
        return []
    found = connection.execute(select(POSTS).where(POSTS.c.id.in_(ids))).mappings()
    posts = {row["id"]: row for row in found}
    media = _grouped(connection, MEDIA, ids)
    publications = _grouped(connection, PUBLICATIONS, ids)
    return [
        rows.to_post(posts[post_id], media[post_id], publications[post_id])
        for post_id in ids
        if post_id in posts
    ]


def _read_post(connection: Connection, post_id: int, *, lock: bool = False) -> Post | None:
    if lock:
        connection.execute(select(POSTS.c.id).where(POSTS.c.id == post_id).with_for_update())
    found = _read_posts(connection, [post_id])
    return found[0] if found else None


def _has_event(connection: Connection, event_id: str) -> bool:
    found = connection.execute(select(EVENTS.c.seq).where(EVENTS.c.id == event_id))
    return found.first() is not None


def _write_step(connection: Connection, step: Step, current: Post) -> None:
    blank = {name: value for name, value in step.fills.items() if not getattr(current, name)}
    values = rows.from_changes({**step.changes, **blank})
    values["state"] = str(fence.next_state(step, current))
    if fence.frees_lease(step, current):
        values |= {"owner": "", "lease_until": step.not_before}
    connection.execute(update(POSTS).where(POSTS.c.id == current.id).values(values))
    if step.media:
        table = [rows.from_media(current.id, media) for media in step.media]
        connection.execute(insert(MEDIA), table)
    known = {publication.channel for publication in current.publications}
    for publication in step.publications:
        row = rows.from_publication(publication)
        mine = (
            PUBLICATIONS.c.post_id == current.id,
            PUBLICATIONS.c.channel == publication.channel,
        )
        if publication.channel in known:
            connection.execute(update(PUBLICATIONS).where(*mine).values(row))
        else:
            connection.execute(insert(PUBLICATIONS).values(post_id=current.id, **row))
