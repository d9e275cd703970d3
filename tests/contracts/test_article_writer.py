"""What every ArticleWriter promises. A new one joins by one line in FACTORIES."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import pytest

from promptpress.manuscript import find_article_problems
from promptpress.model import MAX_PICTURES
from promptpress.ports import ArticleWriter
from tests.adapters.writing import article_writer_of
from tests.fakes.chat import Chat


@contextmanager
def _language_model() -> Iterator[ArticleWriter]:
    with Chat() as chat:
        yield article_writer_of(chat)


FACTORIES: Mapping[str, Callable[[], AbstractContextManager[ArticleWriter]]] = {
    "openai-text": _language_model,
}
TOPICS = {
    "plain": "how lighthouses were lit",
    "markup": "<script>alert(1)</script> & {topic} {0} }{",
    "right to left": "منارة عند الفجر",
    "emoji": "🦊🌊",
    "long": "word " * 1_999 + "end",
}


@pytest.fixture(params=sorted(FACTORIES))
def writer(request: pytest.FixtureRequest) -> Iterator[ArticleWriter]:
    with FACTORIES[request.param]() as made:
        yield made


def test_it_has_a_name_and_would_work(writer: ArticleWriter) -> None:
    """The name is not blank and the check passes."""
    writer.check()

    assert writer.name


@pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS)
def test_an_outline_gets_its_text(writer: ArticleWriter, topic: str) -> None:
    """First a whole plan without text, then nothing of it changes but its texts."""
    outline = writer.outline(topic, 3).article
    article = writer.compose(topic, outline).article

    assert find_article_problems(article, MAX_PICTURES) == []
    assert not any(one.text for one in outline.sections)
    assert article.is_written
    bare = tuple(replace(one, text="") for one in article.sections)
    assert replace(article, sections=bare) == outline
    assert len(outline.pictures) == 3
    assert all(prompt and alt_text for prompt, alt_text in outline.pictures)


def test_topics_are_as_many_as_asked_for(writer: ArticleWriter) -> None:
    """Each another, none blank."""
    topics = writer.think_of("the sea", 4, ["tides"])

    assert len(set(topics)) == 4
    assert all(topics)
