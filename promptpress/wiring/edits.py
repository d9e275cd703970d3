"""What a person changes of a post that waits for their yes, held against what is set up."""

from collections.abc import Mapping
from dataclasses import replace

from promptpress.decisions import EDITABLE
from promptpress.errors import InvalidPost
from promptpress.model import Order, Post
from promptpress.orders import find_problems, read_cells
from promptpress.wiring import makers
from promptpress.wiring.services import Services

NOTHING = "none"
"""What a person types to empty a field."""


def read_edit(chosen: Services, post: Post, cells: Mapping[str, object]) -> dict[str, object]:
    """Return the fields that a person changes, with their new values; blank cells change nothing.

    Args:
        chosen: what is set up.
        post: as it is now.
        cells: what was typed, by field of EDITABLE; NOTHING empties one.

    Raises:
        InvalidPost: names all that is wrong with it.
    """
    typed = {name: cell for name in EDITABLE if (cell := cells.get(name)) not in (None, "")}
    if typed and chosen.settings.is_sheet:
        message = "its words stand in your sheet: type over the cells of its row there"
        raise InvalidPost(f"post {post.id}: {message}")
    emptied = {
        name: _blank(name) for name, cell in typed.items() if str(cell).strip().lower() == NOTHING
    }
    fields, unread = read_cells({n: cell for n, cell in typed.items() if n not in emptied})
    changes = {name: value for name, value in fields.items() if name in typed} | emptied
    problems = [*unread, *_find_new(chosen, post, changes)]
    if problems:
        raise InvalidPost(f"post {post.id}: {'; '.join(problems)}")
    return changes


def _blank(name: str) -> object:
    return Order.__dataclass_fields__[name].default if name != "prompt" else ""


def _find_new(chosen: Services, post: Post, changes: Mapping[str, object]) -> list[str]:
    """Return what the changes make wrong: what was wrong before keeps no person from them."""
    settings = chosen.settings
    known = (
        makers.available(settings, makers.GENERATORS, settings.generators),
        makers.available(settings, makers.publishers(settings), settings.channels),
    )
    before = [*find_problems(post, *known), *chosen.find_unfit(post)]
    edited = replace(post, **changes)  # type: ignore[arg-type]  # read from cells by their names
    after = find_problems(edited, *known)
    return [why for why in after or chosen.find_unfit(edited) if why not in before]
