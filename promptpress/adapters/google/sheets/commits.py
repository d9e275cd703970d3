"""Writing to the sheet: one call for all that waits, and the truth where an answer is lost.

What one process wants done is gathered and sent in one batch. Where a row was changed by somebody
else between our look and our write, its swap finds nothing: that work is planned again over the
sheet as it is then. An answer that is lost is settled by looking, never by sending again blindly.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from zlib import crc32

from promptpress.adapters.google.sheets.book import Book
from promptpress.adapters.google.sheets.changes import Batch, Change, finished
from promptpress.adapters.google.sheets.events import WAITING, read_events, withdrawn
from promptpress.adapters.google.sheets.gathering import Gathering
from promptpress.adapters.google.sheets.headings import AUDIT, DATA, PROCESS
from promptpress.adapters.google.sheets.layout import Layout, complete
from promptpress.adapters.google.sheets.spreadsheet import Spreadsheet
from promptpress.adapters.google.sheets.words import ENDED
from promptpress.adapters.google.sheets.works import NewId, Recording, Work
from promptpress.adapters.google.sheets.writes import swap
from promptpress.errors import (
    LeaseLost,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from promptpress.model import AuditEvent

ROUNDS = 30
"""Times that a work is planned again at the most: each means that somebody else was faster."""
SWEEPS = 2
"""Times that a row which somebody moved meanwhile is looked for again, to remove it."""
PAUSES = (1.0, 4.0, 10.0)
"""Seconds between looks and writes while the service does not answer as it should."""
Plans = list[tuple[Work, list[Change]]]


class Commits:
    """Carries out works, many at a time."""

    def __init__(
        self,
        spreadsheet: Spreadsheet,
        *,
        clock: Callable[[], datetime],
        new_id: NewId,
        keeps: bool,
        relays: bool,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Keep what is needed.

        Args:
            spreadsheet: where everything is.
            clock: gives the time, aware and in UTC.
            new_id: makes ids that nobody else makes.
            keeps: whether rows of finished posts stay.
            relays: whether other audit logs are to get the events too.
            sleep: waits some seconds.
        """
        self._spreadsheet = spreadsheet
        self._clock = clock
        self._new_id = new_id
        self._keeps = keeps
        self._relays = relays
        self._sleep = sleep
        self._withdrawn: list[AuditEvent] = []
        self._refusals = 0
        self._losses = 0
        self.book: Book | None = None
        """The sheet as it was when we last heard of it."""
        self.in_hand: set[int] = set()
        """Posts on their way just now: their next steps may be written together."""
        self._gathering: Gathering[Work] = Gathering(
            self._carry_out, expected=lambda: len(self.in_hand)
        )

    def submit(self, work: Work) -> None:
        """Return once the work is done, or its `error` says why not."""
        self._gathering.submit(work)

    def look(self) -> Book:
        """Return the sheet as it is now, after a while if the service asks for one."""
        return self._patiently(self._spreadsheet.look)

    def _patiently(self, call: Callable[[], Book]) -> Book:
        for pause in PAUSES:
            try:
                return call()
            except RateLimited as error:
                self._sleep(error.retry_after or 60)
            except TransientError:
                self._sleep(pause)
        return call()

    def events(self) -> list[AuditEvent]:
        """Return all events of the tab Audit."""
        return read_events(self.audit_rows())

    def audit_rows(self) -> list[list[str]]:
        """Return the texts of the tab Audit; none where it is not there yet."""
        book = self.book or self.look()
        tab = book.tabs.get(AUDIT)
        return self._spreadsheet.values(tab.title) if tab else []

    def _carry_out(self, works: Sequence[Work]) -> None:
        left = list(works)
        fresh = False
        try:
            for _ in range(ROUNDS):
                left, fresh = self._round(left, fresh=fresh)
                if not left and not self._withdrawn:
                    self._sweep()
                    return
            error: PromptpressError = TransientError("others change the sheet just now", "queue")
        except PromptpressError as caught:
            error = caught
        for work in left:
            work.error = work.error or error

    def leaves_finished(self, book: Book) -> bool:
        """Tell whether rows of finished posts still stand there: somebody moved them meanwhile."""
        return bool(finished(book, keeps=self._keeps))

    def _sweep(self) -> None:
        """Remove what somebody moved just as it was to go; what stays, a later run takes."""
        for _ in range(SWEEPS):
            if self.book is None or not self.leaves_finished(self.book):
                return
            self._round([], fresh=True)

    def _round(self, works: list[Work], *, fresh: bool) -> tuple[list[Work], bool]:
        """Plan and write once; return what must be planned again, and whether `book` is fresh."""
        if self.book is None or not works:
            self.book, fresh = self.book or self.look(), fresh or self.book is None
        now = self._clock()
        plans: Plans = []
        for work in works:
            plan = self._plan(work, self.book, now, fresh=fresh)
            if plan is None:
                self.book = self.look()
                return works, True
            if work.error is None:
                plans.append((work, plan))
        return self._write(plans, self.book, now, fresh=fresh)

    def _plan(self, work: Work, book: Book, now: datetime, *, fresh: bool) -> list[Change] | None:
        """Return what a work changes; None where somebody should look at the sheet first."""
        try:
            plan = work.plan(book, now)
            for change in plan:
                change.require_room()
        except LeaseLost as error:
            return self._refuse(work, error) if fresh else None
        except PromptpressError as error:
            work.error = error
            return []
        return plan if fresh or work.is_content(plan) else None

    def _refuse(self, work: Work, error: LeaseLost) -> list[Change]:
        """Note why a step may not be written, unless it is there already, or a fact."""
        if isinstance(work, Recording):
            step = work.last
            untrue = {event.detail.get("event") for event in self._withdrawn}
            told = {event.id for event in self.events()} - untrue
            is_written = step.event.id in told
            gone = self.book is not None and step.post.id not in self.book.by_id
            if is_written:
                work.post = work.post or step.post
                return []
            if gone and step.is_receipt:
                return work.plan_without_row()
        work.error = error
        return []

    def _write(
        self, plans: Plans, book: Book, now: datetime, *, fresh: bool
    ) -> tuple[list[Work], bool]:
        changes = [change for _, plan in plans for change in plan]
        if not (changes or self._withdrawn or self.leaves_finished(book)):
            return [work for work, plan in plans if not work.judge(plan, (), book)], fresh
        layout = complete(book, self._new_number)
        batch = Batch(layout, book, keeps=self._keeps, relays=self._relays)
        batch.add(changes, self._withdrawn, now)
        came_true = self._send(batch, layout, plans)
        if came_true is None:
            return [work for work, _ in plans], True
        self._withdrawn = [
            withdrawn(event, self._new_id())
            for change, is_true in zip(changes, came_true, strict=True)
            if not is_true
            for event in change.events
        ]
        left: list[Work] = []
        for work, plan in plans:
            mine, came_true = came_true[: len(plan)], came_true[len(plan) :]
            if not work.judge(plan, mine, self.book or book):
                left.append(work)
        return left, True

    def _new_number(self) -> int:
        return crc32(self._new_id().encode()) % (2**31 - 2) + 1

    def _send(self, batch: Batch, layout: Layout, plans: Plans) -> list[bool] | None:
        """Send the batch; return what came true, or None where nothing is written."""
        for pause in (*PAUSES, None):
            try:
                written = self._spreadsheet.write(batch.requests, layout.adds)
            except OutcomeUnknown:
                return self._find_out(plans)
            except PermanentError as error:
                self._look_again(error)
                return None
            except TransientError as error:
                if pause is None:
                    raise
                self._sleep(max(pause, error.retry_after or 0))
            else:
                self.book, self._refusals, self._losses = written.book, 0, 0
                return batch.judge(written.replies)
        return None

    def _look_again(self, error: PermanentError) -> None:
        """Look at a sheet that has another shape than we thought: a tab renamed, rows gone."""
        self._refusals += 1
        if self._refusals > 2:
            raise SetupError(f"the spreadsheet refuses our rows: {error.message}", "queue")
        self.book = self._patiently(self._spreadsheet.look_anew)

    def _find_out(self, plans: Plans) -> list[bool] | None:
        """Look whether a batch whose answer was lost has been applied: whole, or not at all."""
        changes = [change for _, plan in plans for change in plan]
        ids = {event.id for change in changes for event in change.events}
        ids |= {event.id for event in self._withdrawn}
        for pause in PAUSES:
            book = self.book = self.look()
            texts = {row.ours[DATA] for row in book.rows}
            is_told = any(
                cell.removesuffix(WAITING) in ids for r in self.audit_rows() for cell in r
            )
            if is_told or any(change.data in texts for change in changes):
                return [self._is_true(change, book) for change in changes]
            if all(work.repeatable for work, _ in plans):
                self._lose()
                return None
            self._sleep(pause)
        message = (
            "it is not known whether the rows were added: look into the sheet before you repeat"
        )
        raise OutcomeUnknown(message, "queue")

    def _lose(self) -> None:
        """Wait a while after a batch that was lost on its way; give up when that goes on."""
        if self._losses >= len(PAUSES):
            self._losses = 0
            message = "Google does not take what we write: it is tried again later"
            raise TransientError(message, "queue")
        self._sleep(PAUSES[self._losses])
        self._losses += 1

    def _is_true(self, change: Change, book: Book) -> bool:
        row = book.by_id.get(change.post.id)
        if change.row is None:
            return True
        if row is None or row.kept is None:
            return change.post.state in ENDED and not self._keeps
        return row.kept.version == change.kept.version

    def prepare(self) -> Book:
        """Add what the spreadsheet lacks, and find out whether we may write to it at all.

        Raises:
            SetupError: we may not, or its headings are wrong.
            TransientError: the service does not answer.
        """
        book = self.look()
        layout = complete(book, self._new_number)
        requests = list(layout.requests)
        if not requests and self._spreadsheet.may_write is None:
            nothing = f"promptpress {self._new_id()}"  # a text that stands nowhere
            requests = [swap(layout.tabs[PROCESS].id, nothing, nothing)]
        if requests:
            try:
                book = self._spreadsheet.write(requests, layout.adds).book
            except (OutcomeUnknown, PermanentError):
                # Another run has added the same just now, or the answer was lost.
                book = self._patiently(self._spreadsheet.look_anew)
        self._spreadsheet.may_write = True
        return book
