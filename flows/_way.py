"""Parts of a post's way that several flows tell."""

from promptpress.errors import PromptpressError
from promptpress.model import Post, PostState, PublicationState
from tasks import Pictures, Way, Words
from tasks.articles import is_unwritten, write_or_wait
from tasks.desk import Chance
from tasks.generate import generate_pictures
from tasks.hand import is_resting
from tasks.load import store_pictures
from tasks.send import let_channel_rest, publish_post, settle_send
from tasks.stage import build_rendition, make_ready_to_send
from tasks.transform import (
    check_pictures,
    fetch_pictures,
    is_judged,
    judge_pictures,
    judge_words,
    needs_pictures,
    render_pictures,
    write_caption,
)


def write_words(post: Post) -> tuple[Post, Words]:
    """Return a post and its words, looked at where that is set up; an article gets its text."""
    words = write_caption(post)
    if is_judged():
        judge_words(post, words)
    if post.kind == "article":
        before, post = is_unwritten(post), write_or_wait(post)
        words = write_caption(post)
        if before and is_judged():
            judge_words(post, words)
    return post, words


def make_pictures(post: Post) -> Way[tuple[Post, Pictures]]:
    """Take a post from its prompt to pictures that are stored; return those just made too."""
    post, words = write_words(post)
    pictures: Pictures = ()
    while needs_pictures(post):
        post, made = yield from generate_pictures(post, words)
        checked = check_pictures(post, made)
        post = store_pictures(post, made, checked)
        pictures += checked
    return post, pictures


def judge(post: Post, pictures: Pictures) -> Pictures:
    """Have a post's pictures looked at, where that is set up, before anybody sees them.

    Returns them; where they had to be fetched, nobody need fetch them again.
    """
    if is_judged():
        pictures = pictures if len(pictures) == len(post.media) else fetch_pictures(post)
        judge_pictures(post, pictures)
    return pictures


def is_approved(post: Post) -> bool:
    """Tell whether a post has a person's yes, and no publications yet."""
    return post.state is PostState.READY and not post.publications


def send(post: Post, channel: str, pictures: Pictures, chance: Chance | None = None) -> Way[Post]:
    """Take a post to one channel: rendered, placed, made ready, sent once."""
    rendition = build_rendition(post, channel, render_pictures(post, channel, pictures))
    post = yield from make_ready_to_send(post, channel, rendition)
    return publish_post(post, channel, rendition, chance)


def settle(post: Post) -> tuple[Post, PromptpressError | None]:
    """Find out what became of each send that nobody finished.

    Returns the post, and the error of a channel that cannot be asked just now: the others are
    still to be served.
    """
    late: PromptpressError | None = None
    for publication in post.publications:
        channel = publication.channel
        if publication.state is PublicationState.SENDING and not is_resting(post, channel):
            try:
                post = settle_send(post, channel)
            except PromptpressError as error:
                post, late = let_channel_rest(post, channel, error), error
    return post, late
