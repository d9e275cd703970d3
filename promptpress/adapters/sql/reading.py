"""Whole posts out of their tables."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from promptpress.adapters.sql import rows
from promptpress.adapters.sql.tables import EVENTS, MEDIA, POSTS, PUBLICATIONS
from promptpress.model import Post


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


def has_event(connection: Connection, event_id: str) -> bool:
    """Tell whether an event is written: and with it all that was to be written with it."""
    found = connection.execute(select(EVENTS.c.seq).where(EVENTS.c.id == event_id))
    return found.first() is not None
