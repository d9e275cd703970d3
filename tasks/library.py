"""Pictures that people keep in a store themselves: taken in, and missed when they are gone."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import cast

from promptpress import decisions, imaging
from promptpress.errors import LeaseLost, PermanentError, SetupError
from promptpress.model import Media, Order, Post, PostState
from promptpress.ports import Library, LibraryPicture
from promptpress.wiring import services
from tasks.hand import VIDEO
from tasks.pages import pages
from tasks.policy import READ, step
from tasks.transform import are_forgotten
from tasks.whole import require_whole_queue

logger = logging.getLogger("promptpress")
FROM_PROMPTS = (PostState.GENERATING, PostState.QUEUED)
"""States in which a post has no pictures yet."""
WITH_PICTURES = (PostState.GENERATED, PostState.REVIEW, PostState.READY)
"""States in which a post waits with its pictures."""
GONE = "its picture is in none of its stores: put it back and release the post, or delete the post"


def libraries() -> dict[str, Library]:
    """Return the stores that people can put pictures into."""
    stores = services().stores
    return {n: cast("Library", one) for n, one in stores.items() if hasattr(one, "pictures")}


def _order(store: str, picture: LibraryPicture) -> Order:
    words = picture.description or PurePath(picture.name).stem.replace("_", " ")
    return Order(
        prompt=words,
        alt_text=picture.description,
        num_images=1,
        generator="library",
        model=f"{store}:{picture.ref}",
        key=f"{store}:{picture.ref}"[:64],
    )


@step("take-in-pictures", READ, run_name="take in pictures of {store}", begins=True)
def take_in(store: str, limit: int, run: str) -> int:
    """Order a post for each picture that is not ours yet; return how many are new."""
    library = libraries()[store]
    found = [picture for picture in library.pictures() if not picture.is_ours][:limit]
    added = services().queue.add([_order(store, picture) for picture in found], run)
    for picture in found:
        # From now on it is known by its content, so that it is not stored a second time.
        library.adopt(picture)
    return sum(post_id is not None for post_id in added)


@step("claim-library-posts", READ)
def claim_taken_in(limit: int, owner: str) -> list[Post]:
    """Lease the posts whose pictures only have to be brought from their store."""
    require_whole_queue()
    ids = [post.id for post in pages(FROM_PROMPTS, None) if _was_taken_in(post)]
    return services().queue.claim(limit, owner, FROM_PROMPTS, ids) if ids else []


def _with_pictures() -> Iterator[Post]:
    """Give the waiting posts whose pictures should be in their stores, and that no run has."""
    return (p for p in pages(WITH_PICTURES, None) if p.media and not (p.owner or are_forgotten(p)))


@step("find-gone-pictures", READ)
def find_gone() -> list[Post]:
    """Return the waiting posts of which a picture is in none of its stores any more.

    Posts in a run's hands are left to it, and those whose pictures were never to be kept.
    """
    there = {
        name: {picture.ref for picture in library.pictures()}
        for name, library in libraries().items()
    }
    return [post for post in _with_pictures() if any(_is_gone(item, there) for item in post.media)]


def _is_gone(item: Media, there: Mapping[str, set[str]]) -> bool:
    """Tell whether no store has a picture; a list alone is not believed, it may lag behind."""
    stores = services().stores
    if any(ref in there.get(store, ()) for store, ref in item.refs.items()):
        return False
    for store, ref in item.refs.items():
        if store not in stores:
            return False  # a store that is not set up now cannot be asked
        try:
            content = stores[store].get(ref)
            if item.format != VIDEO:
                imaging.inspect(content)
        except PermanentError:
            continue
        return False
    return True


def require_stores(gone: Sequence[Post]) -> None:
    """Raise where what is gone is no picture but the store.

    A machine with a folder of its own, or one that is not mounted, has none of the pictures of the
    others: that is no reason to touch their posts.

    Raises:
        SetupError: no picture of any waiting post that was made for it is in its stores.
    """
    missing = {post.id for post in gone if not _was_taken_in(post)}
    ours = (post for post in _with_pictures() if not _was_taken_in(post))
    if missing and all(post.id in missing for post in ours):
        message = (
            f"no picture of {len(missing)} waiting posts is in the stores that are set up here: "
            "is it the right DATA_DIR, and is it mounted? Nothing was changed"
        )
        raise SetupError(message, "stores")


def _was_taken_in(post: Post) -> bool:
    """Tell whether a post came of a picture that somebody put into a store."""
    return post.generator == "library"


def settle_gone(post: Post) -> Post | None:
    """Withdraw a post whose picture somebody took back; hold one whose picture was made for it.

    None where it has moved on.
    """
    return withdraw(post) if _was_taken_in(post) else keep_back(post)


@step("keep-back-post", READ, run_name="keep back post {post.id}", begins=True)
def keep_back(post: Post) -> Post | None:
    """Hold a post whose picture is gone, so that a person can put it back; None if it moved on."""
    if post.held:
        return None
    chosen = services()
    hold = decisions.hold(post, chosen.stamp("sync-library"), held=True)
    told = {**hold.changes, "reason": GONE}
    try:
        held = chosen.queue.record(replace(hold, changes=told))
    except LeaseLost as error:
        logger.warning("%s", error)
        return None
    logger.warning("post %s is held: %s", post.id, GONE)
    return held


@step("withdraw-post", READ, run_name="withdraw post {post.id}", begins=True)
def withdraw(post: Post) -> Post | None:
    """Take a post off the queue whose picture somebody has taken back; None if it moved on."""
    chosen = services()
    try:
        gone = chosen.queue.record(decisions.delete(post, chosen.stamp("sync-library")))
    except LeaseLost as error:
        logger.warning("%s", error)
        return None
    logger.info("post %s is withdrawn: its picture is gone from its store", post.id)
    return gone
