"""A language model that writes articles: an ArticleWriter.

A long text costs more than a caption: an answer that was lost is an OutcomeUnknown, and whoever
asked counts how often it is asked for again.
"""

from collections.abc import Sequence

from promptpress.adapters.openai._chat import Answer
from promptpress.adapters.openai._essays import (
    Composed,
    Outlined,
    ask_for_outline,
    ask_for_texts,
    ask_for_topics,
    parse_outline,
    parse_texts,
)
from promptpress.adapters.openai._words import Proposed, parse_prompts
from promptpress.adapters.openai.writer import OpenAIWriter
from promptpress.article import Article
from promptpress.ports import Draft


class OpenAIArticleWriter(OpenAIWriter):
    """Writes articles, by the same model and server as captions; safe for any number of threads."""

    def think_of(self, theme: str, count: int, known: Sequence[str]) -> list[str]:
        """Return up to `count` topics within a theme.

        Raises:
            ContentRefused, PermanentError, TransientError, SetupError: as for `propose`.
        """
        answer = self._ask(*ask_for_topics(theme, count, known, self._language), Proposed)
        topics = parse_prompts(answer.content, count)
        if topics is None:
            raise self._unusable(answer.content)
        return topics

    def outline(self, topic: str, pictures: int) -> Draft:
        """Return the plan of an article, in the language that is set.

        Raises:
            ContentRefused: the model does not want to, or answers in words without a form.
            PermanentError: the answer is too long for it.
            TransientError, SetupError: nothing was written.
            OutcomeUnknown: it may have been written and paid for, and is lost or of no use.
        """
        question = ask_for_outline(topic, pictures, self._language)
        answer = self._ask(*question, Outlined, costly=True)
        return self._drafted(answer, parse_outline(answer.content, pictures, self._language))

    def compose(self, topic: str, outline: Article) -> Draft:
        """Return the outline with its texts, in its own language; errors as for `outline`."""
        answer = self._ask(*ask_for_texts(topic, outline), Composed, costly=True)
        return self._drafted(answer, parse_texts(answer.content, outline))

    def _drafted(self, answer: Answer, article: Article | None) -> Draft:
        if article is None:
            raise self._unusable(answer.content, costly=True)
        return Draft(article=article, model=self._model, tokens=answer.tokens)
