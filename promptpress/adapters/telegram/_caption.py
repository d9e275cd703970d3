"""The words under a picture: caption, hashtags and a link, within Telegram's limit. Pure."""

from html import escape
from urllib.parse import urlsplit

from promptpress.model import Post
from promptpress.wording import shorten, tags_line

MAX_CAPTION = 1_024
"""Characters of a caption: Unicode code points after entities are parsed
(core.telegram.org/bots/api#sendphoto). Escaped, of at most 5 bytes each, and with the longest
link they stay far below the 32,768 bytes at which the server refuses any text."""
MAX_LABEL = 128
"""Characters of the words that a link is shown as."""
MAX_LINK = 2_048
"""Characters of an address: what browsers and proxies surely take."""
_BREAK = "\n\n"
_PUNCTUATION = ".,;:!?()[]<>\"'"


def build_caption(
    post: Post, link_text: str = "", *, as_html: bool = True
) -> tuple[str, dict[str, object]]:
    """Return caption, hashtags and link within the limit, and what that cost.

    The text is cut first and escaped then: it is counted as readers see it, and no tag or entity
    is ever cut in two. As HTML the link stands behind its label, else it is written out.
    """
    words = _clean(post.caption).strip() or _clean(post.prompt).strip()
    text, costs = _fit(words, post, MAX_CAPTION)
    link = _link_of(post)
    shown = shorten(_clean(link_text).strip() or link, MAX_LABEL) if as_html else link
    appended = ""
    if not link or len(shown) > MAX_CAPTION // 2:
        if post.link.strip():
            costs["link_left_out"] = "it is no web address, or too long"
    elif not _stands_in(text, link):
        text, costs = _fit(words, post, MAX_CAPTION - len(_BREAK) - len(shown))
        appended = _anchor(link, shown) if as_html else link
    return _join(escape(text, quote=False) if as_html else text, appended), costs


def _anchor(link: str, shown: str) -> str:
    return f'<a href="{escape(link)}">{escape(shown, quote=False)}</a>'


def _stands_in(text: str, link: str) -> bool:
    """Tell whether somebody wrote the link into the text, where Telegram finds it by itself."""
    return any(link in (word, word.strip(_PUNCTUATION)) for word in text.split())


def _clean(text: str) -> str:
    """Return the text without halves of surrogate pairs: alone they have no UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _link_of(post: Post) -> str:
    """Return the post's link if it can stand in a message, else an empty string."""
    link = post.link.strip()
    if not 0 < len(link) <= MAX_LINK or not link.isprintable() or " " in link:
        return ""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    return link if parts.scheme in ("http", "https") and parts.hostname else ""


def _fit(text: str, post: Post, limit: int) -> tuple[str, dict[str, object]]:
    """Return text and hashtags within the limit: the text gives way first."""
    tags = tags_line(post.hashtags)
    whole = _join(text, tags)
    if len(whole) <= limit:
        return whole, {}
    kept = _whole_tags(tags, limit // 2)
    room = limit - len(_BREAK + kept) if kept else limit
    short = _join(shorten(text, room), kept)
    return short, {"caption_shortened": f"from {len(whole)} to {len(short)} characters"}


def _join(*parts: str) -> str:
    return _BREAK.join(part for part in parts if part)


def _whole_tags(tags: str, limit: int) -> str:
    """Return as many of the tags as fit, none of them cut."""
    return tags if len(tags) <= limit else tags[: limit + 1].rpartition(" ")[0]
