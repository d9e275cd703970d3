"""Markdown that anybody may have written, to HTML that does nothing but stand there. Pure.

Two belts: the parser knows no HTML (CommonMark, and tables), and what it makes goes through a
list of what is allowed. No picture, no style, no script, no address but of a page or of mail.
"""

import functools
import re

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

HEADINGS = ("h3", "h4", "h5", "h6")
"""Below the title of an article and the heading of its section."""
_BLOCKS = {*HEADINGS, "p", "blockquote", "ul", "ol", "li", "table", "th", "td"}
TAGS = {*_BLOCKS, "em", "strong", "a", "code", "pre", "hr", "br", "thead", "tbody", "tr"}
_OURS = {"rel", "dir"}
"""Attributes that are set below; the parser knows none of them."""
_ADDRESS = re.compile("(https?://|mailto:)[^\\s\x00-\x20]+", re.IGNORECASE)
_DIRECTIONS = {tag: {"dir": "auto"} for tag in _BLOCKS} | {"pre": {"dir": "ltr"}}
"""Each block finds its own direction; what programs read runs from left to right."""


def to_html(text: str) -> str:
    """Return Markdown as HTML that is safe to put onto a page as it is."""
    return nh3.clean(
        _parser().render(text),
        tags=TAGS,
        clean_content_tags={"script", "style"},
        attributes={"a": {"href"}},
        attribute_filter=_keep,
        set_tag_attribute_values=_DIRECTIONS,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    ).strip()


def _keep(tag: str, attribute: str, value: str) -> str | None:  # noqa: ARG001  nh3 calls it so
    """Return an attribute's value, or None to leave it out: nh3 lets through more than we name."""
    if attribute == "href":
        return value if _ADDRESS.fullmatch(value) else None
    return value if attribute in _OURS else None


@functools.cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.core.ruler.push("headings", _lower_headings)
    return parser


def _lower_headings(state: StateCore) -> None:
    """Make `#` the first heading below that of a section."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = HEADINGS[min(int(token.tag[1:]), len(HEADINGS)) - 1]
