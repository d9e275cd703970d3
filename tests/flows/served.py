"""A `make serve` of a test's own: real processes on a free port, with a home of their own."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, temporary_settings

from tests.programs import (
    PATIENCE,
    answers,
    free_port,
    kill,
    left_in,
    provide_database,
    start,
    wait_until,
)

R = TypeVar("R")


class Box:
    """A folder from which `make serve` runs, its home, and what it says."""

    def __init__(
        self, folder: Path, project: Path, flows: str, described: str, **more: str
    ) -> None:
        self.folder = folder / "project"
        self.folder.mkdir(parents=True)
        for path in project.iterdir():
            if path.name != "prefect.yaml":
                (self.folder / path.name).symlink_to(path)
        (self.folder / "boxed.py").write_text(flows)
        (self.folder / "prefect.yaml").write_text(described)
        provide_database(folder / "prefect")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/api"
        self.log = folder / "log"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_SERVER_API_PORT": str(self.port),
            "PREFECT_RUNNER_POLL_FREQUENCY": "1",
            "DATA_DIR": str(folder / "data"),
            "DO_NOT_TRACK": "1",
            **more,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, background: bool = False) -> None:
        """Start it and wait until its deployments are there.

        Args:
            background: as a shell without a terminal does: SIGINT is ignored.
        """
        before = self.said().count(" deployments;")
        self.process = start(
            [sys.executable, "-m", "deployments.serve"],
            log=self.log,
            deaf=background,
            cwd=self.folder,
            env=self.environment,
        )
        wait_until("deployments are served", lambda: self.said().count(" deployments;") > before)

    def again(self, **more: str) -> "subprocess.CompletedProcess[str]":
        """Start a second one beside it, and return how it ended."""
        return subprocess.run(
            [sys.executable, "-m", "deployments.serve"],
            check=False,
            cwd=self.folder,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Ask it to end; return its exit code and the seconds it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        return code, time.monotonic() - began

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def part(self, name: str) -> int:
        """Return the process id of a part."""
        assert self.process is not None
        parts = [pid for pid, one in self.left().items() if f"deployments.serve.{name}" in one]
        return min(parts, default=0)  # what it starts looks like it for a moment

    def left(self) -> dict[int, str]:
        """Return the processes that work for it, its own included."""
        return left_in(self.environment["HOME"])

    def ask(self, question: Callable[[PrefectClient], Awaitable[R]]) -> R:
        """Ask its server something."""

        async def ask() -> R:
            async with get_client() as client:
                return await question(client)

        with temporary_settings({PREFECT_API_URL: self.url}):
            return asyncio.run(ask())

    def answers(self) -> bool:
        """Tell whether its server does."""
        return answers(self.url)

    def order(self, name: str, **parameters: Any) -> FlowRun:
        """Order a run of a deployment, as a click in the UI does."""

        async def order(client: PrefectClient) -> FlowRun:
            deployment = await client.read_deployment_by_name(f"{name}/{name}")
            return await client.create_flow_run_from_deployment(
                deployment.id, parameters=parameters
            )

        return self.ask(order)

    def state(self, run: FlowRun) -> str:
        """Return the name of a run's state now."""
        found = self.ask(lambda client: client.read_flow_run(run.id))
        return (found.state.name or "") if found.state else ""

    def message(self, run: FlowRun) -> str:
        """Return what its state says."""
        found = self.ask(lambda client: client.read_flow_run(run.id))
        return (found.state.message or "") if found.state else ""

    def wait_for(self, run: FlowRun, *names: str) -> None:
        """Wait until a run is in one of these states."""
        wait_until(f"a run is {names}", lambda: self.answers() and self.state(run) in names)


@contextmanager
def box(folder: Path, project: Path, flows: str, described: str, **more: str) -> Iterator[Box]:
    """Give a box that is not started yet; nothing of it is left in the end."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("only /proc tells whose a process is")
    made = Box(folder, project, flows, described, **more)
    try:
        yield made
    finally:
        if made.process is not None:
            kill(made.process, made.environment["HOME"])
