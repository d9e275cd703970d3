"""HTML as the Bot API reads it: a few tags, four named entities, and no patience.

Wording and rules after core.telegram.org/bots/api#html-style and the parser of tdlib.
"""

import re
from dataclasses import dataclass
from typing import Any

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|quot))(?:;|(?![a-zA-Z0-9]))")
_TAG = re.compile(r"<(/?)([^\s>]*)([^>]*)(>?)")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>]+)\s*(?:=\s*("[^"]*"|'[^']*'|[^\s>"']+))?""")

Entities = tuple[dict[str, Any], ...]


@dataclass
class _Open:
    tag: str
    url: str
    start: int


def units(text: str) -> int:
    """Return the length in UTF-16 code units, in which entities are counted."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(text: str) -> tuple[str, Entities]:
    """Return the text as people see it, and its entities; ValueError in Telegram's own words."""
    seen = ""
    entities: list[dict[str, Any]] = []
    opened: list[_Open] = []
    at = 0
    while at < len(text):
        if text[at] == "&" and (match := _ENTITY.match(text, at)):
            seen += _character(match)
            at = match.end()
        elif text[at] == "<":
            match = _TAG.match(text, at)
            assert match is not None
            offset = len(text[:at].encode())
            if match[1]:
                entities += _close(match, opened, units(seen), offset)
            else:
                opened.append(_open(match, units(seen), offset))
            at = match.end()
        else:
            seen += text[at]
            at += 1
    if opened:
        raise ValueError(f'Can\'t find end tag corresponding to start tag "{opened[-1].tag}"')
    return seen, tuple(entities)


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return NAMED[match[3]]
    number = int(match[1]) if match[1] else int(match[2], 16)
    is_one = 0 < number < 0x110000 and not 0xD800 <= number < 0xE000
    return chr(number) if is_one else match[0]


def _open(match: re.Match[str], start: int, offset: int) -> _Open:
    tag = match[2].lower()
    if tag not in TAGS:
        raise ValueError(f'Unsupported start tag "{tag}" at byte offset {offset}')
    if not match[4]:
        raise ValueError(f"Unclosed start tag at byte offset {offset}")
    attributes = {name: value.strip("\"'") for name, value in _ATTRIBUTE.findall(match[3])}
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise ValueError(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    url = _ENTITY.sub(_character, attributes.get("href", ""))
    return _Open(tag, url, start)


def _close(match: re.Match[str], opened: list[_Open], end: int, offset: int) -> Entities:
    if not match[4]:
        raise ValueError(f"Unclosed end tag at byte offset {offset}")
    if not opened:
        raise ValueError(f"Unexpected end tag at byte offset {offset}")
    last = opened.pop()
    tag = match[2].lower() or last.tag
    if tag != last.tag:
        words = f'expected "</{last.tag}>", found "</{tag}>"'
        raise ValueError(f"Unmatched end tag at byte offset {offset}, {words}")
    if end == last.start:
        return ()
    entity = {"type": TAGS[tag], "offset": last.start, "length": end - last.start}
    if tag != "a":
        return (entity,)
    # A link that is no address is silently plain text.
    is_link = re.fullmatch(r"(?:https?|tg|ton)://[^\s]+", last.url)
    return ({**entity, "url": last.url},) if is_link else ()
