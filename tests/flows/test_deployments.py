"""The four ways to run a flow: command, deployment with a worker, served, and Prefect's form."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.deployments import run_deployment

from deployments.serve import load_flow, read_deployments, to_deployment
from promptpress.model import Order, PostState
from promptpress.settings import Settings
from promptpress.wiring import Services

pytestmark = pytest.mark.flow

ROOT = Path(__file__).parents[2]
DESCRIBED = read_deployments(ROOT / "prefect.yaml")
NAMES = {"daily-post", "recover", "check-connections"}


def _environment(folder: Path, prefect_url: str, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": prefect_url,
        "DATA_DIR": str(folder / "data"),
        "DEFAULT_IMAGE_WIDTH": "128",
        "DEFAULT_IMAGE_HEIGHT": "128",
        "DO_NOT_TRACK": "1",
        **more,
    }


def _call(
    project: Path, environment: dict[str, str], *arguments: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        check=False,
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def _queue(folder: Path, *prompts: str) -> Services:
    settings = Settings(_env_file=None, data_dir=folder / "data")
    services = Services(settings)
    services.queue.add([Order(prompt=prompt) for prompt in prompts], "test")
    return services


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda one: one["name"])
def test_each_deployment_names_a_flow_and_its_parameters(described: dict[str, Any]) -> None:
    """What prefect.yaml says of a flow is true of the flow."""
    flow = load_flow(described["entrypoint"])

    assert flow.name == described["name"]
    assert set(described.get("parameters", {})) <= set(flow.parameters.properties)


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda one: one["name"])
def test_each_parameter_is_typed_and_described_in_the_form(described: dict[str, Any]) -> None:
    """Prefect's form shows for each parameter what it is and what it is for."""
    for name, form in load_flow(described["entrypoint"]).parameters.properties.items():
        assert form.get("description"), name
        assert "type" in form or "anyOf" in form, name


def test_served_deployments_are_those_of_the_file() -> None:
    """deployments.serve offers the same flows, schedules and parameters, by module."""
    served = [to_deployment(described) for described in DESCRIBED]

    assert {one.name for one in served} == NAMES
    for one, described in zip(served, DESCRIBED, strict=True):
        assert one.entrypoint == described["entrypoint"]
        assert len(one.schedules or []) == len(described.get("schedules", []))


def test_a_flow_runs_as_a_command(tmp_path: Path, project: Path, prefect_server: str) -> None:
    """`python -m flows.daily_post --limit 2 --channels site` publishes and exits with 0."""
    services = _queue(tmp_path, "a fox", "a lake", "a tower")
    environment = _environment(tmp_path, prefect_server)

    arguments = ("flows.daily_post", "--limit", "2", "--channels", "site")
    done = _call(project, environment, *arguments)

    assert done.returncode == 0, done.stderr
    assert services.queue.count() == {PostState.PUBLISHED: 2, PostState.QUEUED: 1}
    assert "daily-post: Completed: 2 published" in done.stdout


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"CHANNELS": "telegram"}, ("TELEGRAM_TOKEN is missing", "TELEGRAM_CHAT_ID is missing")),
        ({"CHANNELS": "pigeon"}, ("'pigeon'", "site, telegram")),
        ({"GENERATORS": "oracle"}, ("'oracle'", "huggingface, sketch")),
        ({"GENERATORS": "huggingface", "HF_TOKEN": "change-me"}, ("HF_TOKEN is missing",)),
        ({"CONCURRENCY": "many"}, ("CONCURRENCY",)),
        ({"QUEUE_URL": "postgresql+psycopg://me:s3cret@127.0.0.1:1/x"}, ("queue",)),
    ],
)
def test_a_wrong_setting_is_a_sentence_and_an_exit_code(
    settings: dict[str, str],
    words: tuple[str, ...],
    tmp_path: Path,
    project: Path,
    prefect_server: str,
) -> None:
    """A run that cannot begin says all that is missing, exits with 1 and shows no secret."""
    environment = _environment(tmp_path, prefect_server, **settings)

    done = _call(project, environment, "flows.daily_post", "--limit", "1")

    assert done.returncode == 1
    for word in words:
        assert word in done.stdout
    assert "s3cret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


async def _deployed() -> dict[str, Any]:
    async with get_client() as client:
        return {one.name: one for one in await client.read_deployments()}


def test_deploy_twice_and_run_by_a_worker(
    tmp_path: Path, project: Path, prefect_server: str
) -> None:
    """`prefect deploy --all` works on an empty server, twice, and a process worker runs a flow."""
    import anyio

    services = _queue(tmp_path, "a fox")
    environment = _environment(tmp_path, prefect_server)
    create = ("prefect", "work-pool", "create", "promptpress", "--type", "process", "--overwrite")
    assert _call(project, environment, *create).returncode == 0
    for _ in range(2):
        deployed = _call(project, environment, "prefect", "--no-prompt", "deploy", "--all")
        assert deployed.returncode == 0, deployed.stdout + deployed.stderr

    assert set(anyio.run(_deployed)) == NAMES
    run_deployment("daily-post/daily-post", timeout=0, as_subflow=False)
    worker = ("prefect", "worker", "start", "--pool", "promptpress", "--run-once")
    worked = _call(project, environment, *worker)

    assert services.queue.count() == {PostState.PUBLISHED: 1}, worked.stdout + worked.stderr
