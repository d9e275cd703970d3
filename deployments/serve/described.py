"""What prefect.yaml says, in the form that Prefect's runner takes."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import yaml
from prefect import Flow
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyLimitConfig, DeploymentSchedule
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType

PREFECT_FILE = Path("prefect.yaml")


def read_deployments(file: Path = PREFECT_FILE) -> list[dict[str, Any]]:
    """Return the deployments that prefect.yaml describes."""
    return cast("list[dict[str, Any]]", yaml.safe_load(file.read_text())["deployments"])


def load_flow(entrypoint: str) -> Flow[..., Any]:
    """Return the flow that a module entrypoint such as flows.daily_post.daily_post names."""
    module, _, name = entrypoint.rpartition(".")
    return cast("Flow[..., Any]", getattr(importlib.import_module(module), name))


def to_schedules(
    described: Sequence[dict[str, Any]], known: Sequence[DeploymentSchedule] = ()
) -> list[DeploymentScheduleCreate]:
    """Return a deployment's schedules, switched on or off as people left them.

    Args:
        described: as prefect.yaml has them.
        known: those that the server has by now; what has no slug was added there by a person, and
            stays.
    """
    switched = {one.slug: one.active for one in known}
    ours = [
        DeploymentScheduleCreate(
            slug=item["slug"],
            schedule=CronSchedule(cron=item["cron"], timezone=item["timezone"]),
            active=switched.get(item["slug"], item.get("active", True)),
            parameters=item.get("parameters", {}),
        )
        for item in described
    ]
    theirs = [
        DeploymentScheduleCreate(
            schedule=one.schedule, active=one.active, parameters=one.parameters
        )
        for one in known
        if one.slug is None
    ]
    return ours + theirs


def to_deployment(
    described: dict[str, Any], known: Sequence[DeploymentSchedule] = (), *, paused: bool = False
) -> RunnerDeployment:
    """Return a deployment of prefect.yaml in the form that Prefect's runner takes.

    Args:
        described: as prefect.yaml has it.
        known: the schedules that the server has for it by now.
        paused: whether a person has paused it there.
    """
    flow = load_flow(described["entrypoint"])
    limit = described.get("concurrency_limit")
    # Not the flow's own `to_deployment`, which gives a coroutine where a loop runs.
    return RunnerDeployment.from_flow(
        flow,
        described["name"],
        description=described["description"],
        tags=described["tags"],
        parameters=described.get("parameters", {}),
        schedules=to_schedules(described.get("schedules", []), known),
        paused=paused,
        concurrency_limit=ConcurrencyLimitConfig(**limit) if limit else None,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
