"""What is old goes: pictures of finished posts, and their events, a page at a time."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from promptpress import steps
from promptpress.errors import LeaseLost, PermanentError, SetupError
from promptpress.model import AuditEvent, Post
from promptpress.ports import RemovingStore
from promptpress.wiring import services
from tasks.policy import READ, STORE, step

logger = logging.getLogger("promptpress")
ACTION = "prune"
"""What the audit calls it."""
PAGE = 100
"""Posts whose pictures go in one task: if it dies, so many are looked at again."""
EVENT_PAGE = 500
"""Posts whose events go in one task."""
MARGIN = timedelta(days=2)
"""How much further back than they say those who read the past may look."""


@dataclass(frozen=True)
class Gone:
    """What went of a post, or would go."""

    post_id: int
    what: str
    number: int
    size: int = 0
    """In bytes."""
    said: tuple[str, ...] = ()
    """What is kept all the same, and why."""


def media_cutoff() -> datetime | None:
    """Return since when pictures are kept; None: for ever."""
    chosen = services()
    days = chosen.settings.keep_media_days
    return None if days is None else chosen.now() - timedelta(days=days)


def events_cutoff() -> datetime | None:
    """Return since when events are kept, whoever reads them; None: for ever."""
    chosen = services()
    days = chosen.settings.keep_audit_days
    if days is None:
        return None
    slots = (chosen.hours(name).look_back + MARGIN for name in chosen.publishers)
    alike = timedelta(days=chosen.settings.compared_days) + MARGIN
    return chosen.now() - max([timedelta(days=days), alike, *slots])


def require_removing_stores() -> None:
    """Raise SetupError where no store that is set up can remove anything."""
    stores = services().stores
    if not any(isinstance(store, RemovingStore) for store in stores.values()):
        names = ", ".join(stores)
        raise SetupError(f"{names} removes nothing: empty KEEP_MEDIA_DAYS, and clear it by hand")


@step("find-old-pictures", READ, begins=True)
def find_old(before: datetime, limit: int, after: int) -> list[Post]:
    """Return finished posts to which nothing has happened since, and which have pictures."""
    return services().queue.ended(before, limit, after)


def would_go(post: Post) -> Gone:
    """Return what of a post would go."""
    return Gone(post.id, "pictures", len(post.media), sum(item.size for item in post.media))


@step("remove-old-pictures", STORE, run_name="remove pictures of {posts} posts", begins=True)
def remove_pictures(found: Sequence[Post], posts: int) -> list[Gone]:  # noqa: ARG001  for its name
    """Take the pictures from posts, then from the stores; what dies between is found again."""
    chosen = services()
    begun: list[AuditEvent] = []
    for post in found:
        given_up = steps.give_up_media(post, chosen.stamp(ACTION))
        try:
            chosen.queue.record(given_up)
        except LeaseLost as error:
            logger.warning("%s", error)  # a person has just brought it back
        else:
            begun.append(given_up.event)
    return [_remove(event) for event in begun]


@step("finish-removal", STORE)
def finish_removals(limit: int) -> list[Gone]:
    """Remove from the stores what a run that died had taken from its posts already."""
    return [_remove(event) for event in services().queue.unfinished(ACTION, limit)]


def _remove(event: AuditEvent) -> Gone:
    """Remove the bytes that an event names from every store, and write it down."""
    chosen = services()
    media = [one for one in _listed(event.detail.get("media")) if isinstance(one, Mapping)]
    shared = chosen.queue.still_kept([str(one.get("sha256")) for one in media])
    said: list[str] = []
    size = number = 0
    for one in media:
        sha256 = str(one.get("sha256"))
        if sha256 in shared:
            said.append(f"{sha256[:12]}: another post has it too")
            continue
        refs = one.get("refs")
        left = list(_left(refs if isinstance(refs, Mapping) else {}))
        said += [f"{sha256[:12]}: {why}" for why in left]
        size, number = size + int(str(one.get("size") or 0)) * (not left), number + (not left)
    post = chosen.queue.get(event.post_id)
    if post is not None:
        done = steps.gave_up_media(post, chosen.stamp(ACTION), size, tuple(said))
        try:
            chosen.queue.record(done)
        except LeaseLost as error:
            logger.warning("%s; the next run writes it down", error)
    return Gone(event.post_id, "pictures", number, size, tuple(said))


def _listed(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _left(refs: Mapping[str, str]) -> Iterator[str]:
    """Remove a picture from its stores; give a reason for each that keeps it."""
    stores = services().stores
    for name, ref in refs.items():
        store = stores.get(name)
        if store is None:
            yield f"{name} is not set up: {ref} stays there"
        elif not isinstance(store, RemovingStore):
            yield f"{name} removes nothing: {ref} stays there"
        else:
            try:
                store.remove(ref)
            except PermanentError as error:
                yield str(error)


@step("find-old-events", READ, begins=True)
def find_old_events(before: datetime, after: int) -> tuple[list[str], int, int]:
    """Return ids of events that nobody needs, of how many posts, and the last post looked at."""
    found, last = services().queue.old_events(before, EVENT_PAGE, after)
    return [event.id for event in found], len({event.post_id for event in found}), last


@step("drop-old-events", STORE, begins=True)
def drop_events(event_ids: Sequence[str]) -> None:
    """Remove events for good."""
    services().queue.drop_events(event_ids)
