"""A Prefect server of our own, with everything that answers events, and what a worker needs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from tests.fakes.server import Answer, Call, Request, StandIn
from tests.programs import PATIENCE, kill, prefect_server, wait_until
from tests.programs import start as start_program


class Person(StandIn):
    """Receives notices, as Apprise's json:// sends them."""

    service = "person"

    def __init__(self) -> None:
        super().__init__()
        self.told: list[dict[str, str]] = []

    def route(self, request: Request) -> Call:
        def hear() -> Answer:
            self.told.append(request.json())
            return Answer()

        return Call("hear", request.path, hear)

    def titles(self) -> list[str]:
        return sorted(one["title"] for one in self.told)

    @property
    def address(self) -> str:
        """What NOTIFY_URLS says of them."""
        return f"{self.url.replace('http://', 'json://')}/"


@pytest.fixture
def person() -> Iterator[Person]:
    """Somebody who is told."""
    with Person() as running:
        yield running


@dataclass
class House:
    """A server, a folder that is the project, and how programs are started in it."""

    url: str
    home: Path
    project: Path
    more: dict[str, str] = field(default_factory=dict)

    def environment(self, folder: Path, **more: str) -> dict[str, str]:
        """Return the environment of a program that keeps its things under a folder."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_URL": self.url,
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "DATA_DIR": str(folder / "data"),
            "DEFAULT_IMAGE_WIDTH": "128",
            "DEFAULT_IMAGE_HEIGHT": "128",
            "LOW_STOCK": "0",
            "DO_NOT_TRACK": "1",
            **more,
        }

    def call(
        self, environment: dict[str, str], *arguments: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run `python -m …` to its end."""
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            check=False,
            cwd=self.project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    @contextmanager
    def worker(self, environment: dict[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
        """Keep a worker at work; whatever it started ends with it, as in a power cut."""
        command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "promptpress"]
        worker = start_program(command, cwd=self.project, env=environment)
        try:
            yield worker
        finally:
            kill(worker, environment["HOME"])

    @contextmanager
    def client(self) -> Iterator[SyncPrefectClient]:
        """Give a client of the server."""
        named = temporary_settings({PREFECT_API_URL: self.url})
        with named, get_client(sync_client=True) as client:
            yield client


def start(client: SyncPrefectClient, name: str, **parameters: Any) -> UUID:
    """Let a deployment run as soon as somebody takes it; return the id of the run."""
    deployment = client.read_deployment_by_name(f"{name}/{name}")
    made = client.create_flow_run_from_deployment(deployment.id, parameters=parameters)
    return made.id


def state_of(client: SyncPrefectClient, run: UUID) -> str:
    """Return the name of a run's state and what it says."""
    state = client.read_flow_run(run).state
    return f"{state.name}: {state.message}" if state else ""


def end_of(client: SyncPrefectClient, run: UUID) -> str:
    """Wait for the end of a run; return its state and what it says."""

    def is_over() -> bool:
        state = client.read_flow_run(run).state
        return state is not None and state.is_final()

    wait_until(f"the end of run {run}", is_over)
    return state_of(client, run)


def forget_runs(client: SyncPrefectClient) -> None:
    """Take away the runs of tests before: a worker would take up what they left, and tell of it."""
    while runs := client.read_flow_runs(limit=200):
        for run in runs:
            client.delete_flow_run(run.id)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[House]:
    """A server with its own database; what is due by the clock is not started by itself."""
    home = tmp_path_factory.mktemp("server")
    made = House("", home, project)
    environment = {
        **made.environment(home),
        "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "2",
        "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "1",
        "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT2S",
    }
    del environment["PREFECT_API_URL"]
    with prefect_server(home, environment, project, "--host", "127.0.0.1") as made.url:
        yield made


@pytest.fixture(scope="session")
def deployed(house: House, tmp_path_factory: pytest.TempPathFactory) -> House:
    """The server with all that `provision --deploy` makes."""
    environment = house.environment(tmp_path_factory.mktemp("deployer"))
    done = house.call(environment, "deployments.provision", "--deploy")
    assert done.returncode == 0, done.stdout + done.stderr
    return house
