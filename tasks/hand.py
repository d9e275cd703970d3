"""The post in hand: as it stands now, written down, and kept from others while it is worked on."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from prefect import runtime

from promptpress import steps, voice
from promptpress.errors import InvalidPost, LeaseLost, PromptpressError, TransientError
from promptpress.model import Post, Publication, PublicationState, Step
from promptpress.ports import Generated, Publisher
from promptpress.wiring import Services, services
from tasks.policy import RECEIPT, RENEWALS

logger = logging.getLogger("promptpress")
VIDEO = "MP4"
"""The format of videos, as the queue keeps it."""


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


def write_down_failure(step: Step) -> None:
    """Write down what surely did not happen; where that fails too, the first error is the one told.

    Not written down, it would be asked for once more as if it had perhaps been paid for.
    """
    try:
        write_down(step)
    except PromptpressError as error:
        logger.warning(
            "post %s: that it did not begin is not written down: %s", step.post.id, error
        )


def images_of(post: Post) -> int:
    """Return how many pictures a post is to have."""
    if post.media_links:
        return len(post.media_links)
    chosen = services()
    usual = chosen.settings.default_num_images
    if post.kind == "article" and post.article is None:
        usual = chosen.settings.default_article_images
    if post.kind == "carousel":
        usual = max(usual, chosen.settings.default_carousel_images)
    if post.kind == "reel" and chosen.makes_videos(post.generator or chosen.settings.generators[0]):
        usual = 1  # a second video would be paid for and shown to nobody
    return steps.count_pictures(post) or usual


def wanted_of(post: Post) -> int:
    """Return how many pictures are asked for next: of an article one, each has its own prompt."""
    return 1 if post.article is not None else images_of(post) - len(post.media)


def cost_of(made: Sequence[Generated]) -> float | None:
    """Return what pictures cost together, in US dollars; None where nobody says."""
    costs = [one.cost for one in made if one.cost is not None]
    return sum(costs) if costs else None


def settle_cost(post: Post, made: Sequence[Generated]) -> None:
    """Tell the run's budget what a post's pictures, as it was before they came, really cost."""
    budget = services().budget(post.owner)
    budget.settle(post.generating_by, wanted_of(post), len(made), cost_of(made))


def publisher_of(channel: str) -> Publisher:
    """Return the publisher of a channel; InvalidPost if it is no longer set up."""
    publishers = services().publishers
    if channel not in publishers:
        message = f"it is not set up; valid: {', '.join(publishers)}. Set it up, then retry"
        raise InvalidPost(message, channel)
    return publishers[channel]


def in_its_words(post: Post, channel: str) -> Post:
    """Return the post as a channel words it: its caption and hashtags, where it has its own.

    An article that links to nothing else links to its page, once that can be opened.
    """
    post = replace(post, link=post.link or page_of(post))
    chosen = services().settings.channel_of(channel)
    if chosen is None:
        return post
    return voice.word(post, chosen.caption, chosen.hashtags)


def keeps_nothing() -> bool:
    """Tell whether pictures live as long as the run that has them made, and no longer."""
    return set(services().settings.stores) <= {"none"}


def is_resting(post: Post, channel: str) -> bool:
    """Tell whether a post leaves a channel alone for now, after an error there."""
    now = services().now()
    mine = (p.rests_until for p in post.publications if p.channel == channel)
    return any(until is not None and until > now for until in mine)


def open_channels(post: Post) -> list[Publication]:
    """Return the publications of a post that are not at their end."""
    going = (PublicationState.PENDING, PublicationState.SENDING)
    return [publication for publication in post.publications if publication.state in going]


def is_site(channel: str) -> bool:
    """Tell whether a channel is a site, whose pages have addresses of their own."""
    chosen = services().settings.channel_of(channel)
    return chosen is not None and chosen.kind == "site"


def page_of(post: Post) -> str:
    """Return the address of an article on the site; empty where it has none that others open."""
    if post.kind != "article":
        return ""
    sent = (p for p in post.publications if p.state is PublicationState.SENT and is_site(p.channel))
    return next((p.url for p in sent if p.url.startswith(("https://", "http://"))), "")


def site_first(kind: str, channels: Sequence[str]) -> tuple[str, ...]:
    """Return channels in the order in which they are served: others link to an article's page."""
    if kind != "article":
        return tuple(channels)
    return tuple(sorted(channels, key=lambda name: not is_site(name)))


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
