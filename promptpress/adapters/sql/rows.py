"""Rows to values and back: what a person typed may be anything, and stops nobody else."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import RowMapping

from promptpress.article import Article
from promptpress.manuscript import write_article
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
from promptpress.wording import keepable

Row = Mapping[str, Any] | RowMapping
T = TypeVar("T")
TEXTS = ("owner", "generating_by", "job", "reason")
TIMES = ("lease_until", "created_at")
COUNTS = ("attempts", "repeats")
"""Columns of a post that only we write; still, somebody may have typed into them."""
LISTS = {"hashtags": " ", "channels": ",", "media_links": " ", "user_tags": " "}
"""Columns that hold several texts, and what stands between them."""


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
    """Return a picture from its row; ValueError where it cannot be one."""
    values = {name: row[name] for name in Media.__dataclass_fields__}
    refs, seed = json.loads(row["refs"] or "{}"), row["seed"]
    if not isinstance(refs, dict) or not all(isinstance(ref, str) for ref in refs.values()):
        raise ValueError(refs)
    return Media(**{**values, "refs": refs, "seed": int(seed) if seed else None})


def to_publication(row: Row) -> Publication:
    """Return a publication from its row; ValueError where its state is none."""
    values = {name: row[name] for name in Publication.__dataclass_fields__}
    return Publication(**{**values, "state": PublicationState(row["state"])})


def _readable(
    what: str, read: Callable[[Row], T], found: Iterable[Row]
) -> tuple[tuple[T, ...], tuple[str, ...]]:
    """Return what can be read of the rows beside a post, and a sentence for each that cannot."""
    kept: list[T] = []
    problems: list[str] = []
    for row in found:
        try:
            kept.append(read(row))
        except (ValueError, TypeError):
            problems.append(f"{what}: row {row['id']} cannot be read: correct or delete it")
    return tuple(kept), tuple(problems)


def to_post(row: Row, media: Iterable[Row] = (), publications: Iterable[Row] = ()) -> Post:
    """Return a whole post from its rows; what cannot be read becomes `problems`."""
    fields, problems = read_cells(dict(row))
    state, unknown = _state(row)
    ours, unreadable = _ours(row)
    pictures, no_pictures = _readable("media", to_media, media)
    channels, no_channels = _readable("publications", to_publication, publications)
    return Post(
        id=row["id"],
        key=row["order_key"] or "",
        state=state,
        media=pictures,
        publications=channels,
        problems=problems + unknown + unreadable + no_pictures + no_channels,
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
    row |= {name: mark.join(row[name]) for name, mark in LISTS.items()}
    row["article"] = _article_text(order.article)
    row["order_key"] = order.key or None
    return row


def _article_text(article: Article | None) -> str:
    return keepable(write_article(article)) if article is not None else ""


def from_media(post_id: int, media: Media) -> dict[str, Any]:
    """Return the row of a picture."""
    row = {name: getattr(media, name) for name in Media.__dataclass_fields__}
    refs = json.dumps(dict(media.refs), sort_keys=True)
    # A seed is text in the database: some services use all of 64 bits without a sign.
    seed = "" if media.seed is None else str(media.seed)
    told = {
        "post_id": post_id,
        "refs": refs,
        "seed": seed,
    }
    return {**row, **told}


def from_publication(publication: Publication) -> dict[str, Any]:
    """Return the row of a publication, without its post."""
    row = {name: getattr(publication, name) for name in Publication.__dataclass_fields__}
    return {**row, "state": str(publication.state)}


def from_event(event: AuditEvent, *, delivered: bool) -> dict[str, Any]:
    """Return the row of an event."""
    row = {name: getattr(event, name) for name in AuditEvent.__dataclass_fields__}
    detail = json.dumps(dict(event.detail), sort_keys=True, default=str, ensure_ascii=False)
    return {**row, "detail": keepable(detail), "delivered": delivered}


def from_changes(changes: Mapping[str, object]) -> dict[str, Any]:
    """Return the columns of changed fields of a post."""
    row = dict(changes)
    for name, mark in LISTS.items():
        if isinstance(value := row.get(name), tuple):
            row[name] = mark.join(value)
    if isinstance(article := row.get("article"), Article):
        row["article"] = _article_text(article)
    return row
