"""python -m deployments.provision: the server as our deployments need it, however often."""

import re
from pathlib import Path

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import AutomationCore

from deployments.prefect_server import find_version_problem
from deployments.provision.automations import find_automations, is_ours, read_automations
from deployments.serve import read_deployments
from tests.architecture.tree import ROOT
from tests.deployments.conftest import House
from tests.fakes.server import Answer, Call, Request, StandIn
from tests.origins import FOREIGN, may_read, order_from
from tests.programs import free_port

pytestmark = pytest.mark.flow

FILE = ROOT / "deployments" / "automations.yaml"
CANARY = "canary-5d1a7c"


def _verdicts(told: str) -> set[str]:
    lines = told.splitlines()[1:]
    return {re.split(r"\s{2,}", line)[0] for line in lines}


def test_provision_twice_changes_nothing(deployed: House, tmp_path: Path) -> None:
    """The second call finds everything as it was, and nothing is there twice."""
    environment = deployed.environment(tmp_path, GENERATOR_RATES="stability=60")
    first = deployed.call(environment, "deployments.provision")
    again = deployed.call(environment, "deployments.provision")

    assert "made       limit promptpress-stability: 60 a minute" in first.stdout
    assert _verdicts(again.stdout) == {"as it was"}
    with deployed.client() as client:
        names = sorted(one.name for one in find_automations(client) if is_ours(one))
        assert names == sorted(one["name"] for one in read_automations(FILE))
        limits = [one.name for one in client.read_global_concurrency_limits(limit=200)]
        assert limits.count("promptpress-stability") == 1


def test_what_left_the_settings_and_the_file_goes_and_what_is_other_peoples_stays(
    deployed: House, tmp_path: Path
) -> None:
    """Limits and automations of ours that nobody wants any more are removed, no others."""
    environment = deployed.environment(tmp_path, GENERATOR_RATES="leonardo=60")
    assert deployed.call(environment, "deployments.provision").returncode == 0
    with deployed.client() as client:
        some = next(one for one in find_automations(client) if is_ours(one))
        for name in ("promptpress: of last year", "somebody else's"):
            client.create_automation(AutomationCore(**{**some.model_dump(), "name": name}))
        client.upsert_global_concurrency_limit_by_name("promptpress-of-mine", limit=3)

        told = deployed.call(deployed.environment(tmp_path), "deployments.provision").stdout

        assert "removed    limit promptpress-leonardo" in told
        assert "removed    automation 'of last year'" in told
        left = {one.name: one for one in find_automations(client)}
        assert "somebody else's" in left
        assert "promptpress: of last year" not in left
        limits = {one.name for one in client.read_global_concurrency_limits(limit=200)}
        assert "promptpress-of-mine" in limits
        client.delete_automation(left["somebody else's"].id)
        client.delete_global_concurrency_limit_by_name("promptpress-of-mine")


def test_an_automation_that_is_switched_off_stays_off(deployed: House, tmp_path: Path) -> None:
    """It is brought to what the file says, and nobody is told who did not want to be."""
    name = "promptpress: the queue starves"
    with deployed.client() as client:
        (found,) = client.read_automations_by_name(name)
        kept = found.model_dump(include={"name", "trigger", "actions"})
        changed = AutomationCore(**kept, description="x", enabled=False)
        client.update_automation(found.id, changed)

        told = deployed.call(deployed.environment(tmp_path), "deployments.provision").stdout

        (after,) = client.read_automations_by_name(name)
        client.resume_automation(after.id)
    assert "changed    automation 'the queue starves' (switched off)" in told
    assert (after.enabled, after.description != "x") == (False, True)


def test_deployments_that_left_the_file_are_told_of_and_removed_when_wished(
    deployed: House, tmp_path: Path
) -> None:
    """Two checkouts may share a server: only --prune removes what this file does not know."""
    environment = deployed.environment(tmp_path)
    with deployed.client() as client:
        recover = client.read_deployment_by_name("recover/recover")
        stray = client.create_deployment(recover.flow_id, "of-last-year", tags=["promptpress"])
        other = client.create_deployment(recover.flow_id, "somebody-elses", tags=["theirs"])
        told = deployed.call(environment, "deployments.provision").stdout
        pruned = deployed.call(environment, "deployments.provision", "--prune").stdout
        names = {one.id for one in client.read_deployments(limit=200)}
        client.delete_deployment(other)

    assert "left       deployment of-last-year (it is not in prefect.yaml" in told
    assert "removed    deployment of-last-year" in pruned
    assert (stray in names, other in names) == (False, True)
    assert "somebody-elses" not in told + pruned


