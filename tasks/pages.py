"""Posts of some states, by age, read from the queue a page at a time."""

from collections.abc import Iterator, Sequence

from promptpress.model import Post, PostState
from promptpress.wiring import services

PAGE = 200
"""Posts read at a time."""
MAX_LOOKED_AT = 5_000
"""Posts that a run which comes every few minutes looks at; others wait for a later one."""


def pages(
    states: Sequence[PostState], most: int | None = MAX_LOOKED_AT, *, timed: bool = False
) -> Iterator[Post]:
    """Give the posts of these states by age, as many as are looked at; None: all of them.

    With `timed` only those that name a time.
    """
    last = looked = 0
    while states and (most is None or looked < most):
        found = services().queue.find(states, PAGE, last, timed=timed)
        yield from found
        if len(found) < PAGE:
            return
        last, looked = found[-1].id, looked + PAGE
