"""The files for Kubernetes: what they start may do little, and is never repeated unasked."""

import json
import re

from tests.architecture.kubernetes import KUBERNETES, TEMPLATE, containers, job, pods


def test_the_config_map_wins_over_the_secret() -> None:
    """A Secret made of a whole .env may name a server and a folder of another machine."""
    told = next(one["data"] for one in KUBERNETES if one["kind"] == "ConfigMap")

    assert {"DATA_DIR", "MIGRATIONS", "PREFECT_API_URL", "PREFECT_UI_URL"} <= set(told)
    for one in containers():
        assert [next(iter(source)) for source in one["envFrom"]] == ["secretRef", "configMapRef"]


def test_only_a_worker_that_is_dead_is_restarted() -> None:
    """Kubernetes asks for the life of the worker alone, not for servers or late posts."""
    (worker,) = (one for one in containers() if one["name"] == "worker")

    assert worker["livenessProbe"]["exec"]["command"][-1] == "worker"
    assert worker["livenessProbe"]["exec"]["command"][-2] == "deployments.health"


def test_pods_may_do_little() -> None:
    """No root, no right to become more, nothing writable but what is mounted, bounded memory."""
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        names = {volume["name"] for volume in pod["volumes"]}
        for one in (*pod.get("initContainers", ()), *pod["containers"]):
            assert one["securityContext"]["readOnlyRootFilesystem"] is True
            assert one["securityContext"]["allowPrivilegeEscalation"] is False
            assert one["resources"]["limits"]["memory"]
            assert {mount["name"] for mount in one["volumeMounts"]} == names
            assert {"secretRef": {"name": "promptpress"}} in one["envFrom"]


def test_kubernetes_never_repeats_a_run_by_itself() -> None:
    """A job has one try, an end and a time to be cleared away: the queue decides on repeats."""
    spec = job()["spec"]

    assert spec["backoffLimit"] == 0
    assert spec["template"]["spec"]["restartPolicy"] == "Never"
    assert spec["activeDeadlineSeconds"] > 0
    assert spec["ttlSecondsAfterFinished"] > 0


def test_every_blank_of_the_job_has_a_variable() -> None:
    """What the template leaves open is described in its form, and nothing there is unused."""
    blanks = set(re.findall(r"\{\{ (\w+) \}\}", json.dumps(TEMPLATE["job_configuration"])))

    assert blanks == set(TEMPLATE["variables"]["properties"])
