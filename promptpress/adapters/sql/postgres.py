"""What only PostgreSQL needs: reading times that no calendar of ours knows."""

from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.types.datetime import TimestamptzLoader


class _AnyTime(TimestamptzLoader):
    def load(self, data: Buffer) -> Any:
        """Return the time, or its text: 'infinity' in one row must not stop the others."""
        try:
            return super().load(data)
        except psycopg.DataError:
            return bytes(data).decode()


def read_any_time(connection: psycopg.Connection[Any]) -> None:
    """Let a connection give the text of times that are none in Python."""
    connection.adapters.register_loader("timestamptz", _AnyTime)
