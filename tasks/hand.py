"""The post in hand: as it stands now, written down, and kept from others while it is worked on."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prefect import runtime

from promptpress.errors import InvalidPost, LeaseLost, PromptpressError, TransientError
from promptpress.model import Post, Step
from promptpress.ports import Publisher
from promptpress.wiring import Services, services
from tasks.policy import RECEIPT, RENEWALS

logger = logging.getLogger("promptpress")


def read_again(post: Post) -> Post:
    """Return the post as it stands now.

    Raises:
        LeaseLost: it is gone, or somebody else has it by now.
    """
    current = services().queue.get(post.id)
    if current is None or current.owner != post.owner:
        raise LeaseLost(f"post {post.id} was taken over or withdrawn", "queue")
    return current


def as_known(post: Post) -> Post:
    """Return the post as the caller has it, or as it stands now when this is not the first try."""
    return read_again(post) if (runtime.task_run.get_run_count() or 0) > 1 else post


def write_down(step: Step) -> Post:
    """Write what a service has done, and go on trying for a while when the queue is away.

    The call itself is over and must not be repeated, so this is tried again by itself.

    Raises:
        TransientError: the queue stayed away.
        LeaseLost: somebody else has settled it meanwhile.
    """
    for delay in RECEIPT.delays:
        try:
            return services().queue.record(step)
        except TransientError as error:
            logger.warning("%s: trying again in %s s", error, delay)
            time.sleep(delay)
    return services().queue.record(step)


def publisher_of(channel: str) -> Publisher:
    """Return the publisher of a channel; InvalidPost if it is no longer set up."""
    publishers = services().publishers
    if channel not in publishers:
        message = f"it is not set up; valid: {', '.join(publishers)}. Set it up, then retry"
        raise InvalidPost(message, channel)
    return publishers[channel]


def _renew(chosen: Services, owner: str, done: threading.Event) -> None:
    while not done.wait(chosen.settings.lease_seconds / RENEWALS):
        try:
            chosen.queue.renew(owner)
        except PromptpressError as error:
            # The lease may outlive this; if not, the next write of the post is refused.
            logger.warning("leases could not be renewed: %s", error)


@contextmanager
def keep_leases(owner: str) -> Iterator[None]:
    """Renew all leases of a claim in the background until the block ends."""
    done = threading.Event()
    # The services are taken here: a new thread does not see this thread's context.
    arguments = (services(), owner, done)
    thread = threading.Thread(target=_renew, args=arguments, name="leases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
