"""Which column is which: by its heading, whatever its place, letter case and spelling of blanks."""

import re
from collections.abc import Mapping, Sequence

from promptpress.errors import SetupError

PROCESS, DONE, AUDIT = "Process", "Done", "Audit"
"""The tabs: what waits, what is over, what happened."""
STATUS, NOTE, DATA = "status", "note", "data"
"""Our own columns of the tab Process: two for people to read, one for us."""
OURS = {STATUS: "Promptpress status", NOTE: "Promptpress note", DATA: "Promptpress data"}
ORDER = {
    "prompt": ("Prompt",),
    "caption": ("Caption",),
    "hashtags": ("Hashtags",),
    "alt_text": ("Alt text",),
    "negative_prompt": ("Negative prompt",),
    "style": ("Style",),
    "width": ("Width",),
    "height": ("Height",),
    "num_images": ("Images", "Num images", "Number of images"),
    "seed": ("Seed",),
    "generator": ("Generator",),
    "model": ("Model",),
    "channels": ("Channels",),
    "kind": ("Kind",),
    "due_at": ("Due", "Due at"),
    "local_time": ("Time", "Local time"),
    "zone": ("Zone", "Time zone"),
    "media_links": ("Media", "Media links"),
    "link": ("Link",),
    "location": ("Location",),
    "user_tags": ("User tags",),
    "article": ("Article",),
    "priority": ("Priority",),
    "key": ("Key", "Order key"),
    "held": ("Hold", "Held"),
}
"""Columns of an order, and the headings they may have; only the first must be there."""
DONE_COLUMNS = ("Prompt", "Status", "Information", "Time")
AUDIT_COLUMNS = ("Time", "Post", "Action", "Outcome", "Service", "Detail", "Run", "Key")


def spell(heading: str) -> str:
    """Return a heading as it is compared."""
    return re.sub(r"[\s_-]+", " ", heading).strip().casefold()


PROCESS_NAMES: Mapping[str, str] = {
    **{spell(heading): name for name, headings in ORDER.items() for heading in headings},
    **{spell(heading): name for name, heading in OURS.items()},
}
"""Headings of the tab Process as they are compared, and the columns they mean."""


def letter(column: int) -> str:
    """Return the letters of a column, counted from 0: A, B, ..., Z, AA, ..."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def find_columns(title: str, headings: Sequence[str], names: Mapping[str, str]) -> dict[str, int]:
    """Return the columns of a tab by name, counted from 0.

    Args:
        title: of the tab.
        headings: its first row.
        names: headings as they are compared, and what they mean.

    Raises:
        SetupError: two columns mean the same.
    """
    found: dict[str, int] = {}
    for column, heading in enumerate(headings):
        name = names.get(spell(heading))
        if name is None:
            continue
        if name in found:
            places = f"{letter(found[name])} and {letter(column)}"
            message = f"the tab {title} has the heading {heading!r} twice, in {places}: rename one"
            raise SetupError(message, "queue")
        found[name] = column
    return found
