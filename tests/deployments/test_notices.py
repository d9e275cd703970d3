"""From an event on Prefect's server to one notice: failed, crashed, in doubt, starving."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import State
from prefect.states import Failed, Pending, Running, Scheduled

from deployments.provision.automations import provide_automations
from promptpress.model import Order
from promptpress.settings import Settings
from promptpress.wiring import Services
from tests.adapters.cli.bench import doubt
from tests.architecture.tree import ROOT
from tests.deployments.conftest import House, Person, end_of, forget_runs, start, state_of
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Fault
from tests.programs import left_in, wait_until

pytestmark = [pytest.mark.flow, pytest.mark.timeout(900)]
"""A worker needs a while for each run: on a busy machine several of them exceed the usual limit."""

TRIGGERED = "prefect.automation.triggered"
SILENT = "promptpress: a run without a sign of life ends"
WAITING = (
    "promptpress: a run is late",
    "promptpress: a frequent run waits",
    "promptpress: a run that was taken waits",
)
FILE = ROOT / "deployments" / "automations.yaml"


@pytest.fixture
def fresh(deployed: House) -> Iterator[House]:
    """The server with automations that have told nothing yet: each test is a new day."""
    with deployed.client() as client:
        for one in client.read_automations():
            client.delete_automation(one.id)
        forget_runs(client)
        list(provide_automations(client, FILE))
        yield deployed


def _notices(client: SyncPrefectClient) -> int:
    """Return how many runs of `notify` there are."""
    deployment = client.read_deployment_by_name("notify/notify")
    return sum(run.deployment_id == deployment.id for run in client.read_flow_runs(limit=200))


def test_a_run_that_fails_again_and_again_is_told_once(
    fresh: House, person: Person, tmp_path: Path
) -> None:
    """One notice says what failed, what the run said, and where to look; no second one follows."""
    environment = fresh.environment(
        tmp_path, NOTIFY_URLS=person.address, PREFECT_UI_URL="https://prefect.example"
    )
    _queue(tmp_path).queue.add([Order(prompt="a fox")], "test")
    with fresh.client() as client, fresh.worker(environment):
        for _ in range(2):
            assert end_of(client, start(client, "daily-post", channels=["@everyone"])).startswith(
                "Failed"
            )
        # What is told last shows that nothing else was on its way.
        _fail_by_hand(client, "sync-library")
        wait_until("two notices", lambda: len(person.told) >= 2)

    assert person.titles() == ["daily-post failed", "sync-library failed"]
    text = next(one["message"] for one in person.told if one["title"].startswith("daily-post"))
    assert "everyone" in text
    assert "@everyone" not in text  # a chat would call all its members
    assert "https://prefect.example/runs/flow-run/" in text


def _fail_by_hand(client: SyncPrefectClient, name: str, **parameters: str) -> None:
    """Let a run fail that no worker has taken."""
    deployment = client.read_deployment_by_name(f"{name}/{name}")
    tomorrow: State[None] = Scheduled(scheduled_time=datetime.now(UTC) + timedelta(days=1))
    made = client.create_flow_run_from_deployment(
        deployment.id, state=tomorrow, parameters=parameters
    )
    client.set_flow_run_state(made.id, Running(), force=True)
    client.set_flow_run_state(made.id, Failed(message="by hand"), force=True)


def test_a_notice_that_fails_asks_for_no_notice(
    fresh: House, person: Person, tmp_path: Path
) -> None:
    """Else a person whose NOTIFY_URLS are broken would get a run of `notify` without end."""
    with fresh.client() as client:
        before = _notices(client)
        _fail_by_hand(client, "notify", title="x")
        _fail_by_hand(client, "recover")  # is told after it, so all before it was dealt with
        wait_until("both runs", lambda: _notices(client) >= before + 2)
        runs = client.read_flow_runs(limit=200)

    told = [str(run.parameters.get("title")) for run in runs if "title" in run.parameters]
    assert "recover failed" in told
    assert "notify failed" not in told


def _queue(folder: Path) -> Services:
    return Services(Settings(_env_file=None, data_dir=folder / "data"))


def test_what_needs_a_person_is_told_once_a_day(
    fresh: House, person: Person, tmp_path: Path
) -> None:
    """Posts in doubt or overdue, and a queue that runs dry: a notice each, however often looked."""
    services = _queue(tmp_path)
    ago = datetime.now(UTC) - timedelta(days=2)
    services.queue.add([Order(prompt="a fox"), Order(prompt="an owl", due_at=ago)], "test")
    services.now = lambda: ago  # it was left in doubt long ago, and told then
    doubt(services, 1, "site")
    environment = fresh.environment(tmp_path, NOTIFY_URLS=person.address, LOW_STOCK="2")
    with fresh.client() as client, fresh.worker(environment):
        for _ in range(2):
            assert end_of(client, start(client, "watch-queue")).startswith("NeedsYou")
        _fail_by_hand(client, "sync-library")  # told last: nothing else was on its way
        wait_until("the last notice", lambda: "sync-library failed" in person.titles())
        wait_until("four notices", lambda: len(person.told) >= 4)

    assert person.titles() == [
        "1 post in doubt",
        "1 post overdue",
        "The queue runs dry",
        "sync-library failed",
    ]
    texts = {one["title"]: one["message"] for one in person.told}
    assert "python -m promptpress resolve 1 --channel site --sent" in texts["1 post in doubt"]
    assert "python -m promptpress show 2" in texts["1 post overdue"]
    assert "1 post still to be published, and LOW_STOCK is 2" in texts["The queue runs dry"]


@contextmanager
def hastened(house: House, folder: Path, *names: str) -> Iterator[SyncPrefectClient]:
    """Let some automations wait for ten seconds for what they wait for minutes."""
    file = folder / "automations.yaml"
    described = yaml.safe_load(FILE.read_text("utf-8"))
    chosen = [one for one in described["automations"] if one["name"] in names]
    assert len(chosen) == len(names)
    for one in chosen:
        one["trigger"]["within"] = 10
    file.write_text(yaml.safe_dump(described))
    with house.client() as client:
        list(provide_automations(client, file))
        yield client
        list(provide_automations(client, FILE))


def test_a_run_whose_machine_died_ends_and_is_told_once(
    fresh: House, person: Person, tmp_path: Path
) -> None:
    """Nobody can say any more that it crashed: its silence does; the next worker tells a person."""
    _queue(tmp_path).queue.add([Order(prompt="a fox")], "test")
    with HuggingFace() as generator, hastened(fresh, tmp_path, SILENT) as client:
        generator.fail("generate", Fault("before", hang=True), times=20)
        environment = fresh.environment(
            tmp_path,
            GENERATORS="huggingface",
            NOTIFY_URLS=person.address,
            **generator.environment(),
        )
        with fresh.worker(environment):
            run = start(client, "generate-media")
            wait_until("a picture is ordered", generator.journal.entries)
            wait_until("a sign of life", lambda: _has_heartbeat(client, run))
            assert state_of(client, run).startswith("Running")
        # Worker and run are dead, as after a power cut.
        assert left_in(tmp_path) == {}
        generator.release()
        assert end_of(client, run).startswith("Crashed: No sign of life")
        with fresh.worker(environment):
            wait_until("a notice", lambda: person.told)
            _fail_by_hand(client, "sync-library")
            wait_until("two notices", lambda: len(person.told) >= 2)

    assert person.titles() == ["generate-media crashed", "sync-library failed"]


def test_runs_that_nobody_takes_are_told_once(fresh: House, tmp_path: Path) -> None:
    """A rare one by its name; of those that come every few minutes, and of one taken, the first."""
    with hastened(fresh, tmp_path, *WAITING) as client:
        before = _count(client, TRIGGERED, "prefect.automation.")
        for name in ("daily-post", "recover", "watch-queue"):
            start(client, name)
        _take_and_leave(client, "generate-media")
        # Each of the four is noticed, and those that come often are told of together.
        wait_until("five", lambda: _count(client, TRIGGERED, "prefect.automation.") == before + 5)
        _fail_by_hand(client, "sync-library")  # told last: nothing else was on its way
        wait_until("the last notice", lambda: "sync-library failed" in _titles(client))
        told = _titles(client)
        forget_runs(client)

    assert told == ["Runs do not begin", "daily-post is late", "sync-library failed"]


def _take_and_leave(client: SyncPrefectClient, name: str) -> None:
    """Take a run as a worker does that dies then."""
    client.set_flow_run_state(start(client, name), Pending())


def _titles(client: SyncPrefectClient) -> list[str]:
    """Return what `notify` was to tell."""
    deployment = client.read_deployment_by_name("notify/notify")
    runs = client.read_flow_runs(limit=200)
    return sorted(str(r.parameters["title"]) for r in runs if r.deployment_id == deployment.id)


def _has_heartbeat(client: SyncPrefectClient, run: UUID) -> bool:
    return bool(_count(client, "prefect.flow-run.heartbeat", f"prefect.flow-run.{run}"))


def _count(client: SyncPrefectClient, event: str, resource: str) -> int:
    """Return how many events of a name there are, of resources whose ids begin so."""
    wanted = {"event": {"name": [event]}, "resource": {"id_prefix": [resource]}}
    found = client.request("POST", "/events/filter", json={"filter": wanted})
    return int(found.json()["total"])
