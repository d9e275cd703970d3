"""What a valid order is: cells of a row to an order, and all that is wrong with it at once.

Rows come typed by hand from a table, from a CSV, TSV or JSON-lines file, or from the command
line. One bad cell never raises: it becomes a sentence, so that the post can be set aside with it.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

from promptpress.article import Article
from promptpress.manuscript import find_article_problems, read_article, texts_of
from promptpress.model import MAX_PICTURES, MAX_PROMPT, Order

KINDS = ("photo", "carousel", "story", "reel", "article")
"""Kinds of post that can be ordered."""
MIN_SIDE, MAX_SIDE = 64, 4096
"""Pixels of a picture's side that may be ordered: no service goes beyond."""
MAX_SEED, MAX_PRIORITY = 2**63 - 1, 2**31 - 1
"""Numbers, with either sign, that every database keeps in its columns."""
MAX_MODEL = 200
"""Characters of a model's name: the width of its column."""
MAX_LOCATION = 80
"""Characters of a location's id: the width of its column."""


def clean(text: object) -> str:
    """Return the text without control characters (line breaks and tabs stay) and outer blanks."""
    kept = (c for c in str(text) if c in "\n\t" or unicodedata.category(c) != "Cc")
    return "".join(kept).strip()


def _number(cell: object) -> int:
    if isinstance(cell, float) and not cell.is_integer():
        raise ValueError(cell)
    return int(cell if isinstance(cell, int | float) else str(cell).strip())


def _time(cell: object) -> datetime:
    moment = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell).strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _names(cell: object) -> tuple[str, ...]:
    parts = cell if isinstance(cell, list | tuple) else re.split(r"[,\s]+", clean(cell))
    return tuple(dict.fromkeys(name for part in parts if (name := clean(part).lower())))


def _accounts(cell: object) -> tuple[str, ...]:
    parts = cell if isinstance(cell, list | tuple) else re.split(r"[,\s]+", clean(cell))
    return tuple(dict.fromkeys(name for part in parts if (name := clean(part).lstrip("@"))))


def _links(cell: object) -> tuple[str, ...]:
    parts = cell if isinstance(cell, list | tuple) else clean(cell).split()
    return tuple(dict.fromkeys(link for part in parts if (link := clean(part).strip(","))))


def _local_time(cell: object) -> str:
    """Return a time on some clock, to the minute; ValueError where it is none."""
    moment = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell).strip())
    if moment.tzinfo is not None and not isinstance(cell, datetime):
        raise ValueError(cell)  # it names an instant: that is what due_at is for
    return moment.replace(tzinfo=None).isoformat(" ", "minutes")


def _hashtags(cell: object) -> tuple[str, ...]:
    parts = cell if isinstance(cell, list | tuple) else re.split(r"[,\s]+", clean(cell))
    return tuple(dict.fromkeys(tag for part in parts if (tag := clean(part).lstrip("#"))))


_READERS: Mapping[str, tuple[Callable[[object], Any], str]] = {
    "prompt": (clean, "text"),
    "caption": (clean, "text"),
    "hashtags": (_hashtags, "words"),
    "alt_text": (clean, "text"),
    "negative_prompt": (clean, "text"),
    "style": (clean, "text"),
    "width": (_number, "a whole number"),
    "height": (_number, "a whole number"),
    "num_images": (_number, "a whole number"),
    "seed": (_number, "a whole number"),
    "generator": (lambda cell: clean(cell).lower(), "a name"),
    "model": (clean, "a name"),
    "channels": (_names, "names"),
    "kind": (lambda cell: clean(cell).lower(), "a name"),
    "due_at": (_time, "a time such as 2026-11-21 09:00 (UTC unless it says otherwise)"),
    "local_time": (_local_time, "a time such as 2026-12-01 08:30, without an offset"),
    "zone": (clean, "a name"),
    "media_links": (_links, "addresses"),
    "link": (clean, "an address"),
    "location": (clean, "an id"),
    "user_tags": (_accounts, "names"),
    "article": (read_article, "an article in JSON, as docs/articles.md shows it"),
    "priority": (_number, "a whole number"),
}
COLUMNS = tuple(_READERS)
"""Columns an order may have; only `prompt` must."""


