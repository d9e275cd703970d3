"""The work pools that deployments name."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, cast

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound
from prefect.workers.process import ProcessWorker

from deployments.prefect_server import OURS
from deployments.provision.change import Change, Verdict

PoolType = Literal["process", "docker", "kubernetes"]
TEMPLATE = Path("deployments") / "kubernetes-job.json"
"""Our own base job template for Kubernetes, where there is one."""
DESCRIPTION = "Runs Promptpress; made by python -m deployments.provision"


def pool_name(kind: PoolType) -> str:
    """Return the name of the pool of a kind."""
    return OURS if kind == "process" else f"{OURS}-{kind}"


def provide_pool(client: SyncPrefectClient, kind: PoolType) -> Iterator[Change]:
    """Make the work pool of a kind, or bring its template up to date where it is a file of ours.

    Whether it is paused, its limit and a template that somebody changed are left alone.
    """
    name = pool_name(kind)
    own = _own_template(kind)
    try:
        pool = client.read_work_pool(name)
    except ObjectNotFound:
        template = own or _default_template(client, kind)
        made = WorkPoolCreate(
            name=name, type=kind, description=DESCRIPTION, base_job_template=template
        )
        client.create_work_pool(made)
        yield Change(Verdict.MADE, f"work pool {name}")
        return
    note = "it is paused: prefect work-pool resume " + name if pool.is_paused else ""
    if pool.type != kind:
        note = f"it is of the type {pool.type}, not {kind}: delete it, then repeat this"
        yield Change(Verdict.LEFT, f"work pool {name}", note)
    elif own is not None and pool.base_job_template != own:
        client.update_work_pool(name, WorkPoolUpdate(base_job_template=own))
        yield Change(Verdict.CHANGED, f"work pool {name}", note)
    else:
        yield Change(Verdict.AS_IT_WAS, f"work pool {name}", note)


def _own_template(kind: PoolType) -> dict[str, Any] | None:
    if kind != "kubernetes" or not TEMPLATE.exists():
        return None
    return cast("dict[str, Any]", json.loads(TEMPLATE.read_text("utf-8")))


def _default_template(client: SyncPrefectClient, kind: PoolType) -> dict[str, Any]:
    """Return the template of Prefect's own worker; the server knows those not installed here."""
    if kind == "process":
        return ProcessWorker.get_default_base_job_template()
    view = {"view": "aggregate-worker-metadata"}
    answer = client.request("GET", "/collections/views/{view}", path_params=view)
    kinds = {name: one for package in answer.json().values() for name, one in package.items()}
    return cast("dict[str, Any]", kinds[kind]["default_base_job_configuration"])
