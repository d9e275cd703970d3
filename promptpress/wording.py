"""Pure text: shorten it where a reader would, join hashtags, describe a picture for machines.

Characters are Unicode code points everywhere, as in `len`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape

from promptpress.model import Step

ELLIPSIS = "…"
MAX_DESCRIPTION = 2_000
"""Characters of a description inside a picture: a JPEG segment holds 65,533 bytes (ITU T.81,
B.1.1.4), and a character can become six of them as an XML entity."""
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""IPTC's list of what kinds of thing make pictures."""

_ZWJ = "\u200d"
_VIRAMA = 9
"""Canonical combining class of the signs that bind two Indic letters into one."""
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0, section 2.2, does not allow even when escaped."""
_PACKET = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
{properties}</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""
_SOURCE = "<Iptc4xmpExt:DigitalSourceType>{}</Iptc4xmpExt:DigitalSourceType>\n"
_DESCRIPTION = """\
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description>
"""


def shorten(text: str, limit: int) -> str:
    """Return the text itself if it has at most `limit` characters, else its beginning and "…".

    It is cut between two words, or inside one where that would lose more than half; never inside
    what a reader sees as one character (accents, families of emoji, flags).
    """
    if len(text) <= limit:
        return text
    room = limit - len(ELLIPSIS)
    if room < 0:
        return ""
    cut = room
    while cut > 0 and not text[cut].isspace():
        cut -= 1
    if cut <= room // 2:
        cut = room
        while cut > 0 and not _is_boundary(text, cut):
            cut -= 1
    return text[:cut].rstrip().rstrip(",;:–—-").rstrip() + ELLIPSIS


def _is_boundary(text: str, at: int) -> bool:
    """Tell whether a reader sees two characters left and right of `at` (after UAX #29)."""
    before, after = text[at - 1], text[at]
    if _continues(after) or before == _ZWJ or (before, after) == ("\r", "\n"):
        return False
    if unicodedata.combining(before) == _VIRAMA and after.isalpha():
        return False
    if _is_flag_half(after):
        halves = 0
        while halves < at and _is_flag_half(text[at - 1 - halves]):
            halves += 1
        return halves % 2 == 0
    return True


def _continues(char: str) -> bool:
    """Tell whether a character belongs to the one before it."""
    return (
        unicodedata.category(char) in ("Mn", "Mc", "Me")
        or char in "\u200c\u200d\uff9e\uff9f\u0e33\u0eb3"  # joiners, Japanese, Thai and Lao marks
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= char <= "\U000e007f"  # tags, as in the flag of Scotland
        or "\u1160" <= char <= "\u11ff"  # vowels and finals of decomposed Hangul
    )


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def tags_line(hashtags: Iterable[str]) -> str:
    """Return "#a #b": each tag once, without the characters that would end it early."""
    tags: dict[str, str] = {}
    for hashtag in hashtags:
        tag = "".join(filter(_is_tag_char, unicodedata.normalize("NFC", hashtag)))
        if any(char.isalnum() for char in tag):
            tags.setdefault(tag.casefold(), f"#{tag}")
    return " ".join(tags.values())


def _is_tag_char(char: str) -> bool:
    """Letters, their marks, digits and the underline, as UAX #31 has it for hashtags."""
    if "\ufe00" <= char <= "\ufe0f":  # variation selectors are left over from emoji
        return False
    category = unicodedata.category(char)
    return char == "_" or category[0] in "LM" or category == "Nd"


def xmp_packet(source: str, description: str = "") -> str:
    """Return the XMP packet that tells machines what made a picture, and what it shows.

    Args:
        source: last part of an IPTC digital source type, such as trainedAlgorithmicMedia.
        description: what the picture shows; escaped and shortened here.
    """
    properties = _SOURCE.format(escape(SOURCE_TYPES + source)) if source else ""
    if description:
        shown = shorten(_NOT_IN_XML.sub("", description), MAX_DESCRIPTION)
        properties += _DESCRIPTION.format(escape(shown))
    return _PACKET.format(properties=properties)


def keepable(text: str) -> str:
    """Return the text without what some queue refuses: NUL, and halves of surrogate pairs.

    A service may say anything, and a receipt must not be lost over it.
    """
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _keepable_fields(fields: Mapping[str, object]) -> dict[str, Any]:
    return {n: keepable(v) if isinstance(v, str) else v for n, v in fields.items()}


def keepable_step(step: Step) -> Step:
    """Return the step with nothing in it that a queue refuses."""
    told = ("external_id", "url", "reason", "handle")
    fields: list[dict[str, Any]] = [
        {name: keepable(getattr(one, name)) for name in told} for one in step.publications
    ]
    return replace(
        step,
        changes=_keepable_fields(step.changes),
        fills=_keepable_fields(step.fills),
        media=tuple(replace(one, model=keepable(one.model)) for one in step.media),
        publications=tuple(
            replace(one, **texts) for one, texts in zip(step.publications, fields, strict=True)
        ),
    )
