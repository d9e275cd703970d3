"""Orders and steps into their tables."""

from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from promptpress import fence
from promptpress.adapters.sql import rows
from promptpress.adapters.sql.tables import MEDIA, POSTS, PUBLICATIONS
from promptpress.model import Post, Step

BATCH = 500
"""Values in one IN list."""


def known_keys(connection: Connection, keys: set[str]) -> set[str]:
    """Return those of the keys that an earlier order has."""
    found: set[str] = set()
    listed = sorted(keys)
    for begin in range(0, len(listed), BATCH):
        these = POSTS.c.order_key.in_(listed[begin : begin + BATCH])
        found |= set(connection.execute(select(POSTS.c.order_key).where(these)).scalars())
    return found


def insert_posts(connection: Connection, table: list[dict[str, Any]]) -> list[int]:
    """Write rows of posts; return their ids in the same order."""
    if connection.dialect.insert_executemany_returning_sort_by_parameter_order:
        returning = insert(POSTS).returning(POSTS.c.id, sort_by_parameter_order=True)
        return list(connection.execute(returning, table).scalars())
    # MySQL has no RETURNING: row by row, but in the one transaction.
    done = [connection.execute(insert(POSTS), row) for row in table]
    return [int(one.inserted_primary_key[0]) for one in done if one.inserted_primary_key]


def write_step(connection: Connection, step: Step, current: Post) -> None:
    """Write all of a step over the post as it is now, but for its event."""
    values = rows.from_changes(fence.changed_fields(step, current))
    connection.execute(update(POSTS).where(POSTS.c.id == current.id).values(values))
    if step.drops_media:
        connection.execute(delete(MEDIA).where(MEDIA.c.post_id == current.id))
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
