"""Rows to values and back: what a person typed may be anything, and stops nobody else."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import RowMapping

from promptpress.model import (
    AuditEvent,
    Media,
    Order,
    Post,
    PostState,
    Publication,
    PublicationState,
)
from promptpress.orders import read_cells

Row = Mapping[str, Any] | RowMapping
CARRIED = ("held", "owner", "lease_until", "generating_by", "job", "reason", "created_at")
"""Columns of a post that only we write, and so can be read as they are."""


def _state(row: Row) -> tuple[PostState, tuple[str, ...]]:
    try:
        return PostState(row["state"]), ()
    except ValueError:
        valid = ", ".join(PostState)
        return PostState.FAILED, (f"state: {row['state']!r} is unknown; valid: {valid}",)


def to_media(row: Row) -> Media:
    """Return a picture from its row."""
    values = {name: row[name] for name in Media.__dataclass_fields__ if name != "refs"}
    return Media(refs=json.loads(row["refs"] or "{}"), **values)


def to_publication(row: Row) -> Publication:
    """Return a publication from its row."""
    values = {name: row[name] for name in Publication.__dataclass_fields__ if name != "state"}
    return Publication(state=PublicationState(row["state"]), **values)


def to_post(row: Row, media: Iterable[Row] = (), publications: Iterable[Row] = ()) -> Post:
    """Return a whole post from its rows; what cannot be read becomes `problems`."""
    fields, problems = read_cells(dict(row))
    state, unknown = _state(row)
    return Post(
        id=row["id"],
        key=row["order_key"] or "",
        state=state,
        attempts=row["attempts"] or 0,
        repeats=row["repeats"] or 0,
        media=tuple(to_media(one) for one in media),
        publications=tuple(to_publication(one) for one in publications),
        problems=problems + unknown,
        **fields,
        **{name: row[name] for name in CARRIED},
    )


def to_event(row: Row) -> AuditEvent:
    """Return an event from its row."""
    values = {name: row[name] for name in AuditEvent.__dataclass_fields__ if name != "detail"}
    return AuditEvent(detail=json.loads(row["detail"] or "{}"), **values)


def from_order(order: Order) -> dict[str, Any]:
    """Return the row of an order."""
    row = {name: getattr(order, name) for name in Order.__dataclass_fields__ if name != "key"}
    row["hashtags"] = " ".join(order.hashtags)
    row["channels"] = ",".join(order.channels)
    row["order_key"] = order.key or None
    return row


def from_media(post_id: int, media: Media) -> dict[str, Any]:
    """Return the row of a picture."""
    row = {name: getattr(media, name) for name in Media.__dataclass_fields__}
    return {**row, "post_id": post_id, "refs": json.dumps(dict(media.refs), sort_keys=True)}


def from_publication(publication: Publication) -> dict[str, Any]:
    """Return the row of a publication, without its post."""
    row = {name: getattr(publication, name) for name in Publication.__dataclass_fields__}
    return {**row, "state": str(publication.state)}


def from_event(event: AuditEvent, *, delivered: bool) -> dict[str, Any]:
    """Return the row of an event."""
    row = {name: getattr(event, name) for name in AuditEvent.__dataclass_fields__}
    detail = json.dumps(dict(event.detail), sort_keys=True, default=str, ensure_ascii=False)
    return {**row, "detail": detail, "delivered": delivered}


def from_changes(changes: Mapping[str, object]) -> dict[str, Any]:
    """Return the columns of changed fields of a post."""
    row = dict(changes)
    for name, mark in (("hashtags", " "), ("channels", ",")):
        if isinstance(value := row.get(name), tuple):
            row[name] = mark.join(value)
    return row
