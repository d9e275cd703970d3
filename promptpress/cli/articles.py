"""An article of one's own: a Markdown file to the cells of an order."""

from pathlib import Path

from promptpress import wiring
from promptpress.errors import InvalidPost
from promptpress.markdown import MAX_FILE, read_markdown


def read_article_file(name: str) -> tuple[dict[str, object], list[str]]:
    """Return the cells that a file stands for, and a sentence for all that is wrong with it.

    Raises:
        InvalidPost: it cannot be read, or is no text.
    """
    try:
        with Path(name).open("rb") as file:
            content = file.read(4 * MAX_FILE + 1)  # a character has four bytes at the most
        text = content.decode("utf-8")
    except OSError as error:
        raise InvalidPost(f"{name}: {error.strerror}: name a Markdown file") from None
    except ValueError:
        raise InvalidPost(f"{name}: it is no text in UTF-8: save it as UTF-8") from None
    article, problems = read_markdown(text, wiring.services().settings.text_language)
    told = [f"{name}: {problem}" for problem in problems]
    if article is None or problems:
        return {}, told
    return {"prompt": article.title, "kind": "article", "article": article}, []
