"""What Instagram counts of a post: likes and comments of the post itself, the rest by insights.

Insights need a right of their own (instagram_business_manage_insights; with the login with
Facebook instagram_manage_insights) and are refused for stories that are over, or that hardly
anybody saw. What is refused is left out: likes and comments are told all the same
(developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights).
"""

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from promptpress.adapters.instagram._answers import Answer
from promptpress.adapters.instagram._errors import MAX_WORDS, error_of, error_of_question
from promptpress.adapters.instagram._graph import Graph
from promptpress.adapters.instagram._handles import is_id
from promptpress.errors import PermanentError, PromptpressError

FIELDS = {"like_count": "likes", "comments_count": "comments"}
"""Fields of the post itself, and our words for them; likes that are hidden are not told."""
METRICS: Mapping[str, tuple[str, ...]] = {
    "FEED": ("views", "reach", "saved", "shares"),
    "REELS": ("views", "reach", "saved", "shares"),
    "STORY": ("views", "reach", "shares", "replies"),
}
"""What insights count, by media_product_type; one that does not go there spoils the question."""
_UNSUPPORTED = re.compile(r"does not support the (\w+) metric")
_REFUSED = frozenset((3, 10, 24, 100, *range(200, 300)))
"""Codes of a missing right, of a post without insights, and of questions that do not fit it."""

_log = logging.getLogger(__name__)


def count(graph: Graph, media: str) -> dict[str, int]:
    """Return what is counted of a post.

    Args:
        graph: who is asked.
        media: the post's id.

    Raises:
        TransientError, PermanentError, SetupError: as in the port.
    """
    if not is_id(media):
        raise PermanentError(
            "its id on Instagram is not known: look at its figures in Instagram's app", graph.name
        )
    answer = graph.ask_for_figures(media, fields=",".join(("media_product_type", *FIELDS)))
    if answer.value is None:
        raise _error_of_post(answer, graph.name)
    told = {ours: answer.value.get(theirs) for theirs, ours in FIELDS.items()}
    metrics = METRICS.get(str(answer.value.get("media_product_type")), ())
    insights = _ask_insights(graph, media, metrics)
    return {name: value for name, value in {**told, **insights}.items() if _is_count(value)}


def _ask_insights(graph: Graph, media: str, metrics: tuple[str, ...]) -> dict[str, Any]:
    """Return what insights tell of these metrics; nothing where they are refused.

    A metric that is named as not supported (views of older posts) is not asked for again.
    """
    while metrics:
        answer = graph.ask_for_figures(f"{media}/insights", metric=",".join(metrics))
        if answer.value is not None:
            return dict(_parse_insights(answer.value.get("data")))
        if answer.code not in _REFUSED:
            raise error_of_question(answer, graph.name)
        named = _UNSUPPORTED.findall(answer.words)
        left = tuple(metric for metric in metrics if metric not in named)
        if left == metrics:
            _log.info("%s: no insights of %s: %s", graph.name, media, answer.words)
            break
        metrics = left
    return {}


def _parse_insights(rows: object) -> Iterator[tuple[str, Any]]:
    """Return each metric with its value, wherever it stands: both forms are in use."""
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict):
            continue
        values = row.get("values")
        value = values[-1] if isinstance(values, list) and values else row.get("total_value")
        if isinstance(value, dict):
            yield str(row.get("name")), value.get("value")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _error_of_post(answer: Answer, name: str) -> PromptpressError:
    error = error_of(answer, name)
    if answer.is_missing or isinstance(error, PermanentError):
        words = answer.words[:MAX_WORDS] or "refused"
        return PermanentError(
            f"Instagram tells nothing of it ({words}): see whether it is still on the account", name
        )
    return error
