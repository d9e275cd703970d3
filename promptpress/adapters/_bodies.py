"""What the bodies of answers say, whoever sent them. Pure; any bytes at all may come in."""

import json
import re
from collections.abc import Iterator
from typing import Any

MAX_DEPTH = 4
"""Lists and dicts inside each other that are searched for words; no service nests more of them."""


def parse_json(body: bytes | str) -> Any:
    """Return the value that the text is in JSON, or None."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def is_text(content: bytes) -> bool:
    """Tell whether the bytes are a page, JSON, words or nothing: every picture begins with others.

    The head of each format of pictures holds bytes below 32; a page's or JSON's only blanks.
    """
    return all(byte >= 32 or byte in b"\t\n\f\r" for byte in content[:1_000])


def is_address(value: Any) -> bool:
    """Tell whether a value is an address that a picture can be fetched from."""
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def read_page(body: bytes) -> str:
    """Return what a body that is no JSON tells a person: of a page its title, else the text."""
    text = body[:10_000].decode("utf-8", "replace").strip()
    if not text.startswith("<"):
        return text
    title = re.search(r"<title[^>]*>([^<]*)", text, re.IGNORECASE)
    return title[1].strip() if title and title[1].strip() else "a page of HTML"


def find_texts(value: Any, names: tuple[str, ...]) -> list[str]:
    """Return each text once that stands under one of the names, in a value of JSON."""
    return list(dict.fromkeys(_find_texts(value, names, 0)))


def _find_texts(value: Any, names: tuple[str, ...], depth: int) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, dict) and depth < MAX_DEPTH:
        for name in names:
            yield from _find_texts(value.get(name), names, depth + 1)
    elif isinstance(value, list) and depth < MAX_DEPTH:
        for item in value[:5]:
            yield from _find_texts(item, names, depth + 1)
