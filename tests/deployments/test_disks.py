"""preflight: what runs keep on a disk must lie on one that all of them see."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate

from deployments.preflight.disks import CLAIMED, find_kept_on_disk, look_at_disks
from deployments.preflight.line import Grade, Line
from deployments.serve import read_deployments
from promptpress.settings import Settings
from tests.architecture.tree import ROOT
from tests.deployments.conftest import House

pytestmark = pytest.mark.flow

OUTSIDE = {
    "queue_url": "postgresql+psycopg://host/db",
    "stores": "s3",
    "channels": "instagram",
    "tokens": "prefect",
}
"""Settings that keep nothing on a disk."""


def _settings(**more: Any) -> Settings:
    return Settings(_env_file=None, **{**OUTSIDE, **more})


@pytest.mark.parametrize(
    ("more", "kept"),
    [
        ({}, []),
        ({"queue_url": ""}, ["the queue (QUEUE_URL)"]),
        ({"stores": "s3,local"}, ["pictures (STORES=local)"]),
        ({"stores": "site"}, ["the site"]),
        ({"channels": ""}, ["the site"]),
        ({"channels": "blog", "channel": {"blog": {"kind": "site"}}}, ["the site"]),
        ({"tokens": "file"}, ["tokens (TOKENS=file)"]),
        ({"tokens": "file", "channels": "telegram"}, []),
    ],
)
def test_what_lies_on_a_disk_is_known(more: dict[str, Any], kept: list[str]) -> None:
    """Each thing that a second machine would miss is named; what is elsewhere is not."""
    assert find_kept_on_disk(_settings(**more)) == kept


@pytest.fixture(autouse=True)
def folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work where prefect.yaml is."""
    monkeypatch.chdir(project)


def _look(client: SyncPrefectClient, **more: Any) -> list[Line]:
    return list(look_at_disks(client, _settings(**more)))


def test_several_workers_are_asked_for_one_folder(deployed: House) -> None:
    """Which disk each of them has nobody here knows, so a person is to look."""
    pool = {"work_pool_name": "promptpress"}
    names = ("first", "second")
    with deployed.client() as client:
        for name in names:
            client.send_worker_heartbeat(pool["work_pool_name"], name)
        (line,) = _look(client, stores="local")
        (outside,) = _look(client)
        for name in names:
            worker = {**pool, "name": name}
            client.request(
                "DELETE", "/work_pools/{work_pool_name}/workers/{name}", path_params=worker
            )

    assert line.grade is Grade.WARNING
    assert line.said.startswith("pictures (STORES=local), and ")
    assert "all must see the same DATA_DIR" in line.said
    assert outside.grade is Grade.GOOD


@pytest.fixture
def moved(deployed: House) -> Iterator[Callable[..., list[Line]]]:
    """Deploy to a pool of containers, with its variables; give what is said of disks then."""
    made: list[UUID] = []
    with deployed.client() as client:
        flow = client.create_flow_from_name("disks")

        def look(kind: str, template: dict[str, Any], **variables: Any) -> list[Line]:
            pool = WorkPoolCreate(name="disks", type=kind, base_job_template=template)
            client.create_work_pool(pool, overwrite=True)
            tags = ["promptpress"]
            made.append(
                client.create_deployment(
                    flow, "d", work_pool_name=pool.name, tags=tags, job_variables=variables
                )
            )
            return _look(client, stores="local")

        yield look
        for one in {*made}:
            client.delete_deployment(one)
        client.delete_work_pool("disks")


def _described(**properties: Any) -> dict[str, Any]:
    variables = {"type": "object", "properties": properties}
    return {"job_configuration": {"image": "ours"}, "variables": variables}


VOLUMES = {"type": "array", "items": {"type": "string"}}
CLAIM = {"volumes": [{"persistentVolumeClaim": {"claimName": "promptpress-data"}}]}


@pytest.mark.parametrize(
    ("kind", "template", "variables", "grade"),
    [
        ("docker", _described(volumes=VOLUMES), {}, Grade.BAD),
        ("docker", _described(volumes=VOLUMES), {"volumes": ["/srv/.env:/app/.env"]}, Grade.BAD),
        ("docker", _described(volumes=VOLUMES), {"volumes": ["promptpress:/data"]}, Grade.GOOD),
        ("docker", _described(volumes={**VOLUMES, "default": ["x:/data"]}), {}, Grade.GOOD),
        ("kubernetes", _described(), {}, Grade.BAD),
        ("kubernetes", {**_described(), "job_configuration": CLAIM}, {}, Grade.GOOD),
    ],
)
def test_a_container_without_a_volume_keeps_nothing(
    kind: str,
    template: dict[str, Any],
    variables: dict[str, Any],
    grade: Grade,
    moved: Callable[..., list[Line]],
) -> None:
    """What a run wrote goes with its container, so the next finds no picture: in the way."""
    told = [line.grade for line in moved(kind, template, **variables) if "disk of" in line.what]

    assert told == ([] if grade is Grade.GOOD else [grade])


def test_our_own_pools_have_their_volumes() -> None:
    """What prefect.yaml says for Docker, and our template for Kubernetes, is enough."""
    template = json.loads((ROOT / "deployments" / "kubernetes-job.json").read_text("utf-8"))
    pools = {
        one["work_pool"]["job_variables"]["volumes"][0]
        for one in read_deployments(ROOT / "prefect.yaml")
    }

    assert CLAIMED in json.dumps(template["job_configuration"])
    assert pools == {"promptpress:/data"}
