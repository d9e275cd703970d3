"""promptpress.model: the life of a post and of a publication, as tables."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any

import pytest

from promptpress.errors import IllegalTransition
from promptpress.model import (
    CLAIMABLE,
    POST_TRANSITIONS,
    PUBLICATION_TRANSITIONS,
    WAITING,
    AuditEvent,
    Post,
    Publication,
    Step,
    check_move,
    check_publication_move,
    settled_state,
)
from promptpress.model import PostState as S
from promptpress.model import PublicationState as P
from tests.unit.posts import AT

OUTCOMES = [many for n in (1, 2, 3) for many in combinations_with_replacement(P, n)]
"""The states of up to three channels of a post."""
BOTH = [(S, POST_TRANSITIONS, S.QUEUED), (P, PUBLICATION_TRANSITIONS, P.PENDING)]


def _reachable(table: Mapping[Any, frozenset[Any]], start: Any) -> set[Any]:
    found = {start}
    while more := {new for old in found for new in table[old]} - found:
        found |= more
    return found


@pytest.mark.parametrize(("states", "table", "start"), BOTH)
def test_every_state_is_in_the_table_and_can_be_reached(
    states: Any, table: Mapping[Any, frozenset[Any]], start: Any
) -> None:
    """No state is forgotten, and each lies on some way from the first."""
    assert set(states) == set(table) == _reachable(table, start)


@pytest.mark.parametrize(("states", "table", "start"), BOTH)
def test_no_state_follows_itself(
    states: Any, table: Mapping[Any, frozenset[Any]], start: Any
) -> None:
    """The tables hold moves; staying is no move."""
    assert [state for state in table if state in table[state]] == []


def test_the_ends_are_ends() -> None:
    """A deleted post stays deleted; what was published can only be deleted; sent stays sent."""
    assert frozenset() == POST_TRANSITIONS[S.DELETED]
    assert {S.DELETED} == POST_TRANSITIONS[S.PUBLISHED]
    assert frozenset() == PUBLICATION_TRANSITIONS[P.SENT]


def test_what_has_work_or_waits_is_no_end() -> None:
    """Whatever can be claimed waits, and from everything that waits a post can be published."""
    assert set(CLAIMABLE) <= set(WAITING)
    assert [s for s in WAITING if S.PUBLISHED not in _reachable(POST_TRANSITIONS, s)] == []


def test_a_doubt_is_only_reached_from_a_send() -> None:
    """Only a send of unknown outcome is in doubt: at once, or when the channels beside it end."""
    assert {S.PUBLISHING, S.READY} == {s for s in S if S.IN_DOUBT in POST_TRANSITIONS[s]}
    assert {P.SENDING} == {p for p in P if P.IN_DOUBT in PUBLICATION_TRANSITIONS[p]}


@pytest.mark.parametrize("old", S)
@pytest.mark.parametrize("new", S)
def test_check_move_lets_through_what_the_table_says(old: S, new: S) -> None:
    """A move of the table, or staying, passes; everything else raises and names both states."""
    if new == old or new in POST_TRANSITIONS[old]:
        check_move(old, new)
        return
    with pytest.raises(IllegalTransition, match=f"from {old} to {new}"):
        check_move(old, new)


@pytest.mark.parametrize("old", P)
@pytest.mark.parametrize("new", P)
def test_check_publication_move_lets_through_what_the_table_says(old: P, new: P) -> None:
    """A move of the table passes; staying does not, or a send could begin twice."""
    if new in PUBLICATION_TRANSITIONS[old]:
        check_publication_move(old, new)
        return
    with pytest.raises(IllegalTransition, match=f"from {old} to {new}"):
        check_publication_move(old, new)


@pytest.mark.parametrize("states", OUTCOMES)
def test_the_outcomes_of_all_channels_settle_the_post(states: tuple[P, ...]) -> None:
    """Work left keeps it publishing; a doubt counts more than a failure, and that than sent."""
    made = (Publication(channel=str(n), state=state) for n, state in enumerate(states))
    settled = settled_state(tuple(made))

    ranked = [
        (P.PENDING, S.PUBLISHING), (P.SENDING, S.PUBLISHING), (P.IN_DOUBT, S.IN_DOUBT),
        (P.FAILED, S.FAILED), (P.SENT, S.PUBLISHED), (P.MISSED, S.FAILED),
    ]  # fmt: skip
    assert settled is next(outcome for state, outcome in ranked if state in states)


def test_what_settles_can_follow_publishing() -> None:
    """Every state that a receipt leaves a post in may follow publishing."""
    settled = {settled_state((Publication(channel="site", state=state),)) for state in P}

    assert settled <= POST_TRANSITIONS[S.PUBLISHING] | {S.PUBLISHING}


def test_a_publication_is_found_by_its_channel() -> None:
    """A post knows its publications by channel, and says when there is none."""
    site = Publication(channel="site")
    post = Post(id=1, prompt="a fox", publications=(site,))

    assert site is post.publication("site")
    with pytest.raises(KeyError, match="telegram"):
        post.publication("telegram")


@pytest.mark.parametrize("before", P)
@pytest.mark.parametrize("after", P)
def test_a_step_knows_whether_it_is_intent_or_receipt(before: P, after: P) -> None:
    """What goes into sending is an intent, what comes out of it a receipt."""
    event = AuditEvent(id="1", at=AT, run="run", post_id=1, action="send", outcome="done")
    site = Publication(channel="site", state=before)
    post = Post(id=1, prompt="a fox", publications=(site, Publication(channel="other")))
    step = Step(
        post=post, owner="me", to=None, event=event, publications=(replace(site, state=after),)
    )

    assert (after is P.SENDING and before is not P.SENDING) is step.is_intent
    assert (before is P.SENDING and after is not P.SENDING) is step.is_receipt
