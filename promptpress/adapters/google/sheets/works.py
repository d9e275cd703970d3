"""What somebody wants done to the sheet: planned over what is known of it, then judged.

A work may be planned again: when the sheet was not as it was thought to be, or when a row has
changed between our look and our write.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from zlib import crc32

from promptpress import fence, steps
from promptpress.adapters.google.sheets.book import Book, Row
from promptpress.adapters.google.sheets.changes import Change
from promptpress.adapters.google.sheets.data import keep
from promptpress.errors import LeaseLost, PromptpressError, TransientError
from promptpress.model import AuditEvent, Post, PostState, Stamp, Step

NewId = Callable[[], str]
ERA = datetime(2026, 1, 1, tzinfo=UTC)
PER_MINUTE = 10**8
"""Numbers for posts per minute: runs that give numbers in the same minute begin anywhere in these.

So many that two of them, with a hundred posts each, meet once in some 500,000 such minutes; and few
enough that a cell, which holds a double, keeps every digit for 170 years.
"""


class Numbers:
    """Gives numbers for new posts: growing, and not those that another process gives."""

    def __init__(self, new_id: NewId) -> None:
        """Keep the source of chance."""
        self._new_id = new_id
        self._last = 0

    def new(self, now: datetime) -> int:
        """Return the next number."""
        begin = int((now - ERA).total_seconds()) // 60 * PER_MINUTE
        if self._last < begin:
            self._last = begin + crc32(self._new_id().encode()) % PER_MINUTE
        else:
            self._last += 1
        return self._last


def new_event(event_id: str, at: datetime, run: str, post_id: int, action: str) -> AuditEvent:
    """Return the event of something done to a post that is no step of its way."""
    return AuditEvent(id=event_id, at=at, run=run, post_id=post_id, action=action, outcome="done")


class Work(ABC):
    """Something to be done to the sheet."""

    repeatable = True
    """False when it adds rows: it must not be written again while the first may still come."""

    def __init__(self, new_id: NewId) -> None:
        """Keep the source of ids."""
        self.new_id = new_id
        self.error: PromptpressError | None = None
        """Why it could not be done, once that is known."""

    @abstractmethod
    def plan(self, book: Book, now: datetime) -> list[Change]:
        """Return what is to change in the book; LeaseLost where it may not."""

    def is_content(self, plan: Sequence[Change]) -> bool:  # noqa: ARG002  some kinds look at it
        """Tell whether a plan made over an old look is good enough to be tried."""
        return True

    @abstractmethod
    def judge(self, plan: Sequence[Change], came_true: Sequence[bool], book: Book) -> bool:
        """Take note of what came true; False to be planned again over the book as it is now."""

    def change(
        self, row: Row, post: Post, *events: AuditEvent, ends: bool = False, held: bool = False
    ) -> Change:
        """Return the change that leaves a row with this post."""
        known = row.kept.events if row.kept else ()
        ids = (*known, *(event.id for event in events))
        kept = keep(post, row.typed, version=self.new_id(), held=held, events=ids)
        return Change(post=post, kept=kept, row=row, events=events, ends=ends)


class Recording(Work):
    """Steps of one post, written together."""

    def __init__(self, new_id: NewId, steps_: Sequence[Step]) -> None:
        """Keep the steps, each made from the post as the one before leaves it."""
        super().__init__(new_id)
        self.post: Post | None = None
        self._steps = list(steps_)
        self._is_told = False
        self._refusal: LeaseLost | None = None
        self._at = ERA

    @property
    def last(self) -> Step:
        """The latest of the steps."""
        return self._steps[-1]

    def plan(self, book: Book, now: datetime) -> list[Change]:
        """Return the row with all steps applied; nothing when it has them already."""
        self._at = now
        row = book.by_id.get(self.last.post.id)
        if row is None or row.kept is None:
            raise LeaseLost(f"post {self.last.post.id} is gone", "queue")
        self.post, held = row.post(), row.kept.held
        fresh = [step for step in self._steps if step.event.id not in row.kept.events]
        for step in fresh:
            fence.check_step(step, self.post, now)
            self.post = fence.apply_step(step, self.post)
            held = bool(step.changes.get("held", held))
        if not fresh:
            return []
        events = [step.event for step in fresh]
        ends = self.post.state is PostState.PUBLISHED and not self._is_told
        return [self.change(row, self.post, *events, ends=ends, held=held)]

    def plan_without_row(self) -> list[Change]:
        """Return what is told of a post whose row somebody deleted: a receipt is a fact."""
        step = self.last
        self.post = fence.apply_step(step, step.post)
        events = (step.event.id,)
        kept = keep(self.post, {}, version=self.new_id(), held=False, events=events)
        ends = self.post.state is PostState.PUBLISHED
        return [Change(post=self.post, kept=kept, events=(step.event,), ends=ends)]

    def judge(self, plan: Sequence[Change], came_true: Sequence[bool], book: Book) -> bool:
        """Take the post as it is now, with what people typed meanwhile."""
        if not plan:
            return True
        self._is_told = True
        if not came_true[0]:
            return False
        row = book.by_id.get(plan[0].post.id)
        if row and row.kept and row.kept.version == plan[0].kept.version:
            self.post = row.post()
        if self._refusal is not None:
            self.error = self._refusal
        elif self.last.is_intent and self.post and self.post.held:
            return self._take_back(self.post)
        return True

    def _take_back(self, post: Post) -> bool:
        """Undo an intent that met a hold typed a moment before: nothing was sent yet."""
        message = f"post {post.id} is held by a person: it is left as it is"
        self._refusal = LeaseLost(message, "queue")
        stamp = Stamp(id=self.new_id(), at=self._at, run=self.last.event.run)
        channel = self.last.publications[0].channel
        self._steps = [steps.not_sent(post, stamp, channel, TransientError("it is held", channel))]
        return False


class Renewing(Work):
    """Later ends for all leases of one owner."""

    def __init__(self, new_id: NewId, owner: str, lease: timedelta) -> None:
        """Keep whose leases, and for how long."""
        super().__init__(new_id)
        self.count = 0
        self._owner = owner
        self._lease = lease

    def plan(self, book: Book, now: datetime) -> list[Change]:
        """Return the rows of the owner whose lease is not over yet."""
        found: list[Change] = []
        for row in book.by_id.values():
            kept = row.kept
            mine = kept and kept.owner == self._owner
            if mine and kept and kept.lease_until and kept.lease_until > now:
                post = replace(row.post(), lease_until=now + self._lease)
                found.append(self.change(row, post, held=kept.held))
        return found

    def judge(self, plan: Sequence[Change], came_true: Sequence[bool], book: Book) -> bool:  # noqa: ARG002  all are called alike
        """Count them; a row that has changed meanwhile is looked at again."""
        self.count = sum(came_true)
        return all(came_true)


class Naming(Work):
    """Numbers for rows that have none yet, so that they can be spoken of."""

    def __init__(
        self, new_id: NewId, numbers: Numbers, rows: Callable[[Book], Iterable[Row]], limit: int
    ) -> None:
        """Keep which rows of a book are meant, and how many at the most."""
        super().__init__(new_id)
        self._numbers = numbers
        self._rows = rows
        self._limit = limit

    def plan(self, book: Book, now: datetime) -> list[Change]:
        """Return the topmost of them as queued posts."""
        return [
            self.change(row, replace(row.post(self._numbers.new(now)), created_at=now))
            for row in islice(self._rows(book), self._limit)
        ]

    def judge(self, plan: Sequence[Change], came_true: Sequence[bool], book: Book) -> bool:  # noqa: ARG002  all are called alike
        """Be content: what was lost to another has its number by now."""
        return True
