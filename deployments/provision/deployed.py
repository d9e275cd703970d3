"""Our deployments on the server: made by Prefect's own command, removed when they left the file."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.responses import DeploymentResponse

from deployments.prefect_server import NOTICES, OURS
from deployments.provision.change import Change, Verdict
from deployments.serve.described import PREFECT_FILE
from promptpress.errors import SetupError

TIMEOUT = 600
"""Seconds for `prefect deploy --all`: it imports every flow, and may build an image."""
POOL = "PREFECT_DEFAULT_WORK_POOL_NAME"
"""The variable that names the pool: prefect.yaml names none (docs/deploying.md)."""
PAGE = 200


def deploy_all(client: SyncPrefectClient, pool: str, file: Path = PREFECT_FILE) -> Iterator[Change]:
    """Deploy what prefect.yaml describes to a work pool; switches stay as people left them.

    Raises:
        SetupError: `prefect deploy` refuses, or takes too long.
    """
    there = {one.name: one for one in _find_ours(client)}
    described = yaml.safe_load(file.read_text("utf-8"))
    changes: list[Change] = []
    for one in described["deployments"]:
        if one["name"] in there:
            changes += keep_switches(one, there[one["name"]])
    # Not set back afterwards: a run would begin in between.
    with TemporaryDirectory(prefix="promptpress-") as folder:
        as_left = Path(folder) / file.name
        as_left.write_text(yaml.safe_dump(described), "utf-8")
        _deploy(pool, as_left)
    yield from changes


def keep_switches(described: dict[str, Any], found: DeploymentResponse) -> Iterator[Change]:
    """Let a deployment be described with its switches as the server has them; give those turned."""
    name = described["name"]
    if found.paused:
        described["paused"] = True
        yield Change(Verdict.AS_IT_WAS, f"deployment {name}", "paused: it stays so")
    turned = {one.slug: one.active for one in found.schedules}
    ours = described.get("schedules", [])
    described["schedules"] = [_as_turned(one, turned) for one in ours]
    for one in ours:
        if (active := turned.get(one["slug"], one["active"])) != one["active"]:
            note = f"switched {'on' if active else 'off'}: it stays so"
            yield Change(Verdict.AS_IT_WAS, f"schedule {one['slug']} of {name}", note)


def _as_turned(schedule: dict[str, Any], turned: Mapping[str | None, bool]) -> dict[str, Any]:
    return {**schedule, "active": turned.get(schedule["slug"], schedule["active"])}


def _deploy(pool: str, file: Path) -> None:
    # A list, no shell: nothing of it comes from outside.
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
    try:
        done = subprocess.run(  # noqa: S603  as above
            [*command, "--prefect-file", str(file)],
            check=False,
            env={**os.environ, POOL: pool},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise SetupError("prefect deploy --all takes too long: run it to see why") from None
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise SetupError(f"prefect deploy --all fails: run it to see why ({' '.join(last)})")


def _find_ours(client: SyncPrefectClient) -> list[DeploymentResponse]:
    found: list[DeploymentResponse] = []
    while page := client.read_deployments(limit=PAGE, offset=len(found)):
        found += page
    return [one for one in found if {OURS, NOTICES} & set(one.tags)]


def prune(client: SyncPrefectClient, names: AbstractSet[str], *, remove: bool) -> Iterator[Change]:
    """Tell of deployments of ours that are not in prefect.yaml any more, and remove them if wished.

    Only when wished: two checkouts may share a server, each with a file of its own.

    Args:
        client: of the server.
        names: of the deployments in prefect.yaml.
        remove: whether to.
    """
    for one in _find_ours(client):
        if one.name in names:
            continue
        if remove:
            client.delete_deployment(one.id)
            yield Change(Verdict.REMOVED, f"deployment {one.name}")
        else:
            note = "it is not in prefect.yaml: --prune removes it"
            yield Change(Verdict.LEFT, f"deployment {one.name}", note)
