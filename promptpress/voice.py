"""A channel's own voice: its caption template and hashtags, laid over a post. Pure."""

from dataclasses import replace
from string import Formatter

from promptpress.model import Post

PLACEHOLDERS = ("caption", "prompt", "link")
"""What a channel's caption may name, in braces; each is a field of the post."""


def find_template_problem(template: str) -> str:
    """Return what is wrong with a channel's caption, in a few words; empty when nothing is."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        return f"{error}; write {{{{ and }}}} for braces that are meant"
    valid = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    for _, name, spec, conversion in parts:
        # Bare names only: {prompt:>999999999} would fill the memory.
        if name is not None and (name not in PLACEHOLDERS or spec or conversion):
            return f"{{{name}}} is unknown; valid: {valid}"
    return ""


def word(post: Post, template: str, hashtags: tuple[str, ...]) -> Post:
    """Return the post in a channel's words.

    Args:
        post: the post.
        template: of the caption; empty: the post's own.
        hashtags: added to those of the post.
    """
    tags = tuple(dict.fromkeys((*post.hashtags, *hashtags)))
    if not template:
        return replace(post, hashtags=tags)
    own = post.caption.strip() or post.prompt.strip()
    words = {"caption": own, "prompt": post.prompt.strip(), "link": post.link}
    return replace(post, caption=template.format_map(words).strip(), hashtags=tags)
