"""An article gets its words: topics thought of, an outline, then the text; each paid for once."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, zip_longest

from promptpress import steps
from promptpress.errors import NotYet, OutcomeUnknown, PermanentError, SetupError, TransientError
from promptpress.manuscript import with_cover
from promptpress.model import MAX_PICTURES, Order, Post, PostState
from promptpress.ports import Draft
from promptpress.wiring import services
from tasks.extract import check_connection
from tasks.hand import as_known, images_of, write_down, write_down_failure
from tasks.pages import pages
from tasks.policy import GENERATE, MAX_REPEATS, READ, WRITE, step
from tasks.write import choose, read_known, themes_of

logger = logging.getLogger("promptpress")
SPARE = 3
"""Topics that are asked for, for each that is wanted: some will be like others."""


def is_unwritten(post: Post) -> bool:
    """Tell whether a post is an article without its text."""
    return steps.is_unwritten(post)


def write_article(post: Post) -> Post:
    """Return an article with its outline, its text, and at least one picture to be made.

    Each is kept before the next is begun: what an earlier run has paid for is gone on from.

    Raises:
        ContentRefused: the model does not want to.
        PermanentError: its answer was lost too often.
        TransientError, SetupError: nothing was written.
        OutcomeUnknown: its answer was lost; the queue knows.
    """
    if post.article is None:
        post = outline_article(post)
    if is_unwritten(post):
        post = compose_article(post)
    if post.article is not None and not post.article.pictures:
        covered = with_cover(post.article, post.prompt)
        stamp = services().stamp(post.owner)
        post = services().queue.record(steps.add_cover(post, stamp, covered))
    return post


def write_or_wait(post: Post) -> Post:
    """Return an article with its words, as `write_article` does; its model stops no other post.

    Raises:
        NotYet: the model does not answer, or refuses us: the post waits, and that is not counted.
        ContentRefused, PermanentError, OutcomeUnknown: as in `write_article`.
    """
    try:
        return write_article(post)
    except (TransientError, SetupError) as error:
        wait = error.retry_after if isinstance(error, TransientError) else None
        raise NotYet(error.message, error.service, wait) from None


@step("outline-article", GENERATE, run_name="outline post {post.id}", begins=True)
def outline_article(post: Post) -> Post:
    """Have the outline of an article written, and keep it; errors as in `write_article`."""
    post = as_known(post)
    if post.article is not None:
        return post
    writer = services().article_writer
    pictures = min(images_of(post), MAX_PICTURES)
    post, draft = _ask(post, lambda asked: writer.outline(asked.prompt, pictures))
    outline = with_cover(draft.article, post.prompt)
    stamp = services().stamp(post.owner)
    kept = steps.keep_outline(post, stamp, outline, model=draft.model, tokens=draft.tokens)
    return write_down(kept)


@step("write-article", GENERATE, run_name="write post {post.id}", begins=True)
def compose_article(post: Post) -> Post:
    """Have the text of an outline written, and keep it; errors as in `write_article`."""
    post = as_known(post)
    outline = post.article
    if outline is None or outline.is_written:
        return post
    writer = services().article_writer
    post, draft = _ask(post, lambda asked: writer.compose(asked.prompt, asked.article or outline))
    stamp = services().stamp(post.owner)
    kept = steps.keep_text(post, stamp, draft.article, model=draft.model, tokens=draft.tokens)
    return write_down(kept)


def _ask(post: Post, write: Callable[[Post], Draft]) -> tuple[Post, Draft]:
    """Write down that the model is asked, then ask it about the post as it stands there."""
    chosen = services()
    if post.generating_by and post.repeats >= MAX_REPEATS:
        message = (
            f"{post.generating_by} was asked {post.repeats + 1} times and no answer was kept: "
            "look there whether it was paid for, then retry the post"
        )
        raise PermanentError(message, post.generating_by)
    name = chosen.article_writer.name
    post = chosen.queue.record(steps.begin_writing(post, chosen.stamp(post.owner), name))
    try:
        return post, write(post)
    except OutcomeUnknown:
        raise
    except (TransientError, PermanentError, SetupError) as error:
        write_down_failure(steps.drop_writing(post, chosen.stamp(post.owner), error))
        raise


def _waiting(states: Sequence[PostState]) -> Iterator[Post]:
    now = services().now()
    for post in pages(states, None):
        is_due = post.due_at is None or post.due_at <= now
        is_taken = post.lease_until is not None and post.lease_until > now
        if post.kind == "article" and is_due and not post.held and not is_taken:
            yield post


@step("find-articles", READ)
def find_articles(states: Sequence[PostState]) -> list[Post]:
    """Return the articles that are due and not made yet, and that nobody works on or lets rest."""
    return list(_waiting(states))


def ask_article_writer() -> dict[str, str]:
    """Return what the language model says; MissingSetting, with what to set, if there is none."""
    writer = services().article_writer
    return {writer.name: check_connection(writer)}


@step("queue-topics", READ)
def queue_topics(topics: Sequence[str], run: str) -> list[int]:
    """Queue topics as articles, each once however often it is named; return the ids of the new."""
    orders = [Order(prompt=topic, kind="article", key=_key(topic)) for topic in topics]
    return [post_id for post_id in services().queue.add(orders, run) if post_id is not None]


def _key(topic: str) -> str:
    return f"article-{hashlib.sha256(topic.encode()).hexdigest()[:32]}"


@step("think-of-topics", WRITE, run_name="think of topics on {theme}", begins=True)
def propose_topics(theme: str, count: int, known: Sequence[str]) -> list[str]:
    """Have topics thought of within a theme; errors as in `write_article`."""
    return services().article_writer.think_of(theme, count, known)


def think_of_topics(wanted: int) -> list[str]:
    """Return new topics within the themes of the settings, unlike all that was ever queued.

    The themes take turns by the day, so that no theme is the only one where one topic is wanted.

    Raises:
        MissingSetting: there are no themes.
    """
    themes = themes_of(())
    known, latest = read_known()
    first = services().now().toordinal() % len(themes)
    turn = (*themes[first:], *themes[:first])[:wanted]
    count = SPARE * -(-wanted // len(turn))
    found = [[(theme, one) for one in propose_topics(theme, count, latest)] for theme in turn]
    in_turn = chain.from_iterable(zip_longest(*found))
    chosen = choose(filter(None, in_turn), known, wanted)
    return [one.prompt for one in chosen if not one.like]
