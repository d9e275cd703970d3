"""The files for Kubernetes, as what they make: pods, containers, the job of a run."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import yaml
from prefect.utilities.templating import apply_values

from tests.architecture.tree import ROOT

KUBERNETES = yaml.safe_load((ROOT / "deployments" / "kubernetes.yaml").read_text("utf-8"))["items"]
TEMPLATE = json.loads((ROOT / "deployments" / "kubernetes-job.json").read_text("utf-8"))


def job() -> dict[str, Any]:
    """Return the job that a Kubernetes worker makes of the template and its defaults."""
    properties = TEMPLATE["variables"]["properties"]
    values = {name: one.get("default") for name, one in properties.items()}
    values |= {"name": "a-run", "command": ["prefect", "flow-run", "execute"], "env": []}
    manifest = apply_values(TEMPLATE["job_configuration"]["job_manifest"], values)
    return cast("dict[str, Any]", manifest)


def pods() -> Iterator[dict[str, Any]]:
    """Give the specification of every pod for Kubernetes."""
    for one in KUBERNETES:
        made = one["spec"]["jobTemplate"] if one["kind"] == "CronJob" else one
        if "template" in made.get("spec", {}):
            yield made["spec"]["template"]["spec"]
    yield job()["spec"]["template"]["spec"]


def containers() -> Iterator[dict[str, Any]]:
    """Give every container of every pod."""
    for pod in pods():
        yield from (*pod.get("initContainers", ()), *pod["containers"])


def runs_flows(pod: Mapping[str, Any]) -> bool:
    """Tell whether runs happen in a pod."""
    return pod["containers"][0]["name"] in ("worker", "prefect-job")
