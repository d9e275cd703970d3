"""What prefect.yaml says is true of the flows and told by the documents; a flow as a command.

What a server makes of the file, and who runs it then, is in test_deployed.py.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.serve import load_flow, read_deployments, to_deployment
from promptpress.model import PostState
from tests.flows.deploying import ROOT, call, environment, queue

pytestmark = pytest.mark.flow

FILE = ROOT / "prefect.yaml"
DESCRIBED = read_deployments(FILE)
NAMES = {
    "check-connections",
    "daily-post",
    "generate-media",
    "notify",
    "prune",
    "publish-due",
    "recover",
    "refresh-tokens",
    "review-posts",
    "sync-library",
    "watch-queue",
    "write-articles",
    "write-prompts",
}


KEYS = {
    "": {"name", "pull", "definitions", "deployments"},
    "deployments": {
        "name",
        "description",
        "tags",
        "entrypoint",
        "parameters",
        "enforce_parameter_schema",
        "concurrency_limit",
        "schedules",
        "work_pool",
    },
    "concurrency_limit": {"limit", "collision_strategy", "grace_period_seconds"},
    "schedules": {"slug", "cron", "timezone", "active", "parameters"},
    "work_pool": {"name", "job_variables"},
}
"""What prefect.yaml may say where. Prefect ignores a key that it does not know."""
TOUCHES = {"spends", "publishes", "care"}


def unknown_keys(text: str) -> set[str]:
    """Return the keys of a prefect.yaml that Prefect would ignore, or that we do not use."""
    file = yaml.safe_load(text)
    parts = [("", file)]
    for described in file.get("deployments", []):
        parts.append(("deployments", described))
        parts += [("schedules", one) for one in described.get("schedules", [])]
        parts += [
            (name, described[name])
            for name in ("concurrency_limit", "work_pool")
            if name in described
        ]
    return {key for name, part in parts for key in part if key not in KEYS[name]}


def test_prefect_knows_each_key() -> None:
    """prefect.yaml says nothing that would be ignored."""
    assert unknown_keys(FILE.read_text("utf-8")) == set()


@pytest.mark.parametrize(
    "key", sorted(set().union(*KEYS.values()) - {"name", "definitions", "deployments"})
)
def test_a_misspelt_key_is_found(key: str) -> None:
    """Wherever it stands: a limit or a schedule that is not there would be noticed too late."""
    misspelt = re.sub(rf"\b{key}:", f"{key}x:", FILE.read_text("utf-8"))

    assert f"{key}x" in unknown_keys(misspelt)


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda one: one["name"])
def test_each_deployment_says_all_that_it_has_to(described: dict[str, Any]) -> None:
    """What it does, what it touches, that its parameters are checked, and its hours exactly."""
    assert described["description"].endswith(".")
    assert described["tags"][0].startswith("promptpress")
    assert set(described["tags"][1:]) & TOUCHES
    assert described["enforce_parameter_schema"] is True
    for schedule in described.get("schedules", []):
        assert {"slug", "cron", "timezone", "active"} <= set(schedule)
        assert described["concurrency_limit"]["limit"] == 1


def _cell(described: dict[str, Any]) -> list[str]:
    """Return what the table of docs/deploying.md has to say of a deployment."""
    schedules = [
        f"`{one['cron']}` {one['timezone']}, {'on' if one['active'] else 'off'}"
        for one in described.get("schedules", [])
    ]
    limit = described.get("concurrency_limit", {})
    words = {"CANCEL_NEW": "dropped", "ENQUEUE": "waits", None: "runs too"}
    return ["; ".join(schedules) or "by hand", words[limit.get("collision_strategy")]]


def test_the_page_tells_what_is_deployed() -> None:
    """docs/deploying.md has a row for each deployment, with its schedule and its strategy."""
    lines = (ROOT / "docs" / "deploying.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if "|" in line]
    told = {row[0].strip("`"): row for row in cells if row[0].strip("`") in NAMES}

    assert {name: row[2:4] for name, row in told.items()} == {
        described["name"]: _cell(described) for described in DESCRIBED
    }
    assert all(row[1] and row[4] for row in told.values())


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda one: one["name"])
def test_each_deployment_names_a_flow_and_its_parameters(described: dict[str, Any]) -> None:
    """What prefect.yaml says of a flow is true of the flow."""
    flow = load_flow(described["entrypoint"])

    assert flow.name == described["name"]
    assert set(described.get("parameters", {})) <= set(flow.parameters.properties)


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda one: one["name"])
def test_each_parameter_is_typed_and_described_in_the_form(described: dict[str, Any]) -> None:
    """Prefect's form shows for each parameter what it is and what it is for."""
    for name, form in load_flow(described["entrypoint"]).parameters.properties.items():
        assert form.get("description"), name
        assert "type" in form or "anyOf" in form, name


def test_served_deployments_are_those_of_the_file() -> None:
    """deployments.serve offers the same flows, schedules and parameters, by module."""
    served = [to_deployment(described) for described in DESCRIBED]

    assert {one.name for one in served} == NAMES
    for one, described in zip(served, DESCRIBED, strict=True):
        assert one.entrypoint == described["entrypoint"]
        wanted = {s["slug"]: s.get("active", True) for s in described.get("schedules", [])}
        assert {s.slug: s.active for s in one.schedules or []} == wanted


def test_a_flow_runs_as_a_command(tmp_path: Path, project: Path, prefect_server: str) -> None:
    """`python -m flows.daily_post --limit 2 --channels site` publishes and exits with 0."""
    services = queue(tmp_path, "a fox", "a lake", "a tower")
    own = environment(tmp_path, prefect_server, DATA_DIR=str(tmp_path / "data"))

    arguments = ("flows.daily_post", "--limit", "2", "--channels", "site")
    done = call(project, own, *arguments)

    assert done.returncode == 0, done.stderr
    assert services.queue.count() == {PostState.PUBLISHED: 2, PostState.QUEUED: 1}
    assert "daily-post: Completed: 2 published" in done.stdout


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"CHANNELS": "telegram"}, ("TELEGRAM_TOKEN is missing", "TELEGRAM_CHAT_ID is missing")),
        ({"CHANNELS": "pigeon"}, ("'pigeon'", "site, telegram")),
        ({"GENERATORS": "oracle"}, ("'oracle'", "huggingface")),
        ({"GENERATORS": "huggingface", "HF_TOKEN": "change-me"}, ("HF_TOKEN is missing",)),
        ({"CONCURRENCY": "many"}, ("CONCURRENCY",)),
        ({"QUEUE_URL": "postgresql+psycopg://me:s3cret@127.0.0.1:1/x"}, ("queue",)),
    ],
)
def test_a_wrong_setting_is_a_sentence_and_an_exit_code(
    settings: dict[str, str],
    words: tuple[str, ...],
    tmp_path: Path,
    project: Path,
    prefect_server: str,
) -> None:
    """A run that cannot begin says all that is missing, exits with 1 and shows no secret."""
    own = environment(tmp_path, prefect_server, DATA_DIR=str(tmp_path / "data"), **settings)

    done = call(project, own, "flows.daily_post", "--limit", "1")

    assert done.returncode == 1
    for word in words:
        assert word in done.stdout
    assert "s3cret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
