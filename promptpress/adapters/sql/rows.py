"""Rows to values and back: what a person typed may be anything, and stops nobody else."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
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
TEXTS = ("owner", "generating_by", "job", "reason")
TIMES = ("lease_until", "created_at")
COUNTS = ("attempts", "repeats")
"""Columns of a post that only we write; still, somebody may have typed into them."""


def keepable(text: str) -> str:
    """Return the text without what some database refuses: NUL, and halves of surrogate pairs.

    A service may say anything, and a receipt must not be lost over it.
    """
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _state(row: Row) -> tuple[PostState, tuple[str, ...]]:
    try:
        return PostState(row["state"]), ()
    except ValueError:
        valid = ", ".join(PostState)
        return PostState.FAILED, (f"state: {row['state']!r} is unknown; valid: {valid}",)


def _ours(row: Row) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the fields that only we write, and a sentence for each that cannot be one of ours."""
    fields: dict[str, Any] = {"held": bool(row["held"])}
    problems: list[str] = []
    kinds: tuple[tuple[tuple[str, ...], type, object], ...] = (
        (TEXTS, str, ""), (TIMES, datetime, None), (COUNTS, int, 0),
    )  # fmt: skip
    for names, kind, blank in kinds:
        for name in names:
            cell = row[name]
            fields[name] = cell if isinstance(cell, kind) else blank
            if cell is not None and not isinstance(cell, kind):
                problems.append(f"{name}: {str(cell)[:40]!r} cannot be read: clear it")
    return fields, tuple(problems)


def _json(text: object) -> dict[str, Any]:
    """Return the object that a cell holds; empty where it holds none."""
    try:
        found = json.loads(str(text))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def to_media(row: Row) -> Media:
    """Return a picture from its row."""
    values = {name: row[name] for name in Media.__dataclass_fields__ if name != "refs"}
    return Media(refs=_json(row["refs"]), **values)


def to_publication(row: Row) -> Publication:
    """Return a publication from its row; one in no state of ours is in doubt, and never sent."""
    values = {name: row[name] for name in Publication.__dataclass_fields__ if name != "state"}
    try:
        state = PublicationState(row["state"])
    except ValueError:
        state = PublicationState.IN_DOUBT
    return Publication(state=state, **values)


def to_post(row: Row, media: Iterable[Row] = (), publications: Iterable[Row] = ()) -> Post:
    """Return a whole post from its rows; what cannot be read becomes `problems`."""
    fields, problems = read_cells(dict(row))
    state, unknown = _state(row)
    ours, unreadable = _ours(row)
    return Post(
        id=row["id"],
        key=row["order_key"] or "",
        state=state,
        media=tuple(to_media(one) for one in media),
        publications=tuple(to_publication(one) for one in publications),
        problems=problems + unknown + unreadable,
        **fields,
        **ours,
    )


def to_event(row: Row) -> AuditEvent:
    """Return an event from its row."""
    values = {name: row[name] for name in AuditEvent.__dataclass_fields__ if name != "detail"}
    return AuditEvent(detail=_json(row["detail"]), **values)


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
