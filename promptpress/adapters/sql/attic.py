"""What may go from a queue that has grown old: looked for along indexes, a page at a time."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Select, delete, exists, or_, select

from promptpress.adapters.sql import reading, rows
from promptpress.adapters.sql.engine import Database
from promptpress.adapters.sql.tables import EVENTS, MEDIA, POSTS
from promptpress.adapters.sql.writing import BATCH
from promptpress.model import FINISHED, AuditEvent, Post

_STATES = [str(state) for state in FINISHED]
THEIRS = "library"
"""The generator of pictures that people brought into a store themselves."""


def _untouched_among(ids: Sequence[int], before: datetime) -> Select[Any]:
    since = exists().where(EVENTS.c.post_id == POSTS.c.id, EVENTS.c.at >= before)
    return (
        select(POSTS.c.id, POSTS.c.state)
        .where(
            POSTS.c.id.in_(ids),
            POSTS.c.generator != THEIRS,
            or_(POSTS.c.created_at.is_(None), POSTS.c.created_at < before),
            ~since,
        )
        .order_by(POSTS.c.id)
    )


class Attic:
    """The queue's part of retention; no statement takes a lock for longer than a page."""

    _database: Database

    def ended(self, before: datetime, limit: int, after: int = 0) -> list[Post]:
        """Return posts by id, those after `after` first, that still have pictures of ours."""
        found: list[int] = []
        # Two short looks per page: in one statement, SQLite would sort all finished posts first.
        with self._database.reading() as connection:
            while len(found) < limit:
                more = select(MEDIA.c.post_id).where(MEDIA.c.post_id > after).distinct()
                page = more.order_by(MEDIA.c.post_id).limit(BATCH)
                ids = list(connection.execute(page).scalars())
                if not ids:
                    break
                # By state in Python: given both, SQLite would walk all of a state's posts.
                looked = connection.execute(_untouched_among(ids, before))
                found += [post_id for post_id, state in looked if state in _STATES]
                after = ids[-1]
            return reading.read_posts(connection, found[:limit])

    def still_kept(self, sha256s: Sequence[str]) -> set[str]:
        """Return those of the pictures, by the hash of their content, that a post has."""
        these = select(MEDIA.c.sha256).where(MEDIA.c.sha256.in_(list(sha256s))).distinct()
        with self._database.reading() as connection:
            return set(connection.execute(these).scalars())

    def unfinished(self, action: str, limit: int) -> list[AuditEvent]:
        """Return the oldest events of an action begun with a post and, since, never done."""
        later = EVENTS.alias()
        done = exists().where(
            later.c.post_id == EVENTS.c.post_id,
            later.c.seq > EVENTS.c.seq,
            later.c.action == action,
            later.c.outcome == "done",
        )
        there = exists().where(POSTS.c.id == EVENTS.c.post_id)
        ours = (EVENTS.c.action == action, EVENTS.c.outcome == "begun")
        begun = select(EVENTS).where(*ours, there, ~done)
        with self._database.reading() as connection:
            found = connection.execute(begun.order_by(EVENTS.c.seq).limit(limit)).mappings()
            return [rows.to_event(row) for row in found]

    def old_events(
        self, before: datetime, limit: int, after: int = 0
    ) -> tuple[list[AuditEvent], int]:
        """Return events from before a moment that nothing needs, and the last post looked at."""
        finished = select(POSTS.c.id).where(POSTS.c.id > after, POSTS.c.state.in_(_STATES))
        with self._database.reading() as connection:
            ids = list(connection.execute(finished.order_by(POSTS.c.id).limit(limit)).scalars())
            mine = select(EVENTS).where(EVENTS.c.post_id.in_(ids))
            found = connection.execute(mine.order_by(EVENTS.c.post_id, EVENTS.c.seq)).mappings()
            each = [list(group) for _, group in groupby(found, key=lambda row: row["post_id"])]
        old = [
            rows.to_event(row)
            for group in each
            for row in group[:-1]
            if row["delivered"] and row["at"] < before
        ]
        return old, ids[-1] if ids else 0

    def drop_events(self, event_ids: Sequence[str]) -> None:
        """Remove events for good, in transactions of a page each."""
        for begin in range(0, len(event_ids), BATCH):
            with self._database.writing() as connection:
                these = EVENTS.c.id.in_(event_ids[begin : begin + BATCH])
                connection.execute(delete(EVENTS).where(these))
