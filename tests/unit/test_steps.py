"""promptpress.steps and promptpress.decisions: from a post to a durable step."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from promptpress import decisions, steps
from promptpress.errors import IllegalTransition, InvalidPost, PromptpressError, TransientError
from promptpress.model import (
    POST_TRANSITIONS,
    PUBLICATION_TRANSITIONS,
    Post,
    Publication,
    Step,
)
from promptpress.model import PostState as S
from promptpress.model import PublicationState as P
from tests.unit.posts import ARTICLE, AT, PICTURE, STAMP, post_in

ERROR = TransientError("busy", "sketch")
LONG_ERROR = TransientError("x" * 9_000, "sketch")
MAKERS: dict[str, Callable[[Post], Step]] = {
    "begin_generation": lambda p: steps.begin_generation(p, STAMP, "sketch", {}),
    "keep_job": lambda p: steps.keep_job(p, STAMP, "job-1"),
    "drop_generation": lambda p: steps.drop_generation(p, STAMP, ERROR),
    "keep_media": lambda p: steps.keep_media(p, STAMP, (PICTURE,)),
    "begin_writing": lambda p: steps.begin_writing(p, STAMP, "model"),
    "drop_writing": lambda p: steps.drop_writing(p, STAMP, ERROR),
    "keep_outline": lambda p: steps.keep_outline(p, STAMP, ARTICLE),
    "keep_text": lambda p: steps.keep_text(p, STAMP, ARTICLE),
    "add_cover": lambda p: steps.add_cover(p, STAMP, ARTICLE),
    "make_ready": lambda p: steps.make_ready(p, STAMP, ("c0", "c1")),
    "let_go": lambda p: steps.let_go(p, STAMP),
    "hand_back": lambda p: steps.hand_back(p, STAMP, ERROR, AT),
    "set_aside": lambda p: steps.set_aside(p, STAMP, ERROR),
    "retry": lambda p: decisions.retry(p, STAMP),
    "hold": lambda p: decisions.hold(p, STAMP, held=True),
    "delete": lambda p: decisions.delete(p, STAMP),
}
GENERATING = (
    *("keep_job", "drop_generation", "keep_media"),
    *("drop_writing", "keep_outline", "keep_text"),
)
"""Steps of a post that is generating already."""


def _made(name: str, post: Post) -> Step | None:
    try:
        return MAKERS[name](post)
    except (IllegalTransition, InvalidPost):
        return None


@pytest.mark.parametrize(
    ("name", "state"),
    [(n, s) for n in MAKERS for s in S if n not in GENERATING or s is S.GENERATING],
)
def test_no_step_makes_an_illegal_move(name: str, state: S) -> None:
    """From whatever state, a step either follows the table, stays, or is not made at all."""
    step = _made(name, post_in(state))

    assert step is None or step.to == state or step.to in POST_TRANSITIONS[state]


@pytest.mark.parametrize("name", MAKERS)
def test_a_worker_signs_with_its_claim_and_a_person_does_not(name: str) -> None:
    """A step of work carries the owner that it was claimed by; a decision needs none."""
    found = [step for state in S if (step := _made(name, post_in(state)))]
    owner = None if name in ("retry", "hold", "delete") else "me"

    assert {owner} == {step.owner for step in found}
    assert {("event-1", AT, "run", 1)} == {
        (step.event.id, step.event.at, step.event.run, step.event.post_id) for step in found
    }


def test_a_generation_is_written_down_before_it_is_paid_for() -> None:
    """The generator is named; the fills are left to the queue; it is no repeat."""
    step = steps.begin_generation(post_in(S.QUEUED), STAMP, "sketch", {"seed": 7})

    assert (step.to, step.event.outcome, step.event.service) == (S.GENERATING, "begun", "sketch")
    assert step.changes == {"generating_by": "sketch", "job": "", "repeats": 0}
    assert step.fills == {"seed": 7}


@pytest.mark.parametrize(("job", "repeats", "outcome"), [("", 1, "repeated"), ("j", 0, "begun")])
def test_an_unanswered_generation_without_a_job_counts_as_a_repeat(
    job: str, repeats: int, outcome: str
) -> None:
    """It may have been paid for; one with a job can be asked, and is none."""
    post = post_in(S.GENERATING, generating_by="sketch", job=job)
    step = steps.begin_generation(post, STAMP, "sketch", {})

    assert (repeats, outcome) == (step.changes["repeats"], step.event.outcome)


def test_the_audit_has_only_a_hint_of_the_job() -> None:
    """A job may be a signed address: the queue keeps it whole, the audit its beginning."""
    step = steps.keep_job(post_in(S.GENERATING), STAMP, "j" * 100)

    assert (step.changes, step.event.detail) == ({"job": "j" * 100}, {"job": "j" * 40})


@pytest.mark.parametrize(
    ("wanted", "have", "to"),
    [(None, 0, S.GENERATED), (1, 0, S.GENERATED), (2, 0, S.GENERATING), (2, 1, S.GENERATED)],
)
def test_a_post_is_generated_once_it_has_all_its_pictures(
    wanted: int | None, have: int, to: S
) -> None:
    """Pictures that come one by one are kept one by one."""
    post = post_in(S.GENERATING, num_images=wanted, media=(PICTURE,) * have)
    step = steps.keep_media(post, STAMP, (PICTURE,))

    assert (to, (PICTURE,)) == (step.to, step.media)
    assert step.changes == {"generating_by": "", "job": ""}


def test_making_ready_opens_only_the_channels_that_are_new() -> None:
    """A post that was retried keeps what became of its channels."""
    step = steps.make_ready(post_in(S.GENERATED, P.SENT), STAMP, ("c0", "c1"))

    assert (Publication(channel="c1"),) == step.publications


def test_a_send_begins_with_a_new_attempt() -> None:
    """The stamp names the attempt, so that a receipt can be told from an earlier one's."""
    post = replace(post_in(S.READY, P.PENDING))
    step = steps.begin_send(post, STAMP, "c0")
    (sending,) = step.publications

    assert step.is_intent
    assert (
        step.to, sending.state, sending.attempt, sending.attempts
    ) == (S.PUBLISHING, P.SENDING, "event-1", 2)  # fmt: skip


