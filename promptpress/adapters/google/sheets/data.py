"""The cell `Promptpress data`: all that a sheet must remember of a post, in one text.

One cell and not several, because the service can swap the text of one cell for another only if it
is still what we read (findReplace over the whole cell): so a step is written whole, or not at all.
The text is ASCII, because nothing then normalises it between writing and finding it again.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from promptpress.article import Article
from promptpress.manuscript import read_article, write_article
from promptpress.model import Media, Post, PostState, Publication
from promptpress.orders import COLUMNS

KEPT_EVENTS = 8
"""Latest events that a post remembers, by which a step written twice is known."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the cell holds."""

    id: int
    version: str
    """Different with every write: so no two texts are ever the same."""
    state: PostState = PostState.QUEUED
    held: bool = False
    owner: str = ""
    lease_until: datetime | None = None
    attempts: int = 0
    generating_by: str = ""
    job: str = ""
    repeats: int = 0
    reason: str = ""
    created_at: datetime | None = None
    media: tuple[Media, ...] = ()
    publications: tuple[Publication, ...] = ()
    order: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the order that no cell of the row holds."""
    events: tuple[str, ...] = ()
    """Ids of the latest events, oldest first."""


_ADAPTER = TypeAdapter(Kept)
_SHARED = [name for name in Kept.__dataclass_fields__ if name in Post.__dataclass_fields__]


def read_kept(text: str) -> Kept | None:
    """Return what the cell holds, or None where it is nothing of ours."""
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError:
        return None


def write_kept(kept: Kept) -> str:
    """Return the text of the cell."""
    plain = _ADAPTER.dump_python(kept, mode="json", exclude_defaults=True)
    return json.dumps(plain, sort_keys=True, separators=(",", ":"))


def keep(
    post: Post, typed: Mapping[str, Any], *, version: str, held: bool, events: tuple[str, ...]
) -> Kept:
    """Return what must be remembered of a post.

    Args:
        post: as it is now.
        typed: the fields of its order that cells of its row hold.
        version: of this text.
        held: whether it is held by a decision, and not by the column Hold.
        events: ids of what happened to it, oldest first.
    """
    values = {**{name: getattr(post, name) for name in _SHARED}, "held": held}
    blanks: tuple[object, ...] = (None, "", ())
    order = {
        name: getattr(post, name)
        for name in (*COLUMNS, "key")
        if name not in typed and getattr(post, name) not in blanks
    }
    order.pop("article", None)
    if post.article is not None and post.article != typed.get("article"):
        order["article"] = _pack(post.article)
    for name, usual in (("kind", "photo"), ("priority", 0)):
        if order.get(name) == usual:
            del order[name]
    return Kept(**values, version=version, order=order, events=events[-KEPT_EVENTS:])


def _pack(article: Article) -> str:
    """Return an article as ASCII, small: as JSON in ASCII, Cyrillic takes six times the room."""
    text = write_article(article).encode("utf-8", "replace")
    return base64.b64encode(zlib.compress(text)).decode()


def _unpack(text: object) -> Article | None:
    try:
        return read_article(zlib.decompress(base64.b64decode(str(text), validate=True)))
    except (ValueError, zlib.error):
        return None


def article_of(kept: Kept, typed: Article | None) -> Article | None:
    """Return the article of a post: as far as it was written, unless a person wrote another.

    A cell with no more than an outline, or a text that only lacks the cover, is what the kept one
    was made from.
    """
    made = _unpack(kept.order["article"]) if "article" in kept.order else None
    if made is None or typed is None:
        return made or typed
    same_cover = replace(typed, cover=made.cover, cover_alt=made.cover_alt)
    return typed if typed.is_written and same_cover != made else made


def fields_of(kept: Kept) -> dict[str, Any]:
    """Return the fields of a post that are no order's."""
    return {name: getattr(kept, name) for name in _SHARED}
