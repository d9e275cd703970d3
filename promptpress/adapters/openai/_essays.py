"""What the model is told to get an article, and what of its answer is taken. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, ValidationError

from promptpress.adapters.openai._words import (
    DATA,
    MAX_ALT_TEXT,
    MAX_HASHTAGS,
    MAX_KNOWN,
    MAX_KNOWN_TEXT,
    MAX_PROPOSED,
    Proposed,
    as_material,
    as_tags,
    form_of,
    unwrap,
)
from promptpress.article import (
    MAX_ARTICLE,
    MAX_SECTIONS,
    MAX_SUMMARY,
    MAX_TITLE,
    Article,
    Section,
)
from promptpress.orders import clean
from promptpress.wording import keepable, shorten

MAX_HEADING = 200
"""Characters of a heading, as of a title."""
MAX_SKETCH = 1_000
"""Characters of a picture's prompt: some hundred words, more than any model makes use of."""
_WRITE = (
    "You write articles for a blog, in the language with the BCP 47 tag {language}, whatever "
    f"language the topic has. {DATA} "
)
_OUTLINE = (
    _WRITE + "Plan an article on `topic`. Write `title`: short, no full stop at its end; "
    "`summary`: one or two sentences that make a reader want it; `tags`: three to five single "
    "words without #; `sections`: three to seven, each with a `heading`, all of them a way "
    "through the topic without repetition, no introduction and no conclusion for their own sake. "
    "An article has exactly `pictures` pictures, its cover among them. `cover` is the prompt of "
    "the cover for an image generator: subject, place, light, mood, style in one or two sentences, "
    "without text in the picture; `cover_alt` says what it shows, for people who cannot see it. "
    "Sections have `picture` and `alt_text` of the same kind where they have a picture, and empty "
    "texts where they have none; all pictures share one style."
)
_COMPOSE = (
    _WRITE + "`outline` is the plan of an article on `topic`. Write `texts`: one text for each "
    "section of the plan, in its order, each two to five paragraphs that say something definite "
    "about the section's heading and do not repeat the others. Markdown: paragraphs, lists, "
    "emphasis, and headings of level 3 only where a section is long; no heading of the section "
    "itself, no HTML, no images, no links you are not sure of. Where you do not know something, "
    "leave it out."
)
_TOPICS = (
    "You think of topics for the articles of a blog, in the language with the BCP 47 tag "
    f"{{language}}, whatever language the theme has. {DATA} Write `count` topics within the theme "
    "`theme` into `prompts`. Each is one sentence that says what the article is about, and is "
    "about something else than the others and than every one in `known`."
)
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_HEADING = re.compile(r"^ {0,3}(#{1,6})(?=\s|$)")
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")


class OutlinedSection(BaseModel):
    """A section, as the model plans it."""

    model_config = ConfigDict(strict=True)

    heading: str
    picture: str
    alt_text: str


class Outlined(BaseModel):
    """An article, as the model plans it."""

    model_config = ConfigDict(strict=True)

    title: str
    summary: str
    tags: list[str]
    cover: str
    cover_alt: str
    sections: list[OutlinedSection]


class Composed(BaseModel):
    """The texts of an article, section by section."""

    model_config = ConfigDict(strict=True)

    texts: list[str]


def ask_for_outline(topic: str, pictures: int, language: str) -> tuple[str, str]:
    """Return what the system and what the user say to get an outline."""
    said = _OUTLINE.format(language=language) + form_of(Outlined)
    return said, as_material(topic=topic, pictures=pictures)


def ask_for_texts(topic: str, outline: Article) -> tuple[str, str]:
    """Return what the system and what the user say to get the texts of an outline."""
    said = _COMPOSE.format(language=outline.language) + form_of(Composed)
    plan = {
        "title": outline.title,
        "summary": outline.summary,
        "sections": [one.heading for one in outline.sections],
    }
    return said, as_material(topic=topic, outline=plan)


def ask_for_topics(theme: str, count: int, known: Sequence[str], language: str) -> tuple[str, str]:
    """Return what the system and what the user say to get topics, at most 50 of them."""
    shown = [shorten(topic, MAX_KNOWN_TEXT) for topic in known[-MAX_KNOWN:]]
    said = _TOPICS.format(language=language) + form_of(Proposed)
    return said, as_material(theme=theme, count=min(count, MAX_PROPOSED), known=shown)


def parse_outline(content: str, pictures: int, language: str) -> Article | None:
    """Return the outline that an answer holds, within its limits, or None.

    Pictures beyond those asked for are left out, the last ones first.
    """
    try:
        told = Outlined.model_validate_json(unwrap(content))
    except ValidationError:
        return None
    cover = _line(told.cover, MAX_SKETCH)
    room = pictures - bool(cover)
    sections: list[Section] = []
    for one in told.sections[:MAX_SECTIONS]:
        heading, picture = _line(one.heading, MAX_HEADING), _line(one.picture, MAX_SKETCH)
        picture = picture if room > 0 else ""
        room -= bool(picture)
        alt_text = _line(one.alt_text, MAX_ALT_TEXT) if picture else ""
        if heading:
            sections.append(Section(heading=heading, picture=picture, alt_text=alt_text))
    title, summary = _line(told.title, MAX_TITLE), _line(told.summary, MAX_SUMMARY)
    if not title or not summary or not sections:
        return None
    return Article(
        title=title,
        summary=summary,
        sections=tuple(sections),
        tags=as_tags(told.tags)[:MAX_HASHTAGS],
        language=language,
        cover=cover,
        cover_alt=_line(told.cover_alt, MAX_ALT_TEXT) if cover else "",
    )


def parse_texts(content: str, outline: Article) -> Article | None:
    """Return the outline with the texts that an answer holds, one for each section, or None.

    A section that has a text already keeps it.
    """
    try:
        told = Composed.model_validate_json(unwrap(content))
    except ValidationError:
        return None
    texts = [_tidy(text) for text in told.texts]
    if len(texts) != len(outline.sections):
        return None
    pairs = zip(outline.sections, texts, strict=True)
    sections = tuple(replace(one, text=one.text or text) for one, text in pairs)
    article = replace(outline, sections=sections)
    if not article.is_written or sum(len(one.text) for one in sections) > MAX_ARTICLE:
        return None
    return article


def _line(text: str, limit: int) -> str:
    return shorten(" ".join(keepable(clean(text)).split()), limit)


def _tidy(text: str) -> str:
    """Return Markdown without pictures and without headings above level 3; code stays as it is."""
    lines: list[str] = []
    fence = ""
    for line in keepable(clean(text)).split("\n"):
        found = _FENCE.match(line)
        if found and fence in ("", found[1]):
            fence = "" if fence else found[1]
        elif not fence:
            line = _HEADING.sub(lambda one: one[1] if len(one[1]) > 2 else "###", line)  # noqa: PLW2901  tidied in place
            line = _IMAGE.sub(r"\1", line)  # noqa: PLW2901  as above
        lines.append(line)
    return "\n".join(lines).strip()
