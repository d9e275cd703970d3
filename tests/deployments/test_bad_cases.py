"""A worker without the secrets, a work pool that is paused: nothing is lost, all goes out once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolUpdate
from prefect.client.schemas.objects import State
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Scheduled

from deployments.provision.automations import provide_automations
from promptpress.model import Order, PostState
from promptpress.settings import Settings
from promptpress.wiring import Services
from tests.architecture.tree import ROOT
from tests.deployments.conftest import House, Person, end_of, forget_runs, start, state_of
from tests.fakes.telegram import Telegram
from tests.programs import wait_until

pytestmark = [pytest.mark.flow, pytest.mark.timeout(900)]
"""A worker needs a while for each run: on a busy machine several of them exceed the usual limit."""

FILE = ROOT / "deployments" / "automations.yaml"


def _queue(folder: Path, *prompts: str) -> Services:
    services = Services(Settings(_env_file=None, data_dir=folder / "data"))
    services.queue.add([Order(prompt=prompt) for prompt in prompts], "test")
    return services


@pytest.fixture
def channel() -> Iterator[Telegram]:
    """A stand-in for Telegram."""
    with Telegram() as running:
        yield running


def test_a_worker_without_the_secrets_loses_nothing(
    deployed: House, channel: Telegram, tmp_path: Path
) -> None:
    """Its run names what is missing, and claims no post; with the secret or its block it works."""
    services = _queue(tmp_path, "a fox", "an owl")
    secret = channel.environment()
    poor = deployed.environment(
        tmp_path,
        CHANNELS="telegram",
        **{name: value for name, value in secret.items() if name != "TELEGRAM_TOKEN"},
    )
    rich = {**poor, **secret}
    with deployed.client() as client:
        with deployed.worker(poor):
            failed = end_of(client, start(client, "daily-post", limit=1))
        assert failed.startswith("Failed")
        assert "TELEGRAM_TOKEN is missing" in failed
        assert services.queue.count() == {PostState.QUEUED: 2}
        assert [post.owner for post in services.queue.find()] == ["", ""]

        with deployed.worker(rich):
            assert end_of(client, start(client, "daily-post", limit=1)).endswith("1 published")

        assert deployed.call(rich, "deployments.provision", "--secrets").returncode == 0
        with deployed.worker(poor):
            assert end_of(client, start(client, "daily-post", limit=1)).endswith("1 published")
        _forget_blocks(client)

    assert sorted(channel.journal.accepted("send")) == ["a fox", "an owl"]
    stored = b"".join(path.read_bytes() for path in deployed.home.glob("prefect.db*"))
    assert secret["TELEGRAM_TOKEN"].encode() not in stored


def _forget_blocks(client: SyncPrefectClient) -> None:
    found = client.request(
        "POST",
        "/block_documents/filter",
        json={"block_documents": {"name": {"like_": "promptpress-setting"}}},
    )
    for block in found.json():
        client.request("DELETE", "/block_documents/{id}", path_params={"id": block["id"]})


@pytest.fixture
def hasty(deployed: House, tmp_path: Path) -> Iterator[House]:
    """The server with one automation that waits for ten seconds where ours waits for minutes."""
    file = tmp_path / "automations.yaml"
    described = yaml.safe_load(FILE.read_text("utf-8"))
    for one in described["automations"]:
        if one["name"] == "promptpress: a frequent run waits":
            one["trigger"]["within"] = 10
    file.write_text(yaml.safe_dump(described))
    with deployed.client() as client:
        for known in client.read_automations():
            client.delete_automation(known.id)  # those that have told something today
        forget_runs(client)
        list(provide_automations(client, file))
        yield deployed
        client.update_work_pool("promptpress", WorkPoolUpdate(is_paused=False))
        list(provide_automations(client, FILE))


def _start_in_the_past(client: SyncPrefectClient, name: str) -> UUID:
    deployment = client.read_deployment_by_name(f"{name}/{name}")
    then: State[None] = Scheduled(scheduled_time=datetime.now(UTC) - timedelta(minutes=1))
    return client.create_flow_run_from_deployment(deployment.id, state=then).id


def _told(client: SyncPrefectClient) -> list[UUID]:
    """Return the runs of `notify` that say that runs do not begin."""
    found = client.read_flow_runs(limit=200, sort=FlowRunSort.EXPECTED_START_TIME_DESC)
    return [run.id for run in found if run.parameters.get("title") == "Runs do not begin"]


def test_a_paused_work_pool_loses_nothing_and_a_person_is_told(
    hasty: House, person: Person, tmp_path: Path
) -> None:
    """Preflight says so; what waits is told of once, and not ended; then all goes out once."""
    services = _queue(tmp_path, "a fox")
    environment = hasty.environment(tmp_path, NOTIFY_URLS=person.address)
    with hasty.client() as client, hasty.worker(environment):
        client.update_work_pool("promptpress", WorkPoolUpdate(is_paused=True))
        daily = start(client, "daily-post")
        frequent = [_start_in_the_past(client, "publish-due") for _ in range(3)]
        told = hasty.call(environment, "deployments.preflight")
        wait_until("somebody is told", lambda: _told(client))
        assert {state_of(client, run).split(":")[0] for run in frequent} == {"Late"}
        assert services.queue.count() == {PostState.QUEUED: 1}
        assert state_of(client, daily).split(":")[0] in ("Scheduled", "Late")

        client.update_work_pool("promptpress", WorkPoolUpdate(is_paused=False))
        assert end_of(client, daily).endswith("1 published")
        ends = [end_of(client, run) for run in frequent]
        (notice,) = _told(client)
        end_of(client, notice)

    assert any(end.startswith(("Completed", "NothingToDo")) for end in ends), ends
    assert person.titles() == ["Runs do not begin"]
    assert told.returncode == 1
    assert "FAIL  work pool promptpress: it is paused" in told.stdout
    assert "prefect work-pool resume promptpress" in told.stdout
    assert services.queue.count() == {PostState.PUBLISHED: 1}


def test_only_silence_ends_a_run() -> None:
    """A run that waits may begin at the moment it is found: it is told of, never ended."""
    ends = [
        one
        for one in yaml.safe_load(FILE.read_text("utf-8"))["automations"]
        if any(action["type"] == "change-flow-run-state" for action in one["actions"])
    ]

    assert [one["name"] for one in ends] == ["promptpress: a run without a sign of life ends"]
    assert ends[0]["trigger"]["after"] == ["prefect.flow-run.Running", "prefect.flow-run.heartbeat"]
