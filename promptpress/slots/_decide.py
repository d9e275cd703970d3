"""May a channel send now, and if not, when? See the table in this package's docstring."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, pairwise, takewhile

from promptpress.slots._moments import Moment, moments_from
from promptpress.slots._timetable import Hours
from promptpress.slots._zones import in_utc, next_day

GRACE = timedelta(minutes=10)
"""How long after its moment a slot is on time: schedulers look only every few minutes."""
SKEW = timedelta(minutes=1)
"""How far the clock that dated a send may be behind ours."""


@dataclass(frozen=True)
class Sent:
    """A send of a channel that took place, or may have: in flight and in doubt count too."""

    at: datetime
    """When it was begun or done, by our own clock, in UTC."""
    slot: str | None = None
    """The key of the moment it was for; "": for none, a person or a post's own time asked for it;
    None: nobody wrote it down, the hour tells."""


@dataclass(frozen=True)
class Due:
    """The channel may send one post now."""

    moment: Moment | None
    """The slot that it uses: write its key down with the send, under a unique key, before the
    send; who comes second there looks again. None: it needs no slot."""


@dataclass(frozen=True)
class Wait:
    """The channel may not send now."""

    until: datetime
    """The earliest instant at which it may, in UTC, if nothing is sent before."""
    why: str
    """What it waits for, for a person to read."""


@dataclass(frozen=True)
class Missed:
    """A post's own time is over, and the rule says that it is not to be sent any more."""

    why: str


@dataclass(frozen=True)
class _Chance:
    """A moment, and until when its slot is open."""

    moment: Moment
    until: datetime


class _Past:
    """What was sent, and what room it leaves."""

    def __init__(self, hours: Hours, history: Iterable[Sent]) -> None:
        self._hours = hours
        self._distance = timedelta(minutes=hours.distance)
        self.sent = [Sent(in_utc(sent.at), sent.slot) for sent in history]
        self._times = sorted(sent.at for sent in self.sent)
        self._days = Counter(at.astimezone(hours.tz).date() for at in self._times)

    def keep_distance(self, at: datetime) -> datetime:
        """Return the first instant from `at` on with no send nearer than the distance.

        Sends that are yet to come count too: they are posts with an own time.
        """
        while True:
            place = bisect_left(self._times, at + self._distance)
            if not place or at - self._times[place - 1] >= self._distance:
                return at
            at = self._times[place - 1] + self._distance

    def find_room(self, at: datetime) -> tuple[datetime, str]:
        """Return the first instant from `at` on that distance and cap allow, and which held up."""
        why = ""
        while True:
            apart = self.keep_distance(at)
            if apart > at:
                at, why = apart, f"its posts keep {self._hours.distance} minutes apart"
            day = at.astimezone(self._hours.tz).date()
            if self._hours.per_day is None or self._days[day] < self._hours.per_day:
                return at, why
            at = next_day(at, self._hours.tz)
            why = f"it has sent its {self._hours.per_day} posts of the day"

    def end_hold(self, own: datetime) -> datetime:
        """Return until when the distance to sends before it held up a post due at `own`."""
        for at in self._times:
            if own - self._distance < at <= own:
                own = at + self._distance
        return own


def what_is_due(
    hours: Hours, channel: str, now: datetime, history: Iterable[Sent], grace: timedelta = GRACE
) -> Due | Wait:
    """Tell whether the channel may send the next post now, and if not, when.

    Args:
        hours: the channel's timetable.
        channel: its name.
        now: the instant, in UTC.
        history: sends of the channel since `now - hours.look_back` at the least, in any order;
            with posts that have an own time yet to come, slots keep their distance from those.
        grace: how long after its moment a slot is on time, less than a day.
    """
    now, past = in_utc(now), _Past(hours, history)
    room, why = past.find_room(now)
    if not hours.slots:
        return Due(None) if room == now else Wait(room, why)
    near, later = _chances_about(hours, channel, now, grace)
    used = _find_used(near, past.sent)
    free = [chance for chance in near if chance.moment.key not in used]
    open_now = [chance for chance in free if chance.moment.instant <= now < chance.until]
    if open_now and room == now:
        # The latest, because a send whose slot nobody wrote down is taken for the latest.
        return Due(open_now[-1].moment)
    return _find_next(chain(free, later), past, now)


