"""promptpress.restoring: what an audit log tells is enough to do it again."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress import decisions, fence, restoring, steps
from promptpress.errors import (
    IllegalTransition,
    InvalidPost,
    LeaseLost,
    OutcomeUnknown,
    PermanentError,
    TransientError,
)
from promptpress.model import AuditEvent, Post, PostState, PublicationState, Stamp, Step
from promptpress.ports import Receipt
from tests.unit.posts import AT, PICTURE, STAMP, post_in

Make = Callable[[Post, Stamp], Step]
CHANNELS = ("c0", "c1")
BUSY, LOST, NO = TransientError("busy", "c0"), OutcomeUnknown("lost", "c0"), PermanentError("no")
WORK: dict[str, Make] = {
    "begin": lambda p, s: steps.begin_generation(p, s, "sketch", {"num_images": 1}),
    "job": lambda p, s: steps.keep_job(p, s, "job-1"),
    "drop": lambda p, s: steps.drop_generation(p, s, BUSY),
    "store": lambda p, s: steps.keep_media(p, s, (replace(PICTURE, position=len(p.media)),)),
    "ready": lambda p, s: steps.make_ready(p, s, CHANNELS),
    "let go": steps.let_go,
    "fail": lambda p, s: steps.set_aside(p, s, NO),
    "retry": decisions.retry,
    "hold": lambda p, s: decisions.hold(p, s, held=True),
    "unhold": lambda p, s: decisions.hold(p, s, held=False),
    "delete": decisions.delete,
    "prune": steps.give_up_media,
}
for _name in CHANNELS:
    WORK |= {
        f"send {_name}": lambda p, s, c=_name: steps.begin_send(p, s, c, "slot"),  # type: ignore[misc]  # bound here
        f"sent {_name}": lambda p, s, c=_name: steps.sent(p, s, c, "7", "https://e/7", {}),  # type: ignore[misc]  # as above
        f"not {_name}": lambda p, s, c=_name: steps.not_sent(p, s, c, BUSY),  # type: ignore[misc]  # as above
        f"refused {_name}": lambda p, s, c=_name: steps.refused(p, s, c, NO),  # type: ignore[misc]  # as above
        f"doubt {_name}": lambda p, s, c=_name: steps.in_doubt(p, s, c, LOST),  # type: ignore[misc]  # as above
        f"missed {_name}": lambda p, s, c=_name: steps.missed(p, s, c, "slot", "late"),  # type: ignore[misc]  # as above
        f"resolve {_name}": lambda p, s, c=_name: decisions.resolve(p, s, c, was_sent=True),  # type: ignore[misc]  # as above
    }
IMPOSSIBLE = (IllegalTransition, InvalidPost, KeyError, LeaseLost)


def _do(post: Post, step: Step) -> Post:
    """Write a step as a queue does, for whoever has the post."""
    step = replace(step, owner=None)
    fence.check_step(step, post, AT)
    return fence.apply_step(step, post)


def _read_back(event: AuditEvent) -> AuditEvent:
    """Return an event as an audit log gives it: its detail went through JSON."""
    return replace(event, detail=json.loads(json.dumps(dict(event.detail), default=str)))


def _shape(post: Post) -> object:
    """Return what a run goes by."""
    sends = sorted((p.channel, p.state, p.attempt, p.url) for p in post.publications)
    media = [(m.sha256, m.position, dict(m.refs)) for m in post.media]
    return post.state, post.held, post.generating_by, post.job, media, sends


@given(st.lists(st.sampled_from(sorted(WORK)), max_size=40))
def test_a_history_told_again_ends_where_it_ended(names: list[str]) -> None:
    """Whatever happened to a post, its events alone lead from the backup to the same end."""
    backup = now = Post(id=1, prompt="a fox", num_images=1)
    events: list[AuditEvent] = []
    for number, name in enumerate(names):
        stamp = Stamp(id=f"e{number}", at=AT, run="run")
        try:
            step = WORK[name](now, stamp)
            now = _do(now, step)
        except IMPOSSIBLE:
            continue
        events.append(_read_back(step.event))

    again = backup
    for event in events:
        step, whole = restoring.replay(again, event)
        assert whole, event
        assert step.event == event
        again = _do(again, step)

    assert _shape(again) == _shape(now)


@pytest.mark.parametrize(
    ("action", "outcome", "detail"),
    [
        ("store", "done", {"pictures": ["a" * 64]}),
        ("generate", "submitted", {"job": "x" * 40}),
        ("send", "done", {"url": "https://e/7"}),
        ("outline", "begun", {}),
        ("something new", "done", {}),
        ("ready", "done", {"channels": 7}),
    ],
)
def test_what_is_told_in_part_is_said_to_be(
    action: str, outcome: str, detail: dict[str, object]
) -> None:
    """Such an event stands in the story, and its post is one that nobody can know."""
    event = AuditEvent(
        id="e", at=AT, run="r", post_id=1, action=action, outcome=outcome, detail=detail
    )

    step, whole = restoring.replay(post_in(PostState.GENERATING), event)

    assert not whole
    assert step.event == event


def test_a_doubt_is_resolved_like_any_other() -> None:
    """After the restore the post is in doubt; a person's word ends it."""
    post = post_in(PostState.READY, PublicationState.PENDING)

    doubted = _do(post, restoring.doubt(post, STAMP, "c0", "restored"))

    assert (doubted.state, doubted.reason) == (PostState.IN_DOUBT, "restored")
    resolved = _do(doubted, decisions.resolve(doubted, STAMP, "c0", was_sent=False))
    assert resolved.state is PostState.READY


def test_a_channels_own_word_is_a_receipt() -> None:
    """What a channel has is sent, from before its send had begun or in the middle of it."""
    receipt = Receipt(external_id="7", url="https://e/7")
    for state in (PublicationState.PENDING, PublicationState.SENDING):
        post = post_in(PostState.PUBLISHING, state)

        found = _do(post, restoring.found(post, STAMP, "c0", receipt))

        assert found.state is PostState.PUBLISHED
        assert found.publication("c0").url == "https://e/7"


def test_a_post_held_back_keeps_its_former_reason() -> None:
    """Why it had failed is still told, once, however often it is held back."""
    post = post_in(PostState.FAILED, reason="too dark")

    once = _do(post, restoring.hold_back(post, STAMP, f"{restoring.MARK} of today"))
    twice = _do(once, restoring.hold_back(once, STAMP, f"{restoring.MARK} of today"))

    assert once.reason == f"{restoring.MARK} of today. Before: too dark"
    assert twice.held
