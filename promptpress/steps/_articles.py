"""Steps of an article on its way from the topic to its whole text."""

from promptpress.article import Article
from promptpress.errors import PromptpressError
from promptpress.model import Post, PostState, Stamp, Step, check_move
from promptpress.steps._events import error_detail, event_of

_S = PostState


def is_unwritten(post: Post) -> bool:
    """Tell whether a post is an article without its text."""
    return post.kind == "article" and (post.article is None or not post.article.is_written)


def _action(post: Post) -> str:
    """Return what is written next, as the audit calls it."""
    return "outline" if post.article is None else "write"


def begin_writing(post: Post, stamp: Stamp, writer: str) -> Step:
    """Write down that an outline, or the text of one, is about to be paid for.

    A post found with an answer that nobody has kept counts one repeat more.
    """
    check_move(post.state, _S.GENERATING)
    again = bool(post.generating_by)
    outcome = "repeated" if again else "begun"
    return Step(
        post=post,
        owner=post.owner,
        to=_S.GENERATING,
        event=event_of(post, stamp, _action(post), outcome, writer),
        changes={"generating_by": writer, "job": "", "repeats": post.repeats + again},
    )


def add_cover(post: Post, stamp: Stamp, article: Article) -> Step:
    """Give an article that names no picture at all a cover: a post has one at the least."""
    check_move(post.state, _S.GENERATING)
    detail = {"prompt": article.cover}
    return Step(
        post=post,
        owner=post.owner,
        to=_S.GENERATING,
        event=event_of(post, stamp, "cover", "done", detail=detail),
        changes={"article": article},
    )


def drop_writing(post: Post, stamp: Stamp, error: PromptpressError) -> Step:
    """Write down that surely nothing was written: the next question is no repeat."""
    detail = error_detail(error)
    return Step(
        post=post,
        owner=post.owner,
        to=_S.GENERATING,
        event=event_of(post, stamp, _action(post), "failed", post.generating_by, detail),
        changes={"generating_by": ""},
    )


def keep_outline(
    post: Post, stamp: Stamp, outline: Article, *, model: str = "", tokens: int | None = None
) -> Step:
    """Keep an outline, unless a person has written an article meanwhile."""
    detail: dict[str, object] = {
        "title": outline.title,
        "sections": len(outline.sections),
        "pictures": len(outline.pictures),
        "model": model,
        "tokens": tokens,
    }
    return Step(
        post=post,
        owner=post.owner,
        to=_S.GENERATING,
        event=event_of(post, stamp, "outline", "done", post.generating_by, detail),
        # What is kept is over: each answer of an article may be asked for once more.
        changes={"generating_by": "", "repeats": 0},
        fills={"article": outline},
    )


def keep_text(
    post: Post, stamp: Stamp, article: Article, *, model: str = "", tokens: int | None = None
) -> Step:
    """Keep the whole text, unless a person has completed the article meanwhile; pictures next."""
    check_move(post.state, _S.GENERATING)
    length = sum(len(one.text) for one in article.sections)
    detail: dict[str, object] = {"characters": length, "model": model, "tokens": tokens}
    return Step(
        post=post,
        owner=post.owner,
        to=_S.GENERATING,
        event=event_of(post, stamp, "write", "done", post.generating_by, detail),
        changes={"generating_by": "", "repeats": 0},
        fills={"article": article},
    )
