"""What the site knows of a post: all that its pages show, and nothing else. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from promptpress.adapters.site.markdown import to_html
from promptpress.adapters.site.shots import Copy, Shot
from promptpress.adapters.site.texts import build_tag_slug, keywords, reading_minutes
from promptpress.wording import shorten

MAX_TITLE = 110
"""Characters of a title: two or three lines of a heading."""
MAX_SUMMARY = 200
"""Characters of a summary where there is no room for more: what search engines show of it."""


@dataclass(frozen=True, kw_only=True)
class Tag:
    """A tag as a post bears it."""

    name: str
    """Without `#`."""
    slug: str
    """What tags with the same letters have in common: `Sea` and `sea` are one."""

    @property
    def key(self) -> str:
        """The folder of its list."""
        return f"tags/{self.slug}"

    @property
    def href(self) -> str:
        """Its list as an address, relative to the site's."""
        return quote(f"{self.key}/index.html")


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A part of an article under its own heading."""

    heading: str
    text: str
    """In Markdown: what is shown of it is decided anew whenever a page is written."""
    shot: Shot | None = None

    @property
    def html(self) -> Markup:
        """The text for a page."""
        return Markup(to_html(self.text))  # noqa: S704  to_html lets nothing through that acts


@dataclass(frozen=True, kw_only=True)
class Story:
    """The article of a post."""

    title: str
    summary: str
    parts: tuple[Passage, ...]
    cover: Shot | None = None

    @property
    def text(self) -> str:
        """All its words."""
        return "\n\n".join((self.summary, *(f"{one.heading}\n\n{one.text}" for one in self.parts)))

    @property
    def passages(self) -> tuple[tuple[str, Markup, Shot | None], ...]:
        """The heading of each part, its text for a page, and its picture."""
        return tuple((one.heading, one.html, one.shot) for one in self.parts)

    @property
    def minutes(self) -> int:
        """How long somebody reads at it."""
        return reading_minutes(self.text)


@dataclass(frozen=True, kw_only=True)
class Record:
    """One post on the site."""

    id: int
    slug: str
    """Words for a page's name, chosen once: an address never changes."""
    published: str
    """When it first went out: ISO 8601 with its offset."""
    prompt: str
    caption: str
    alt_text: str
    hashtags: tuple[str, ...]
    """With their `#`."""
    shots: tuple[Shot, ...]
    kind: str = "photo"
    language: str = ""
    """A BCP 47 tag; empty: unknown."""
    tags: tuple[Tag, ...] = ()
    article: Story | None = None

    @property
    def path(self) -> str:
        """The page, below the folder of the site."""
        return f"posts/{self.id}{'-' * bool(self.slug)}{self.slug}.html"

    @property
    def href(self) -> str:
        """The page as an address, relative to the site's."""
        return quote(self.path)

    @property
    def at(self) -> datetime:
        """When it first went out."""
        return datetime.fromisoformat(self.published)

    @property
    def lists(self) -> dict[str, str]:
        """The lists it is on beside that of all posts: folder to name."""
        return {tag.key: tag.name for tag in self.tags} | {
            f"month/{self.published[:7]}": self.published[:7]
        }

    @property
    def media(self) -> set[str]:
        """The files of its pictures, below the folder of the site."""
        return {f"media/{file}" for shot in self.shots for file in shot.files}

    @property
    def first_line(self) -> str:
        """The title of the article, else the first line of the caption, else of the prompt."""
        text = (self.article.title if self.article else "") or self.caption or self.prompt
        return text.split("\n", 1)[0] or f"Post {self.id}"

    @property
    def title(self) -> str:
        """The first line, shortened."""
        return shorten(self.first_line, MAX_TITLE)

    @property
    def body(self) -> str:
        """What the caption says beyond the title."""
        if self.article:
            return ""
        if self.title != self.first_line:
            return self.caption or self.prompt
        return self.caption.partition("\n")[2].strip()

    @property
    def summary(self) -> str:
        """What it is about, on one line."""
        text = (self.article.summary if self.article else "") or self.caption or self.prompt
        return shorten(" ".join(text.split()), MAX_SUMMARY) or self.title

    @property
    def words(self) -> str:
        """What the search finds it by."""
        story = self.article
        told = (story.title, story.text) if story else ()
        return keywords(self.prompt, self.caption, *(tag.name for tag in self.tags), *told)

    @property
    def notes(self) -> tuple[tuple[str, str], ...]:
        """What made the pictures, each once: whole and short."""
        return tuple(dict.fromkeys(shot.note for shot in self.shots if shot.note[0]))


def build_tags(names: tuple[str, ...]) -> tuple[Tag, ...]:
    """Return tags by their names, those with the same letters once."""
    found: dict[str, Tag] = {}
    for name in names:
        slug = build_tag_slug(name)
        if slug:
            found.setdefault(slug, Tag(name=name, slug=slug))
    return tuple(found.values())


def dump(record: Record) -> bytes:
    """Return the record as JSON, a line per field."""
    return (json.dumps(asdict(record), ensure_ascii=False, indent=1) + "\n").encode()


def parse(content: bytes) -> Record | None:
    """Return the record that the bytes are, or None when they are damaged."""
    try:
        fields = json.loads(content)
        fields["shots"] = tuple(map(_parse_shot, fields["shots"]))
        fields["hashtags"] = tuple(fields["hashtags"])
        fields["article"] = _parse_story(fields.get("article"))
        # Records from before there were lists of tags have none.
        tags = fields.get("tags")
        names = tuple(hashtag.removeprefix("#") for hashtag in fields["hashtags"])
        fields["tags"] = build_tags(names) if tags is None else tuple(Tag(**tag) for tag in tags)
        record = Record(**fields)
        datetime.fromisoformat(record.published)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return record


def _parse_shot(fields: Mapping[str, Any]) -> Shot:
    copies = tuple(Copy(**copy) for copy in fields.get("copies", ()))
    return Shot(**{**fields, "copies": copies})


def _parse_story(fields: Mapping[str, Any] | None) -> Story | None:
    if fields is None:
        return None
    parts = tuple(
        Passage(**{**one, "shot": _parse_shot(one["shot"]) if one["shot"] else None})
        for one in fields["parts"]
    )
    cover = _parse_shot(fields["cover"]) if fields["cover"] else None
    return Story(**{**fields, "parts": parts, "cover": cover})
