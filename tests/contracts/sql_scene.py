"""A queue in a real database, and a person who types SQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, create_engine, event, text

from promptpress.adapters.sql import SqlQueue
from tests.contracts.queue_scene import LEASE, QueueScene

TABLES = ("publications", "media", "posts", "audit_events")


class SqlScene(QueueScene):
    """A queue, its clock, and the database behind it."""

    queue: SqlQueue

    def __init__(self, kind: str, url: str) -> None:
        self.kind = kind
        self.url = url
        self._queues: list[SqlQueue] = []
        self.engine: Engine = create_engine(url)
        if kind == "sqlite":
            event.listen(self.engine, "connect", _keep_references)
        super().__init__()

    def another(self, *, relays: bool = False) -> SqlQueue:
        """Return the queue as one more process has it."""
        made = SqlQueue(self.url, lease=LEASE, clock=self.clock, new_id=self.new_id, relays=relays)
        self._queues.append(made)
        return made

    def skewed(self, by: timedelta) -> SqlQueue:
        """Return the queue as a machine has it whose clock is wrong, the database's being right."""
        made = SqlQueue(
            self.url,
            lease=LEASE,
            clock=lambda: self.clock() + by,
            new_id=self.new_id,
            read_time=lambda _: self.clock(),
        )
        self._queues.append(made)
        return made

    def close(self) -> None:
        """Close all connections."""
        for queue in self._queues:
            queue.close()
        self.engine.dispose()

    def sql(self, statement: str, **values: object) -> Sequence[Any]:
        """Type a statement into the database; return the rows it gives."""
        with self.engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return result.all() if result.returns_rows else []

    def type_prompt(self, prompt: str, **cells: object) -> None:
        """Type an INSERT with the cells given by column."""
        cells = {"order_key" if name == "key" else name: cell for name, cell in cells.items()}
        names = ", ".join(["prompt", *cells])
        marks = ", ".join(f":{name}" for name in ["prompt", *cells])
        self.sql(f"INSERT INTO posts ({names}) VALUES ({marks})", prompt=prompt, **cells)

    def edit(self, post_id: int, column: str, value: object) -> None:
        """Type an UPDATE of one cell."""
        self.sql(f"UPDATE posts SET {column} = :value WHERE id = :id", value=value, id=post_id)

    def delete(self, post_id: int) -> None:
        """Type a DELETE of one post."""
        self.sql("DELETE FROM posts WHERE id = :id", id=post_id)

    def clear(self) -> None:
        """Type a DELETE of everything."""
        for table in TABLES:
            self.sql(f"DELETE FROM {table}")

    def count_events(self, action: str = "") -> int:
        """Return how many events there are, of one action or all."""
        rows = self.sql("SELECT count(*) FROM audit_events WHERE :a IN ('', action)", a=action)
        return int(rows[0][0])


def _keep_references(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA foreign_keys=ON").close()


@contextmanager
def set_up(kind: str, url: str) -> Iterator[SqlScene]:
    """Give a scene over an empty queue, and close its connections afterwards."""
    scene = SqlScene(kind, url)
    try:
        scene.queue.check()
        scene.clear()
        yield scene
    finally:
        scene.close()
