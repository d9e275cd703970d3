"""Claims: which rows are free, in which order, and how a run takes them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from promptpress.adapters.google.sheets.book import Book, Row
from promptpress.adapters.google.sheets.changes import Change
from promptpress.adapters.google.sheets.works import NewId, Numbers, Work, new_event
from promptpress.model import CLAIMABLE, Post, PostState


def claimable(
    book: Book, states: Sequence[PostState], now: datetime, only: Sequence[int]
) -> list[Row]:
    """Return the rows that may be claimed, first come first; age is the place in the sheet."""
    far = datetime.max.replace(tzinfo=UTC)
    found: list[tuple[tuple[int, datetime, int, int], Row]] = []
    for row in book.rows:
        if row.kept is None and (not row.is_new or only):
            continue
        post = row.post()
        is_free = post.lease_until is None or post.lease_until <= now
        is_due = post.due_at is None or post.due_at <= now
        if post.state not in states or post.held or not is_free or not is_due:
            continue
        if not only or post.id in only:
            place = (states.index(post.state), post.due_at or far, -post.priority, row.index)
            found.append((place, row))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def fell_due(book: Book, since: datetime) -> list[datetime]:
    """Return when the rows fell due that could have been claimed ever since a moment."""
    posts = [row.post() for row in claimable(book, CLAIMABLE, since, ())]
    due = [post.due_at for post in posts if post.due_at is not None]
    left = [post.lease_until for post in posts if post.owner and post.lease_until is not None]
    return due + left


class Claiming(Work):
    """A claim: of rows that are free, as many as are wanted."""

    def __init__(
        self,
        new_id: NewId,
        numbers: Numbers,
        *,
        limit: int,
        owner: str,
        lease: timedelta,
        states: Sequence[PostState],
        only: Sequence[int],
        trusts: bool,
    ) -> None:
        """Keep what is wanted.

        Args:
            new_id: makes ids.
            numbers: for rows that have none yet.
            limit: posts at the most.
            owner: who claims.
            lease: for how long.
            states: states to claim from, in order.
            only: numbers to choose from; empty for all.
            trusts: whether somebody has looked at the sheet only just now.
        """
        super().__init__(new_id)
        self.posts: list[Post] = []
        self._numbers = numbers
        self._limit = limit
        self._owner = owner
        self._lease = lease
        self._states = states
        self._only = only
        self._trusts = trusts

    def plan(self, book: Book, now: datetime) -> list[Change]:
        """Return the rows to claim, each with its new owner."""
        rows = claimable(book, self._states, now, self._only)
        return [self._claim(row, now) for row in rows[: self._limit - len(self.posts)]]

    def _claim(self, row: Row, now: datetime) -> Change:
        post = row.post() if row.kept else row.post(self._numbers.new(now))
        held = row.kept.held if row.kept else False
        post = replace(
            post,
            owner=self._owner,
            lease_until=now + self._lease,
            created_at=post.created_at or now,
        )
        event = new_event(self.new_id(), now, self._owner, post.id, "claim")
        return self.change(row, post, event, held=held)

    def is_content(self, plan: Sequence[Change]) -> bool:
        """Look again where nothing was found, or where nobody has looked lately."""
        return self._trusts and bool(plan)

    def judge(self, plan: Sequence[Change], came_true: Sequence[bool], book: Book) -> bool:
        """Take what we got; where another was faster, try for others."""
        for change, mine in zip(plan, came_true, strict=True):
            row = book.by_id.get(change.post.id)
            if mine and row and row.kept and row.kept.version == change.kept.version:
                self.posts.append(row.post())
        return all(came_true) or len(self.posts) >= self._limit
