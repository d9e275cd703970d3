"""Docker and Kubernetes run the same deployments from an image; one variable chooses them."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import anyio
import prefect
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.responses import DeploymentResponse

from promptpress.model import PostState
from tests.flows.deploying import (
    call,
    copy_project,
    deploy_all,
    environment,
    forget_deployments,
    queue,
    read_deployments,
    start,
)
from tests.flows.test_deployments import NAMES

pytestmark = pytest.mark.flow

KNOWN = "server/api/collections_data/views/aggregate-worker-metadata.json"
"""The kinds of work pools that Prefect's own package knows; the server would look on the net."""


@pytest.fixture
def server(prefect_server: str) -> Iterator[str]:
    """A server on which nothing is deployed; gives its address."""
    anyio.run(forget_deployments)
    yield prefect_server
    anyio.run(forget_deployments)


async def _make_pool(kind: str) -> str:
    """Make a work pool as `prefect work-pool create promptpress-… --type …` does; return it."""
    kinds = json.loads((Path(prefect.__file__).parent / KNOWN).read_text("utf-8"))
    template = kinds[f"prefect-{kind}"][kind]["default_base_job_configuration"]
    pool = WorkPoolCreate(name=f"promptpress-{kind}", type=kind, base_job_template=template)
    async with get_client() as client:
        await client.create_work_pool(pool, overwrite=True)
    return pool.name


async def _move(one: DeploymentResponse, pool: str) -> DeploymentResponse:
    """Deploy one of them to another pool; the server checks its variables against the pool's."""
    async with get_client() as client:
        moved = await client.create_deployment(
            one.flow_id,
            one.name,
            entrypoint=one.entrypoint,
            work_pool_name=pool,
            job_variables=one.job_variables,
        )
        return await client.read_deployment(moved)


def test_containers_take_the_same_deployments(tmp_path: Path, server: str) -> None:
    """A variable chooses the pool, each run takes our image, and works where its code lies.

    No container is started here: the command that either kind starts in one is.
    """
    image = copy_project(tmp_path / "app")
    own = environment(tmp_path, server)
    docker, kubernetes = (anyio.run(_make_pool, kind) for kind in ("docker", "kubernetes"))

    deploy_all(image, {**own, "PREFECT_DEFAULT_WORK_POOL_NAME": docker})

    held = anyio.run(read_deployments)
    assert {name: one.work_pool_name for name, one in held.items()} == dict.fromkeys(NAMES, docker)
    assert {one.job_variables["image"] for one in held.values()} == {"promptpress:latest"}
    assert anyio.run(_move, held["recover"], kubernetes).work_pool_name == kubernetes

    services = queue(image, "a fox", "a lake")
    own["PREFECT__FLOW_RUN_ID"] = anyio.run(partial(start, "daily-post", limit=1))
    done = call(image, own, "prefect", "flow-run", "execute")

    told = done.stdout + done.stderr
    assert services.queue.count() == {PostState.PUBLISHED: 1, PostState.QUEUED: 1}, told
