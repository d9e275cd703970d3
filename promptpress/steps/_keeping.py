"""Steps by which a finished post gives up what it no longer needs."""

from dataclasses import asdict

from promptpress.model import Post, Stamp, Step
from promptpress.steps._events import event_of


def give_up_media(post: Post, stamp: Stamp) -> Step:
    """Take away the pictures of a finished post, and write down where their bytes are."""
    detail = {"media": [asdict(item) for item in post.media]}
    return Step(
        post=post,
        owner=None,
        to=post.state,
        event=event_of(post, stamp, "prune", "begun", detail=detail),
        drops_media=True,
    )


def gave_up_media(post: Post, stamp: Stamp, removed: int, said: tuple[str, ...]) -> Step:
    """Write down that the bytes are gone, and what of them is kept and why.

    `removed` is in bytes, counted once whatever the number of stores.
    """
    event = event_of(post, stamp, "prune", "done", detail={"bytes": removed, "kept": list(said)})
    return Step(post=post, owner=None, to=post.state, event=event)
