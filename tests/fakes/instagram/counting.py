"""What people did with the posts, and what insights tell of it."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from tests.fakes.instagram.records import LIFE, PRODUCTS, Post, Token
from tests.fakes.instagram.refusals import Refused
from tests.fakes.instagram.tokens import DENIED
from tests.fakes.server import Answer

SCOPES = {
    "instagram": "instagram_business_manage_insights",
    "facebook": "instagram_manage_insights",
}
METRICS = {
    "FEED": {"views", "reach", "likes", "comments", "saved", "shares", "total_interactions"},
    "REELS": {"views", "reach", "likes", "comments", "saved", "shares", "total_interactions"},
    "STORY": {"views", "reach", "shares", "replies", "total_interactions"},
}
KNOWN = set.union(*METRICS.values())
FEWEST = 5
"""Viewers of a story without whom nothing is told of it."""


class Counts:
    """Figures by the id of a post; likes and comments are 0 until somebody counts."""

    def __init__(self) -> None:
        self.of: dict[str, dict[str, int]] = defaultdict(dict)
        self.hides_likes = False
        """True where the account shows nobody its likes."""
        self.unsupported: set[str] = set()
        """Metrics that posts do not have, though the page says so: views of older ones."""

    def fields(self, post: Post) -> dict[str, Any]:
        """Return the figures among the fields of a post."""
        told = self.of[post.id]
        shown = {"comments_count": told.get("comments", 0)}
        return shown if self.hides_likes else {**shown, "like_count": told.get("likes", 0)}

    def insights(self, post: Post, token: Token, metric: str, now: datetime) -> Answer:
        """Return what insights tell, or raise Refused: one wrong metric spoils the question."""
        if SCOPES[token.login] not in token.scopes:
            raise Refused(DENIED[token.login], 0, "(#10) Application does not have permission")
        asked = [name for name in metric.split(",") if name]
        product = PRODUCTS[post.kind]
        for place, name in enumerate(asked):
            if name not in KNOWN:
                words = f"(#100) metric[{place}] must be one of the following values: {KNOWN}"
                raise Refused(100, 0, words)
            if name not in METRICS[product] - self.unsupported:
                words = (
                    f"(#100) The Media Insights API does not support the {name} metric for this "
                    "media product type."
                )
                raise Refused(100, 0, words)
        told = self.of[post.id]
        if product == "STORY":
            _require_story(told, now - post.timestamp < LIFE)
        data = [_row(post.id, name, told[name]) for name in asked if name in told]
        return Answer.json({"data": data})


def _require_story(told: dict[str, int], is_on: bool) -> None:
    if not is_on:  # what is really answered is not known
        raise Refused(100, 0, "(#100) Story metrics are only available for 24 hours")
    if told.get("views", 0) < FEWEST:
        raise Refused(10, 0, "(#10) Not enough viewers for the media to show insights")


def _row(id_: str, name: str, value: int) -> dict[str, Any]:
    return {
        "name": name,
        "period": "lifetime",
        "values": [{"value": value}],
        "title": name.title(),
        "description": f"Number of {name}",
        "id": f"{id_}/insights/{name}/lifetime",
    }
