"""What may go from a sheet that has grown old: pictures, but no events.

The events of a sheet are what its orders are known by when they come again.
"""

from collections.abc import Sequence
from datetime import datetime

from promptpress.adapters.google.sheets.commits import Commits
from promptpress.adapters.google.sheets.ledger import Ledger
from promptpress.model import FINISHED, AuditEvent, Post

THEIRS = "library"
"""The generator of pictures that people brought into a store themselves."""


class Attic:
    """The queue's part of retention; a row that is removed is nobody's any more."""

    _commits: Commits
    _ledger: Ledger

    def ended(self, before: datetime, limit: int, after: int = 0) -> list[Post]:
        """Return posts by id, those after `after` first, that still have pictures of ours."""
        posts = (
            row.post()
            for number, row in sorted(self._commits.look().by_id.items())
            if number > after
        )
        wanted = [p for p in posts if p.state in FINISHED and p.media and p.generator != THEIRS]
        if not wanted:
            return []
        fresh = {event.post_id for event in self._ledger.events() if event.at >= before}
        return [post for post in wanted if post.id not in fresh][:limit]

    def still_kept(self, sha256s: Sequence[str]) -> set[str]:
        """Return those of the pictures, by the hash of their content, that a post has."""
        posts = (row.post() for row in self._commits.look().by_id.values())
        return {item.sha256 for post in posts for item in post.media} & set(sha256s)

    def unfinished(self, action: str, limit: int) -> list[AuditEvent]:
        """Return the oldest events of an action begun with a post and, since, never done."""
        there = self._commits.look().by_id
        begun: dict[int, AuditEvent] = {}
        for event in self._ledger.events():
            if event.action == action and event.outcome == "begun":
                begun[event.post_id] = event
            elif event.action == action and event.outcome == "done":
                begun.pop(event.post_id, None)
        return [event for event in begun.values() if event.post_id in there][:limit]

    def old_events(
        self,
        before: datetime,  # noqa: ARG002  the port's: a sheet keeps them all
        limit: int,  # noqa: ARG002  as above
        after: int = 0,  # noqa: ARG002  as above
    ) -> tuple[list[AuditEvent], int]:
        """Return none."""
        return [], 0

    def drop_events(self, event_ids: Sequence[str]) -> None:
        """Do nothing."""
