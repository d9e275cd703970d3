"""When a task is tried again, and how long a post rests."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.errors import (
    BadCredentials,
    ContentRefused,
    LeaseLost,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from tasks import policy

ALL = [policy.GENERATE, policy.STORE, policy.PUBLISH, policy.READ]


@given(
    st.sampled_from(ALL),
    st.integers(1, 3),
    st.floats(0, policy.MAX_WAIT),
    st.floats(0, 1),
)
def test_a_wait_is_never_undercut(
    chosen: policy.Policy, tried: int, asked: float, dice: float
) -> None:
    """Whatever a service asks for within our patience, the next try comes no sooner."""
    error = RateLimited("slow down", "service", asked)
    delay = policy.next_delay(chosen, tried, error, lambda: dice)

    assert delay is None or delay >= asked


def test_a_long_wait_is_left_to_a_later_run() -> None:
    """A run does not hold a post while it waits longer than our patience."""
    error = RateLimited("slow down", "service", policy.MAX_WAIT + 1)

    assert policy.next_delay(policy.PUBLISH, 1, error, lambda: 0.0) is None


@pytest.mark.parametrize("chosen", ALL)
@pytest.mark.parametrize(
    "error",
    [
        PermanentError(),
        ContentRefused(),
        SetupError(),
        BadCredentials(),
        LeaseLost(),
        PromptpressError(),
        ValueError("something nobody thought of"),
        None,
    ],
)
def test_other_errors_are_not_tried_again(
    chosen: policy.Policy, error: BaseException | None
) -> None:
    """The list of errors that are tried again is closed."""
    assert policy.next_delay(chosen, 1, error, lambda: 0.0) is None


def test_an_unknown_outcome_of_a_send_is_never_tried_again() -> None:
    """Only a generation, whose repeats are counted, may be repeated after a lost answer."""
    error = OutcomeUnknown()

    assert policy.next_delay(policy.PUBLISH, 1, error, lambda: 0.0) is None
    assert policy.next_delay(policy.STORE, 1, error, lambda: 0.0) is None
    assert policy.next_delay(policy.GENERATE, 1, error, lambda: 0.0) is not None


@pytest.mark.parametrize("chosen", ALL)
def test_tries_end(chosen: policy.Policy) -> None:
    """After as many tries more as there are delays, the task gives up."""
    delays = [policy.next_delay(chosen, n, TransientError(), lambda: 0.0) for n in range(1, 10)]
    wanted = [*chosen.delays, *[None] * (9 - len(chosen.delays))]

    assert wanted == delays
    assert sorted(chosen.delays) == list(chosen.delays)


@given(st.integers(0, 50), st.floats(0, 86_400))
def test_a_post_rests_within_bounds(attempts: int, asked: float) -> None:
    """A post handed back rests at least as long as asked, and else at most an hour."""
    rest = policy.return_delay(attempts, TransientError("later", "service", asked))

    assert rest >= timedelta(seconds=asked)
    assert policy.FIRST_RETURN <= rest <= max(policy.LAST_RETURN, timedelta(seconds=asked))
