"""A flow as a command: its parameters become options, its state the exit code."""

import asyncio
import functools
import sys
import time
from typing import Any, cast

from cyclopts import App, Parameter
from prefect import Flow, get_client
from prefect.client.schemas.filters import TaskRunFilter, TaskRunFilterFlowRunId
from prefect.client.schemas.objects import State
from prefect.settings import get_current_settings

LINGER = 3.0
"""Seconds we wait at the most for Prefect's temporary server to write its records down."""
NOTHING = "NothingToDo"
CLEAN = ("Completed", NOTHING)
"""Names of states that end with exit code 0; any other has something to tell."""


async def _linger(state: State[Any]) -> None:
    """Wait until the temporary server has the records: it drops those it has not written yet."""
    flow_run_id = state.state_details.flow_run_id
    served = get_current_settings().api.url
    if served or flow_run_id is None or state.name == NOTHING:
        return
    deadline = time.monotonic() + LINGER
    mine = TaskRunFilter(flow_run_id=TaskRunFilterFlowRunId(any_=[flow_run_id]))
    async with get_client() as client:
        while time.monotonic() < deadline:
            runs = await client.read_task_runs(task_run_filter=mine, limit=200)
            if runs and all(run.state is not None and run.state.is_final() for run in runs):
                return
            await asyncio.sleep(0.1)


def run(flow: Flow[..., Any]) -> None:
    """Run a flow with the options of the command line; exit with 0 only if all went well."""

    async def execute(*args: Any, **kwargs: Any) -> State[Any]:
        # Prefect's types do not tell that an async flow called like this is awaited.
        state: State[Any] = await cast("Any", flow)(*args, return_state=True, **kwargs)
        await _linger(state)
        return state

    @functools.wraps(flow.fn)
    def command(*args: Any, **kwargs: Any) -> None:
        state = asyncio.run(execute(*args, **kwargs))
        sys.stdout.write(f"{flow.name}: {state.name}: {state.message}\n")
        sys.exit(0 if state.name in CLEAN else 1)

    # The options come from the flow's signature, which `wraps` shows.
    app = App(name=flow.name, default_parameter=Parameter(consume_multiple=True, negative=()))
    app.default(command)
    app()
