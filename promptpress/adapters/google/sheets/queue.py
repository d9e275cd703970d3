"""The queue in a spreadsheet: the tab Process, worked off while people edit it."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from promptpress.adapters._clock import SharedClock
from promptpress.adapters.google.sheets.adds import Adding
from promptpress.adapters.google.sheets.answers import answer_in, decide
from promptpress.adapters.google.sheets.attic import Attic
from promptpress.adapters.google.sheets.book import Book
from promptpress.adapters.google.sheets.claims import Claiming, claimable, fell_due
from promptpress.adapters.google.sheets.commits import Commits
from promptpress.adapters.google.sheets.later import Later, applied
from promptpress.adapters.google.sheets.ledger import Ledger
from promptpress.adapters.google.sheets.spreadsheet import Spreadsheet
from promptpress.adapters.google.sheets.works import (
    Naming,
    NewId,
    Numbers,
    Recording,
    Renewing,
    Work,
)
from promptpress.errors import LeaseLost, TransientError
from promptpress.model import AuditEvent, Order, Post, PostState, Stamp, Step
from promptpress.wording import keepable_step

logger = logging.getLogger("promptpress")
BY_HAND = "a person, in the sheet"
"""How the audit calls who answers in the status column."""


class SheetsQueue(Attic):
    """Posts in the rows of a Google Sheet."""

    def __init__(
        self,
        spreadsheet: Spreadsheet,
        *,
        lease: timedelta,
        clock: Callable[[], datetime],
        new_id: NewId,
        keeps: bool = False,
        relays: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Keep what is needed; ask nothing before first use.

        Args:
            spreadsheet: where the posts are.
            lease: how long a claim lives without a sign of life.
            clock: gives the time, aware and in UTC.
            new_id: makes ids that nobody else makes.
            keeps: whether rows of finished posts stay in the tab Process.
            relays: True when other audit logs are to get the events too.
            sleep: waits some seconds.
        """
        self._spreadsheet = spreadsheet
        self._lease = lease
        self._clock = SharedClock(clock, lambda: spreadsheet.ahead, "Google's")
        self._new_id = new_id
        self._numbers = Numbers(new_id)
        self._commits = Commits(
            spreadsheet, clock=self._clock, new_id=new_id, keeps=keeps, relays=relays, sleep=sleep
        )
        self._ledger = Ledger(spreadsheet, self._commits)
        self._later = Later()
        self._looked: Book | None = None
        """What was seen when somebody asked whether there is work: a claim need not look again."""

    @property
    def name(self) -> str:
        """The name in messages."""
        return "queue"

    def check(self) -> None:
        """Add the tabs and columns that are lacking, and find out whether we may write.

        Raises:
            SetupError: we may not, or this machine's clock is wrong.
        """
        if self._looked is None or not self._spreadsheet.may_write:
            self._looked = self._commits.book = self._commits.prepare()
        for row in self._commits.book.rows if self._commits.book else ():
            if row.is_unreadable:
                logger.warning(
                    "row %s of the sheet cannot be read: its cells of ours were changed; empty all "
                    "three to order its prompt anew",
                    row.index + 1,
                )
        self._clock.require_agreement()

    def close(self) -> None:
        """Keep nothing open: every call has a connection of its own."""

    def add(self, orders: Iterable[Order], run: str) -> list[int | None]:
        """Queue the orders, all or none; return their ids, None for one whose key is known.

        Raises:
            OutcomeUnknown: the answer was lost and no row is to be seen.
        """
        self._write_later()
        wanted = list(orders)
        known: set[str] = set()
        if any(order.key for order in wanted):
            known = {str(event.detail.get("key", "")) for event in self._ledger.events()}
        work = Adding(self._new_id, self._numbers, wanted, run, known)
        if wanted:
            self._do(work)
        return work.ids

    def claim(
        self, limit: int, owner: str, states: Sequence[PostState], only: Sequence[int] = ()
    ) -> list[Post]:
        """Lease up to `limit` posts that are due to `owner`, atomically, and return them whole."""
        self._write_later()
        trusts = self._looked is not None and self._looked is self._commits.book
        self._looked = None
        if self._answer(trusts=trusts):
            trusts = True
        work = Claiming(
            self._new_id,
            self._numbers,
            limit=limit,
            owner=owner,
            lease=self._lease,
            states=states,
            only=only,
            trusts=trusts,
        )
        if limit > 0:
            self._do(work)
        return work.posts

    def _answer(self, *, trusts: bool) -> bool:
        """Carry out what people wrote over a status: approved, retry, sent, ..."""
        book = self._commits.book
        if book is None or not trusts:
            return False
        asked = [row for row in book.by_id.values() if answer_in(row)]
        for row in asked:
            stamps = [self._stamp() for _ in range(len(row.post().publications) + 1)]
            chain = decide(row, stamps)
            try:
                if chain:
                    self._do(Recording(self._new_id, chain))
            except LeaseLost as error:
                logger.warning("row %s: %s", row.index + 1, error)
        return bool(asked)

    def _stamp(self) -> Stamp:
        return Stamp(id=self._new_id(), at=self._clock(), run=BY_HAND)

    def renew(self, owner: str) -> int:
        """Extend every lease that `owner` still holds; return how many."""
        work = Renewing(self._new_id, owner, self._lease)
        self._do(work)
        return work.count

    def record(self, step: Step) -> Post:
        """Write the step and its event in one call, with those of other posts that wait."""
        step = replace(keepable_step(step), not_before=self._clock.shared(step.not_before))
        chain = [*self._later.take(step.post.id), step]
        try:
            if step.event.action == "ready" and (post := self._try_later(chain)):
                return post
            return self._record(chain)
        except TransientError:
            # Nothing was written: what was kept for later is still to be written.
            self._later.keep(chain[:-1])
            raise
        finally:
            self._later.done(step.post.id)

    def _try_later(self, chain: list[Step]) -> Post | None:
        """Keep steps that nobody depends on for the next write; None where that is not sure."""
        book = self._commits.book
        row = book.by_id.get(chain[-1].post.id) if book else None
        post = applied(chain, row.post(), self._clock()) if row else None
        if post is not None:
            self._later.keep(chain)
        return post

    def _record(self, chain: list[Step]) -> Post:
        work = Recording(self._new_id, chain)
        step = chain[-1]
        in_hand = self._commits.in_hand
        if step.owner:
            in_hand.add(step.post.id)
        try:
            self._do(work)
        finally:
            if work.error or work.post is None or not work.post.owner:
                in_hand.discard(step.post.id)
        if work.post is None:
            raise TransientError("the sheet was not written: it is tried again", "queue")
        return work.post

    def _write_later(self) -> None:
        """Write what was kept for a later write, before anybody else looks."""
        for post_id in self._later.posts():
            chain = self._later.take(post_id)
            try:
                if chain:
                    self._record(chain)
            except LeaseLost as error:
                logger.warning("post %s: %s", post_id, error)
            except TransientError:
                self._later.keep(chain)
                raise
            finally:
                self._later.done(post_id)

    def _do(self, work: Work) -> None:
        self._commits.submit(work)
        if work.error is not None:
            raise work.error

    def _look(self) -> Book:
        self._write_later()
        return self._commits.look()

    def get(self, post_id: int) -> Post | None:
        """Return one post, or None."""
        row = self._commits.look().by_id.get(post_id)
        if row is None:
            return None
        post = row.post()
        # A step that is written with the next one counts as written.
        return applied(self._later.peek(post_id), post, self._clock()) or post

    def find(
        self,
        states: Sequence[PostState] = (),
        limit: int = 50,
        after: int = 0,
        *,
        timed: bool = False,
    ) -> list[Post]:
        """Return posts by id after `after`, of these states (or any), with a time if `timed`."""
        book = self._look()
        self._commits.book = book  # what is named is what was just seen
        meant = Book.timed_rows if timed else Book.new_rows
        if any(meant(book)) and (not states or PostState.QUEUED in states):
            self._do(Naming(self._new_id, self._numbers, meant, limit))
            book = self._commits.book
        rows = (row for number, row in sorted(book.by_id.items()) if number > after)
        found = (row.post() for row in rows if not timed or row.names_time)
        return [post for post in found if not states or post.state in states][:limit]

    def count(self) -> dict[PostState, int]:
        """Return how many posts stand in each state that has any."""
        book = self._look()
        states = Counter(row.kept.state for row in book.by_id.values() if row.kept)
        states[PostState.QUEUED] += sum(1 for _ in book.new_rows())
        return {state: number for state, number in states.items() if number}

    def has_work(self, states: Sequence[PostState]) -> bool:
        """Tell whether a claim would find something now."""
        self._write_later()
        self._looked = self._commits.book = book = self._commits.look()
        answers = any(answer_in(row) for row in book.by_id.values())
        left = self._commits.leaves_finished(book)
        return answers or left or bool(claimable(book, states, self._clock(), ()))

    def overdue(self, since: datetime) -> datetime | None:
        """Return when the post that waits longest fell due, of those nobody touched since."""
        return min(fell_due(self._look(), since), default=None)

    def history(self, post_id: int) -> list[AuditEvent]:
        """Return the events written with the steps of one post, oldest first."""
        self._write_later()
        return [event for event in self._ledger.events() if event.post_id == post_id]

    def events(self, since: datetime, actions: Sequence[str]) -> list[AuditEvent]:
        """Return the events of these actions since a moment, of all posts, oldest first."""
        self._write_later()
        wanted = (event for event in self._ledger.events() if event.action in actions)
        return [event for event in wanted if event.at >= since]

    def prompts(self) -> Iterator[str]:
        """Give every prompt of the tabs Process and Done."""
        return self._ledger.prompts()

    def skip_numbers(self, last: int) -> None:
        """Do nothing: a sheet's numbers grow with the time, none comes again."""

    def undelivered(self, limit: int) -> list[AuditEvent]:
        """Return the oldest events that other audit logs have not got yet."""
        self._write_later()
        return self._ledger.undelivered(limit)

    def mark_delivered(self, event_ids: Sequence[str]) -> None:
        """Note that every other audit log has these events."""
        self._ledger.mark_delivered(event_ids)
