"""A flow as a command: its parameters become options, its state the exit code."""

import asyncio
import functools
import signal
import sys
import threading
import time
from typing import Any, NoReturn, cast

import httpx
from cyclopts import App, Parameter
from prefect import Flow, get_client
from prefect.client.schemas.filters import TaskRunFilter, TaskRunFilterFlowRunId
from prefect.client.schemas.objects import State
from prefect.exceptions import PrefectException
from prefect.settings import get_current_settings

from tasks.server import shown
from tasks.signals import end_now, end_too, received

LINGER = 3.0
"""Seconds we wait at the most for Prefect's temporary server to write its records down."""
REACH = 10.0
"""Seconds in which a Prefect server must answer before a run begins: it may just be restarting."""
LEAVE = 30.0
"""Seconds in which Prefect may send its last records: it tries on where its server is gone."""
NOTHING = "NothingToDo"
CLEAN = ("Completed", NOTHING, "NothingNew", "BudgetReached")
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


def _require_server() -> None:
    """Leave with a sentence where the Prefect server that is named does not answer."""
    url = get_current_settings().api.url
    if not url:
        return
    deadline = time.monotonic() + REACH
    why = ""
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health", timeout=REACH / 2).status_code < 500:
                return
            why = "it is not ready"
        except httpx.HTTPError as error:
            why = shown(str(error))
        time.sleep(0.5)
    sys.exit(
        f"The Prefect server at {shown(url)} does not answer ({why}); no post was touched. Start "
        "it, name another in PREFECT_API_URL, or unset that to run without one."
    )


def _end_server() -> None:
    """End the temporary server, as Prefect does where a process comes to its usual end."""
    if (module := sys.modules.get("prefect.server.api.server")) is not None:
        module.SubprocessASGIServer().stop()


def _leave(code: int) -> NoReturn:
    """Exit, and wait only so long for Prefect's threads."""

    def end() -> None:
        time.sleep(LEAVE)
        end_now(code)

    threading.Thread(target=end, name="leave", daemon=True).start()
    sys.exit(code)


def _code_of(state: State[Any]) -> int:
    if state.is_cancelled() and (number := received()):
        return 128 + number
    return 0 if state.name in CLEAN else 1


def run(flow: Flow[..., Any]) -> None:
    """Run a flow with the options of the command line; exit with 0 only if all went well.

    The exit code is 143 or 130 where SIGTERM or SIGINT stopped it.
    """

    async def execute(*args: Any, **kwargs: Any) -> State[Any]:
        # Prefect's types do not tell that an async flow called like this is awaited.
        state: State[Any] = await cast("Any", flow)(*args, return_state=True, **kwargs)
        await _linger(state)
        return state

    @functools.wraps(flow.fn)
    def command(*args: Any, **kwargs: Any) -> None:
        end_too(_end_server)
        # Before the flow heeds it itself; Python's own way would leave the temporary server behind.
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
        try:
            _require_server()
            state = asyncio.run(execute(*args, **kwargs))
        except KeyboardInterrupt:
            _leave(128 + signal.SIGINT)
        except (httpx.HTTPError, PrefectException) as error:
            sys.stderr.write(
                f"{flow.name}: Prefect's server went away ({shown(str(error))}). The queue knows "
                "what became of each post: python -m promptpress list\n"
            )
            _leave(1)
        sys.stdout.write(f"{flow.name}: {state.name}: {state.message}\n")
        _leave(_code_of(state))

    # The options come from the flow's signature, which `wraps` shows.
    app = App(name=flow.name, default_parameter=Parameter(consume_multiple=True, negative=()))
    app.default(command)
    app()