def _switch(client: SyncPrefectClient, *, as_the_file: bool) -> dict[str, bool]:
    """Turn two schedules and pause a deployment, or all back; return how they are to be."""
    wanted = {"recover": as_the_file, "publish-due": not as_the_file}
    for name, active in wanted.items():
        found = client.read_deployment_by_name(f"{name}/{name}")
        client.update_deployment_schedule(found.id, found.schedules[0].id, active=active)
    paused = client.read_deployment_by_name("prune/prune")
    (client.resume_deployment if as_the_file else client.pause_deployment)(paused.id)
    return {**wanted, "prune": not as_the_file}


def _switches(client: SyncPrefectClient) -> dict[str, bool]:
    names = ("recover", "publish-due", "prune")
    found = {name: client.read_deployment_by_name(f"{name}/{name}") for name in names}
    turned = {name: found[name].schedules[0].active for name in names[:2]}
    return {**turned, "prune": found["prune"].paused}


def test_deploying_again_leaves_switches_as_people_left_them(
    deployed: House, tmp_path: Path
) -> None:
    """What is off stays off, what is on stays on, what is paused stays so; each is told."""
    environment = deployed.environment(tmp_path)
    with deployed.client() as client:
        try:
            wanted = _switch(client, as_the_file=False)
            told = deployed.call(environment, "deployments.provision", "--deploy").stdout
            left = _switches(client)
        finally:
            _switch(client, as_the_file=True)

    assert left == wanted
    assert "as it was  schedule ten-minutes of recover (switched off: it stays so)" in told
    assert "of publish-due (switched on: it stays so)" in told
    assert "as it was  deployment prune (paused: it stays so)" in told
    assert told.count("stays so") == 3


def test_secrets_are_kept_in_blocks_and_shown_nowhere(deployed: House, tmp_path: Path) -> None:
    """--secrets writes what is set here; the database holds no secret in clear."""
    google = tmp_path / "google.json"
    google.write_text(f'{{"private_key": "{CANARY}-google"}}')
    environment = deployed.environment(
        tmp_path,
        HF_TOKEN=f"{CANARY}-hf",
        NOTIFY_URLS=f"json://user:{CANARY}-a@127.0.0.1/ json://{CANARY}-b@127.0.0.1/",
        GOOGLE_APPLICATION_CREDENTIALS=str(google),
    )
    first = deployed.call(environment, "deployments.provision", "--secrets")
    again = deployed.call(environment, "deployments.provision", "--secrets")
    with deployed.client():
        from tasks.vault import block_name, read_blocks

        names = ["HF_TOKEN", "NOTIFY_URLS", "GOOGLE_APPLICATION_CREDENTIALS", "OPENAI_API_KEY"]
        kept = read_blocks(names)
    _forget(deployed, *(block_name(name) for name in names[:3]))

    assert "made       secret HF_TOKEN (block promptpress-setting-hf-token)" in first.stdout
    assert "as it was  secret HF_TOKEN" in again.stdout
    assert kept["HF_TOKEN"] == f"{CANARY}-hf"
    assert kept["GOOGLE_APPLICATION_CREDENTIALS"] == google.read_text()
    assert set(kept) == set(names[:3])
    assert CANARY not in first.stdout + first.stderr + again.stdout + again.stderr
    stored = b"".join(path.read_bytes() for path in deployed.home.glob("prefect.db*"))
    assert b"promptpress-setting-hf-token" in stored
    assert CANARY.encode() not in stored
    assert CANARY.encode() not in (deployed.home / "server.log").read_bytes()


