"""How posts ended, in Markdown: cells that stay text, and the summary of a run on GitHub."""

import html
import logging
import re
from collections.abc import Sequence
from contextlib import suppress

from promptpress.errors import PromptpressError
from promptpress.wiring import services
from tasks.fan_out import Outcome

logger = logging.getLogger("promptpress")


def row_of(outcome: Outcome) -> dict[str, object]:
    """Return how a post ended, as a row of a table in Prefect's UI."""
    post = outcome.post
    links = [p.url for p in post.publications if p.url]
    return {
        "post": post.id,
        "state": str(post.state),
        "prompt": post.prompt[:80],
        "channels": ", ".join(f"{p.channel}: {p.state}" for p in post.publications),
        "link": links[0] if links else "",
        "reason": post.reason or (str(outcome.error) if outcome.error else ""),
    }


def cell(value: object) -> str:
    """Return a value as a cell of a Markdown table: whatever a prompt holds stays text."""
    text = html.escape(" ".join(str(value).split()), quote=False)
    return re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", text)


def link(url: str) -> str:
    """Return an address as a cell: a link, or text where it is none."""
    return f"<{url}>" if re.fullmatch(r"https?://[^\s<>|]+", url) else cell(url)


def summary_of(outcomes: Sequence[Outcome]) -> str:
    """Return how each post ended as a Markdown table."""
    rows = [row_of(outcome) for outcome in outcomes]
    lines = [
        f"| {row['post']} | {cell(row['state'])} | {cell(row['prompt'])} | "
        f"{link(str(row['link']))} | {cell(row['reason'])} |"
        for row in rows
    ]
    head = ["| post | state | prompt | link | reason |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *lines, ""])


def summarise(text: str) -> None:
    """Add a text to the summary page of a run on GitHub; elsewhere there is none."""
    file = services().settings.github_step_summary
    if file is None:
        return
    try:
        with file.open("a", encoding="utf-8") as page:
            page.write(text)
    except OSError as error:
        logger.warning("the summary could not be written: %s", error.strerror)


def summarise_error(error: PromptpressError) -> None:
    """Add to that page why a run could not begin."""
    with suppress(PromptpressError):  # wrong settings may be the very error
        summarise(f"**Stopped:** {cell(error)}\n")
