"""Whole posts and their events out of their tables."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select

from promptpress.adapters.sql import rows
from promptpress.adapters.sql.engine import Database
from promptpress.adapters.sql.tables import EVENTS, MEDIA, POSTS, PUBLICATIONS
from promptpress.model import AuditEvent, Post, PostState

BLOCK = 10_000
"""Prompts read at a time: a queue of a million is never in memory as a whole."""


def _grouped(connection: Connection, table: Any, ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    statement = select(table).where(table.c.post_id.in_(ids)).order_by(table.c.id)
    for row in connection.execute(statement).mappings():
        found[row["post_id"]].append(row)
    return found


def read_posts(connection: Connection, ids: Sequence[int]) -> list[Post]:
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


def read_post(connection: Connection, post_id: int, *, lock: bool = False) -> Post | None:
    """Return one whole post, or None; with `lock`, nobody else changes it until we are done."""
    if lock:
        connection.execute(select(POSTS.c.id).where(POSTS.c.id == post_id).with_for_update())
    found = read_posts(connection, [post_id])
    return found[0] if found else None


def has_event(connection: Connection, event_id: str, post_id: int) -> bool:
    """Tell whether an event of a post is written: and with it all that was to be written with it.

    An id may be another post's: two runs that want the same slot of a channel make the same one.
    """
    mine = select(EVENTS.c.seq).where(EVENTS.c.id == event_id, EVENTS.c.post_id == post_id)
    found = connection.execute(mine)
    return found.first() is not None


class Reader:
    """The queue's part that only reads."""

    _database: Database

    def get(self, post_id: int) -> Post | None:
        """Return one post, or None."""
        with self._database.reading() as connection:
            return read_post(connection, post_id)

    def find(
        self,
        states: Sequence[PostState] = (),
        limit: int = 50,
        after: int = 0,
        *,
        timed: bool = False,
    ) -> list[Post]:
        """Return posts by id, those after `after` first, of the states given (or any).

        With `timed` only those that name a time.
        """
        wanted = select(POSTS.c.id).where(POSTS.c.id > after).order_by(POSTS.c.id).limit(limit)
        if states:
            wanted = wanted.where(POSTS.c.state.in_([str(state) for state in states]))
        if timed:
            wanted = wanted.where(or_(POSTS.c.local_time != "", POSTS.c.due_at.is_not(None)))
        with self._database.reading() as connection:
            return read_posts(connection, list(connection.execute(wanted).scalars()))

    def count(self) -> dict[PostState, int]:
        """Return how many posts stand in each state that has any."""
        counted = select(POSTS.c.state, func.count()).group_by(POSTS.c.state)
        known = set(PostState)
        with self._database.reading() as connection:
            found = [(row[0], row[1]) for row in connection.execute(counted)]
        return {PostState(state): number for state, number in found if state in known}

    def history(self, post_id: int) -> list[AuditEvent]:
        """Return the events written with the steps of one post, oldest first."""
        mine = select(EVENTS).where(EVENTS.c.post_id == post_id).order_by(EVENTS.c.seq)
        with self._database.reading() as connection:
            return [rows.to_event(row) for row in connection.execute(mine).mappings()]

    def events(self, since: datetime, actions: Sequence[str]) -> list[AuditEvent]:
        """Return the events of these actions since a moment, of all posts, oldest first."""
        wanted = select(EVENTS).where(EVENTS.c.at >= since, EVENTS.c.action.in_(actions))
        with self._database.reading() as connection:
            found = connection.execute(wanted.order_by(EVENTS.c.seq)).mappings()
            return [rows.to_event(row) for row in found]

    def prompts(self) -> Iterator[str]:
        """Give every prompt, block by block."""
        last = 0
        while True:
            more = select(POSTS.c.id, POSTS.c.prompt).where(POSTS.c.id > last)
            with self._database.reading() as connection:
                found = connection.execute(more.order_by(POSTS.c.id).limit(BLOCK)).all()
            if not found:
                return
            yield from (prompt for _, prompt in found)
            last = found[-1][0]
