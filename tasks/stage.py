"""A send made ready: pictures where the service finds them, and what it makes of them first."""

import time

from promptpress import imaging, steps
from promptpress.errors import InvalidPost, NotYet, TransientError
from promptpress.model import Media, Post
from promptpress.ports import (
    DeployedStore,
    MediaStore,
    Picture,
    Rendition,
    ShapingStore,
    Staging,
    StagingPublisher,
    Video,
)
from promptpress.wiring import services
from tasks import Pictures, Rendered, Way
from tasks.hand import VIDEO, as_known, in_its_words, publisher_of, write_down
from tasks.policy import STAGING, STORE, step

STORY = (1080, 1920)
"""Pixels of a story; other kinds are cut as the channel says."""


def build_rendition(post: Post, channel: str, rendered: Rendered) -> Rendition:
    """Return a post as a channel takes it: worded, and its pictures placed where it finds them."""
    pictures = rendered.pictures
    links: tuple[str, ...] = ()
    if publisher_of(channel).rules_for(post.kind).wants_links:
        links = place_pictures(post, channel, pictures)
    worded = in_its_words(post, channel)
    if pictures and isinstance(pictures[0], Video):
        link = links[0] if links else ""
        return Rendition(post=worded, pictures=(), video=pictures[0], video_link=link)
    stills = tuple(one for one in pictures if isinstance(one, Picture))
    return Rendition(post=worded, pictures=stills, links=links, copies=rendered.copies)


@step("place-pictures", STORE, run_name="place post {post.id} for {channel}", begins=True)
def place_pictures(post: Post, channel: str, pictures: Pictures) -> tuple[str, ...]:
    """Put a channel's pictures where anybody can fetch them; return the addresses, tried out.

    Raises:
        InvalidPost: no store gives addresses.
        NotYet: they show nothing before the store is published.
        SetupError: what it gives is not public.
    """
    is_video = bool(pictures) and isinstance(pictures[0], Video)
    fitting = [item for item in post.media if (item.format == VIDEO) is is_video]
    # A reel that is made of pictures lies where the first of these does; a channel may take fewer.
    kept = zip(pictures, fitting or post.media, strict=False)
    return tuple(_place(post, channel, picture, item) for picture, item in kept)


def _place(post: Post, channel: str, picture: Picture | Video, item: Media) -> str:
    chosen = services()
    for name, store in chosen.stores.items():
        ref = item.refs.get(name)
        if ref is None or not store.link(ref):
            continue
        if isinstance(store, ShapingStore) and isinstance(picture, Picture):
            link = store.derive(ref, *_size(post, channel))
            _require_public(store, link)
            return link
        placed = store.put(picture.content, picture.sha256, imaging.suffix(picture.format))
        link = store.link(placed)
        _require_public(store, link, picture.sha256)
        return link
    if isinstance(picture, Video):
        return ""  # its bytes are sent
    message = (
        "it fetches pictures from addresses that anybody can open, and no store of this post has "
        "any: add cloudinary, s3 or site to STORES, then retry the post from its prompt"
    )
    raise InvalidPost(message, channel)


def _require_public(store: MediaStore, link: str, sha256: str = "") -> None:
    try:
        services().links.require_public(link, sha256)
    except TransientError as error:
        if not isinstance(store, DeployedStore):
            raise
        # In this run nobody brings the file there, and it is no fault of the post.
        wait = max(store.shows_after, error.retry_after or 0.0)
        message = f"{error.message}: publish what the store {store.name} keeps"
        raise NotYet(message, error.service, wait) from None


def _size(post: Post, channel: str) -> tuple[int, int]:
    chosen = services().settings.channel_of(channel)
    if post.kind == "story" or chosen is None:
        return STORY
    return chosen.width, chosen.height


@step("stage-post", STORE, run_name="make post {post.id} ready for {channel}", begins=True)
def stage_post(post: Post, channel: str, rendition: Rendition) -> tuple[Post, Staging]:
    """Do the next piece of what comes before a send, and write down what the service made.

    Raises:
        TransientError, PermanentError, SetupError: it cannot be made ready.
    """
    publisher = publisher_of(channel)
    if not isinstance(publisher, StagingPublisher):
        return post, Staging(handle="", is_ready=True)
    post = as_known(post)
    publication = post.publication(channel)
    staging = publisher.stage(rendition, publication)
    if staging.handle != publication.handle:
        stamp = services().stamp(post.owner)
        # Durable before the next call: a run that dies now goes on from here.
        post = write_down(steps.keep_handle(post, stamp, channel, staging.handle))
    return post, staging


def make_ready_to_send(post: Post, channel: str, rendition: Rendition) -> Way[Post]:
    """Have the service make a send ready, piece by piece, until it may be sent.

    Raises:
        TransientError: it takes too long: a later run goes on with what is made.
    """
    if not isinstance(publisher_of(channel), StagingPublisher):
        return post
    end = time.monotonic() + STAGING
    while True:
        post, staging = stage_post(post, channel, rendition)
        if staging.is_ready:
            return post
        if time.monotonic() + staging.wait > end:
            message = "it is not ready to be sent yet: the next run goes on waiting for it"
            raise TransientError(message, channel)
        yield staging.wait