@pytest.mark.parametrize("state", [s for s in S if s not in (S.READY, S.PUBLISHING)])
def test_only_a_ready_post_is_sent(state: S) -> None:
    """From any other state no send begins."""
    with pytest.raises(IllegalTransition):
        steps.begin_send(post_in(state, P.PENDING), STAMP, "c0")


@pytest.mark.parametrize("state", [p for p in P if p is not P.PENDING])
def test_only_a_pending_publication_is_sent(state: P) -> None:
    """What was sent, is being sent or is in doubt is never sent as if it were not."""
    with pytest.raises(IllegalTransition):
        steps.begin_send(post_in(S.PUBLISHING, state), STAMP, "c0")


RECEIPTS: dict[P, Callable[[Post], Step]] = {
    P.SENT: lambda p: steps.sent(p, STAMP, "c0", "77", "https://t.me/77", {"note": "x"}),
    P.PENDING: lambda p: steps.not_sent(p, STAMP, "c0", ERROR),
    P.FAILED: lambda p: steps.refused(p, STAMP, "c0", ERROR),
    P.IN_DOUBT: lambda p: steps.in_doubt(p, STAMP, "c0", ERROR),
}


@pytest.mark.parametrize("outcome", RECEIPTS)
@pytest.mark.parametrize("other", P)
def test_a_receipt_tells_the_outcome_and_frees_what_is_over(outcome: P, other: P) -> None:
    """The attempt stays named; the lease ends only where no channel has anything left to do."""
    step = RECEIPTS[outcome](post_in(S.PUBLISHING, P.SENDING, other))
    (told,) = step.publications
    over = outcome is not P.PENDING and other not in (P.PENDING, P.SENDING)

    assert step.is_receipt
    assert (outcome, "attempt-1", None, over) == (told.state, told.attempt, step.to, step.frees)


@pytest.mark.parametrize("outcome", RECEIPTS)
@pytest.mark.parametrize("state", P)
def test_a_receipt_follows_the_table(outcome: P, state: P) -> None:
    """An outcome that cannot follow is a mistake in this program."""
    post = post_in(S.PUBLISHING, state)
    if outcome in PUBLICATION_TRANSITIONS[state]:
        assert outcome is RECEIPTS[outcome](post).publications[0].state
        return
    with pytest.raises(IllegalTransition):
        RECEIPTS[outcome](post)


@pytest.mark.parametrize(
    ("post", "to"),
    [
        (post_in(S.PUBLISHING, P.PENDING), S.READY),
        (post_in(S.PUBLISHING, P.SENDING), S.PUBLISHING),
        (post_in(S.GENERATING), S.QUEUED),
        (post_in(S.GENERATING, generating_by="sketch"), S.GENERATING),
        (post_in(S.GENERATING, media=(PICTURE,)), S.GENERATING),
        (post_in(S.READY, P.PENDING), S.READY),
        (post_in(S.GENERATED), S.GENERATED),
    ],
)
def test_letting_go_keeps_what_is_open(post: Post, to: S) -> None:
    """A send or a paid generation whose outcome is open stays where the next claim will see it."""
    step = steps.let_go(post, STAMP)

    assert (to, True, {}) == (step.to, step.frees, step.changes)


