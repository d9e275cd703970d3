"""The site's memory: a record per post, the order of the posts, and how far the lists are.

==================  ==========================================================================
.site/posts/7.json  all that the site shows of post 7
.site/order.txt     the ids of the posts on the site, oldest first, one a line
.site/state.json    up to which position every page is written, and in which look
==================  ==========================================================================

Reading never fails: what is missing or damaged is as good as never written.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from promptpress.adapters.site import records
from promptpress.adapters.site.disk import OURS, Desk, read
from promptpress.adapters.site.records import Record

ORDER = f"{OURS}/order.txt"
STATE = f"{OURS}/state.json"
_ORDER_BYTES = b"0123456789\n"


def _record_path(post_id: int) -> str:
    return f"{OURS}/posts/{post_id}.json"


def read_record(folder: Path, post_id: int) -> Record | None:
    """Return the record of a post, or None."""
    content = read(folder / _record_path(post_id))
    record = records.parse(content) if content else None
    return record if record and record.id == post_id else None


def write_record(desk: Desk, record: Record) -> None:
    """Keep a record."""
    desk.write(_record_path(record.id), records.dump(record))


def read_order(folder: Path) -> list[int] | None:
    """Return the ids of the posts, oldest first, or None when the list has to be rebuilt."""
    content = read(folder / ORDER)
    if content is None or content.translate(None, _ORDER_BYTES):
        return None
    # The last line is cut short when it does not end; the same digits could be another post's.
    if content and not content.endswith(b"\n"):
        return None
    order = [*map(int, content.split())]
    return order if len(set(order)) == len(order) else None


def append_to_order(desk: Desk, post_id: int) -> None:
    """Give the post the next position, for ever."""
    desk.append(ORDER, b"%d\n" % post_id)


def rebuild_order(desk: Desk, folder: Path) -> list[int]:
    """Put the posts in the order of their dates, from all records; every page is due again."""
    files = (folder / OURS / "posts").glob("*.json")
    known = (read_record(folder, int(f.stem)) for f in files if f.stem.isdecimal())
    found = sorted((record.at.timestamp(), record.id) for record in known if record)
    order = [post_id for _, post_id in found]
    desk.remove(STATE)
    desk.write(ORDER, b"".join(b"%d\n" % post_id for post_id in order))
    return order


def read_listed(folder: Path, look: str, order: Sequence[int]) -> int:
    """Return up to which position every page is written in this look; 0 where in doubt."""
    try:
        state = json.loads(read(folder / STATE) or b"{}")
        listed = state["listed"] if state["look"] == look else 0
    except (ValueError, TypeError, KeyError):
        return 0
    return listed if isinstance(listed, int) and 0 <= listed <= len(order) else 0


def write_listed(desk: Desk, look: str, listed: int) -> None:
    """Note that every page up to a position is written."""
    desk.write(STATE, json.dumps({"listed": listed, "look": look}).encode() + b"\n")
