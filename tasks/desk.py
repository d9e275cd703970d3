"""One channel's desk: what it has sent, and whether it may send a post now."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from promptpress.model import AuditEvent, Post, PostState
from promptpress.slots import (
    Due,
    Missed,
    Moment,
    Sent,
    Wait,
    decide_own,
    missed_slots,
    own_instant,
    what_is_due,
)
from promptpress.wiring import services

ACTIONS = ("send", "miss", "resolve")
"""Actions of the audit that tell what became of a channel's slots."""
MADE = (PostState.PUBLISHING, PostState.READY)
"""States of posts that may go out as they are."""
SKIPS_OF = timedelta(days=2)
"""How far back slots that nobody used still take a post away with them (rule skip)."""
READY_SINCE = ("ready", "approve", "retry", "unhold", "hold", "order")
"""Actions after which a post may be sent."""


@dataclass(frozen=True)
class Chance:
    """A channel's leave to send one post now."""

    slot: str
    """What the channel's hours call the moment; "" for none of its slots."""
    fence: str = ""
    """The same for all runs that would send for the same reason; empty: nobody need keep out."""
    missed: str = ""
    """Why the post is not sent to this channel any more; empty: it is."""


@dataclass
class Past:
    """What one channel has sent, or may have, and what it has missed."""

    sent: list[Sent] = field(default_factory=list)
    latest: str = ""
    """The id of its latest event: who decides by the same past knows the same one."""


def read_past(events: Iterable[AuditEvent]) -> dict[str, Past]:
    """Return the past of each channel; a missed slot counts as used, a send in doubt too."""
    past: dict[str, Past] = {}
    under_way: dict[tuple[str, int], Sent] = {}
    doubtful: dict[tuple[str, int], Sent] = {}
    for event in events:
        own, key = past.setdefault(event.service, Past()), (event.service, event.post_id)
        own.latest = event.id
        slot = event.detail.get("slot")
        sent = Sent(event.at, slot if isinstance(slot, str) else None)
        if event.action == "miss":
            own.sent.append(sent)
        elif event.action == "send" and event.outcome == "begun":
            own.sent.append(sent)
            under_way[key] = sent
        elif event.action == "send" and event.outcome in ("not sent", "failed"):
            _drop(own.sent, under_way.pop(key, None))
        elif event.action == "send" and event.outcome == "unknown" and key in under_way:
            doubtful[key] = under_way.pop(key)
        elif event.action == "send":
            under_way.pop(key, None)
        elif event.outcome == "not sent":  # a person looked
            _drop(own.sent, doubtful.pop(key, None))
    return past


def _drop(sends: list[Sent], one: Sent | None) -> None:
    if one is not None and one in sends:
        sends.remove(one)


class Desk:
    """One channel while posts are given out: its hours and its past."""

    def __init__(self, name: str, now: datetime, past: Past) -> None:
        """Look what the channel may do now."""
        self._name, self._now = name, now
        self.hours = services().hours(name)
        self._sent, self._latest = list(past.sent), past.latest
        self._taken = 0
        self._next = what_is_due(self.hours, name, now, self._sent)
        self._skips = self._find_skips()

    def _find_skips(self) -> list[Moment]:
        """Return the slots that take a post away with them, oldest first."""
        if self.hours.missed.name != "skip" or not self.hours.slots or not self._sent:
            return []  # of a channel that has never sent, no post was waited for
        since = max(self._now - SKIPS_OF, min(sent.at for sent in self._sent))
        return missed_slots(self.hours, self._name, since, self._now, self._sent)

    def decide(self, post: Post) -> Chance | None:
        """Return the chance that a post has here now, or None when it has to wait."""
        if post.local_time:
            own = own_instant(post.local_time, post.zone, self.hours.zone)
            decision: Due | Wait | Missed
            decision = decide_own(self.hours, self._name, own, self._now, self._sent)
            if isinstance(decision, Missed) and _was_retried(post, own):
                decision = self._next  # a person wants it all the same
        elif (slot := self._skip(post)) is not None:
            return Chance(slot.key, missed=f"the slot {slot.key} went by and nobody looked")
        else:
            decision = self._next
        if isinstance(decision, Missed):
            return Chance("", missed=decision.why)
        return self._take(decision) if isinstance(decision, Due) else None

    def _skip(self, post: Post) -> Moment | None:
        """Return the slot that takes a post away with it: one at which it was ready to go."""
        if not self._skips or post.state not in MADE:
            return None
        since = _ready_since(post)
        while self._skips and self._skips[0].instant < since:
            self._skips.pop(0)
        return self._skips.pop(0) if self._skips else None

    def _take(self, due: Due) -> Chance:
        slot = due.moment.key if due.moment else ""
        limited = due.moment or self.hours.distance or self.hours.per_day
        self._sent.append(Sent(self._now, slot))
        self._next = what_is_due(self.hours, self._name, self._now, self._sent)
        self._taken += 1
        if not limited:
            return Chance("")
        # Who sends for the same reason has seen the same latest event.
        return Chance(slot, f"{self._name}\n{slot}\n{self._latest}\n{self._taken}")


def _ready_since(post: Post) -> datetime:
    """Return since when nothing but its hour kept a post."""
    moments = [event.at for event in services().queue.history(post.id) if _frees(event)]
    known = [*moments, *(at for at in (post.created_at, post.due_at) if at is not None)]
    return max(known, default=services().now())


def _was_retried(post: Post, since: datetime) -> bool:
    events = services().queue.history(post.id)
    return any(event.action == "retry" and event.at >= since for event in events)


def _frees(event: AuditEvent) -> bool:
    return event.action in READY_SINCE


def desks(names: Sequence[str], now: datetime) -> dict[str, Desk]:
    """Return the desks of these channels, as the audit tells their past."""
    chosen = services()
    back = {name: chosen.hours(name).look_back + SKIPS_OF for name in names}
    events = chosen.queue.events(now - max(back.values(), default=SKIPS_OF), ACTIONS)
    past = {
        # As far back as for this channel alone: whoever looks at others too sees the same.
        name: read_past(e for e in events if e.service == name and e.at >= now - reach)
        for name, reach in back.items()
    }
    return {name: Desk(name, now, past[name].get(name, Past())) for name in names}


def find_chance(post: Post, channel: str) -> Chance | None:
    """Return the chance of one post at one channel, decided anew; None: it has to wait."""
    chance = desks((channel,), services().now())[channel].decide(post)
    return None if chance is None or chance.missed else chance


def fence_id(chance: Chance | None) -> str:
    """Return the id of an intent that only one run can write; empty where any may.

    A spreadsheet refuses no id, and there the deployment's limit of one run holds.
    """
    if chance is None or not chance.fence or services().settings.is_sheet:
        return ""
    return hashlib.sha256(chance.fence.encode()).hexdigest()[:32]
