"""The caption: text, link and hashtags within Instagram's limits. Pure."""

import re
import unicodedata

from promptpress.model import Post
from promptpress.wording import shorten, tags_line

MAX_CAPTION = 2_200
"""Characters (developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/
ig-user/media)."""
MAX_MENTIONS = 20
"""Accounts named with @ (the same page)."""
MAX_HASHTAGS = 5
"""The same page says 30; since December 2025 posts with more than 5 are reported as refused."""

_HASHTAG = re.compile(r"(?<![\w&])#(?=\w)")
_MENTION = re.compile(r"(?<![\w.])@(?=\w)")


def build_caption(post: Post, max_hashtags: int = MAX_HASHTAGS) -> tuple[str, dict[str, object]]:
    """Return text, link and hashtags within the limits, and what that cost.

    A hashtag or name too many stays in the text as a plain word.

    Args:
        post: as it stands now.
        max_hashtags: taken at the most, those in the text first.
    """
    # Half of a surrogate pair alone has no UTF-8.
    text = (post.caption.strip() or post.prompt.strip()).encode("utf-8", "replace").decode()
    text = text.replace("\0", "")
    link = post.link.strip()
    link = "" if link in text else link
    text, mentions = _thin(text, _MENTION, MAX_MENTIONS - _count(_MENTION, link))
    text, surplus = _thin(text, _HASHTAG, max_hashtags - _count(_HASHTAG, link))
    room = max_hashtags - _count(_HASHTAG, text) - _count(_HASHTAG, link)
    tags, left = _first_tags(post.hashtags, text, max(room, 0))
    end = _join(link, tags)
    if len(end) > MAX_CAPTION // 2:  # no link or tag that a reader has any use of
        end = _whole_words(end, MAX_CAPTION // 2)
    whole = _join(text, end)
    facts: dict[str, object] = {}
    if surplus + left:
        facts["hashtags_left_out"] = surplus + left
    if mentions:
        facts["mentions_left_out"] = mentions
    if len(whole) <= MAX_CAPTION:
        return whole, facts
    short = _join(shorten(text, MAX_CAPTION - len(_join("x", end)) + 1), end)
    cost = f"from {len(whole)} to {len(short)} characters"
    return short, {**facts, "caption_shortened": cost}


def normal(caption: str) -> str:
    """Return a caption in the form in which two are compared: a service may tidy what it keeps."""
    return " ".join(unicodedata.normalize("NFC", caption).split())


def _thin(text: str, sign: re.Pattern[str], most: int) -> tuple[str, int]:
    """Return the text with so many signs left, and how many were taken away."""
    places = [found.start() for found in sign.finditer(text)][max(most, 0) :]
    surplus = set(places)
    return "".join(char for at, char in enumerate(text) if at not in surplus), len(places)


def _count(sign: re.Pattern[str], text: str) -> int:
    return len(sign.findall(text))


def _first_tags(hashtags: tuple[str, ...], text: str, most: int) -> tuple[str, int]:
    """Return as many hashtags as fit that do not stand in the text, and how many are left."""
    there = {word.casefold() for word in re.findall(r"#\w+", text)}
    tags = [tag for tag in tags_line(hashtags).split() if tag.casefold() not in there]
    return " ".join(tags[:most]), len(tags[most:])


def _join(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _whole_words(text: str, limit: int) -> str:
    return re.sub(r"\s*\S*\Z", "", text[: limit + 1]) if len(text) > limit else text
