"""prune: what is older than its setting goes.

KEEP_MEDIA_DAYS: finished posts → take their pictures from the queue → remove the bytes → audit
KEEP_AUDIT_DAYS: finished posts → their events, but for the last of each

Posts stay, and with them all that keeps the same from being ordered, paid for or sent again.
"""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import Field

from flows._command import run
from promptpress.errors import SetupError, TransientError
from tasks.load import deliver_audit_or_later
from tasks.prune import (
    PAGE,
    Gone,
    drop_events,
    events_cutoff,
    find_old,
    find_old_events,
    finish_removals,
    media_cutoff,
    remove_pictures,
    require_removing_stores,
    would_go,
)
from tasks.report import nothing_to_do, report_gone, stopped
from tasks.stopping import stoppable

Limit = Annotated[int, Field(ge=1, le=10_000_000, description="posts at the most, of each kind")]
DryRun = Annotated[bool, Field(description="only tell what would go; nothing is removed")]


def prune_pictures(limit: int, *, dry_run: bool) -> list[Gone]:
    """Remove pictures of posts that ended long ago, or tell which would go."""
    before = media_cutoff()
    if before is None:
        return []
    require_removing_stores()
    gone = [] if dry_run else finish_removals(PAGE)
    last = looked = 0
    while looked < limit and (posts := find_old(before, min(PAGE, limit - looked), last)):
        gone += map(would_go, posts) if dry_run else remove_pictures(posts, len(posts))
        last, looked = posts[-1].id, looked + len(posts)
    return gone


def prune_events(limit: int, *, dry_run: bool) -> list[Gone]:
    """Remove events of posts that ended long ago, or tell how many would go."""
    before = events_cutoff()
    if before is None:
        return []
    last = number = of = 0
    while of < limit:
        ids, posts, last = find_old_events(before, last)
        if not last:
            break
        if ids and not dry_run:
            drop_events(ids)
        number, of = number + len(ids), of + posts
    return [Gone(0, "events", number)] if number else []


@flow(name="prune")
@stoppable
async def prune(limit: Limit = 10_000, dry_run: DryRun = True) -> State[None]:
    """Remove what is older than KEEP_MEDIA_DAYS and KEEP_AUDIT_DAYS say.

    Args:
        limit: posts at the most, of each kind.
        dry_run: only tell what would go; nothing is removed.
    """
    try:
        deliver_audit_or_later()
        gone = [*prune_pictures(limit, dry_run=dry_run), *prune_events(limit, dry_run=dry_run)]
        deliver_audit_or_later()
    except (SetupError, TransientError) as error:
        return stopped(error)
    return await report_gone(gone, dry_run=dry_run) if gone else nothing_to_do()


if __name__ == "__main__":
    run(prune)
