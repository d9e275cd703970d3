"""From a post and its pictures to what the site knows of it. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from promptpress.adapters.site.records import Passage, Record, Story, build_tags
from promptpress.adapters.site.shots import Shot
from promptpress.adapters.site.texts import build_slug, clean, clean_language
from promptpress.article import Article, Section
from promptpress.model import Post
from promptpress.wording import tags_line

MAX_TAGS = 30
"""Tags of a post that get a list of their own: as many as Instagram takes."""


def build_record(post: Post, shots: Sequence[Shot], known: Record | None, now: datetime) -> Record:
    """Return the record of a post as it is now.

    Args:
        post: as it stands.
        shots: its pictures.
        known: its record so far; its address and first date stay.
        now: the date of a post that is new here.
    """
    article = post.article
    prompt = clean(post.prompt)
    hashtags = tuple(tags_line(clean(tag) for tag in post.hashtags).split())
    told = [" ".join(clean(tag).split()).strip("# ") for tag in article.tags] if article else []
    # What is two words on a page is one as a hashtag: that is the same topic.
    joined = {"".join(tag.split()).casefold() for tag in told}
    others = (tag.removeprefix("#") for tag in hashtags)
    names = (*told, *(tag for tag in others if tag.casefold() not in joined))
    topic = " ".join(clean(article.title).split()) if article else ""
    return Record(
        id=post.id,
        slug=known.slug if known else build_slug(topic or prompt),
        published=known.published if known else now.isoformat(timespec="seconds"),
        prompt=prompt,
        caption=clean(post.caption),
        alt_text=clean(post.alt_text) or prompt,
        hashtags=hashtags,
        shots=tuple(shots),
        kind=post.kind,
        language=clean_language(article.language) if article else "",
        tags=build_tags(names)[:MAX_TAGS],
        article=_build_story(article, topic or prompt, shots) if article else None,
    )


def _build_story(article: Article, title: str, shots: Sequence[Shot]) -> Story:
    """Return the article with its pictures where they belong, as far as there are any."""
    left = iter(shots)
    # A picture that has no place of its own is the cover.
    has_cover = article.cover or len(shots) > len(article.pictures)
    cover = next(left, None) if has_cover else None
    return Story(
        title=title,
        summary=clean(article.summary),
        cover=cover,
        parts=tuple(_build_passage(section, left) for section in article.sections),
    )


def _build_passage(section: Section, left: Iterator[Shot]) -> Passage:
    return Passage(
        heading=" ".join(clean(section.heading).split()),
        text=clean(section.text),
        shot=next(left, None) if section.picture else None,
    )
