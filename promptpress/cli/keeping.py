"""backup, restored: a copy of the queue, and what has to be done before a run works on one."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from promptpress import restoring, wiring
from promptpress.cli.output import complain, say
from promptpress.cli.posts import PAGE
from promptpress.errors import PromptpressError, SetupError
from promptpress.model import AuditEvent, Post, PostState, Publication
from promptpress.ports import CopiedQueue, LastingPublisher, Receipt
from promptpress.wiring import Services

OVERLAP = timedelta(days=1)
"""How much further back other audit logs are read: clocks differ, and so do memories of people."""
SPARE = 1_000
"""Numbers left free beside as many again as there are: a lost post may have had them."""


def backup(file: Path, /) -> int:
    """Copy the queue into a file, whole and checked, while runs work; for SQLite.

    Args:
        file: Where the copy goes; one that is there is replaced once the new one is whole.
    """
    services = wiring.services()
    queue, at = services.queue, services.now()
    if not isinstance(queue, CopiedQueue):
        raise SetupError("Google keeps the versions of a sheet: see docs/backups.md", "queue")
    queue.back_up(file)
    say(f"{file}: {sum(queue.count().values()):,} posts")
    say(f"After it is put back: python -m promptpress restored --from {at:%Y-%m-%dT%H:%M:%SZ}")
    return 0


def restored(*, since: Annotated[datetime, Parameter("--from")], complete: bool = False) -> int:
    """Make a queue that was restored from a backup safe, before any run works on it.

    What other audit logs (AUDIT_URL) tell of the time since is done again. Every post that may
    have been worked on since, and of which nobody can know, waits for a person: held, or in doubt.

    Args:
        since: When the backup was made; UTC unless it says otherwise.
        complete: The other audit logs have everything: every run had ended by itself before the
            queue was lost. Posts of which they tell nothing then go on.
    """
    services = wiring.services()
    moment = since.replace(tzinfo=UTC) if since.tzinfo is None else since.astimezone(UTC)
    if moment > services.now():
        raise SetupError("--from lies in the future: say when the backup was made")
    if complete and not services.audits:
        raise SetupError("--complete needs another audit log: name it in AUDIT_URL, or leave it")
    _require_idle(services)
    last = _highest(services)
    untold = _tell_again(services, moment, last)
    reason = (
        f"{restoring.MARK} of {moment:%Y-%m-%d %H:%M} UTC: since then it may have been worked on "
        "and published; look at its channels"
    )
    done: Counter[str] = Counter()
    for post in _posts(services):
        known = complete and post.id not in untold and not restoring.is_under_way(post)
        if not known and not _is_untouched(services, post):
            done[_keep_back(services, post, reason)] += 1
    _tell_others(services, last)
    for word, number in sorted(done.items()):
        say(f"{number:,} {word}")
    say("The queue may be worked on." if not done else "See `list --state in-doubt`, `list`.")
    return 0


def _require_idle(services: Services) -> None:
    """Refuse while a run is at work: it would be told that its posts are somebody else's."""
    for post in _posts(services):
        if post.owner and post.lease_until and post.lease_until > services.now():
            message = (
                f"{post.owner} has post {post.id} until {post.lease_until:%H:%M:%S} UTC: stop all "
                "runs, wait until then, and repeat the command"
            )
            raise SetupError(message, "queue")


def _posts(services: Services) -> Iterator[Post]:
    after = 0
    while page := services.queue.find(restoring.TOUCHABLE, PAGE, after):
        yield from page
        after = page[-1].id


def _tell_again(services: Services, moment: datetime, last: int) -> set[int]:
    """Do again what other audit logs tell; return the posts of which they do not tell all."""
    untold: set[int] = set()
    lost: set[int] = set()
    number = 0
    for audit in services.audits:
        for event in audit.events(moment - OVERLAP):
            post = services.queue.get(event.post_id)
            if post is None:
                lost.add(event.post_id)
            elif event.id not in {one.id for one in services.queue.history(post.id)}:
                number += 1
                if not _do_again(services, post, event):
                    untold.add(post.id)
    services.queue.skip_numbers(2 * max([last, *lost]) + SPARE)
    if services.audits:
        say(f"{number:,} events told by other audit logs")
    if lost:
        say(f"{len(lost):,} posts were ordered after the backup and are gone: order them again,")
        say("but look first which are published: `AUDIT_URL` has their story")
    return untold


