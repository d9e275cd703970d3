"""What people answer in the sheet: a word over the status of a post that asks for one."""

import logging
from collections.abc import Callable, Mapping

from promptpress import decisions, fence
from promptpress.adapters.google.sheets.book import Row
from promptpress.adapters.google.sheets.headings import STATUS
from promptpress.adapters.google.sheets.words import ANSWERS
from promptpress.errors import InvalidPost
from promptpress.model import Post, PostState, PublicationState, Stamp, Step
from promptpress.steps import WORDS

logger = logging.getLogger("promptpress")
ASKING = (PostState.FAILED, PostState.REJECTED, PostState.IN_DOUBT, PostState.REVIEW)
"""States that a person ends."""


_DECISIONS: Mapping[str, Callable[[Post, Stamp], Step | None]] = {
    "retry": decisions.retry,
    "approve": decisions.approve,
    "reject": decisions.reject,
    # What stands in cells of the row stays: only words that were written for the post go.
    "again": lambda post, stamp: decisions.edit(post, stamp, {}, again=True, written=WORDS),
}


def answer_in(row: Row) -> str:
    """Return what a person wrote over the status of a post that asks for an answer, or nothing."""
    if row.kept is None or row.kept.state not in ASKING:
        return ""
    return ANSWERS.get(row.ours[STATUS].strip().casefold(), "")


def decide(row: Row, stamps: list[Stamp]) -> list[Step]:
    """Return the steps that carry out an answer; an answer that fits nothing is only logged.

    Args:
        row: with the answer.
        stamps: one for each channel of the post, and one more.
    """
    post, answer = row.post(), answer_in(row)
    try:
        if answer in _DECISIONS:
            step = _DECISIONS[answer](post, stamps[0])
            return [step] if step else []
        chain: list[Step] = []
        doubtful = [p.channel for p in post.publications if p.state is PublicationState.IN_DOUBT]
        for stamp, channel in zip(stamps, doubtful, strict=False):
            was_sent = answer == "sent"
            chain.append(decisions.resolve(post, stamp, channel, was_sent=was_sent))
            post = fence.apply_step(chain[-1], post)
    except InvalidPost as error:
        logger.warning("row %s: %s", row.index + 1, error)
        return []
    return chain