@pytest.mark.parametrize(("counts", "attempts"), [(True, 4), (False, 3)])
def test_handing_back_counts_unless_the_post_is_not_to_blame(counts: bool, attempts: int) -> None:
    """A missing key is no fault of the post; a service that fails it again and again may be."""
    later = AT + timedelta(hours=1)
    post = post_in(S.GENERATED, attempts=3)
    step = steps.hand_back(post, STAMP, ERROR, later, counts=counts)

    assert (attempts, later, True) == (step.changes["attempts"], step.not_before, step.frees)
    assert step.event.detail == {"error": "TransientError", "message": "sketch: busy"}


@pytest.mark.parametrize("make", [steps.set_aside, lambda p, s, e: steps.hand_back(p, s, e, AT)])
def test_reasons_are_cut(make: Callable[[Post, object, PromptpressError], Step]) -> None:
    """A page of an error is no reason for a person to read."""
    step = make(post_in(S.GENERATING), STAMP, LONG_ERROR)

    assert len(str(step.changes["reason"])) == steps.MAX_REASON
    assert len(str(step.event.detail["message"])) == steps.MAX_REASON


@pytest.mark.parametrize(
    ("state", "media", "wanted", "to"),
    [
        (S.FAILED, (), None, S.QUEUED),
        (S.FAILED, (PICTURE,), None, S.GENERATED),
        (S.FAILED, (PICTURE,), 2, S.QUEUED),
        (S.REJECTED, (PICTURE,), None, S.REVIEW),
    ],
)
def test_a_retry_goes_on_at_what_failed(
    state: S, media: tuple[object, ...], wanted: int | None, to: S
) -> None:
    """Pictures that are there are not paid for again; failed channels open anew, no sent ones."""
    post = post_in(state, P.SENT, P.FAILED, media=media, num_images=wanted, attempts=9, repeats=1)
    step = decisions.retry(post, STAMP)

    assert (to, [("c1", P.PENDING)]) == (
        step.to, [(p.channel, p.state) for p in step.publications]
    )  # fmt: skip
    assert step.changes == {"reason": "", "attempts": 0, "repeats": 0}


@pytest.mark.parametrize("state", [s for s in S if s not in (S.FAILED, S.REJECTED)])
def test_only_what_was_set_aside_is_retried(state: S) -> None:
    """A retry of anything else says what it is."""
    with pytest.raises(InvalidPost, match=f"is {state}: only a failed one"):
        decisions.retry(post_in(state), STAMP)


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("state", S)
def test_holding_changes_nothing_else(state: S, held: bool) -> None:
    """A hold keeps state and lease."""
    step = decisions.hold(post_in(state), STAMP, held=held)

    assert (state, {"held": held}, False) == (step.to, step.changes, step.frees)


@pytest.mark.parametrize(
    ("states", "was_sent", "to"),
    [
        ((P.IN_DOUBT,), True, S.PUBLISHED),
        ((P.IN_DOUBT,), False, S.READY),
        ((P.IN_DOUBT, P.IN_DOUBT), True, S.IN_DOUBT),
        ((P.IN_DOUBT, P.IN_DOUBT), False, S.IN_DOUBT),
        ((P.IN_DOUBT, P.PENDING), True, S.READY),
        ((P.IN_DOUBT, P.FAILED), True, S.FAILED),
        ((P.IN_DOUBT, P.SENT), True, S.PUBLISHED),
    ],
)
def test_resolving_settles_the_post(states: tuple[P, ...], was_sent: bool, to: S) -> None:
    """What a person found out settles one channel; the post follows from all of them."""
    post = post_in(S.IN_DOUBT, *states, reason="who knows")
    step = decisions.resolve(post, STAMP, "c0", was_sent=was_sent, url="https://t.me/1")
    (told,) = step.publications

    assert (to, P.SENT if was_sent else P.PENDING) == (step.to, told.state)
    assert step.owner is None
    assert ({} if to is S.IN_DOUBT else {"reason": ""}) == step.changes


@pytest.mark.parametrize("was_sent", [True, False])
def test_resolving_leaves_a_run_at_its_work(was_sent: bool) -> None:
    """A post that a run is just sending to another channel stays that run's."""
    post = post_in(S.PUBLISHING, P.IN_DOUBT, P.SENDING)
    step = decisions.resolve(post, STAMP, "c0", was_sent=was_sent)

    assert (step.to, step.frees) == (S.PUBLISHING, False)


@pytest.mark.parametrize("state", [p for p in P if p is not P.IN_DOUBT])
def test_only_a_doubt_is_resolved(state: P) -> None:
    """A channel that is certain, or that the post does not go to, cannot be resolved."""
    for channel in ("c0", "nowhere"):
        with pytest.raises(InvalidPost, match="nothing to resolve"):
            decisions.resolve(post_in(S.IN_DOUBT, state), STAMP, channel, was_sent=True)
