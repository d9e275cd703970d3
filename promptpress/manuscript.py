"""An article as text: the JSON in which queues keep it, and what is wrong with one. Pure."""

import json
from dataclasses import replace

from pydantic import TypeAdapter

from promptpress.article import (
    MAX_ARTICLE,
    MAX_SECTIONS,
    MAX_SUMMARY,
    MAX_TAGS,
    MAX_TITLE,
    Article,
    Section,
)

MAX_WORDS = 1_000
"""Characters of a heading, a prompt, an alt text or a tag of an article: our own limit."""
_ADAPTER = TypeAdapter(Article)


def read_article(cell: object) -> Article:
    """Return the article that a cell holds; ValueError where it holds none."""
    if isinstance(cell, str | bytes):
        return _ADAPTER.validate_json(cell)
    return _ADAPTER.validate_python(cell)


def write_article(article: Article) -> str:
    """Return the article as JSON, what is blank left out; other letters stay as they are."""
    plain = _ADAPTER.dump_python(article, mode="json", exclude_defaults=True)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def texts_of(article: Article) -> tuple[str, ...]:
    """Return all that a reader is shown of an article, and what its pictures are made from."""
    parts = [text for one in article.sections for text in _words_of(one)]
    texts = (article.title, article.summary, *article.tags, article.cover, article.cover_alt)
    return tuple(filter(None, (*texts, *parts)))


def _words_of(section: Section) -> tuple[str, ...]:
    return section.heading, section.text, section.picture, section.alt_text


def find_article_problems(article: Article, most_pictures: int) -> list[str]:
    """Return all that is wrong with an article, a sentence each; empty when it can be shown."""
    found: list[str] = []
    if not article.title.strip():
        found.append("article: it has no title: write one")
    if not article.sections:
        found.append("article: it has no text: write some")
    length = sum(len(one.text) for one in article.sections)
    words = [text for one in article.sections for text in (one.heading, one.picture, one.alt_text)]
    words += [*article.tags, article.cover, article.cover_alt, article.language]
    limits: tuple[tuple[str, int, int], ...] = (
        ("sections", len(article.sections), MAX_SECTIONS),
        ("characters of text", length, MAX_ARTICLE),
        ("characters of the title", len(article.title), MAX_TITLE),
        ("characters of the summary", len(article.summary), MAX_SUMMARY),
        ("characters of a heading, tag, prompt or alt text", max(map(len, words)), MAX_WORDS),
        ("tags", len(article.tags), MAX_TAGS),
        ("pictures", len(article.pictures), most_pictures),
    )
    for what, number, most in limits:
        if number > most:
            found.append(f"article: {number:,} {what}, at most {most:,} are possible")
    return found


def with_cover(article: Article, topic: str) -> Article:
    """Return the article with at least one picture: a cover made from its topic."""
    if article.pictures:
        return article
    return replace(article, cover=topic[:MAX_WORDS], cover_alt=article.title)
