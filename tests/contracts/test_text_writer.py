"""What every TextWriter promises. A new one joins by one line in FACTORIES."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest

from promptpress.adapters.template import TemplateWriter
from promptpress.model import MAX_PROMPT, Order
from promptpress.ports import TextWriter
from tests.adapters.writing import writer_of
from tests.fakes.chat import Chat


@contextmanager
def _language_model() -> Iterator[TextWriter]:
    with Chat() as chat:
        yield writer_of(chat)


FACTORIES: Mapping[str, Callable[[], AbstractContextManager[TextWriter]]] = {
    "openai-text": _language_model,
    "template": lambda: nullcontext(TemplateWriter("{prompt}")),
}
PROMPTS = {
    "plain": "a lighthouse at dawn",
    "braces": "a sign that says {prompt} {0} }{",
    "markup": "<b>bold</b> & *stars* [links](x)",
    "right to left": "منارة عند الفجر",
    "emoji": "🦊🌊👩\u200d👩\u200d👧",
    "long": "word " * 1_999 + "end",
}


@pytest.fixture(params=sorted(FACTORIES))
def writer(request: pytest.FixtureRequest) -> Iterator[TextWriter]:
    with FACTORIES[request.param]() as made:
        yield made


def test_it_has_a_name_and_would_work(writer: TextWriter) -> None:
    """The name is not blank and the check passes."""
    writer.check()

    assert writer.name


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_it_writes_caption_and_alt_text(writer: TextWriter, prompt: str) -> None:
    """Any prompt gets both texts, neither blank nor longer than a post may hold."""
    texts = writer.write(Order(prompt=prompt))

    assert 0 < len(texts.caption.strip()) <= MAX_PROMPT
    assert 0 < len(texts.alt_text.strip()) <= 1_000
