"""An article: outline, text and pictures, whoever wrote it. Values only, as in model.py."""

from dataclasses import dataclass

MAX_SECTIONS = 12
"""Sections of an article at most: our own limit, some ten minutes of reading."""
MAX_TITLE, MAX_SUMMARY, MAX_ARTICLE = 200, 1_000, 100_000
"""Characters of a title, of a summary, and of the texts of all sections: our own limits."""
MAX_TAGS = 20


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of an article under its own heading."""

    heading: str
    text: str = ""
    """In Markdown (CommonMark); empty while there is only an outline."""
    picture: str = ""
    """The prompt of its picture; empty: it has none."""
    alt_text: str = ""
    """What its picture shows, for whoever does not see it."""


@dataclass(frozen=True, kw_only=True)
class Article:
    """What a reader is given: a title, a summary, and sections with pictures between them."""

    title: str
    summary: str
    """A sentence or two, which other channels show in place of the text."""
    sections: tuple[Section, ...]
    tags: tuple[str, ...] = ()
    """Without `#`."""
    language: str = "en"
    """A BCP 47 tag: a page needs it to be read aloud and set right."""
    cover: str = ""
    """The prompt of the picture at the top; empty: it has none."""
    cover_alt: str = ""

    @property
    def is_written(self) -> bool:
        """True when every section has its text: until then it is an outline."""
        return all(section.text for section in self.sections)

    @property
    def pictures(self) -> tuple[tuple[str, str], ...]:
        """The prompt and the alt text of each picture, in the order in which they are shown."""
        cover = ((self.cover, self.cover_alt),) if self.cover else ()
        inside = ((one.picture, one.alt_text) for one in self.sections if one.picture)
        return (*cover, *inside)