def _find_next(chances: Iterable[_Chance], past: _Past, now: datetime) -> Wait:
    found = ((past.find_room(max(now, chance.moment.instant)), chance.until) for chance in chances)
    return next(Wait(at, why or "its next slot") for (at, why), until in found if at < until)


def missed_slots(
    hours: Hours,
    channel: str,
    since: datetime,
    now: datetime,
    history: Iterable[Sent],
    grace: timedelta = GRACE,
) -> list[Moment]:
    """Return the slots that nobody used though distance and cap allowed it, oldest first.

    With the rule "skip" each of them takes the post that was first in line away with it.

    Args:
        hours: the channel's timetable.
        channel: its name.
        since: slots before this instant do not count: the post was not ready yet.
        now: slots that are still open do not count.
        history: sends of the channel since `since - hours.look_back` at the least.
        grace: as in `what_is_due`.
    """
    since, now, sent = in_utc(since), in_utc(now), _Past(hours, history).sent
    chances = _chances(hours, channel, since - 2 * (hours.reach + grace), grace)
    passed = list(takewhile(lambda chance: chance.moment.instant <= now, chances))
    used = _find_used(passed, sent)

    def was_possible(chance: _Chance) -> bool:
        # What was sent for other slots after this one had ended did not hold it up.
        known = [s for s in sent if s.at < chance.until or s.slot == ""]
        return _Past(hours, known).find_room(chance.moment.instant)[0] < chance.until

    return [
        chance.moment
        for chance in passed
        if since <= chance.moment.instant
        and chance.until <= now
        and chance.moment.key not in used
        and was_possible(chance)
    ]


def decide_own(
    hours: Hours,
    channel: str,
    own: datetime,
    now: datetime,
    history: Iterable[Sent],
    grace: timedelta = GRACE,
) -> Due | Wait | Missed:
    """Tell whether a post with an own time may be sent now.

    Args:
        hours: the channel's timetable; an own time needs none of its slots.
        channel: its name.
        own: the post's own time, as `own_instant` computes it.
        now: the instant, in UTC.
        history: as in `what_is_due`, without this post and others that are yet to come.
        grace: how long after its time a post is on time; where the distance held it up, after that.
    """
    own, now, past = in_utc(own), in_utc(now), _Past(hours, history)
    if now < own:
        then = decide_own(hours, channel, own, own, past.sent, grace)
        return then if isinstance(then, Wait) else Wait(own, "its own time")
    until = past.end_hold(own) + grace
    if hours.missed.name == "late":
        until = max(until, own + timedelta(minutes=hours.missed.minutes))
    at, why = past.find_room(now)
    if at < until:
        return Due(None) if at == now else Wait(at, why)
    if hours.missed.name == "skip":
        return Missed(why or "nobody looked at its own time")
    return what_is_due(hours, channel, now, past.sent, grace)


def _chances_about(
    hours: Hours, channel: str, now: datetime, grace: timedelta
) -> tuple[list[_Chance], Iterator[_Chance]]:
    """Return the slots that may be open now with all before that could be taken for them; the rest.

    A send counts here if it is at most one reach old, and its slot is at most one reach older.
    """
    chances = _chances(hours, channel, now - 2 * (hours.reach + grace), grace)
    near: list[_Chance] = []
    for chance in chances:
        near.append(chance)
        if chance.moment.instant > now + SKEW:
            break
    return near, chances


def _chances(hours: Hours, channel: str, start: datetime, grace: timedelta) -> Iterator[_Chance]:
    for moment, following in pairwise(moments_from(hours, channel, start)):
        until = max(moment.ends, moment.instant + grace)
        if hours.missed.name == "late":
            # Only until the next one begins: after an outage there is no burst of late posts.
            late = moment.instant + timedelta(minutes=hours.missed.minutes)
            until = max(until, min(late, following.instant))
        yield _Chance(moment, until)


def _find_used(chances: Sequence[_Chance], history: Iterable[Sent]) -> set[str]:
    """Return the keys of the slots that were used, each by one send at the most."""
    keys = {chance.moment.key for chance in chances}
    used = {sent.slot for sent in history if sent.slot in keys and sent.slot}
    # A key of a timetable that was changed since says nothing; the hour still does.
    for at in sorted(sent.at for sent in history if sent.slot != "" and sent.slot not in keys):
        place = bisect_right(chances, at + SKEW, key=lambda chance: chance.moment.instant)
        for chance in reversed(chances[:place]):
            if chance.moment.key not in used and at < chance.until:
                used.add(chance.moment.key)
                break
    return used
