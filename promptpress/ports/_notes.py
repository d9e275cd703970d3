"""What is written down, and told to people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from promptpress.model import AuditEvent
from promptpress.ports._service import Service


class AuditLog(Service, Protocol):
    """An append-only book of events beside the queue's own."""

    def append(self, events: Sequence[AuditEvent]) -> None:
        """Write the events in order; one whose id is known already is left out."""

    def history(self, post_id: int) -> list[AuditEvent]:
        """Return the events of one post, oldest first."""

    def events(self, since: datetime) -> Iterator[AuditEvent]:
        """Give the events since a moment, of all posts, in the order of their writing."""

    def newest(self) -> AuditEvent | None:
        """Return the event that was written last; None where there is none."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something a person should know now."""

    title: str
    text: str
    at: datetime


class Notifier(Service, Protocol):
    """Tells a person; a failure to do so never fails a post."""

    def notify(self, notice: Notice) -> None:
        """Send the notice; raise nothing."""
