"""What the queue tells while a fleet works: read from beside, also across a restart of it."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from promptpress.model import PostState

T = TypeVar("T")
PATIENCE = 60
"""Seconds that the database may be away while we look."""
ENDS = (PostState.PUBLISHED, PostState.IN_DOUBT, PostState.FAILED)
RUN = re.compile(r"Beginning flow run '([\w-]+)' for flow")
"""How Prefect's log names a run that begins."""


@dataclass(frozen=True)
class InHand:
    """A post that a run had leased."""

    id: int
    owner: str
    is_generating: bool
    """It was asked for, and no job or picture was written down."""
    is_sending: bool


@dataclass(frozen=True)
class Taken:
    """A claim or the like, from the audit."""

    post_id: int
    run: str
    at: datetime


class Watch:
    """Looks into the queue's tables."""

    def __init__(self, url: str) -> None:
        """Connect at first use."""
        options = {"connect_timeout": 5}
        self._engine: Engine = create_engine(url, pool_pre_ping=True, connect_args=options)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def rows(self, statement: str, **values: object) -> list[Any]:
        """Return the rows of a statement; wait for the database where it is away."""

        def read() -> list[Any]:
            with self._engine.connect() as connection:
                return list(connection.execute(text(statement), values).all())

        return _patiently(read)

    def states(self) -> Counter[str]:
        """Return how many posts stand in each state."""
        return Counter(dict(self.rows("SELECT state, count(*) FROM posts GROUP BY state")))

    def settled(self) -> int:
        """Return how many posts are at their end."""
        states = self.states()
        return sum(states[str(end)] for end in ENDS)

    def in_hand(self, runs: Iterable[str] | None = None) -> list[InHand]:
        """Return the posts that are leased now: by runs of these names, or by anybody."""
        found = self.rows(
            "SELECT id, owner, generating_by <> '' AND job = '', EXISTS (SELECT 1 FROM publications"
            " WHERE post_id = posts.id AND state = 'sending') FROM posts WHERE owner <> '' "
            "AND lease_until > :now",
            now=datetime.now(UTC),
        )
        wanted = None if runs is None else set(runs)
        hands = (InHand(*row) for row in found)
        # An owner is the name of a run and a few characters more.
        return [one for one in hands if wanted is None or one.owner.rpartition("-")[0] in wanted]

    def sessions(self, program: str) -> int:
        """Return how many connections to the queue a program has: those of the dead linger."""
        return int(
            self.rows(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name", name=program
            )[0][0]
        )

    def claims(self, post_ids: list[int], since: datetime) -> list[Taken]:
        """Return the claims of these posts since a moment, oldest first."""
        found = self.rows(
            "SELECT post_id, run, at FROM audit_events WHERE action = 'claim' AND at >= :since "
            "AND post_id = ANY(:ids) ORDER BY seq",
            since=since,
            ids=post_ids,
        )
        return [Taken(*row) for row in found]

    def first_event(self, since: datetime, action: str = "") -> Taken:
        """Return the first event since a moment; AssertionError where there is none."""
        wanted = (
            "SELECT post_id, run, at FROM audit_events WHERE at >= :since "
            "AND :action IN ('', action) ORDER BY seq LIMIT 1"
        )
        found = self.rows(wanted, since=since, action=action)
        assert found, f"nothing was done after {since}"
        return Taken(*found[0])

    def first_claim(self, run: str) -> datetime | None:
        """Return when a run claimed posts for the first time; None where it never did."""
        wanted = "SELECT min(at) FROM audit_events WHERE action = 'claim' AND run = :run"
        moment: datetime | None = self.rows(wanted, run=run)[0][0]
        return moment

    def tell(self, limit: int = 8) -> str:
        """Return where the posts are that are not at their end, and the whole story of one."""
        left = self.rows(
            "SELECT id, state, owner, lease_until, generating_by, job <> '', attempts, reason "
            "FROM posts WHERE NOT state = ANY(:ends) ORDER BY id",
            ends=[str(end) for end in ENDS],
        )
        lines = [f"{dict(self.states())}; left: {len(left)}", *map(str, left[:limit])]
        if left:
            story = "SELECT at, run, action, outcome, service, detail FROM audit_events"
            mine = self.rows(f"{story} WHERE post_id = :id ORDER BY seq", id=left[0][0])
            lines += [f"the story of post {left[0][0]}:", *map(str, mine)]
        return "\n".join(lines)


def _patiently(read: Callable[[], T]) -> T:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return read()
        except DBAPIError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
