"""What a server holds after `prefect deploy --all`, and who can run it: any folder, any image.

tests/flows/deployed.yaml shows what is deployed, so that a change of it is read in review. It is
written anew by `RENEW=1 make test ARGS=tests/flows/test_deployed.py`, and never where CI=true.
"""

import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectHTTPStatusError
from prefect.states import Cancelled, Pending

from promptpress.model import PostState
from tests.flows.deploying import (
    call,
    copy_project,
    deploy_all,
    environment,
    forget_deployments,
    queue,
    read_held,
    start,
)

pytestmark = [
    pytest.mark.flow,
    pytest.mark.timeout(600),  # its server is made, and all is deployed twice, for the first test
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

SHOWN = Path(__file__).with_name("deployed.yaml")
HEAD = "# What a server holds once all is deployed; see test_deployed.py, which writes it.\n"


@pytest.fixture(scope="module")
def deployed(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on which all was deployed twice, from a folder that is gone; gives its address."""
    anyio.run(forget_deployments)
    home = tmp_path_factory.mktemp("deployer")
    clone = copy_project(home / "clone")
    own = environment(home, prefect_server)
    create = ("prefect", "work-pool", "create", "promptpress", "--type", "process", "--overwrite")
    assert call(clone, own, *create).returncode == 0
    deploy_all(clone, own)
    deploy_all(clone, own)
    shutil.rmtree(home)
    yield prefect_server
    anyio.run(forget_deployments)


def test_what_is_deployed_is_what_was_reviewed(deployed: str) -> None:
    """Flow, schedules, parameters, limits, tags, pull steps and pool are those of deployed.yaml."""
    held = anyio.run(read_held)
    if os.environ.get("RENEW") and os.environ.get("CI") != "true":
        text = yaml.safe_dump(held, sort_keys=False, default_flow_style=None, width=100)
        SHOWN.write_text(HEAD + text, "utf-8")

    assert held == yaml.safe_load(SHOWN.read_text("utf-8"))
    assert str(Path(__file__).parents[2]) not in str(held)


async def _start_two(name: str) -> list[str]:
    """Let two runs ask for a place, as workers do; return the states they got."""
    async with get_client() as client:
        deployment = await client.read_deployment_by_name(f"{name}/{name}")
        runs = [await client.create_flow_run_from_deployment(deployment.id) for _ in range(2)]
        answers: list[Any] = [await client.set_flow_run_state(run.id, Pending()) for run in runs]
        for run in runs:
            await client.set_flow_run_state(run.id, Cancelled())
            await client.delete_flow_run(run.id)
    return [one.state.name or "" for one in answers if one.state is not None]


@pytest.mark.parametrize(
    ("name", "second"), [("daily-post", "Cancelled"), ("refresh-tokens", "AwaitingConcurrencySlot")]
)
def test_one_run_at_a_time(name: str, second: str, deployed: str) -> None:
    """The second of a frequent flow is dropped, that of a rare one waits for its turn."""
    assert anyio.run(_start_two, name) == ["Pending", second]


@pytest.mark.parametrize(
    ("parameters", "word"),
    [({"limit": "many"}, "many"), ({"limit": 0}, "minimum"), ({"channels": "site"}, "site")],
)
def test_a_wrong_parameter_is_refused_before_a_run(
    parameters: dict[str, Any], word: str, deployed: str
) -> None:
    """The server says what is wrong, and no run exists."""
    with pytest.raises(PrefectHTTPStatusError, match=word):
        anyio.run(partial(start, "daily-post", **parameters))


def test_a_worker_runs_it_in_its_own_folder(tmp_path: Path, deployed: str) -> None:
    """On another machine with another path nothing is missing, and its data stays with it."""
    clone = copy_project(tmp_path / "other")
    services = queue(clone, "a fox", "a lake")
    anyio.run(partial(start, "daily-post", limit=1))

    command = ("prefect", "worker", "start", "--pool", "promptpress", "--run-once")
    worked = call(clone, environment(tmp_path, deployed), *command)

    told = worked.stdout + worked.stderr
    assert services.queue.count() == {PostState.PUBLISHED: 1, PostState.QUEUED: 1}, told
    assert len(list(clone.glob("data/site/posts/*.html"))) == 1
