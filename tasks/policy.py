"""When, how often and how long: the only place with numbers of policy.

A task that calls a service is tried again only after an error that says that nothing happened
(TransientError), with a growing delay and jitter, and never sooner than the service asked. Every
other error, a kind nobody has thought of included, ends the task at once.
"""

import functools
import inspect
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from promptpress.errors import OutcomeUnknown, PromptpressError, TransientError
from tasks.signals import require_going_on, stop_of_run

MAX_WAIT = 120.0
"""Seconds a run waits for a service with a post in hand; a longer wait is left to a later run."""
JITTER = 0.25
"""Share by which a delay may grow at random, so that posts do not come back in step."""
LOOK_AGAIN = 0.2
"""Seconds after which a post looks again whether there is a place with its generator."""
SHARED_WAIT = 5.0
"""Seconds of one question for a place that all workers share: a signal is heard after it."""
MAX_REPEATS = 1
"""Generations begun anew after an answer was lost, per post: each may cost money twice."""
MAX_ATTEMPTS = 10
"""Runs that may hand a post back before it is set aside."""
STAGING = 300.0
"""Seconds a run waits for a service to make a send ready: Meta advises five minutes at the most
(developers.facebook.com/docs/instagram-platform/content-publishing)."""
REST = {"outage": timedelta(minutes=2), "quota": timedelta(hours=1)}
"""How long a generator that fell out is asked last, by why it did."""
FIRST_RETURN, LAST_RETURN = timedelta(minutes=1), timedelta(hours=1)
"""How long a post that was handed back rests: doubled each time, up to the second."""
SETTLING = timedelta(hours=1)
"""How long a post is in doubt before a person, who was told at once, is reminded."""
RENEWALS = 3
"""How often a lease is renewed within its length: one renewal may fail."""
AUDIT_BATCH = 200
"""Events delivered to another audit log at a time."""
STOPPING = 25.0
"""Seconds after a signal in which a call that is under way may come to its end: everything else is
handed back at once. Prefect and Kubernetes kill after 30. GitHub Actions (10) and a plain `docker
stop` (10) are less patient, and waiting longer than they do costs nothing: ended by us or by them,
such a call is cut off, and the fence and the lease do the rest."""
RECORDS = 4.0
"""Seconds after the last post was put down in which Prefect is told how the run ended."""
RUNS_GRACE = STOPPING + RECORDS + 6.0
"""Seconds that runs get to end from whoever started them and is ended itself: theirs and a few."""
SAME_SIGNAL = 1.0
"""Seconds in which a second signal is the first once more: make, shells and groups pass it on.
After that it ends the process at once, as GitHub's SIGTERM 7.5 s after its SIGINT does."""


@dataclass(frozen=True)
class Policy:
    """How a task is tried again."""

    delays: tuple[float, ...]
    """Seconds before the second, third, ... try; as many tries more as there are delays."""
    errors: tuple[type[PromptpressError], ...] = (TransientError,)
    """Errors after which it may be tried again."""


ONCE = Policy(())
GENERATE = Policy((2, 8, 30), (TransientError, OutcomeUnknown))
"""An unknown outcome may be tried again because the queue counts it (MAX_REPEATS)."""
WRITE = Policy((2, 8, 30))
"""For words of a language model: another answer costs little, and nothing else comes of it."""
STORE = Policy((1, 5, 20))
PUBLISH = Policy((1, 5, 20, 60))
READ = Policy((1, 5))
RECEIPT = Policy((0.5, 1, 2, 5, 10, 20))
"""For the queue, when it must hear what a service has done: long enough for it to restart."""


def next_delay(
    policy: Policy, tried: int, error: BaseException | None, dice: Callable[[], float]
) -> float | None:
    """Return the seconds to wait before the next try, or None when there shall be none.

    Args:
        policy: the policy of the task.
        tried: tries so far, at least 1.
        error: what the latest try raised.
        dice: gives a number between 0 and 1.
    """
    if not isinstance(error, policy.errors) or tried > len(policy.delays):
        return None
    delay = policy.delays[tried - 1] * (1 + JITTER * dice())
    asked = error.retry_after or 0.0
    if asked > MAX_WAIT:
        return None
    # Jitter comes on top of what the service asked for: its wait is never undercut.
    return max(delay, asked * (1 + JITTER * dice()) if asked else 0.0)


def return_delay(attempts: int, error: PromptpressError) -> timedelta:
    """Return how long a post rests that was handed back `attempts` times before."""
    rest = min(FIRST_RETURN * (1 << min(attempts, 10)), LAST_RETURN)
    return max(rest, timedelta(seconds=error.retry_after or 0.0))


def _decider(
    policy: Policy, *, begins: bool
) -> Callable[[Task[Any, Any], TaskRun, State[Any]], bool]:
    def again(task: Task[Any, Any], task_run: TaskRun, state: State[Any]) -> bool:
        error = state.data if isinstance(state.data, BaseException) else None
        if error is not None and not isinstance(error, PromptpressError):
            logging.getLogger("promptpress").error("unexpected error", exc_info=error)
        delay = next_delay(policy, task_run.run_count, error, random.random)
        if delay is None:
            return False
        if begins:
            # Prefect waits where no signal reaches it: what may be left to the next run waits here.
            if stop_of_run().rest(delay):
                return False
            delay = 0.0
        # Prefect reads the delay after asking us, from this very object: `step` makes one per call.
        task.retry_delay_seconds = [delay]
        return True

    return again


P = ParamSpec("P")
R = TypeVar("R")


class _Call(Generic[R]):
    """One call of a task: what to do, and what the run is called.

    Prefect searches every argument and result for results of other tasks, field by field. Ours
    hold none, and the search takes longer than all the rest of a task run: so it gets this.
    """

    def __init__(self, label: str, work: Callable[[], R]) -> None:
        self.label = label
        self.work = work


class _Result(Generic[R]):
    """What a call returned; opaque to Prefect, as a call is."""

    def __init__(self, value: R) -> None:
        self.value = value


def _execute(call: _Call[R]) -> _Result[R]:
    return _Result(call.work())


def step(
    name: str, policy: Policy = ONCE, run_name: str | None = None, *, begins: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function a Prefect task that is tried again as the policy says.

    Args:
        name: name of the task.
        policy: when it is tried again.
        run_name: template of a run's name over the arguments, such as "store post {post.id}".
        begins: it begins something that the next run may do as well: a run that was asked to stop
            raises Interrupted instead. Any other brings to its end what was begun.
    """
    # One try more than we ever allow: Prefect prints a traceback only when it runs out of tries
    # itself, and the errors that end here are told in a sentence by the flow.
    base = task(
        name=name,
        task_run_name="{call.label}",
        retries=len(policy.delays) + 1,
        retry_condition_fn=_decider(policy, begins=begins),
        cache_policy=NO_CACHE,
        persist_result=False,
    )(_execute)

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if begins:
                require_going_on()
            named = signature.bind(*args, **kwargs).arguments
            label = (run_name or name).format(**named)
            # A clone per call only where a delay may have to be written into it.
            mine = base.with_options() if policy.delays else base
            work = _Call(label, lambda: function(*args, **kwargs))
            try:
                result: _Result[R] = mine(work)
                return result.value
            finally:
                # Prefect keeps both for a while, and with them the bytes of every picture.
                del work.work
                with suppress(UnboundLocalError):
                    del result.value

        return call

    return wrap
