"""A queue in a real database, with a clock in the hand, and a person who types SQL beside it."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, create_engine, event, text

from promptpress import steps
from promptpress.adapters.sql import SqlQueue
from promptpress.model import CLAIMABLE, Media, Order, Post, PostState, Stamp

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=300)
TABLES = ("publications", "media", "posts", "audit_events")
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


@dataclass
class QueueScene:
    """A queue, its clock, and the database behind it."""

    kind: str
    url: str
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self._queues: list[SqlQueue] = []
        self._numbers = itertools.count(1)
        self.engine: Engine = create_engine(self.url)
        if self.kind == "sqlite":
            event.listen(self.engine, "connect", _keep_references)
        self.queue = self.another()

    def another(self, *, relays: bool = False) -> SqlQueue:
        """Return the queue as one more process has it."""
        made = SqlQueue(self.url, lease=LEASE, clock=self.clock, new_id=self.new_id, relays=relays)
        self._queues.append(made)
        return made

    def close(self) -> None:
        """Close all connections."""
        for queue in self._queues:
            queue.close()
        self.engine.dispose()

    def new_id(self) -> str:
        """Return an id that no other call returns."""
        return f"id-{next(self._numbers)}"

    def stamp(self, run: str = "run") -> Stamp:
        """Return a stamp of this moment."""
        return Stamp(id=self.new_id(), at=self.clock(), run=run)

    def sql(self, statement: str, **values: object) -> Sequence[Any]:
        """Type a statement into the database; return the rows it gives."""
        with self.engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return result.all() if result.returns_rows else []

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


def _keep_references(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA foreign_keys=ON").close()


@contextmanager
def set_up(kind: str, url: str) -> Iterator[QueueScene]:
    """Give a scene over an empty queue, and close its connections afterwards."""
    scene = QueueScene(kind, url)
    try:
        scene.queue.check()
        for table in TABLES:
            scene.sql(f"DELETE FROM {table}")
        yield scene
    finally:
        scene.close()
