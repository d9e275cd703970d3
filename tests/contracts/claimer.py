"""A process that empties a queue by claims: `python -m tests.contracts.claimer URL OWNER`.

Says "ready", waits for a line, claims until nothing is left, and prints the ids it got as JSON.
"""

import json
import sys
import uuid
from datetime import UTC, datetime, timedelta

from promptpress.adapters.sql import SqlQueue
from promptpress.model import CLAIMABLE

BATCH = 25
LEASE = timedelta(hours=1)


def main(url: str, owner: str) -> None:
    """Claim all there is."""
    queue = SqlQueue(
        url, lease=LEASE, clock=lambda: datetime.now(UTC), new_id=lambda: uuid.uuid4().hex
    )
    queue.check()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    taken: list[int] = []
    while posts := queue.claim(BATCH, owner, CLAIMABLE):
        taken += [post.id for post in posts]
    queue.close()
    json.dump(taken, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
