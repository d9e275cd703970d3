"""What writes words, and what looks at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from promptpress.article import Article
from promptpress.model import Order
from promptpress.ports._service import Service


@dataclass(frozen=True, kw_only=True)
class Texts:
    """The words that go with a picture."""

    caption: str
    alt_text: str
    hashtags: tuple[str, ...] = ()


class TextWriter(Service, Protocol):
    """Writes the words of a post that its order left open."""

    def write(self, order: Order) -> Texts:
        """Return caption and alt text; ContentRefused rather than free text parsed by hope."""


class PromptWriter(Service, Protocol):
    """Thinks of pictures."""

    def propose(self, theme: str, count: int, known: Sequence[str]) -> list[str]:
        """Return up to `count` prompts on a theme, unlike the known ones shown to it."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An article as far as it is written, and what that took."""

    article: Article
    model: str = ""
    tokens: int | None = None
    """Read and written by the model, where the service says."""


class ArticleWriter(Service, Protocol):
    """Writes articles, in two steps that are kept one by one.

    Both raise OutcomeUnknown where an answer is lost that may have been paid for.
    """

    def think_of(self, theme: str, count: int, known: Sequence[str]) -> list[str]:
        """Return up to `count` topics within a theme, unlike the known ones shown to it."""

    def outline(self, topic: str, pictures: int) -> Draft:
        """Return title, summary, headings and the prompts of so many pictures; no text yet."""

    def compose(self, topic: str, outline: Article) -> Draft:
        """Return the outline with the text of every section; nothing else of it changes."""


class Moderator(Service, Protocol):
    """Looks at words and pictures before money is spent or anything is published."""

    def judge(self, text: str, pictures: Sequence[bytes] = ()) -> None:
        """Raise ContentRefused, with the reason, for what should not be published."""
