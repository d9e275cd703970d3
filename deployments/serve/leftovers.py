"""Runs that nobody carries on, or that came due while nobody was there."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Cancelled, Crashed

PAGE = 200
"""Runs asked for at a time: the most that Prefect gives."""
LEFT = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


async def _find(
    client: PrefectClient, deployments: Sequence[UUID], types: list[StateType]
) -> list[FlowRun]:
    found: list[FlowRun] = []
    wanted = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=list(deployments)),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=types)),
    )
    order = FlowRunSort.EXPECTED_START_TIME_DESC
    while True:
        page = await client.read_flow_runs(
            flow_run_filter=wanted, sort=order, limit=PAGE, offset=len(found)
        )
        found += page
        if len(page) < PAGE:
            return found


async def close_dead(client: PrefectClient, deployments: Sequence[UUID]) -> int:
    """Tell Prefect of runs whose process is gone that they are over; return how many.

    Otherwise they would stay Running for ever, and hold the place of the next run for minutes.
    """
    runs = await _find(client, deployments, LEFT)
    for run in runs:
        message = "Its process was gone when `make serve` started: the next run goes on from there."
        cancelled = run.state is not None and run.state.is_cancelling()
        state: State[None] = (Cancelled if cancelled else Crashed)(message=message)
        await client.set_flow_run_state(run.id, state)
    return len(runs)


def overdue(runs: Sequence[FlowRun], now: datetime) -> list[FlowRun]:
    """Return the runs that a later one of the same deployment makes up for, all of them due.

    Only those of a schedule: what a person ordered runs, however late.
    """
    made_up_for: set[UUID | None] = set()
    found: list[FlowRun] = []
    late = [run for run in runs if run.auto_scheduled and (run.expected_start_time or now) < now]
    for run in sorted(late, key=lambda run: run.expected_start_time or now, reverse=True):
        if run.deployment_id in made_up_for:
            found.append(run)
        made_up_for.add(run.deployment_id)
    return found


async def drop_overdue(client: PrefectClient, deployments: Sequence[UUID]) -> int:
    """Let one run of each deployment make up for all that came due meanwhile; return how many."""
    runs = await _find(client, deployments, [StateType.SCHEDULED])
    dropped = overdue(runs, datetime.now(UTC))
    for run in dropped:
        message = "It came due while nothing ran; the latest one that did makes up for it."
        await client.set_flow_run_state(run.id, Cancelled(message=message))
    return len(dropped)
