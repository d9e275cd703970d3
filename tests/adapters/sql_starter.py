"""A process that starts on a database: `python -m tests.adapters.sql_starter URL`.

Says "ready", waits for a line, brings the database up to date, prints whether Alembic was loaded.
"""

import sys
import uuid
from datetime import UTC, datetime, timedelta

from promptpress.adapters.sql import SqlQueue


def main(url: str) -> None:
    """Start."""
    queue = SqlQueue(
        url,
        lease=timedelta(seconds=300),
        clock=lambda: datetime.now(UTC),
        new_id=lambda: uuid.uuid4().hex,
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    queue.check()
    queue.close()
    sys.stdout.write("loaded\n" if "alembic" in sys.modules else "not loaded\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
