"""What is on Prefect's server for us: pools, workers, deployments, limits, automations."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import WorkerStatus
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.events.schemas.automations import Automation
from prefect.exceptions import ObjectNotFound

from deployments.prefect_server import NOTICES, OURS
from deployments.preflight.line import Line, bad, good, warning
from deployments.provision.automations import (
    PREFIX,
    contents,
    find_automations,
    read_automations,
    resolve,
)
from deployments.serve import read_deployments
from promptpress.settings import Settings
from tasks.turns import Rate, limit_of

PAGE = 200
DEPLOY = "prefect --no-prompt deploy --all"
PROVISION = "python -m deployments.provision"


def look_at_deployed(client: SyncPrefectClient) -> Iterator[Line]:
    """Look at the work pools, and at the deployments, as prefect.yaml has them."""
    there = find_deployments(client)
    # Served deployments have no pool: `make serve` runs them itself.
    pools = {one.work_pool_name for one in there.values() if one.work_pool_name}
    for name in sorted(pools) or ([] if there else [OURS]):
        yield from _look_at_pool(client, name)
    described = read_deployments()
    problems = [line for one in described for line in _look_at_deployment(one, there)]
    yield from problems
    if not problems:
        yield good("deployments", f"all {len(described)} as in prefect.yaml")


def find_deployments(client: SyncPrefectClient) -> dict[str, DeploymentResponse]:
    """Return the deployments on the server that are ours, by their names."""
    found: list[DeploymentResponse] = []
    while page := client.read_deployments(limit=PAGE, offset=len(found)):
        found += page
    flows = {one["name"] for one in read_deployments()}
    return {one.name: one for one in found if {OURS, NOTICES} & set(one.tags) or one.name in flows}


def _look_at_pool(client: SyncPrefectClient, name: str) -> Iterator[Line]:
    what = f"work pool {name}"
    try:
        pool = client.read_work_pool(name)
    except ObjectNotFound:
        yield bad(what, f"it is not there: {PROVISION}")
        return
    if pool.is_paused:
        yield bad(what, f"it is paused, so nothing runs: prefect work-pool resume {name}")
    else:
        yield good(what, f"of the type {pool.type}, not paused")
    workers = client.read_workers_for_work_pool(name, limit=PAGE)
    online = [one for one in workers if one.status == WorkerStatus.ONLINE]
    if online:
        yield good(f"workers of {name}", f"{len(online)} online")
    else:
        said = f"none is online: python -m deployments.worker --pool {name}"
        yield warning(f"workers of {name}", said)


def _look_at_deployment(
    described: Mapping[str, Any], there: Mapping[str, DeploymentResponse]
) -> Iterator[Line]:
    what = f"deployment {described['name']}"
    found = there.get(described["name"])
    if found is None:
        yield bad(what, f"it is not there: {DEPLOY}")
        return
    if found.paused:
        yield warning(what, f"it is paused: prefect deployment schedule resume, or {DEPLOY}")
    if found.entrypoint != described["entrypoint"]:
        yield bad(what, f"it runs {found.entrypoint}, not {described['entrypoint']}: {DEPLOY}")
    wanted = {_schedule(one) for one in described.get("schedules", [])}
    has = {
        (one.schedule.cron, str(one.schedule.timezone or "UTC"), bool(one.active))
        for one in found.schedules
        if isinstance(one.schedule, CronSchedule)
    }
    if wanted != has:
        said = f"it runs at {_told(has)}, prefect.yaml says {_told(wanted)}"
        yield warning(what, f"{said}: somebody changed it, or {DEPLOY}")


def _schedule(described: Mapping[str, Any]) -> tuple[str, str, bool]:
    zone = described.get("timezone", "UTC")
    return described["cron"], str(zone), bool(described.get("active", True))


def _told(schedules: set[tuple[str, str, bool]]) -> str:
    said = [f"{cron} {zone}{'' if on else ' (off)'}" for cron, zone, on in sorted(schedules)]
    return ", ".join(said) or "no time"


def look_at_limits(client: SyncPrefectClient, settings: Settings) -> Iterator[Line]:
    """Look whether the limits of GENERATOR_RATES are there."""
    there = {one.name: one for one in client.read_global_concurrency_limits(limit=PAGE)}
    for name, number in settings.generator_rates.items():
        rate, found = Rate(number), there.get(limit_of(name))
        what = f"limit {limit_of(name)}"
        if found is None:
            yield warning(what, f"it is not there; a run makes it, or {PROVISION}")
        elif (found.limit, found.slot_decay_per_second) != (rate.burst, rate.decay):
            yield warning(what, f"it is not {number} a minute, as GENERATOR_RATES: {PROVISION}")
        else:
            yield good(what, f"{number} a minute")


def look_at_automations(client: SyncPrefectClient) -> Iterator[Line]:
    """Look whether the automations are there, as their file has them, and switched on."""
    described = read_automations()
    there = {one.name: one for one in find_automations(client)}
    missing = [one["name"] for one in described if one["name"] not in there]
    known = [one for one in described if one["name"] in there]
    off = [one["name"] for one in known if not there[one["name"]].enabled]
    changed = [one["name"] for one in known if not _is_as(client, one, there[one["name"]])]
    if missing:
        yield warning("automations", f"nobody is told of {_names(missing)}: {PROVISION}")
    if changed:
        yield warning("automations", f"not as in their file: {_names(changed)}: {PROVISION}")
    if off:
        yield warning("automations", f"switched off: {_names(off)}")
    if not (missing or changed or off):
        yield good("automations", f"all {len(described)} are there")


def _is_as(client: SyncPrefectClient, described: Mapping[str, Any], found: Automation) -> bool:
    try:
        return contents(resolve(client, described)) == contents(found)
    except ObjectNotFound:  # the deployment that it runs
        return False


def _names(names: Sequence[str]) -> str:
    return ", ".join(name.removeprefix(PREFIX) for name in names)
