"""The handle: what was made ready so far, as a short text that is kept with the post. Pure.

It reads `children=1789,-,1791;container=1792;at=1795251600;…`; of ten children it has some 300
characters. Nothing in it is a secret.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

_ID = re.compile(r"[A-Za-z0-9_]{1,40}")
_DIGEST = re.compile(r"[0-9a-f]{12}")
_NUMBER = re.compile(r"[0-9]{1,11}")
_HOLE = "-"


@dataclass(frozen=True, kw_only=True)
class Handle:
    """What Instagram has made for a post by now."""

    children: tuple[str, ...] = ()
    """Containers of a carousel's pictures in their order; empty where one has to be made anew."""
    container: str = ""
    """What is published, under an id that can be asked for as long as it lives."""
    at: int = 0
    """When the latest of them was made, in seconds since 1970."""
    pictures: str = ""
    """Digest of the pictures that they were made of."""
    whole: str = ""
    """Digest of everything that the container was made of."""
    caption: str = ""
    """Digest of the container's caption, by which a post is found again."""
    anew: int = 0
    """Pieces that Instagram could not process and that were made once more."""
    misses: int = 0
    """Questions in a row that were answered as if the container were not there."""
    uploaded: bool = False
    """True when the container has got its video."""
    published: bool = False
    """True when Instagram said that it is published."""

    def with_child(self, place: int, id_: str) -> "Handle":
        """Return the handle with this child in its place; an empty id leaves a hole."""
        children = [*self.children, *[""] * (place + 1 - len(self.children))]
        children[place] = id_
        return replace(self, children=tuple(children), misses=0)

    def without_container(self) -> "Handle":
        """Return the handle as it was before the container was made."""
        gone = replace(self, container="", whole="", caption="", uploaded=False)
        return replace(gone, published=False, misses=0)


def digest(parts: Sequence[object]) -> str:
    """Return twelve characters that differ where any of the parts does."""
    return sha256(repr(tuple(parts)).encode("utf-8", "replace")).hexdigest()[:12]


def write_handle(handle: Handle) -> str:
    """Return the handle as a text."""
    fields: dict[str, object] = {
        "children": ",".join(child or _HOLE for child in handle.children),
        "container": handle.container,
        "at": handle.at,
        "pictures": handle.pictures,
        "whole": handle.whole,
        "caption": handle.caption,
        "anew": handle.anew,
        "misses": handle.misses,
        "uploaded": int(handle.uploaded),
        "published": int(handle.published),
    }
    return ";".join(f"{name}={value}" for name, value in fields.items() if value)


def parse_handle(text: str) -> Handle:
    """Return the handle that a text holds.

    Raises:
        ValueError: it is not one of ours, so nobody knows what was made.
    """
    fields: dict[str, str] = {}
    for part in filter(None, text.strip().split(";")):
        name, _, value = part.partition("=")
        if not value or name in fields:
            raise ValueError(name)
        fields[name] = value
    take = _Taker(fields)
    handle = Handle(
        children=take.children(),
        container=take("container", _ID),
        at=int(take("at", _NUMBER) or 0),
        pictures=take("pictures", _DIGEST),
        whole=take("whole", _DIGEST),
        caption=take("caption", _DIGEST),
        anew=int(take("anew", _NUMBER) or 0),
        misses=int(take("misses", _NUMBER) or 0),
        uploaded=bool(take("uploaded", _NUMBER)),
        published=bool(take("published", _NUMBER)),
    )
    if fields:
        raise ValueError(f"unknown fields {sorted(fields)}")
    return handle


class _Taker:
    """Takes fields away one by one, each only in its form."""

    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields

    def __call__(self, name: str, form: re.Pattern[str]) -> str:
        value = self._fields.pop(name, "")
        if value and not form.fullmatch(value):
            raise ValueError(name)
        return value

    def children(self) -> tuple[str, ...]:
        text = self._fields.pop("children", "")
        children = text.split(",") if text else []
        if not all(child == _HOLE or _ID.fullmatch(child) for child in children):
            raise ValueError("children")
        return tuple("" if child == _HOLE else child for child in children)


def is_id(value: object) -> bool:
    """Tell whether a value can be an id of the Graph API: it becomes a part of addresses."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None
