"""What the site knows of a post: all that its pages show, and nothing else. Pure."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from urllib.parse import quote

from promptpress.model import Media, Post
from promptpress.ports import Picture, Rendition
from promptpress.wording import shorten, tags_line

MAX_TITLE = 110
"""Characters of a title: two or three lines of a heading."""
MAX_SLUG = 60
"""Bytes of the words in a page's name; a file's name has at most 255 (NAME_MAX)."""
NOTES: Mapping[str, tuple[str, str]] = {
    "trainedAlgorithmicMedia": ("AI-made picture", "AI"),
    "compositeWithTrainedAlgorithmicMedia": ("Made partly with AI", "Partly AI"),
    "algorithmicMedia": ("Drawn by a program, not AI", "Sketch"),
}
"""For a reader, whole and short: what an IPTC digital source type says about a picture."""

_NOT_SHOWN = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Control characters, halves of surrogate pairs and what XML 1.0 (2.2) forbids."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One picture on the site."""

    file: str
    """Below `media/`."""
    mime: str
    width: int
    height: int
    size: int
    """In bytes."""
    source: str = ""
    """The last part of an IPTC digital source type."""
    generator: str = ""
    model: str = ""
    seed: int | None = None

    @property
    def made_with(self) -> str:
        """The model and the service it ran on, or whichever is known."""
        if self.model and self.generator and self.model != self.generator:
            return f"{self.model} · {self.generator}"
        return self.model or self.generator


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
    def first_line(self) -> str:
        """The first line of the caption, else of the prompt."""
        text = self.caption or self.prompt
        return text.split("\n", 1)[0] or f"Post {self.id}"

    @property
    def title(self) -> str:
        """The first line, shortened."""
        return shorten(self.first_line, MAX_TITLE)

    @property
    def body(self) -> str:
        """What the caption says beyond the title."""
        if self.title != self.first_line:
            return self.caption or self.prompt
        return self.caption.partition("\n")[2].strip()

    @property
    def notes(self) -> tuple[tuple[str, str], ...]:
        """What made the pictures, each once: whole and short."""
        found = (NOTES[shot.source] for shot in self.shots if shot.source in NOTES)
        return tuple(dict.fromkeys(found))


def clean(text: str) -> str:
    """Return the text as a page can show it: no control characters, no blanks around it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_SHOWN.sub("", lines).strip()


def build_slug(text: str) -> str:
    """Return words for a file's name: letters and digits of any script, joined by `-`.

    Nothing else is left, so nothing in it can lead out of a folder or needs care in a link.
    """
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    kept = (c if unicodedata.category(c)[0] in "LMN" else " " for c in plain[: 4 * MAX_SLUG])
    slug = ""
    for word in "".join(kept).split():
        longer = f"{slug}-{word}" if slug else word
        if len(longer.encode()) > MAX_SLUG:
            return slug or word.encode()[:MAX_SLUG].decode(errors="ignore")
        slug = longer
    return slug


def build_record(rendition: Rendition, known: Record | None, now: datetime) -> Record:
    """Return the record of a post as it is now.

    Args:
        rendition: the post and its pictures.
        known: its record so far; its address and first date stay.
        now: the date of a post that is new here.
    """
    post = rendition.post
    return Record(
        id=post.id,
        slug=known.slug if known else build_slug(clean(post.prompt)),
        published=known.published if known else now.isoformat(timespec="seconds"),
        prompt=clean(post.prompt),
        caption=clean(post.caption),
        alt_text=clean(post.alt_text) or clean(post.prompt),
        hashtags=tuple(tags_line(clean(tag) for tag in post.hashtags).split()),
        shots=tuple(_build_shots(post, rendition.pictures)),
    )


def _build_shots(post: Post, pictures: Iterable[Picture]) -> Iterable[Shot]:
    media: dict[int, Media] = dict(enumerate(sorted(post.media, key=lambda one: one.position)))
    for number, picture in enumerate(pictures):
        made = media.get(number)
        yield Shot(
            file=media_name(post.id, picture),
            mime=f"image/{picture.format.lower()}",
            width=picture.width,
            height=picture.height,
            size=len(picture.content),
            source=made.source if made else "",
            generator=clean(made.generator) if made else "",
            model=clean(made.model) if made else "",
            seed=made.seed if made else None,
        )


def media_name(post_id: int, picture: Picture) -> str:
    """Return a name that changes with the bytes: what a browser has kept is never stale."""
    return f"{post_id}-{picture.sha256[:16]}.jpg"


def dump(record: Record) -> bytes:
    """Return the record as JSON, a line per field."""
    return (json.dumps(asdict(record), ensure_ascii=False, indent=1) + "\n").encode()


def parse(content: bytes) -> Record | None:
    """Return the record that the bytes are, or None when they are damaged."""
    try:
        fields = json.loads(content)
        shots = tuple(Shot(**shot) for shot in fields.pop("shots"))
        record = Record(**{**fields, "hashtags": tuple(fields["hashtags"]), "shots": shots})
        datetime.fromisoformat(record.published)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return record
