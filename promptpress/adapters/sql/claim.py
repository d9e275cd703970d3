"""Which posts may be claimed, in which order: the statements behind a claim."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, false, or_, select

from promptpress.adapters.sql.tables import POSTS
from promptpress.model import CLAIMABLE, PostState

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Before any due time; SQLite sorts a cell that was typed empty before all times."""
_C = POSTS.c


def _claimable(state: PostState, now: datetime, only: Sequence[int]) -> list[ColumnElement[bool]]:
    found = [
        _C.state == str(state),
        _C.held == false(),  # MariaDB finds no index for IS FALSE
        or_(_C.lease_until.is_(None), _C.lease_until <= now),
    ]
    if only:
        found.append(_C.id.in_(only))
    return found


def _statements(
    dialect: str, states: Sequence[PostState], now: datetime, only: Sequence[int]
) -> Iterator[Select[Any]]:
    """Give a statement per state and kind of due time, each a walk along ix_posts_claim.

    Posts with a due time come first: somebody is waiting for them at that hour.
    """
    for state in states:
        where = _claimable(state, now, only)
        by_time = (_C.due_at, _C.priority.desc(), _C.id)
        yield select(_C.id).where(*where, _C.due_at <= now).order_by(*by_time)
        # Where the due time is NULL throughout, PostgreSQL sorts all rows unless the order names
        # it, as the index does; MariaDB sorts them all if it does.
        anytime = by_time if dialect == "postgresql" else by_time[1:]
        yield select(_C.id).where(*where, _C.due_at.is_(None)).order_by(*anytime)


def pick(
    connection: Connection,
    states: Sequence[PostState],
    now: datetime,
    limit: int,
    only: Sequence[int] = (),
    *,
    lock: bool = False,
) -> list[int]:
    """Return the ids of up to `limit` posts that may be claimed, first come first.

    With `lock`, rows that another claimer is just taking are passed over, and ours are locked.
    """
    found: list[int] = []
    for statement in _statements(connection.dialect.name, states, now, only):
        limited = statement.limit(limit - len(found))
        if lock:
            limited = limited.with_for_update(skip_locked=True)
        found += connection.execute(limited).scalars()
        if len(found) >= limit:
            break
    return found


def _overdue(since: datetime) -> Iterator[Select[Any]]:
    """Give a statement per state that finds what fell due first: a walk along ix_posts_claim."""
    for state in CLAIMABLE:
        timed = (*_claimable(state, since, ()), _C.due_at > LONG_AGO, _C.due_at <= since)
        yield select(_C.due_at).where(*timed).order_by(_C.due_at).limit(1)


def _abandoned(since: datetime) -> Select[Any]:
    """Find the leases that ended unfinished: a walk along ix_posts_owner, past posts in hand only.

    State and hold are left to who reads it: asked for here, SQLite would take the other index.
    """
    left = (_C.owner > "", _C.lease_until <= since)
    return select(_C.lease_until, _C.state, _C.held).where(*left)


def oldest(connection: Connection, since: datetime) -> datetime | None:
    """Return when the post that waits longest fell due, if that was by `since`."""
    asked = (connection.execute(statement).scalar() for statement in _overdue(since))
    found = [due_at for due_at in asked if due_at is not None]
    left = connection.execute(_abandoned(since)).all()
    found += [row.lease_until for row in left if row.state in CLAIMABLE and not row.held]
    return min(found, default=None)
