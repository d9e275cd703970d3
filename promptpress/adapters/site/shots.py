"""Pictures on the site: their files, sizes and notes. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from promptpress.adapters.site.texts import clean
from promptpress.model import Media, Post
from promptpress.ports import Copies, Picture, Rendition
from promptpress.wording import SOURCE_TYPES

NOTES: Mapping[str, tuple[str, str]] = {
    "trainedAlgorithmicMedia": ("AI-made picture", "AI"),
    "compositeWithTrainedAlgorithmicMedia": ("Made partly with AI", "Partly AI"),
    "algorithmicMedia": ("Drawn by a program, not AI", "Sketch"),
}
"""For a reader, whole and short: what an IPTC digital source type says about a picture."""
SUFFIXES: Mapping[str, str] = {"AVIF": "avif", "WEBP": "webp", "JPEG": "jpg"}
"""How a file of each format ends; smallest first, which is the order browsers choose in."""
_COLOUR = re.compile("#[0-9a-f]{6}")


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A picture once more, smaller or in another format."""

    file: str
    """Below `media/`."""
    mime: str
    width: int


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
    alt: str = ""
    colour: str = ""
    """What stands in its place until it is there: #rrggbb; empty: unknown."""
    copies: tuple[Copy, ...] = ()

    @property
    def made_with(self) -> str:
        """The model and the service it ran on, or whichever is known."""
        if self.model and self.generator and self.model != self.generator:
            return f"{self.model} · {self.generator}"
        return self.model or self.generator

    @property
    def note(self) -> tuple[str, str]:
        """What made it, whole and short; both empty where that is unknown."""
        return NOTES.get(self.source, ("", ""))

    @property
    def source_type(self) -> str:
        """The IPTC digital source type as an address; empty: unknown."""
        return SOURCE_TYPES + self.source if self.source in NOTES else ""

    @property
    def sources(self) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
        """For each format, smallest first: its type, and files with widths, narrowest first."""
        whole = Copy(file=self.file, mime=self.mime, width=self.width)
        every = sorted((*self.copies, whole), key=lambda one: one.width)
        mimes = [_mime(form) for form in SUFFIXES]
        found = ((m, tuple((c.file, c.width) for c in every if c.mime == m)) for m in mimes)
        return tuple((mime, files) for mime, files in found if files)

    @property
    def thumb(self) -> str:
        """The narrowest JPEG: what a list of results shows."""
        return self.sources[-1][1][0][0]

    @property
    def files(self) -> set[str]:
        """All its files."""
        return {self.file, *(copy.file for copy in self.copies)}


def _mime(form: str) -> str:
    return f"image/{form.lower()}"


def media_name(post_id: int, picture: Picture) -> str:
    """Return a name that changes with the bytes: what a browser has kept is never stale."""
    return f"{post_id}-{picture.sha256[:16]}.{SUFFIXES[picture.format]}"


def files_of(rendition: Rendition) -> dict[str, bytes]:
    """Return all files of a post's pictures: name to bytes."""
    every = [*rendition.pictures, *(p for one in rendition.copies for p in one.pictures)]
    return {media_name(rendition.post.id, picture): picture.content for picture in every}


def describe(post: Post, count: int) -> Sequence[str]:
    """Return what each of so many pictures of a post shows."""
    usual = clean(post.alt_text) or clean(post.prompt)
    article = post.article
    if article is None or count > len(article.pictures):
        return [usual] * count
    told = [clean(alt) or clean(article.title) or usual for _, alt in article.pictures]
    if article.cover and clean(post.alt_text):
        told[0] = clean(post.alt_text)
    return told[:count]


def build_shots(rendition: Rendition) -> Iterable[Shot]:
    """Return the pictures of a post as the site knows them, in their order."""
    post = rendition.post
    media: dict[int, Media] = dict(enumerate(sorted(post.media, key=lambda one: one.position)))
    copies: dict[int, Copies] = dict(enumerate(rendition.copies))
    told = describe(post, len(rendition.pictures))
    for number, picture in enumerate(rendition.pictures):
        made, sizes = media.get(number), copies.get(number)
        yield Shot(
            file=media_name(post.id, picture),
            mime=_mime(picture.format),
            width=picture.width,
            height=picture.height,
            size=len(picture.content),
            source=made.source if made else "",
            generator=clean(made.generator) if made else "",
            model=clean(made.model) if made else "",
            seed=made.seed if made else None,
            alt=told[number],
            colour=sizes.colour if sizes and _COLOUR.fullmatch(sizes.colour) else "",
            copies=tuple(_build_copies(post.id, sizes)) if sizes else (),
        )


def _build_copies(post_id: int, sizes: Copies) -> Iterable[Copy]:
    for picture in sizes.pictures:
        name = media_name(post_id, picture)
        yield Copy(file=name, mime=_mime(picture.format), width=picture.width)


def retell(shots: Sequence[Shot], post: Post) -> tuple[Shot, ...]:
    """Return the pictures with the words that the post has for them now."""
    told = describe(post, len(shots))
    return tuple(replace(shot, alt=alt) for shot, alt in zip(shots, told, strict=True))
