"""A flow that can be stopped: what is in hand comes to a safe place, nothing more is begun."""

import functools
from collections.abc import Awaitable, Callable
from typing import ParamSpec

from prefect.client.schemas.objects import State

from promptpress.errors import Interrupted
from tasks.policy import RECORDS, SAME_SIGNAL, STOPPING
from tasks.report import stopped
from tasks.signals import heed_signals

P = ParamSpec("P")


def stoppable(
    flow: Callable[P, Awaitable[State[None]]],
) -> Callable[P, Awaitable[State[None]]]:
    """Let a flow end in order on SIGTERM and SIGINT: Cancelled, with a sentence, within STOPPING.

    What is under way gets to its end and is written down, posts in hand are handed back without
    waiting for their leases, nothing is begun.
    """

    @functools.wraps(flow)
    async def run(*args: P.args, **kwargs: P.kwargs) -> State[None]:
        with heed_signals(STOPPING, RECORDS, SAME_SIGNAL):
            try:
                return await flow(*args, **kwargs)
            except Interrupted as error:
                return stopped(error)

    return run
