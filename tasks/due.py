"""When posts go out: which channels may send now, and which post is next for each of them."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from promptpress.errors import InvalidPost, PromptpressError
from promptpress.model import Post, PostState, PublicationState
from promptpress.slots import own_instant
from promptpress.spending import FREE
from promptpress.wiring import services
from tasks.desk import MADE, Chance, Desk, desks
from tasks.hand import (
    is_resting,
    is_site,
    keeps_nothing,
    open_channels,
    page_of,
    site_first,
)
from tasks.pages import pages

logger = logging.getLogger("promptpress")
UNMADE = (PostState.GENERATED, PostState.GENERATING, PostState.QUEUED)
"""States of posts whose pictures are made on the spot when their own time has come."""


@dataclass
class Plan:
    """Which posts go where now."""

    chances: dict[int, dict[str, Chance]] = field(default_factory=dict)
    """By post and channel."""
    unmade: set[int] = field(default_factory=set)
    """Posts among them that have no pictures yet."""
    broken: dict[str, PromptpressError] = field(default_factory=dict)
    """Channels that turned out to need a person, and why."""

    def __bool__(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self.chances)

    def without(self, channels: Sequence[str]) -> "Plan":
        """Return the plan with nothing in it for these channels."""
        left = {
            post_id: {name: one for name, one in chances.items() if name not in channels}
            for post_id, chances in self.chances.items()
        }
        kept = {post_id: chances for post_id, chances in left.items() if chances}
        return Plan(kept, self.unmade & kept.keys())

    def leave_out(self, channel: str, error: PromptpressError) -> None:
        """Let the run send nothing more to a channel: no other post would fare better there."""
        logger.error("%s; the other channels are served", error)
        self.broken[channel] = error


def find_due(names: Sequence[str], limit: int, states: Sequence[PostState]) -> Plan:
    """Return which posts may go to which channels now; quick, and no task run of its own.

    Args:
        names: of the channels; empty: all that are set up.
        limit: posts at the most.
        states: of posts that may be claimed.
    """
    chosen = services()
    now = chosen.now()
    known = tuple(names) or tuple(chosen.publishers)
    open_ = desks(known, now)
    plan = Plan()
    for post in sorted(_candidates(now, states), key=_place):
        if len(plan.chances) == limit:
            break
        site_goes = False
        for channel in wanted_channels(post):
            if is_resting(post, channel) or (awaits_page(post, channel) and not site_goes):
                continue  # the channel's turn is not taken by what could not go
            gone = not names and channel not in chosen.publishers
            chance = Chance("") if gone else _decide(open_.get(channel), post)
            if chance:
                plan.chances.setdefault(post.id, {})[channel] = chance
                site_goes = site_goes or (is_site(channel) and not chance.missed)
        if post.id in plan.chances and post.state not in MADE:
            plan.unmade.add(post.id)
    return plan


def _decide(desk: Desk | None, post: Post) -> Chance | None:
    if desk is None:
        return None
    try:
        return desk.decide(post)
    except InvalidPost:
        return Chance("")  # it is claimed, and told there


def _candidates(now: datetime, states: Sequence[PostState]) -> Iterator[Post]:
    """Give the posts that are due: those that are made, and those whose own time has come.

    Where pictures are kept nowhere, no other run makes them: any post may be next.
    """
    made = [state for state in MADE if state in states]
    for post in pages(made):
        if _is_free(post, now):
            yield post
    for post in pages(UNMADE, timed=not keeps_nothing()):
        affordable = post.state in states or costs_nothing(post)
        if affordable and _is_free(post, now):
            yield post


def costs_nothing(post: Post) -> bool:
    """Tell whether nobody is paid for a post's pictures."""
    return bool(post.media_links) or post.generator in FREE


def _is_free(post: Post, now: datetime) -> bool:
    leased = post.lease_until is not None and post.lease_until > now
    return not post.held and not leased and (post.due_at is None or post.due_at <= now)


def _place(post: Post) -> tuple[bool, str, int, int]:
    """Return the place of a post in line: those with a time first, then by priority and age."""
    time = post.local_time or (post.due_at.isoformat(" ") if post.due_at else "")
    return not time, time, -post.priority, post.id


def wanted_channels(post: Post) -> list[str]:
    """Return the channels that a post still has to go to, or would."""
    if not post.publications:
        chosen = services()
        names = post.channels or chosen.taking(post.kind, chosen.settings.channels)
        return list(site_first(post.kind, names))
    return list(site_first(post.kind, [p.channel for p in open_channels(post)]))


def is_missed(post: Post, chances: Mapping[str, Chance]) -> bool:
    """Tell whether a post without pictures has missed its time on every channel it would go to."""
    wanted = wanted_channels(post)
    return bool(wanted) and all(c in chances and chances[c].missed for c in wanted)


def own_time(post: Post, channel: str) -> datetime | None:
    """Return the instant of a post's own time on a channel; None where it has none there.

    Raises:
        InvalidPost: its time or zone is none.
    """
    if not post.local_time or channel not in services().publishers:
        return None
    return own_instant(post.local_time, post.zone, services().hours(channel).zone)


def opens_at(post: Post, channel: str) -> datetime | None:
    """Return from when a post may be sent to a channel; None where no time keeps it.

    Raises:
        InvalidPost: its time or zone is none.
    """
    rests = (p.rests_until for p in post.publications if p.channel == channel)
    return max((t for t in (own_time(post, channel), *rests) if t is not None), default=None)


def is_still_due(post: Post, channel: str) -> bool:
    """Tell whether a post may be sent now: not before its own time, which people may change.

    An article waits for its page, to which the other channels link; a channel that rests is left
    alone.
    """
    if awaits_page(post, channel):
        return False
    opens = opens_at(post, channel)
    return opens is None or opens <= services().now()


def awaits_page(post: Post, channel: str) -> bool:
    """Tell whether a channel has to wait until an article's page can be opened."""
    if post.kind != "article" or post.link or page_of(post) or is_site(channel):
        return False
    return any(map(services().settings.site_url_of, wanted_channels(post)))


def is_early(post: Post) -> bool:
    """Tell whether a finished post only waits for its own time, on each channel that is left."""
    waiting = [p for p in post.publications if p.state is PublicationState.PENDING]
    if post.state is not PostState.READY or not waiting:
        return False
    try:
        return not any(is_still_due(post, p.channel) for p in waiting)
    except InvalidPost:
        return False  # it is told on its way


def leave_out_broken(plan: Plan, verdicts: Mapping[str, str]) -> tuple[Plan, dict[str, str]]:
    """Return what is left of a plan without channels that would not work, and who is still needed.

    One account that is dead does not keep the others from their hours.
    """
    chosen = services()
    broken = {n: w for n, w in verdicts.items() if n in chosen.publishers and w != "works"}
    left = plan.without(list(broken))
    if not left:
        return left, dict(verdicts)
    for name, word in broken.items():
        logger.warning("%s: %s; the other channels are served", name, word)
    idle = {*broken, *(() if left.unmade else chosen.generators)}
    return left, {name: word for name, word in verdicts.items() if name not in idle}
