"""What the tests of the language model share: a writer of a stand-in."""

from typing import Any

from promptpress.adapters.openai.articles import OpenAIArticleWriter
from promptpress.adapters.openai.writer import OpenAIWriter
from promptpress.model import Order
from tests.adapters.generating import NOW
from tests.fakes.chat import Chat

ORDER = Order(prompt="a lighthouse at dawn", style="ink")
KEPT = {"caption": "Good morning", "alt_text": "A lighthouse", "hashtags": ["dawn"]}


def _arguments(server: Chat, changes: dict[str, Any]) -> dict[str, Any]:
    settings = server.environment()
    arguments: dict[str, Any] = {
        "key": settings["TEXT_API_KEY"],
        "model": settings["TEXT_MODEL"],
        "api_url": settings["TEXT_API_URL"],
        "language": "en",
        "timeout": 10.0,
        "clock": lambda: NOW,
    }
    return {**arguments, **changes}


def writer_of(server: Chat, **changes: Any) -> OpenAIWriter:
    """Return a writer for the stand-in."""
    return OpenAIWriter(**_arguments(server, changes))


def article_writer_of(server: Chat, **changes: Any) -> OpenAIArticleWriter:
    """Return a writer of articles for the stand-in."""
    return OpenAIArticleWriter(**_arguments(server, changes))
