"""Steps of a post on its way from the prompt to stored pictures."""

from collections.abc import Mapping
from dataclasses import asdict

from promptpress.errors import PromptpressError
from promptpress.model import Media, Post, PostState, Stamp, Step, check_move
from promptpress.steps._events import error_detail, event_of

_S = PostState
WORDS = ("caption", "hashtags", "alt_text")
"""Fields of an order that are written for it where a person left them blank."""


def count_pictures(post: Post) -> int | None:
    """Return how many pictures a post is to have; None: as the settings say."""
    return len(post.article.pictures) if post.article is not None else post.num_images


def begin_generation(post: Post, stamp: Stamp, generator: str, fills: Mapping[str, object]) -> Step:
    """Write down that a generation is about to be paid for, and what the order left open.

    A post found with an unanswered generation that has no job counts one repeat more.
    """
    check_move(post.state, _S.GENERATING)
    again = bool(post.generating_by) and not post.job
    wanted = count_pictures(post) or fills.get("num_images") or 1
    # Those of an article are asked for one by one: each has a prompt of its own.
    count = 1 if post.article is not None else int(str(wanted)) - len(post.media)
    outcome = "repeated" if again else "begun"
    wrote = [name for name in WORDS if name in fills and not getattr(post, name)]
    detail = {"pictures": count, **({"wrote": wrote} if wrote else {})}
    return Step(
        post=post,
        owner=post.owner,
        to=_S.GENERATING,
        event=event_of(post, stamp, "generate", outcome, generator, detail),
        changes={
            "generating_by": generator,
            "job": "",
            "repeats": post.repeats + again,
        },
        fills=fills,
    )


def keep_job(post: Post, stamp: Stamp, job: str) -> Step:
    """Write down the generator's id of the work, before it is first asked for."""
    return Step(
        post=post,
        owner=post.owner,
        to=_S.GENERATING,
        # A job may be the address of a picture, signed: the queue keeps it, the audit a hint.
        event=event_of(post, stamp, "generate", "submitted", post.generating_by, {"job": job[:40]}),
        changes={"job": job},
    )


def drop_generation(post: Post, stamp: Stamp, error: PromptpressError) -> Step:
    """Write down that a generation surely did not happen: the next one is no repeat."""
    return Step(
        post=post,
        owner=post.owner,
        to=_S.GENERATING,
        event=event_of(post, stamp, "generate", "failed", post.generating_by, error_detail(error)),
        changes={"generating_by": "", "job": ""},
    )


def keep_media(
    post: Post, stamp: Stamp, media: tuple[Media, ...], looks: Mapping[str, object] | None = None
) -> Step:
    """Add pictures that the stores hold; the post is generated once it has all it asked for.

    `looks` is what else the audit is to know of them.
    """
    whole = len(post.media) + len(media) >= (count_pictures(post) or 1)
    first = media[0]
    costs = [item.cost for item in media if item.cost is not None]
    detail = {
        "pictures": [item.sha256 for item in media],
        "model": first.model,
        "seed": first.seed,
        "cost": sum(costs) if costs else None,
        "stores": sorted(first.refs),
        # Enough to find them by, should the queue be restored from before this.
        "media": [asdict(item) for item in media],
        **(looks or {}),
    }
    return Step(
        post=post,
        owner=post.owner,
        to=_S.GENERATED if whole else _S.GENERATING,
        event=event_of(post, stamp, "store", "done", post.generating_by, detail),
        # Each picture of an article is an order of its own, which may be repeated once.
        changes={"generating_by": "", "job": ""} | ({"repeats": 0} if post.article else {}),
        media=media,
    )


def refuse_media(
    post: Post, stamp: Stamp, error: PromptpressError, pictures: int, cost: float | None
) -> Step:
    """Write down what pictures cost that were paid for and are not taken."""
    detail = {**error_detail(error), "pictures": pictures, "cost": cost}
    return Step(
        post=post,
        owner=post.owner,
        to=_S.GENERATING,
        event=event_of(post, stamp, "check", "refused", post.generating_by, detail),
        changes={"generating_by": "", "job": ""},
    )


def forget_media(post: Post, stamp: Stamp) -> Step:
    """Take away pictures that were kept nowhere: they are made again, from the first one on."""
    check_move(post.state, _S.QUEUED)
    lost = [item.sha256 for item in post.media]
    return Step(
        post=post,
        owner=post.owner,
        to=_S.QUEUED,
        event=event_of(post, stamp, "forget", "done", "none", {"pictures": lost}),
        # What is awaited, if anything is, would be a later picture than the first.
        changes={"generating_by": "", "job": "", "repeats": 0},
        drops_media=True,
    )