def _highest(services: Services) -> int:
    after = 0
    while page := services.queue.find((), PAGE, after):
        after = page[-1].id
    return after


def _do_again(services: Services, post: Post, event: AuditEvent) -> bool:
    step, whole = restoring.replay(post, event)
    try:
        services.queue.record(step)
    except PromptpressError as error:
        complain(f"post {post.id}: {event.action} of {event.at:%Y-%m-%d %H:%M}: {error}")
        return False
    return whole


def _is_untouched(services: Services, post: Post) -> bool:
    """Tell whether no run can have touched a post since: it ended, or its time is still to come.

    A person may have moved that time up: only another log would tell what came of it.
    """
    is_to_come = post.due_at is not None and post.due_at > services.now()
    return restoring.is_settled(post) or (is_to_come and bool(services.audits))


def _keep_back(services: Services, post: Post, reason: str) -> str:
    """Ask what can be asked about a post, and leave the rest to a person; return what in words."""
    if post.state in (PostState.FAILED, PostState.REJECTED, PostState.REVIEW):
        return _hold(services, post, reason)
    wanted = post.channels or services.taking(post.kind, services.settings.channels)
    channels = tuple(p.channel for p in post.publications) or wanted
    receipts = {c: receipt for c in channels if (receipt := _ask(services, post, c))}
    is_made = post.state is PostState.GENERATED and not services.settings.asks_before(wanted)
    made = is_made or bool(post.publications)
    if not made and not receipts:
        return _hold(services, post, reason)
    for state in restoring.TO_A_CHANNEL:
        if not post.publications and _is_before(post.state, state):
            step = restoring.go_to_channels(post, services.stamp(), state, wanted)
            post = services.queue.record(step)
    return _close(services, post, receipts, reason)


def _is_before(state: PostState, other: PostState) -> bool:
    order = (PostState.QUEUED, *restoring.TO_A_CHANNEL)
    return state in order and order.index(state) < order.index(other)


def _hold(services: Services, post: Post, reason: str) -> str:
    if not (post.held and post.reason.startswith(restoring.MARK)):
        services.queue.record(restoring.hold_back(post, services.stamp(), reason))
    return "held: `release` lets one go on, `delete` takes off what is out already"


def _close(services: Services, post: Post, receipts: dict[str, Receipt], reason: str) -> str:
    """Write down of each channel of a post that it has it, or that nobody knows."""
    word = "known to be published, or harmless to publish again"
    for publication in post.publications:
        channel = publication.channel
        if publication.state not in restoring.UNSENT:
            continue
        if receipt := receipts.get(channel):
            step = restoring.found(post, services.stamp(), channel, receipt)
        elif isinstance(services.publishers.get(channel), LastingPublisher):
            continue  # to publish it there again changes nothing
        else:
            step = restoring.doubt(post, services.stamp(), channel, reason)
            word = "in doubt: `resolve` says what became of one"
        post = services.queue.record(step)
    return word


def _ask(services: Services, post: Post, channel: str) -> Receipt | None:
    """Return a channel's own word that it has a post; None where it has not, or cannot tell."""
    publisher = services.publishers.get(channel)
    known = {p.channel: p for p in post.publications}
    publication = known.get(channel, Publication(channel=channel))
    if publisher is None or publication.state not in restoring.UNSENT:
        return None
    if not (publication.handle or isinstance(publisher, LastingPublisher)):
        return None  # what is asked about an attempt can tell nothing of a later one
    try:
        return publisher.settle(post, publication)
    except PromptpressError:
        return None


def _tell_others(services: Services, last: int) -> None:
    """Write down that it is done, and give the other audit logs what they have not got.

    Their newest event is then one that the queue knows: runs go on again.
    """
    queue = services.queue
    if post := queue.get(last):
        queue.record(restoring.note(post, services.stamp()))
    while services.audits and (events := queue.undelivered(PAGE)):
        for audit in services.audits:
            audit.append(events)
        queue.mark_delivered([event.id for event in events])
