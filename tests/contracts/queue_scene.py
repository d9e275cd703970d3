"""A queue, a clock in the hand, and a person who edits what lies behind the queue."""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from promptpress import steps
from promptpress.model import CLAIMABLE, Media, Order, Post, PostState, Stamp
from promptpress.ports import PromptQueue

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=300)
PICTURE = Media(
    sha256="a" * 64, format="PNG", width=64, height=64, size=100, refs={"local": "aa/a.png"}
)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


class QueueScene(ABC):
    """A queue and its clock; subclasses know the place behind it."""

    def __init__(self) -> None:
        self.clock = Clock()
        self._numbers = itertools.count(1)
        self.queue = self.another()

    @abstractmethod
    def another(self, *, relays: bool = False) -> PromptQueue:
        """Return the queue as one more process has it."""

    @abstractmethod
    def skewed(self, by: timedelta) -> PromptQueue:
        """Return the queue as a machine has it whose clock is wrong, the queue's being right."""

    @abstractmethod
    def type_prompt(self, prompt: str, **cells: object) -> None:
        """Type a row by hand, with the cells given by column."""

    @abstractmethod
    def edit(self, post_id: int, column: str, value: object) -> None:
        """Type over one cell of a post; `held` and `state` are columns too."""

    @abstractmethod
    def delete(self, post_id: int) -> None:
        """Delete the row of a post by hand."""

    @abstractmethod
    def clear(self) -> None:
        """Delete all rows by hand."""

    @abstractmethod
    def count_events(self, action: str = "") -> int:
        """Return how many events there are, of one action or all."""

    def new_id(self) -> str:
        """Return an id that no other call returns."""
        return f"id-{next(self._numbers)}"

    def stamp(self, run: str = "run") -> Stamp:
        """Return a stamp of this moment."""
        return Stamp(id=self.new_id(), at=self.clock(), run=run)

    def add(self, *orders: Order) -> list[int]:
        """Queue orders (one, when none is given); return their ids."""
        added = self.queue.add(orders or [Order(prompt="a lighthouse at dawn")], "run")
        return [post_id for post_id in added if post_id is not None]

    def claim(self, owner: str = "one", limit: int = 10, only: Sequence[int] = ()) -> list[Post]:
        """Claim posts in any state that has work."""
        return self.queue.claim(limit, owner, CLAIMABLE, only)

    def claim_one(self, owner: str = "one") -> Post:
        """Queue an order and claim it."""
        return self.claim(owner, only=self.add())[0]

    def read(self, post_id: int) -> Post:
        """Return a post that is there."""
        post = self.queue.get(post_id)
        assert post is not None
        return post

    def actions(self, post_id: int) -> list[str]:
        """Return what was done to a post, oldest first."""
        return [entry.action for entry in self.queue.history(post_id)]

    def ready(self, owner: str = "one", channels: tuple[str, ...] = ("site",)) -> Post:
        """Queue an order, claim it, and take it as far as ready."""
        post = self.claim_one(owner)
        record = self.queue.record
        post = record(steps.begin_generation(post, self.stamp(owner), "sketch", {}))
        post = record(steps.keep_media(post, self.stamp(owner), (PICTURE,)))
        return record(steps.make_ready(post, self.stamp(owner), channels))

    def sending(self, owner: str = "one", channels: tuple[str, ...] = ("site",)) -> Post:
        """Queue an order, claim it, and begin its send to the first channel."""
        ready = self.ready(owner, channels)
        return self.queue.record(steps.begin_send(ready, self.stamp(owner), channels[0]))

    def states(self, posts: Sequence[Post]) -> list[PostState]:
        """Return the states of posts."""
        return [post.state for post in posts]
