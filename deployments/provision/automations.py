"""The automations of automations.yaml: what Prefect does by itself, and what it tells a person."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import Automation, AutomationCore
from prefect.exceptions import ObjectNotFound

from deployments.prefect_server import OURS
from deployments.provision.change import Change, Verdict

FILE = Path("deployments") / "automations.yaml"
PREFIX = f"{OURS}: "
"""What the names of our automations begin with; no other is touched."""
PAGE = 200


def read_automations(file: Path = FILE) -> list[dict[str, Any]]:
    """Return the automations that the file describes, with deployments by their names."""
    described = yaml.safe_load(file.read_text("utf-8"))["automations"]
    return cast("list[dict[str, Any]]", described)


def is_ours(automation: AutomationCore) -> bool:
    """Tell whether an automation is ours to change."""
    return automation.name.startswith(PREFIX)


def find_automations(client: SyncPrefectClient) -> list[Automation]:
    """Return all automations of the server, oldest first."""
    found: list[Automation] = []
    while page := client.read_automations(limit=PAGE, offset=len(found)):
        found += page
    return found


def provide_automations(client: SyncPrefectClient, file: Path = FILE) -> Iterator[Change]:
    """Bring our automations to what the file says; one that is switched off stays off."""
    described = read_automations(file)
    there = [one for one in find_automations(client) if is_ours(one)]
    for one in described:
        same = [found for found in there if found.name == one["name"]]
        yield _provide(client, one, same[0] if same else None)
        yield from _remove(client, same[1:], "a double")
    names = {one["name"] for one in described}
    yield from _remove(client, [one for one in there if one.name not in names], "it left the file")


def _provide(
    client: SyncPrefectClient, described: Mapping[str, Any], found: Automation | None
) -> Change:
    thing = f"automation {described['name'].removeprefix(PREFIX)!r}"
    try:
        wanted = resolve(client, described)
    except ObjectNotFound:
        note = "it runs a deployment that is not there: deploy, then repeat this"
        return Change(Verdict.LEFT, thing, note)
    if found is None:
        client.create_automation(wanted)
        return Change(Verdict.MADE, thing)
    note = "" if found.enabled else "switched off"
    if contents(found) == contents(wanted):
        return Change(Verdict.AS_IT_WAS, thing, note)
    client.update_automation(found.id, wanted.model_copy(update={"enabled": found.enabled}))
    return Change(Verdict.CHANGED, thing, note)


def resolve(client: SyncPrefectClient, described: Mapping[str, Any]) -> AutomationCore:
    """Return an automation with the ids of the deployments that it runs.

    Raises:
        ObjectNotFound: there is no such deployment.
    """
    actions = [dict(action) for action in described["actions"]]
    for action in actions:
        if "deployment" in action:
            deployment = client.read_deployment_by_name(action.pop("deployment"))
            action |= {"source": "selected", "deployment_id": deployment.id}
    return AutomationCore.model_validate({**described, "actions": actions})


def contents(automation: AutomationCore) -> dict[str, Any]:
    """Return what makes two automations the same: all but ids, and whether they are switched on."""
    names = set(AutomationCore.model_fields) - {"enabled", "owner_resource"}
    found: dict[str, Any] = automation.model_dump(mode="json", include=names)
    for field in ("expect", "after", "for_each"):
        found["trigger"][field] = sorted(found["trigger"].get(field, []))
    return found


def _remove(client: SyncPrefectClient, automations: list[Automation], why: str) -> Iterator[Change]:
    for one in automations:
        client.delete_automation(one.id)
        thing = f"automation {one.name.removeprefix(PREFIX)!r}"
        yield Change(Verdict.REMOVED, thing, why)
