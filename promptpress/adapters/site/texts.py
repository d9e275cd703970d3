"""Words as the site needs them: fit for a page, as addresses, to be searched. Pure."""

import re
import unicodedata
from hashlib import sha256

MAX_SLUG = 60
"""Bytes of the words in a page's name; a file's name has at most 255 (NAME_MAX)."""
MAX_KEYWORDS = 3_000
"""Characters that the search knows of a post: 200 posts of a file are then 600 kB at the most."""
PACE, DENSE_PACE = 200, 400
"""Words and characters that a reader takes in a minute; the latter in scripts without blanks."""

_NOT_SHOWN = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Control characters, halves of surrogate pairs and what XML 1.0 (2.2) forbids."""
_DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese: words are not divided by blanks."""
_LANGUAGE = re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}")
"""What a language tag looks like (RFC 5646)."""


def clean(text: str) -> str:
    """Return the text as a page can show it: no control characters, no blanks around it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_SHOWN.sub("", lines).strip()


def clean_language(tag: str) -> str:
    """Return a language tag, or an empty string where it is none."""
    return tag if _LANGUAGE.fullmatch(tag) else ""


def _split(text: str) -> list[str]:
    """Return the words of a text: letters, marks and digits of any script."""
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text).split()


def _fold(text: str) -> str:
    """Return a text so that spellings of the same letters are the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())


def build_slug(text: str) -> str:
    """Return words for a file's name: letters and digits of any script, joined by `-`.

    Nothing else is left, so nothing in it can lead out of a folder or needs care in a link.
    """
    slug = ""
    for word in _split(_fold(text)[: 4 * MAX_SLUG]):
        longer = f"{slug}-{word}" if slug else word
        if len(longer.encode()) > MAX_SLUG:
            return slug or word.encode()[:MAX_SLUG].decode(errors="ignore")
        slug = longer
    return slug


def build_tag_slug(text: str) -> str:
    """Return a slug that other tags do not have: one that is cut ends in a mark of the whole."""
    slug, whole = build_slug(text), "-".join(_split(_fold(text)))
    return slug if slug == whole else f"{slug}-{sha256(whole.encode()).hexdigest()[:8]}"


def keywords(*texts: str) -> str:
    """Return the words of texts in lower case, each once, as far as the search knows them."""
    plain = (unicodedata.normalize("NFKC", text).lower() for text in texts)
    known = " ".join(dict.fromkeys(word for text in plain for word in _split(text)))
    if len(known) <= MAX_KEYWORDS:
        return known
    return known[:MAX_KEYWORDS].rpartition(" ")[0] or known[:MAX_KEYWORDS]


def reading_minutes(text: str) -> int:
    """Return how long somebody reads at it: whole minutes, at least one."""
    dense = len(_DENSE.findall(text))
    words = len(_DENSE.sub(" ", text).split())
    return max(1, round(words / PACE + dense / DENSE_PACE))
