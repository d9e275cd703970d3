"""What tests of deployments share: a copy of the project, its commands, and what a server holds."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.responses import DeploymentResponse

from promptpress.model import Order
from promptpress.settings import Settings
from promptpress.wiring import Services

ROOT = Path(__file__).parents[2]
NEEDED = ("deployments", "flows", "prefect.toml", "prefect.yaml", "promptpress", "tasks")
"""What a clone, or an image, has to have in it to run flows."""

TYPE = ("type", "anyOf", "items", "enum", "minimum", "maximum", "default")
"""What the form of a parameter says of its values; its words are told by the flow."""


def copy_project(folder: Path) -> Path:
    """Make a clone of the project, as far as flows need it, in a new folder; return that."""
    folder.mkdir()
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
        else:
            shutil.copy2(ROOT / name, folder / name)
    return folder


def environment(home: Path, prefect_url: str, **more: str) -> dict[str, str]:
    """Return all that a machine of somebody else knows of us; its data lies where it works."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": prefect_url,
        "DEFAULT_IMAGE_WIDTH": "128",
        "DEFAULT_IMAGE_HEIGHT": "128",
        "DO_NOT_TRACK": "1",
        **more,
    }


def call(
    folder: Path, environment: dict[str, str], *arguments: str
) -> "subprocess.CompletedProcess[str]":
    """Run `python -m …` in a folder; return how it ended."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        check=False,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )


def deploy_all(folder: Path, environment: dict[str, str]) -> None:
    """Deploy as the documents say."""
    done = call(folder, environment, "prefect", "--no-prompt", "deploy", "--all")
    assert done.returncode == 0, done.stdout + done.stderr


def queue(folder: Path, *prompts: str) -> Services:
    """Queue prompts where flows that run in a folder find them; return its services."""
    services = Services(Settings(_env_file=None, data_dir=folder / "data"))
    services.queue.add([Order(prompt=prompt) for prompt in prompts], "test")
    return services


async def forget_deployments() -> None:
    """Take every deployment off the server: another module's are not ours to see."""
    async with get_client() as client:
        for one in await client.read_deployments():
            await client.delete_deployment(one.id)


async def start(name: str, **parameters: Any) -> str:
    """Order a run of a deployment, as the form does; return its id.

    Raises:
        PrefectHTTPStatusError: its parameters are refused.
    """
    async with get_client() as client:
        deployment = await client.read_deployment_by_name(f"{name}/{name}")
        run = await client.create_flow_run_from_deployment(deployment.id, parameters=parameters)
    return str(run.id)


async def read_deployments() -> dict[str, DeploymentResponse]:
    """Return what is deployed, by name."""
    async with get_client() as client:
        return {one.name: one for one in await client.read_deployments()}


async def read_held() -> dict[str, Any]:
    """Return all that a reader should see change of each deployment, in order of their names."""
    async with get_client() as client:
        held = sorted(await client.read_deployments(), key=lambda one: one.name)
        return {one.name: await _describe(client, one) for one in held}


async def _describe(client: PrefectClient, one: DeploymentResponse) -> dict[str, Any]:
    limit = one.global_concurrency_limit
    options = one.concurrency_options
    return {
        "flow": (await client.read_flow(one.flow_id)).name,
        "entrypoint": one.entrypoint,
        "pull": one.pull_steps,
        "pool": one.work_pool_name,
        "queue": one.work_queue_name,
        "job_variables": one.job_variables,
        "tags": sorted(one.tags),
        "paused": one.paused,
        "schedules": [
            {"slug": s.slug, **s.schedule.model_dump(), "active": s.active, **s.parameters}
            for s in sorted(one.schedules, key=lambda s: s.slug or "")
        ],
        "limit": {"limit": limit.limit, **options.model_dump(mode="json")}
        if limit and options
        else None,
        "parameters": one.parameters,
        "enforced": one.enforce_parameter_schema,
        "form": {
            name: {key: value for key, value in form.items() if key in TYPE}
            for name, form in (one.parameter_openapi_schema or {})["properties"].items()
        },
    }
