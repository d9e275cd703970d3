"""A post becomes pictures: its words before they are made, a look at them after."""

import logging
from dataclasses import replace
from pathlib import Path

from promptpress import imaging, orders, steps
from promptpress.article import Article
from promptpress.errors import (
    ContentRefused,
    InvalidPost,
    PermanentError,
    SetupError,
    TransientError,
)
from promptpress.manuscript import texts_of
from promptpress.model import Media, Post, PostState
from promptpress.ports import Generated, Picture, Video, VideoRules
from promptpress.wiring import services
from tasks import Pictures, Rendered, Words
from tasks.hand import cost_of, publisher_of, settle_cost, write_down
from tasks.policy import READ, WRITE, step

logger = logging.getLogger("promptpress")
SIGNATURE = 100_000
"""Bytes that a signed manifest may take; it is about 3 thousand with a chain of two."""
SIGNED = ("JPEG", "PNG", "WEBP")
"""Formats that can be signed."""


def require_readable(post: Post) -> None:
    """Raise InvalidPost with every cell of the row that cannot be read."""
    if post.problems:
        raise InvalidPost("; ".join(post.problems))


@step("write-caption", WRITE, run_name="caption post {post.id}", begins=True)
def write_caption(post: Post) -> Words:
    """Check the order and return the words it left open.

    Raises:
        InvalidPost: names all that is wrong with the order.
    """
    chosen = services()
    known = (list(chosen.generators), list(chosen.publishers))
    problems = [*post.problems, *orders.find_problems(post, *known), *chosen.find_unfit(post)]
    if problems:
        raise InvalidPost("; ".join(problems))
    if post.kind == "article":
        return Words(_words_of(post.article) if post.article is not None else {})
    texts = chosen.writer.write(post)
    fills: dict[str, object] = {"caption": texts.caption, "alt_text": texts.alt_text}
    return Words(fills | ({"hashtags": texts.hashtags} if texts.hashtags else {}))


def _words_of(article: Article) -> dict[str, object]:
    """Return what other channels show of an article."""
    caption = "\n\n".join(filter(None, (article.title, article.summary)))
    words = {"caption": caption, "alt_text": article.pictures[0][1] if article.pictures else ""}
    found: dict[str, object] = {name: text for name, text in words.items() if text}
    hashtags = tuple("".join(tag.split()) for tag in article.tags)
    return found | ({"hashtags": hashtags} if hashtags else {})


@step("judge-words", READ, run_name="judge the words of post {post.id}", begins=True)
def judge_words(post: Post, words: Words) -> None:
    """Have the prompt, the caption and an article looked at before money is spent on them.

    Raises:
        ContentRefused: they should not be published.
    """
    moderator = services().moderator
    if moderator is not None:
        caption = post.caption or str(words.fills.get("caption", ""))
        article = texts_of(post.article) if post.article is not None else ()
        moderator.judge("\n\n".join(dict.fromkeys((post.prompt, caption, *article))))


@step("judge-pictures", READ, run_name="judge the pictures of post {post.id}", begins=True)
def judge_pictures(post: Post, pictures: Pictures) -> None:  # noqa: ARG001  names the run
    """Have pictures looked at before anything is published.

    Raises:
        ContentRefused: they should not be published.
    """
    moderator = services().moderator
    if moderator is None:
        return
    try:
        # Videos are not taken there; of a reel made of pictures these are what is looked at.
        stills = [picture.content for picture in pictures if isinstance(picture, Picture)]
        moderator.judge("", stills)
    except ContentRefused as error:
        message = f"{error.message.partition(':')[0]}: delete the post, order another prompt"
        raise ContentRefused(message, error.service) from None


def is_judged() -> bool:
    """Tell whether something looks at words and pictures."""
    return services().moderator is not None


@step("check-pictures", run_name="check post {post.id}")
def check_pictures(post: Post, made: tuple[Generated, ...]) -> Pictures:
    """Look at what came back: whole pictures, not blank, not flagged.

    Raises:
        BadPicture: something is no whole picture.
        ContentRefused: a picture is blank or the service flags it.
    """
    try:
        if any(one.unsafe for one in made):
            message = "the picture is flagged as unsafe: change the prompt, then retry the post"
            raise ContentRefused(message, post.generating_by)
        return tuple(_inspect(one.content) for one in made)
    except PermanentError as error:
        # It is paid for all the same: the day's budget knows.
        stamp = services().stamp(post.owner)
        write_down(steps.refuse_media(post, stamp, error, len(made), cost_of(made)))
        settle_cost(post, made)
        raise


