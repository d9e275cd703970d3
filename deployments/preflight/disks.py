"""What runs keep on a disk, where several disks may be in play: of machines, or of containers."""

import json
from collections.abc import Iterator

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import WorkerStatus, WorkPool
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound

from deployments.preflight.deployed import PAGE, find_deployments
from deployments.preflight.line import Line, bad, good, warning
from promptpress.settings import Settings
from promptpress.wiring.makers import with_defaults

WHAT = "one DATA_DIR for all"
HOW = "or choose the settings of docs/deploying.md that need no disk"
MOUNTED = ":/data"
"""What a volume of Docker says that keeps what the image has under DATA_DIR."""
CLAIMED = "persistentVolumeClaim"
"""The same for a pod of Kubernetes."""


def look_at_disks(client: SyncPrefectClient, settings: Settings) -> Iterator[Line]:
    """Look whether each run finds on its disk what other runs have left there.

    Prefect does not know which disk a worker has: where there may be several, a person looks.
    """
    kept = ", ".join(find_kept_on_disk(settings))
    if not kept:
        yield good(WHAT, "not needed: the settings keep nothing on a disk")
        return
    workers = 0
    for pool, deployments in _find_pools(client):
        if not all(_has_volume(pool, one) for one in deployments):
            yield bad(
                f"disk of {pool.name}",
                f"{kept}: it goes with each container; give /data a volume, {HOW}",
            )
        # Those of Kubernetes start pods only; the claim is one for the whole cluster.
        workers += 0 if pool.type == "kubernetes" else _count_workers(client, pool.name)
    if workers > 1:
        said = "all must see the same DATA_DIR, which cannot be seen from here; look at it"
        yield warning(WHAT, f"{kept}, and {workers} workers: {said}, {HOW}")
    else:
        yield good(WHAT, f"{kept}, and not more than one worker online")


def find_kept_on_disk(settings: Settings) -> list[str]:
    """Return what the settings keep on the disk of the machine that a run happens on."""
    chosen = with_defaults(settings)
    kinds = {one.kind for name in chosen.channels if (one := chosen.channel_of(name))}
    on_disk = {
        "the queue (QUEUE_URL)": chosen.queue.startswith("sqlite"),
        "pictures (STORES=local)": "local" in chosen.stores,
        "the site": "site" in kinds or "site" in chosen.stores,
        "tokens (TOKENS=file)": "instagram" in kinds and chosen.tokens == "file",
    }
    return [what for what, is_there in on_disk.items() if is_there]


def _find_pools(client: SyncPrefectClient) -> Iterator[tuple[WorkPool, list[DeploymentResponse]]]:
    there = find_deployments(client).values()
    for name in sorted({one.work_pool_name for one in there if one.work_pool_name}):
        try:
            pool = client.read_work_pool(name)
        except ObjectNotFound:  # which has a line of its own
            continue
        yield pool, [one for one in there if one.work_pool_name == name]


def _has_volume(pool: WorkPool, deployment: DeploymentResponse) -> bool:
    if pool.type == "kubernetes":
        return CLAIMED in json.dumps(pool.base_job_template)
    if pool.type != "docker":
        return True
    described = pool.base_job_template.get("variables", {}).get("properties", {})
    usual = described.get("volumes", {}).get("default") or []
    volumes = deployment.job_variables.get("volumes", usual)
    return any(MOUNTED in str(volume) for volume in volumes)


def _count_workers(client: SyncPrefectClient, pool: str) -> int:
    workers = client.read_workers_for_work_pool(pool, limit=PAGE)
    return sum(one.status == WorkerStatus.ONLINE for one in workers)
