"""Rows to posts and back: tolerant in reading, since anybody may have typed a row."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, select

from promptpress.adapters.sql.cells import as_moment
from promptpress.adapters.sql.tables import events, media, posts, publications
from promptpress.model import (
    AuditEvent,
    Media,
    Order,
    Post,
    PostState,
    Publication,
    PublicationState,
)
from promptpress.orders import COLUMNS, read_cells

CHUNK = 500
"""Values in one IN list."""
T = TypeVar("T")


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Give the values in parts that one statement can hold."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def _words(cell: object) -> str:
    return "" if cell is None else str(cell)


def _whole(cell: object) -> int:
    try:
        return int(_words(cell))
    except ValueError:
        return 0


def _object(cell: object) -> dict[str, Any]:
    try:
        found = json.loads(_words(cell) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def to_json(value: Mapping[str, object]) -> str:
    """Return plain values as JSON text; what is not plain becomes its text."""
    return json.dumps(dict(value), ensure_ascii=False, default=str)


def is_blank(cell: object) -> bool:
    """Tell whether nobody has filled the cell in."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def is_held(row: RowMapping) -> bool:
    """Tell whether a person keeps the post back; SQLite may hold any word there."""
    return row["held"] not in (0, "0", None)


def to_cells(fields: Mapping[str, object]) -> dict[str, object]:
    """Return fields of a post as the cells of its row."""
    return {
        name: " ".join(map(str, value)) if isinstance(value, tuple | list) else value
        for name, value in fields.items()
    }


def order_cells(order: Order, created_at: datetime) -> dict[str, object]:
    """Return an order as a new row; what it leaves open stays NULL."""
    cells = to_cells({name: getattr(order, name) for name in (*COLUMNS, "key")})
    blanks = {name: None for name, cell in cells.items() if cell == "" and name != "prompt"}
    return {**cells, **blanks, "created_at": created_at}


def _to_media(row: RowMapping) -> Media:
    return Media(
        sha256=row["sha256"],
        format=row["format"],
        width=_whole(row["width"]),
        height=_whole(row["height"]),
        size=_whole(row["size"]),
        refs={name: str(ref) for name, ref in _object(row["refs"]).items()},
        position=_whole(row["position"]),
        generator=_words(row["generator"]),
        model=_words(row["model"]),
        seed=None if is_blank(row["seed"]) else _whole(row["seed"]),
        cost=row["cost"],
        source=_words(row["source"]),
    )


def media_cells(post_id: int, item: Media) -> dict[str, object]:
    """Return a picture as a row."""
    names = ("sha256", "format", "width", "height", "size", "position")
    more = ("generator", "model", "cost", "source")
    cells = {name: getattr(item, name) for name in (*names, *more)}
    seed = None if item.seed is None else str(item.seed)
    return {"post_id": post_id, **cells, "seed": seed, "refs": to_json(item.refs)}


def _to_publication(row: RowMapping) -> Publication:
    return Publication(
        channel=row["channel"],
        state=PublicationState(row["state"]),
        attempt=_words(row["attempt"]),
        attempts=_whole(row["attempts"]),
        handle=_words(row["handle"]),
        external_id=_words(row["external_id"]),
        url=_words(row["url"]),
        reason=_words(row["reason"]),
        sent_at=as_moment(row["sent_at"]),
    )


def publication_cells(publication: Publication) -> dict[str, object]:
    """Return a publication as the cells of its row, without its post and channel."""
    names = ("attempt", "attempts", "handle", "external_id", "url", "reason", "sent_at")
    return {"state": publication.state.value, **{n: getattr(publication, n) for n in names}}


def to_event(row: RowMapping) -> AuditEvent:
    """Return an entry of the audit log; its time was written by us."""
    return AuditEvent(
        id=row["id"],
        at=row["at"],
        run=_words(row["run"]),
        post_id=row["post_id"],
        action=_words(row["action"]),
        outcome=_words(row["outcome"]),
        service=_words(row["service"]),
        detail=_object(row["detail"]),
    )


def event_cells(event: AuditEvent, *, delivered: bool) -> dict[str, object]:
    """Return an entry of the audit log as a row."""
    names = ("id", "at", "run", "post_id", "action", "outcome", "service")
    cells = {name: getattr(event, name) for name in names}
    return {**cells, "detail": to_json(event.detail), "delivered": delivered}


def _to_post(
    row: RowMapping, pictures: Sequence[Media], ways: Sequence[Publication]
) -> Post:
    fields, problems = read_cells(row)
    return Post(
        **fields,
        key=_words(row["key"]),
        id=row["id"],
        state=PostState(row["state"]),
        held=is_held(row),
        owner=_words(row["owner"]),
        lease_until=as_moment(row["lease_until"]),
        attempts=_whole(row["attempts"]),
        generating_by=_words(row["generating_by"]),
        job=_words(row["job"]),
        repeats=_whole(row["repeats"]),
        reason=_words(row["reason"]),
        created_at=as_moment(row["created_at"]),
        media=tuple(pictures),
        publications=tuple(ways),
        problems=problems,
    )


def read_publications(
    connection: Connection, post_ids: Sequence[int]
) -> dict[int, list[Publication]]:
    """Return the publications of some posts by the post's id, in the order they were opened."""
    found: dict[int, list[Publication]] = defaultdict(list)
    for part in chunks(post_ids):
        query = select(publications).where(publications.c.post_id.in_(part))
        for row in connection.execute(query.order_by(publications.c.id)).mappings():
            found[row["post_id"]].append(_to_publication(row))
    return found


def _read_media(connection: Connection, post_ids: Sequence[int]) -> dict[int, list[Media]]:
    found: dict[int, list[Media]] = defaultdict(list)
    for part in chunks(post_ids):
        query = select(media).where(media.c.post_id.in_(part))
        for row in connection.execute(query.order_by(media.c.position, media.c.id)).mappings():
            found[row["post_id"]].append(_to_media(row))
    return found


def read_posts(connection: Connection, rows: Sequence[RowMapping]) -> list[Post]:
    """Return rows as whole posts: two more statements per 500 posts."""
    ids = [row["id"] for row in rows]
    pictures, ways = _read_media(connection, ids), read_publications(connection, ids)
    return [_to_post(row, pictures.get(row["id"], ()), ways.get(row["id"], ())) for row in rows]


def read_post(connection: Connection, post_id: int) -> Post | None:
    """Return one whole post as it stands, or None."""
    row = connection.execute(select(posts).where(posts.c.id == post_id)).mappings().first()
    return read_posts(connection, [row])[0] if row is not None else None


def read_history(connection: Connection, post_id: int) -> list[AuditEvent]:
    """Return the events of one post, in the order they were written."""
    query = select(events).where(events.c.post_id == post_id).order_by(events.c.seq)
    return [to_event(row) for row in connection.execute(query).mappings()]
