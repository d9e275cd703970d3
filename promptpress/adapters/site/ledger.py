"""The site's memory: a record per post, the orders of all lists, and what is still to be done.

========================  ====================================================================
.site/posts/7.json        all that the site shows of post 7
.site/order.txt           the ids of the posts on the site, oldest first, one a line; 0: a gap
.site/lists/tags/sea.txt  the same for a list: of a tag or of a month
.site/lists.json          the name of each list, and how many posts are on it
.site/state.json          up to which position every page is written, in which look; which
                          posts are being changed or taken away
========================  ====================================================================

Reading never fails: what is missing or damaged is as good as never written.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import quote

from promptpress.adapters.site import records
from promptpress.adapters.site.disk import OURS, Desk, read
from promptpress.adapters.site.paging import GAP
from promptpress.adapters.site.records import Record

ORDER = f"{OURS}/order.txt"
STATE = f"{OURS}/state.json"
CATALOGUE = f"{OURS}/lists.json"
_ORDER_BYTES = b"0123456789\n"


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list of posts: of a tag, of a month, or of all."""

    key: str
    """Its folder below that of the site; empty: all posts."""
    name: str
    count: int = 0
    """Posts on it."""

    @property
    def kind(self) -> str:
        """tag, month or all."""
        return {"tags": "tag", "month": "month"}.get(self.key.partition("/")[0], "all")

    @property
    def href(self) -> str:
        """Its first page as an address, relative to the site's."""
        return quote(f"{self.key}/index.html") if self.key else "index.html"


@dataclass(frozen=True, kw_only=True)
class Due:
    """A post that is being changed or taken away, noted before anything else happens."""

    place: int
    """Its position among all posts; 0: it has none yet."""
    lists: tuple[str, ...]
    """Those that it was or will be on."""
    files: tuple[str, ...]
    """What nobody shows any more when all is done."""


@dataclass(frozen=True, kw_only=True)
class State:
    """How far the pages are."""

    look: str = ""
    listed: int = 0
    """Positions up to here are on all their pages."""
    due: Mapping[int, Due] = field(default_factory=dict)


def record_path(post_id: int) -> str:
    """Return where the record of a post lies, below the folder of the site."""
    return f"{OURS}/posts/{post_id}.json"


def read_record(folder: Path, post_id: int) -> Record | None:
    """Return the record of a post, or None."""
    content = read(folder / record_path(post_id))
    record = records.parse(content) if content else None
    return record if record and record.id == post_id else None


def write_record(desk: Desk, record: Record) -> None:
    """Keep a record."""
    desk.write(record_path(record.id), records.dump(record))


def read_records(folder: Path) -> Iterable[Record]:
    """Return all records, in no order."""
    files = (folder / OURS / "posts").glob("*.json")
    known = (read_record(folder, int(f.stem)) for f in files if f.stem.isdecimal())
    return (record for record in known if record)


def _order_path(key: str) -> str:
    return f"{OURS}/lists/{key}.txt" if key else ORDER


def read_order(folder: Path, key: str = "") -> list[int] | None:
    """Return the ids on a list, oldest first, or None when it has to be rebuilt."""
    content = read(folder / _order_path(key))
    if content is None or content.translate(None, _ORDER_BYTES):
        return None
    # The last line is cut short when it does not end; the same digits could be another post's.
    if content and not content.endswith(b"\n"):
        return None
    order = [*map(int, content.split())]
    there = [post_id for post_id in order if post_id != GAP]
    return order if len(set(there)) == len(there) else None


def append_to_order(desk: Desk, post_id: int, key: str = "") -> None:
    """Give the post the next position of a list, for ever."""
    desk.append(_order_path(key), b"%d\n" % post_id)


def write_order(desk: Desk, order: Sequence[int], key: str = "") -> None:
    """Write the order of a list anew."""
    desk.write(_order_path(key), b"".join(b"%d\n" % post_id for post_id in order))


def remove_order(desk: Desk, key: str) -> None:
    """Forget a list."""
    desk.remove(_order_path(key))


def rebuild_order(desk: Desk, folder: Path) -> list[int]:
    """Put the posts in the order of their dates, from all records; every page is due again."""
    found = sorted((record.at.timestamp(), record.id) for record in read_records(folder))
    order = [post_id for _, post_id in found]
    desk.remove(STATE)
    write_order(desk, order)
    return order


def known_keys(folder: Path) -> set[str]:
    """Return the keys of all lists there are."""
    lists = folder / OURS / "lists"
    return {str(path.relative_to(lists).with_suffix("")) for path in lists.glob("*/*.txt")}


def read_catalogue(folder: Path) -> dict[str, tuple[str, int]] | None:
    """Return name and size of all lists by their keys, or None when they have to be rebuilt."""
    try:
        known = json.loads(read(folder / CATALOGUE) or b"")
        return {key: (name, count) for key, (name, count) in known.items()}
    except (ValueError, TypeError, AttributeError):
        return None


def write_catalogue(desk: Desk, catalogue: Mapping[str, tuple[str, int]]) -> None:
    """Keep the names and sizes of all lists that hold posts."""
    there = {key: one for key, one in sorted(catalogue.items()) if one[1]}
    desk.write(CATALOGUE, json.dumps(there, ensure_ascii=False).encode() + b"\n")


def read_state(folder: Path, look: str, count: int) -> State:
    """Return how far the pages are in this look; nothing is written where in doubt.

    Args:
        folder: of the site.
        look: in which pages would be written now.
        count: positions of all posts.
    """
    try:
        state = json.loads(read(folder / STATE) or b"{}")
        listed = state["listed"] if state["look"] == look else 0
        due = {
            int(i): Due(place=one["place"], lists=tuple(one["lists"]), files=tuple(one["files"]))
            for i, one in state.get("due", {}).items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        return State(look=look)
    whole = isinstance(listed, int) and 0 <= listed <= count
    return State(look=look, listed=listed if whole else 0, due=due)


def write_state(desk: Desk, state: State) -> None:
    """Note how far the pages are."""
    desk.write(STATE, json.dumps(asdict(state)).encode() + b"\n")
