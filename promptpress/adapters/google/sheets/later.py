"""Steps that nothing depends on: each is written with the next step of its post."""

import threading
from collections.abc import Sequence
from datetime import datetime

from promptpress import fence
from promptpress.errors import LeaseLost
from promptpress.model import Post, Step


def applied(chain: Sequence[Step], post: Post, now: datetime) -> Post | None:
    """Return the post with the steps on top; None where one of them no longer fits."""
    try:
        for step in chain:
            fence.check_step(step, post, now)
            post = fence.apply_step(step, post)
    except LeaseLost:
        return None
    return post


class Later:
    """The steps that are kept, by post; one thread at a time has those of a post."""

    def __init__(self) -> None:
        """Begin with none."""
        self._chains: dict[int, list[Step]] = {}
        self._taken: set[int] = set()
        self._changed = threading.Condition()

    def posts(self) -> list[int]:
        """Return the posts that have steps kept."""
        with self._changed:
            return list(self._chains)

    def peek(self, post_id: int) -> list[Step]:
        """Return the steps kept for a post."""
        with self._changed:
            return list(self._chains.get(post_id, ()))

    def take(self, post_id: int) -> list[Step]:
        """Take the steps of a post away; nobody else takes them before `done` is said.

        Whoever writes the next step of a post waits for the one who is writing the last.
        """
        with self._changed:
            self._changed.wait_for(lambda: post_id not in self._taken)
            self._taken.add(post_id)
            return self._chains.pop(post_id, [])

    def keep(self, chain: list[Step]) -> None:
        """Keep steps of one post for its next write."""
        if chain:
            with self._changed:
                self._chains[chain[-1].post.id] = chain

    def done(self, post_id: int) -> None:
        """Let others at the steps of a post again."""
        with self._changed:
            self._taken.discard(post_id)
            self._changed.notify_all()
