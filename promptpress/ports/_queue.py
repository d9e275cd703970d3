"""Where posts wait."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from promptpress.model import AuditEvent, Order, Post, PostState, Step
from promptpress.ports._keeping import Attic
from promptpress.ports._service import Service


class PromptQueue(Attic, Service, Protocol):
    """Keeps posts; hands each to one claimer at a time; forgets nothing."""

    def add(self, orders: Iterable[Order], run: str) -> list[int | None]:
        """Queue the orders, all or none; return their ids, None for one whose key is known."""

    def claim(
        self, limit: int, owner: str, states: Sequence[PostState], only: Sequence[int] = ()
    ) -> list[Post]:
        """Lease up to `limit` posts that are due to `owner`, atomically, and return them whole.

        Ordered by state as given, then due time (posts with a due time first), priority
        (highest first), age. Not claimed: held posts, posts not due, posts whose lease holds.
        A row whose cells cannot be read comes with `problems` and stops nobody else.

        Args:
            limit: how many posts at the most.
            owner: the id of this claim; every later write must carry it.
            states: states to claim from.
            only: ids to choose from; empty for all.
        """

    def renew(self, owner: str) -> int:
        """Extend every lease that `owner` still holds; return how many."""

    def record(self, step: Step) -> Post:
        """Write the step and its audit event in one transaction; return the post as it is now.

        Raises:
            LeaseLost: the post has another state or owner than the step was made from, its lease
                is over (what was paid for is written all the same), an intent meets a held post,
                or a receipt names an attempt that is not the latest. Nothing was written.
        """

    def get(self, post_id: int) -> Post | None:
        """Return one post, or None."""

    def find(
        self,
        states: Sequence[PostState] = (),
        limit: int = 50,
        after: int = 0,
        *,
        timed: bool = False,
    ) -> list[Post]:
        """Return posts by id, those after `after` first, of the states given (or any).

        With `timed` only those that name a time: a plan is found in whatever stock there is.
        """

    def count(self) -> dict[PostState, int]:
        """Return how many posts stand in each state that has any."""

    def has_work(self, states: Sequence[PostState]) -> bool:
        """Tell whether a claim would find something now; cheap."""

    def overdue(self, since: datetime) -> datetime | None:
        """Return when the post that waits longest fell due, of those nobody touched since; cheap.

        A post falls due at the due time it names, or when the lease of a run ends that died with
        it in hand. None where no post fell due by `since`: those that are held, rest, wait for a
        person or are in hand do not count, and one that names no time is stock and never late.
        """

    def history(self, post_id: int) -> list[AuditEvent]:
        """Return the events written with the steps of one post, oldest first."""

    def events(self, since: datetime, actions: Sequence[str]) -> list[AuditEvent]:
        """Return the events of these actions since a moment, of all posts, oldest first."""

    def prompts(self) -> Iterator[str]:
        """Give every prompt that was ever queued and is still known, in any order."""

    def skip_numbers(self, last: int) -> None:
        """Give no new post a number up to this one: another may have had it."""

    def undelivered(self, limit: int) -> list[AuditEvent]:
        """Return the oldest events that other audit logs have not got yet."""

    def mark_delivered(self, event_ids: Sequence[str]) -> None:
        """Note that every other audit log has these events."""


@runtime_checkable
class CopiedQueue(PromptQueue, Protocol):
    """A queue that can be copied as a whole."""

    def back_up(self, file: Path) -> None:
        """Copy the whole queue into a file, checked, while runs work.

        Raises:
            SetupError: it cannot be; the message says what can.
        """
