"""What may go from a queue that has grown old."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from promptpress.model import AuditEvent, Post


class Attic(Protocol):
    """Finds what finished posts need no more.

    Posts themselves stay: their keys and prompts keep the same from being ordered again.
    """

    def ended(self, before: datetime, limit: int, after: int = 0) -> list[Post]:
        """Return posts by id, those after `after` first, that still have pictures of ours.

        They are published, failed, rejected or deleted, and nothing has happened to them since
        `before`. Pictures that people brought into a store themselves are theirs.
        """

    def still_kept(self, sha256s: Sequence[str]) -> set[str]:
        """Return those of the pictures, by the hash of their content, that a post has."""

    def unfinished(self, action: str, limit: int) -> list[AuditEvent]:
        """Return the oldest events of an action begun with a post and, since, never done."""

    def old_events(
        self, before: datetime, limit: int, after: int = 0
    ) -> tuple[list[AuditEvent], int]:
        """Return events from before a moment that nothing needs, and the last post looked at.

        They are of finished posts, delivered to other audit logs, and not the last of their post,
        which tells how it ended. Looked at are `limit` posts by id, those after `after`; where
        there is none the last post is 0.
        """

    def drop_events(self, event_ids: Sequence[str]) -> None:
        """Remove events for good."""
