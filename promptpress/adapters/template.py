"""A TextWriter without a language model: the words of a post come from a template."""

from string import Formatter

from promptpress.errors import SetupError
from promptpress.model import MAX_PROMPT, Order
from promptpress.ports import Texts
from promptpress.wording import shorten

PLACEHOLDERS = ("prompt", "style")
"""What a template may name, in braces; each is a field of the order."""
MAX_ALT_TEXT = 1_000
"""Characters of an alt text: what Instagram takes; Mastodon and Bluesky take more."""


def _build_caption(template: str, order: Order) -> str:
    words = {name: getattr(order, name) for name in PLACEHOLDERS}
    return shorten(template.format_map(words).strip(), MAX_PROMPT)


def _find_problem(template: str) -> str:
    """Return what is wrong with a template, or an empty string.

    Only bare names may stand in braces: `{prompt.__class__}` or `{prompt:>999999999}` would let
    a template read or fill the memory.
    """
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        return f"{error}; write {{{{ and }}}} for braces that are meant"
    for _, name, spec, conversion in parts:
        if name is not None and (name not in PLACEHOLDERS or spec or conversion):
            tail = (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
            return f"{{{name}{tail}}} is unknown"
    return ""


class TemplateWriter:
    """Fills a template with an order's prompt and style; a TextWriter."""

    name = "template"

    def __init__(self, template: str) -> None:
        """Keep the template, such as "{prompt}, in the style of {style}"."""
        self._template = template

    def check(self) -> None:
        """Raise SetupError unless the template has known placeholders only."""
        problem = _find_problem(self._template)
        if problem:
            valid = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise SetupError(
                f"the caption template cannot be used: {problem}; "
                f"valid placeholders: {valid}. Correct the template",
                self.name,
            )

    def write(self, order: Order) -> Texts:
        """Return the filled template as caption, and the prompt, shortened, as alt text.

        Raises:
            SetupError: the template has a placeholder that does not exist.
        """
        self.check()
        return Texts(
            caption=_build_caption(self._template, order),
            alt_text=shorten(order.prompt, MAX_ALT_TEXT),
        )