def _forget(house: House, *blocks: str) -> None:
    with house.client() as client:
        for name in blocks:
            answer = client.request(
                "GET",
                "/block_types/slug/{slug}/block_documents/name/{block_document_name}",
                path_params={"slug": "secret", "block_document_name": name},
            )
            client.request(
                "DELETE", "/block_documents/{id}", path_params={"id": answer.json()["id"]}
            )


def test_pools_of_every_kind_are_made_and_a_paused_one_stays_paused(
    deployed: House, tmp_path: Path
) -> None:
    """A pool for containers has the template of its kind of worker."""
    environment = deployed.environment(tmp_path)
    kinds = ("--pool-type", "docker", "kubernetes")
    first = deployed.call(environment, "deployments.provision", *kinds)
    again = deployed.call(environment, "deployments.provision", *kinds)
    with deployed.client() as client:
        pools = [client.read_work_pool(f"promptpress-{kind}") for kind in kinds[1:]]
        for pool in pools:
            client.delete_work_pool(pool.name)

    assert first.returncode == 0, first.stderr
    assert [pool.type for pool in pools] == ["docker", "kubernetes"]
    assert all("image" in str(pool.base_job_template) for pool in pools)
    assert "as it was  work pool promptpress-docker" in again.stdout


def test_no_other_page_in_the_browser_gets_anything(deployed: House) -> None:
    """Neither what Prefect's server answers, such as Secret blocks, nor an order is for others."""
    assert not may_read(deployed.url, FOREIGN)
    assert order_from(deployed.url, FOREIGN) == 403
    assert may_read(deployed.url, "http://localhost:4200")


class _OldServer(StandIn):
    """Says a version, and nothing else."""

    version = "3.0.1"

    def route(self, request: Request) -> Call:
        return Call("version", request.path, lambda: Answer.json(self.version))


@pytest.mark.parametrize("module", ["deployments.provision", "deployments.preflight"])
def test_no_server_and_a_wrong_one_are_told_in_a_sentence(
    module: str, project: Path, tmp_path: Path
) -> None:
    """Nobody there, an old Prefect, something else: what to do, exit code 1, no traceback."""
    house = House("", tmp_path, project)
    nobody = f"http://user:{CANARY}@127.0.0.1:{free_port()}/api"
    with _OldServer() as old, StandIn() as other:
        told = {
            "PREFECT_API_URL is missing": "",
            "does not answer": nobody,
            "older than": f"{old.url}/api",
            "is no Prefect server|answers 404": f"{other.url}/api",
        }
        for words, url in told.items():
            environment = {**house.environment(tmp_path), "PREFECT_API_URL": url}
            if not url:
                del environment["PREFECT_API_URL"]
            done = house.call(environment, module)
            said = done.stdout + done.stderr

            assert done.returncode == 1, said
            assert re.search(words, said), said
            assert "Traceback" not in said
            assert CANARY not in said


@pytest.mark.parametrize(
    ("server", "client", "words"),
    [
        ("3.8.8", "3.8.8", ""),
        ("3.9.1", "3.8.8", ""),
        ("3.8.1", "3.8.8", ""),
        ("3.7.9", "3.8.8", "update the server first"),
        ("2.20.0", "3.8.8", "update the server first"),
        ("4.0.0", "3.8.8", "update this installation"),
        ("hello", "3.8.8", "no Prefect server"),
    ],
)
def test_a_server_serves_older_clients_of_its_major_version(
    server: str, client: str, words: str
) -> None:
    """A version that will not do is told with what to do."""
    problem = find_version_problem(server, client)

    assert words in problem
    assert bool(words) == bool(problem)


def test_the_automations_name_deployments_that_there_are() -> None:
    """Each deployment that an automation runs, or looks at, is in prefect.yaml."""
    names = {one["name"] for one in read_deployments(ROOT / "prefect.yaml")}
    run, looked_at = set(), set()
    for one in read_automations(FILE):
        run |= {action["deployment"] for action in one["actions"] if "deployment" in action}
        related = one["trigger"].get("match_related", [])
        for match in related if isinstance(related, list) else [related]:
            if match["prefect.resource.role"] == "deployment":
                looked_at |= set(match["prefect.resource.name"])

    assert run == {"notify/notify"}
    assert looked_at <= names
    assert looked_at | {"check-connections", "notify", "review-posts"} >= names
