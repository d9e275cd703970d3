"""What goes out: the method, the fields and the files of one send. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from promptpress.adapters.telegram._answers import Answer
from promptpress.adapters.telegram._caption import build_caption
from promptpress.adapters.telegram._rules import can_be_photo, media_of
from promptpress.model import Post
from promptpress.ports import Picture, Rendition, Video

_SUFFIXES = {"JPEG": "jpg"}

File = tuple[str, bytes, str]
"""Name, content and type, as requests takes them."""


@dataclass(frozen=True, kw_only=True)
class Send:
    """A call that sends something."""

    method: str
    fields: Mapping[str, str]
    files: Mapping[str, File]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A post about to go out; what Telegram surely refused may go out as another draft."""

    post: Post
    media: tuple[Picture | Video, ...]
    link_text: str
    as_photos: bool
    """False: pictures go out as files, untouched and without a preview."""
    as_html: bool = True

    @classmethod
    def of(
        cls, rendition: Rendition, channel: str, *, link_text: str = "", is_local: bool = False
    ) -> Self:
        """Return how a post is tried first; errors as in `media_of`."""
        media = media_of(rendition, channel, is_local=is_local)
        # Photos and files do not mix in an album.
        fit = all(can_be_photo(item) for item in media if isinstance(item, Picture))
        return cls(post=rendition.post, media=media, link_text=link_text, as_photos=fit)

    @property
    def is_album(self) -> bool:
        """True when it is more than one message."""
        return len(self.media) > 1

    def after(self, answer: Answer) -> "Draft | None":
        """Return what to try after a refusal, for which nothing was sent; None: nothing."""
        if self.as_html and answer.refuses_markup:
            return replace(self, as_html=False)
        if self.as_photos and answer.refuses_photo and isinstance(self.media[0], Picture):
            return replace(self, as_photos=False)
        return None

    def send(self) -> Send:
        """Return the call that sends it."""
        caption, _ = build_caption(self.post, self.link_text, as_html=self.as_html)
        words = {"caption": caption, **({"parse_mode": "HTML"} if self.as_html else {})}
        if self.is_album:
            return self._album(words)
        (item,) = self.media
        kind, options = self._kind(item)
        name = f"post-{self.post.id}"
        return Send(
            method=f"send{kind.capitalize()}",
            fields=words | {name: _plain(value) for name, value in options.items()},
            files={kind: _file(name, item)},
        )

    def _album(self, words: Mapping[str, str]) -> Send:
        files = {}
        items: list[dict[str, Any]] = []
        for number, item in enumerate(self.media, 1):
            kind, options = self._kind(item)
            files[f"f{number}"] = _file(f"post-{self.post.id}-{number}", item)
            items.append({"type": kind, "media": f"attach://f{number}", **options})
        # The caption of the only item that has one is shown as that of the album.
        items[0] |= words
        return Send(
            method="sendMediaGroup",
            fields={"media": json.dumps(items, ensure_ascii=False)},
            files=files,
        )

    def _kind(self, item: Picture | Video) -> tuple[str, dict[str, int | bool]]:
        """Return what an item is sent as, and what is said of it besides its caption."""
        if isinstance(item, Video):
            size = {"width": item.width, "height": item.height}
            duration = max(1, round(item.seconds))  # 0 would stand for unknown
            return "video", {"duration": duration, **size, "supports_streaming": True}
        if self.as_photos:
            return "photo", {}
        # Else a WEBP picture would become a sticker.
        return "document", {"disable_content_type_detection": True}

    def facts(self, rendition: Rendition) -> dict[str, object]:
        """Return what the receipt should say of what was sent, where it is not all as ordered."""
        facts = build_caption(self.post, self.link_text, as_html=self.as_html)[1]
        left_out = 0 if rendition.video else len(rendition.pictures) - len(self.media)
        if left_out:
            facts["pictures_left_out"] = left_out
        if isinstance(self.media[0], Picture) and not self.as_photos:
            facts["sent_as"] = "document"
        if not self.as_html:
            facts["markup_left_out"] = True
        return facts


def _plain(value: int | bool) -> str:
    return str(value).lower()


def _file(name: str, item: Picture | Video) -> File:
    if isinstance(item, Video):
        return f"{name}.mp4", item.content, "video/mp4"
    suffix = _SUFFIXES.get(item.format, item.format.lower())
    return f"{name}.{suffix}", item.content, f"image/{item.format.lower()}"
