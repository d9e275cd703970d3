"""What claimers and people may do to a post, as the histories of a queue draw it."""

from collections.abc import Callable
from dataclasses import replace

from promptpress import decisions, steps
from promptpress.errors import TransientError
from promptpress.model import Media, Post, Stamp, Step
from tests.contracts.queue_scene import PICTURE

CHANNELS = ("site", "telegram")
ERROR = TransientError("busy", "sketch")
Maker = Callable[[Post, Stamp, str], Step | None]


def _picture(post: Post) -> Media:
    return replace(PICTURE, position=len(post.media))


WORK: dict[str, Maker] = {
    "begin_generation": lambda p, s, _: steps.begin_generation(p, s, "sketch", {"num_images": 2}),
    "keep_job": lambda p, s, _: steps.keep_job(p, s, "job"),
    "drop_generation": lambda p, s, _: steps.drop_generation(p, s, ERROR),
    "keep_media": lambda p, s, _: steps.keep_media(p, s, (_picture(p),)),
    "await_review": lambda p, s, _: steps.await_review(p, s),
    "make_ready": lambda p, s, _: steps.make_ready(p, s, CHANNELS),
    "begin_send": steps.begin_send,
    "sent": lambda p, s, c: steps.sent(p, s, c, "1", "", {}),
    "not_sent": lambda p, s, c: steps.not_sent(p, s, c, ERROR),
    "rest": lambda p, s, c: steps.rest(p, s, c, ERROR, s.at),
    "refused": lambda p, s, c: steps.refused(p, s, c, ERROR),
    "in_doubt": lambda p, s, c: steps.in_doubt(p, s, c, ERROR),
    "let_go": lambda p, s, _: steps.let_go(p, s),
    "hand_back": lambda p, s, _: steps.hand_back(p, s, ERROR, s.at),
    "set_aside": lambda p, s, _: steps.set_aside(p, s, ERROR),
}
DECISIONS: dict[str, Maker] = {
    "retry": lambda p, s, _: decisions.retry(p, s),
    "approve": lambda p, s, _: decisions.approve(p, s),
    "reject": lambda p, s, _: decisions.reject(p, s),
    "again": lambda p, s, _: decisions.edit(p, s, {}, again=True),
    "hold": lambda p, s, _: decisions.hold(p, s, held=True),
    "release": lambda p, s, _: decisions.hold(p, s, held=False),
    "delete": lambda p, s, _: decisions.delete(p, s),
    "resolve sent": lambda p, s, c: decisions.resolve(p, s, c, was_sent=True),
    "resolve unsent": lambda p, s, c: decisions.resolve(p, s, c, was_sent=False),
}
