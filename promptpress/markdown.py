"""An article that a person wrote as a Markdown file: read, or told what is wrong with it. Pure.

    ---
    title: How lighthouses were lit
    summary: From fires of wood to lamps that nobody tends.
    tags: [lighthouses, history]
    language: en
    cover: an old lighthouse at dawn, oil painting
    ---
    ## Fires on the rocks
    The first lights were fires.

    ![A fire on a cliff](prompt: a fire on a cliff above a dark sea)

All above the text may be left out: then the first heading is the title, and the first paragraph the
summary. A line `![what it shows](prompt: ...)` orders a picture at that place.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from promptpress.article import MAX_SUMMARY, Article, Section
from promptpress.manuscript import find_article_problems
from promptpress.model import MAX_PICTURES
from promptpress.orders import clean
from promptpress.wording import shorten

MAX_HEAD = 10_000
"""Characters of what stands above the text: our own limit."""
MAX_FILE = 1_000_000
"""Characters of a file: our own limit, ten times what an article may have."""
FIELDS = ("title", "summary", "tags", "language", "cover", "cover_alt")
"""What may stand above the text."""
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"^ {0,3}(#{1,2})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_IMAGE = re.compile(r"^[ \t]*!\[([^\]]*)\]\(([^)]*)\)[ \t]*$")
_PROMPT = re.compile(r"prompt:[ \t]*(.*)", re.IGNORECASE)


@dataclass
class _Part:
    """A part of the text on its way to a section."""

    heading: str
    lines: list[str] = field(default_factory=list)
    picture: str = ""
    alt_text: str = ""

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


def read_markdown(text: str, language: str = "en") -> tuple[Article | None, list[str]]:
    """Return the article that a file holds, and a sentence for all that is wrong with it.

    Args:
        text: of the file.
        language: of an article that names none, a BCP 47 tag.
    """
    if len(text) > MAX_FILE:
        return None, [f"{len(text):,} characters, at most {MAX_FILE:,} are possible"]
    lines = clean(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    above, body, problems = _split_head(lines)
    head, wrong = _read_head(above)
    title, parts, misplaced = _read_body(body)
    article = _article_of(head, title, parts, language)
    problems += [*wrong, *misplaced, *find_article_problems(article, MAX_PICTURES)]
    for one in article.sections:
        if not one.text:
            name = one.heading or one.alt_text or one.picture
            problems.append(f"{shorten(name, 80)!r} has no text: write some below it")
    if not LANGUAGE.fullmatch(article.language):
        problems.append("language: write a tag such as en or pt-BR")
    return article, problems


def _split_head(lines: list[str]) -> tuple[str, list[str], list[str]]:
    """Return what stands above the text, the lines of the text, and what is wrong with that."""
    if lines[0].rstrip() != "---":
        return "", lines, []
    for end, line in enumerate(lines[1:], 1):
        if line.rstrip() == "---":
            return "\n".join(lines[1:end]), lines[end + 1 :], []
    return "", lines[1:], ["what stands above the text has no end: close it with a line ---"]


def _read_head(text: str) -> tuple[dict[str, object], list[str]]:
    """Return the fields that are named above the text, and a sentence for each that is no good."""
    if len(text) > MAX_HEAD:
        return {}, [f"more than {MAX_HEAD:,} characters stand above the text: shorten that"]
    try:
        # The base loader makes texts of everything: a title may be a number or a date.
        found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  it makes texts and lists only
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}, ["what stands above the text is no YAML: write lines such as `title: My title`"]
    if found in (None, ""):
        return {}, []
    if not isinstance(found, Mapping):
        return {}, ["what stands above the text has no names: write lines such as `title: …`"]
    head: dict[str, object] = {}
    problems: list[str] = []
    for name, value in found.items():
        known = str(name)[:40].strip().lower() if isinstance(name, str) else ""
        if known not in FIELDS:
            problems.append(f"{known or 'a name'!r} is unknown; valid: {', '.join(FIELDS)}")
        elif known == "tags":
            head[known] = _tags(value)
        elif isinstance(value, str):
            head[known] = " ".join(value.split())
        else:
            problems.append(f"{known}: write one line of text")
    return head, problems


def _tags(value: object) -> tuple[str, ...]:
    words = value if isinstance(value, list) else str(value).split(",")
    texts = (clean(word).lstrip("#") for word in words if isinstance(word, str))
    return tuple(dict.fromkeys(filter(None, texts)))


def _read_body(lines: list[str]) -> tuple[str, list[_Part], list[str]]:
    """Return the title, the parts under their headings, the first without one, what is wrong."""
    title = ""
    parts = [_Part("")]
    problems: list[str] = []
    fence = ""
    for number, line in enumerate(lines, 1):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        heading = None if fence or mark else _HEADING.match(line)
        image = None if fence or mark else _IMAGE.match(line)
        if heading and len(heading[1]) == 1 and not title and len(parts) == 1:
            title = heading[2] or ""
        elif heading:
            parts.append(_Part(heading[2] or ""))
        elif image:
            problems += _add_picture(parts, image[1].strip(), image[2].strip(), number)
        else:
            parts[-1].lines.append(line)
    return title, parts, problems


def _add_picture(parts: list[_Part], alt_text: str, address: str, number: int) -> list[str]:
    """Order a picture where a line of the text stands; return what is wrong with that line."""
    prompt = _PROMPT.fullmatch(address)
    if prompt is None or not prompt[1].strip():
        words = "write ![what it shows](prompt: a lighthouse at dawn), pictures are made"
        return [f"line {number} of the text: {words}"]
    if parts[-1].picture:
        parts.append(_Part(""))  # a section has one picture: the text goes on under the next
    parts[-1].picture, parts[-1].alt_text = prompt[1].strip(), alt_text
    return []


def _article_of(
    head: Mapping[str, object], title: str, parts: list[_Part], language: str
) -> Article:
    """Return the article; a picture above all headings is its cover where no other is named."""

    def named(name: str) -> str:
        return str(head.get(name) or "")

    begin, *others = parts
    cover, cover_alt = named("cover"), named("cover_alt")
    if begin.picture and not cover:
        cover, cover_alt = begin.picture, begin.alt_text
        begin = _Part("", begin.lines)
    summary, rest = named("summary"), begin.text
    if not summary:
        first, _, after = rest.partition("\n\n")
        summary = shorten(" ".join(first.split()), MAX_SUMMARY)
        # The summary stands above the text; a text of nothing else stays one.
        rest = after.strip() if any(part.text for part in others) or after.strip() else rest
    opening = _Part("", [rest], begin.picture, begin.alt_text)
    whole = [part for part in (opening, *others) if part.text or part.picture or part.heading]
    tags = head.get("tags")
    return Article(
        title=named("title") or title.strip(),
        summary=summary,
        sections=tuple(map(_section, whole)),
        tags=tags if isinstance(tags, tuple) else (),
        language=named("language") or language,
        cover=cover,
        cover_alt=cover_alt or (named("title") or title.strip() if cover else ""),
    )


def _section(part: _Part) -> Section:
    return Section(
        heading=part.heading, text=part.text, picture=part.picture, alt_text=part.alt_text
    )