@step("fetch-pictures", READ, run_name="fetch post {post.id}", begins=True)
def fetch_pictures(post: Post) -> Pictures:
    """Return the pictures of a post from the first store that has them whole."""
    return tuple(_inspect(_fetch(dict(item.refs))) for item in post.media)


def _inspect(content: bytes) -> Picture | Video:
    return imaging.inspect_video(content) if imaging.is_video(content) else imaging.inspect(content)


def _fetch(refs: dict[str, str]) -> bytes:
    stores = services().stores
    known = [name for name in refs if name in stores]
    if not known:
        message = f"the picture lies in {', '.join(refs)}: name that store in STORES, then retry"
        raise InvalidPost(message, "stores")
    for name in known[:-1]:
        try:
            return stores[name].get(refs[name])
        except (PermanentError, TransientError):
            continue
    return stores[known[-1]].get(refs[known[-1]])


@step("render-pictures", run_name="render post {post.id} for {channel}", begins=True)
def render_pictures(post: Post, channel: str, pictures: Pictures) -> Rendered:
    """Return the pictures in the shape that the channel takes, labelled with their source.

    A channel that shows them on screens of any size gets copies for these too.

    A channel that takes videos gets one where the post has one, or is a reel: then it is all that
    is returned.

    Raises:
        InvalidPost: the channel takes nothing of what the post has.
    """
    rules = publisher_of(channel).rules_for(post.kind)
    marked = list(zip(pictures, post.media, strict=True))
    videos = [(one, item) for one, item in marked if isinstance(one, Video)]
    stills = [(one, item) for one, item in marked if isinstance(one, Picture)]
    if rules.video is not None and (videos or post.kind == "reel"):
        return Rendered((_render_video(post, rules.video, videos, stills),))
    if not stills:
        instead = "photo" if post.kind == "reel" else "reel"
        message = f"it takes no video for a {post.kind}: order a {instead}, or other channels"
        raise InvalidPost(message, channel)
    if services().signer is not None:
        rules = replace(rules, max_bytes=rules.max_bytes - SIGNATURE)
    made = tuple(
        _sign(imaging.render(picture, rules, source=item.source, description=post.alt_text), item)
        for picture, item in stills[: rules.max_pictures]
    )
    if not rules.widths:
        return Rendered(made)
    return Rendered(made, tuple(imaging.make_copies(picture, rules.widths) for picture in made))


def _render_video(
    post: Post,
    rules: VideoRules,
    videos: list[tuple[Video, Media]],
    stills: list[tuple[Picture, Media]],
) -> Video:
    """Return the post's own video within the rules, or a reel of its pictures."""
    if videos:
        video, item = videos[0]
        return imaging.fit_video(video, rules, source=item.source, description=post.alt_text)
    settings = services().settings
    audio = _read_audio(settings.reel_audio) if settings.reel_audio else None
    reel = imaging.make_reel(
        [picture for picture, _ in stills],
        seconds=settings.reel_seconds,
        audio=audio,
        seed=post.id,
        source=stills[0][1].source,
        description=post.alt_text,
    )
    return imaging.fit_video(reel, rules, source=stills[0][1].source, description=post.alt_text)


def _read_audio(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        message = f"{file}: {error.strerror}: correct REEL_AUDIO, or leave it out"
        raise SetupError(message, "reel") from None


def _sign(picture: Picture, item: Media) -> Picture:
    """Return the picture with its provenance signed, where that is set up: the last step of all."""
    signer = services().signer
    if signer is None or picture.format not in SIGNED:
        return picture
    return imaging.inspect(signer.sign(picture.content, picture.format, item.source))


def are_forgotten(post: Post) -> bool:
    """Tell whether pictures of a post were kept nowhere, so that they have to be made again."""
    return any(set(item.refs) <= {"none"} for item in post.media)


def needs_pictures(post: Post) -> bool:
    """Tell whether a post still waits for pictures."""
    return post.state in (PostState.QUEUED, PostState.GENERATING)
