"""TemplateWriter: captions from a template."""

import pytest

from promptpress.adapters.template import TemplateWriter
from promptpress.errors import SetupError
from promptpress.model import MAX_PROMPT, Order


@pytest.mark.parametrize(
    ("template", "order", "caption"),
    [
        ("{prompt}", Order(prompt="a fox"), "a fox"),
        ("{prompt}, {style}", Order(prompt="a fox", style="ink"), "a fox, ink"),
        ("{prompt}\n\n{style}", Order(prompt="a fox"), "a fox"),
        ("Of the day: {prompt}", Order(prompt="{style} {0} }{"), "Of the day: {style} {0} }{"),
        ("{{literal}} {prompt}", Order(prompt="a fox"), "{literal} a fox"),
        ("no placeholder", Order(prompt="a fox"), "no placeholder"),
    ],
)
def test_the_caption_is_the_filled_template(template: str, order: Order, caption: str) -> None:
    """Prompt and style take the place of their names; braces in a prompt stay what they are."""
    assert caption == TemplateWriter(template).write(order).caption


@pytest.mark.parametrize(
    "template",
    [
        "{promt}", "{}", "{0}", "{prompt", "prompt}", "{prompt.__class__}", "{prompt[0]}",
        "{prompt!r}", "{prompt:>999999999}",
    ],
)  # fmt: skip
def test_a_wrong_template_is_refused_with_the_valid_names(template: str) -> None:
    """Both check and write refuse it, and say what may stand there."""
    writer = TemplateWriter(template)

    for act in (writer.check, lambda: writer.write(Order(prompt="a fox"))):
        with pytest.raises(SetupError, match=r"valid placeholders: \{prompt\}, \{style\}"):
            act()


def test_the_alt_text_is_the_prompt_cut_at_a_word() -> None:
    """A prompt over 1,000 characters ends in an ellipsis after a whole word."""
    alt_text = TemplateWriter("{prompt}").write(Order(prompt="fox " * 400)).alt_text

    assert alt_text == "fox " * 249 + "fox…"


def test_a_caption_is_never_longer_than_a_post_may_hold() -> None:
    """The longest prompt inside a template still makes a valid order."""
    caption = TemplateWriter("Today: {prompt}").write(Order(prompt="x" * MAX_PROMPT)).caption

    assert len(caption) == MAX_PROMPT