def read_cells(cells: Mapping[str, object]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the fields of an order that the cells hold, and a sentence per unreadable cell.

    Blank cells and columns that no order has are left out.
    """
    fields: dict[str, Any] = {}
    problems: list[str] = []
    for column, (read, wanted) in _READERS.items():
        cell = cells.get(column)
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        try:
            fields[column] = read(cell)
        except (ValueError, OverflowError):
            problems.append(f"{column}: {str(cell)[:40]!r} is not {wanted}")
    fields.setdefault("prompt", "")
    return fields, tuple(problems)


def find_zone_problem(name: str) -> str:
    """Return what is wrong with the name of a time zone, in a few words; empty when it is one."""
    valid = available_timezones()
    if name in valid:
        return ""
    near = difflib.get_close_matches(name, valid, n=1)
    return f"{name!r} is unknown; " + (f"did you mean {near[0]}?" if near else "try Europe/Berlin")


def _misplaced(order: Order) -> list[str]:
    """Return what is wrong with the time and the addresses of an order."""
    found: list[str] = []
    if order.zone and (problem := find_zone_problem(order.zone)):
        found.append(f"zone: {problem}")
    links = [("media_links", link) for link in order.media_links]
    for name, link in [*links, *([("link", order.link)] if order.link else [])]:
        if not link.startswith(("https://", "http://")):
            found.append(f"{name}: {link[:80]!r} is no address that begins with https://")
    if order.media_links and order.num_images not in (None, len(order.media_links)):
        found.append("num_images: the media are given: leave it blank")
    if order.kind == "carousel" and 1 in (order.num_images, len(order.media_links)):
        found.append("kind: a carousel has 2 to 10 pictures: order more of them, or a photo")
    if len(order.media_links) > MAX_PICTURES:
        found.append(f"media_links: {len(order.media_links)}, at most {MAX_PICTURES} are possible")
    return found


def _unwritable(order: Order) -> list[str]:
    """Return what is wrong with an article, or with a post that is one."""
    found: list[str] = []
    if order.article is not None:
        found += find_article_problems(order.article, MAX_PICTURES)
        if order.kind != "article":
            found.append(f"article: a {order.kind} has none: set kind to article")
    if order.kind == "article" and order.media_links:
        found.append("media_links: the pictures of an article are made: leave it blank")
    return found


def find_problems(
    order: Order, generators: Collection[str], channels: Collection[str]
) -> list[str]:
    """Return all that is wrong with an order, a sentence each; empty when it can be done.

    Args:
        order: the order.
        generators: names of the generators that are set up.
        channels: names of the channels that are set up.
    """
    found: list[str] = []
    if not order.prompt.strip():
        found.append("the prompt is blank: write one")
    for name in ("prompt", "caption", "negative_prompt", "alt_text"):
        if len(getattr(order, name)) > MAX_PROMPT:
            length = len(getattr(order, name))
            found.append(f"{name}: {length:,} characters, at most {MAX_PROMPT:,} are possible")
    for side in ("width", "height"):
        pixels = getattr(order, side)
        if pixels is not None and not MIN_SIDE <= pixels <= MAX_SIDE:
            found.append(f"{side}: {pixels} is not between {MIN_SIDE} and {MAX_SIDE}")
    if order.num_images is not None and not 1 <= order.num_images <= MAX_PICTURES:
        found.append(f"num_images: {order.num_images} is not between 1 and {MAX_PICTURES}")
    found += _unstorable(order)
    if order.kind not in KINDS:
        found.append(f"kind: {order.kind!r} is unknown; valid: {', '.join(KINDS)}")
    found += _misplaced(order)
    found += _unwritable(order)
    if order.generator and order.generator not in generators:
        valid = ", ".join(sorted(generators))
        found.append(f"generator: {order.generator!r} is not set up; valid: {valid}")
    for channel in order.channels:
        if channel not in channels:
            valid = ", ".join(sorted(channels))
            found.append(f"channel: {channel!r} is not set up; valid: {valid}")
    return found


def _unstorable(order: Order) -> list[str]:
    """Return what no database column takes: one such order would stop all of its transaction."""
    found: list[str] = []
    for name, most in (("seed", MAX_SEED), ("priority", MAX_PRIORITY)):
        if abs(getattr(order, name) or 0) > most:
            found.append(f"{name}: {getattr(order, name)} is beyond {most}")
    for name, most in (("model", MAX_MODEL), ("location", MAX_LOCATION)):
        if (length := len(getattr(order, name))) > most:
            found.append(f"{name}: {length} characters, at most {most} are possible")
    for name in COLUMNS:
        value = getattr(order, name)
        value = texts_of(value) if isinstance(value, Article) else value
        text = "".join(value) if isinstance(value, str | tuple) else ""
        if any("\ud800" <= character <= "\udfff" for character in text):
            found.append(f"{name}: it is not in UTF-8: save the text as UTF-8")
    return found
