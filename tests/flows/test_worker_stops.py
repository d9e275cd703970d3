"""A worker of processes that is ended: its runs come to their end first, then it does."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State

from deployments.worker import Worker
from promptpress.model import PostState, PublicationState
from tests.flows.stopped import PROMPTS, Held, Scene, finish, make_scene
from tests.programs import left_in, wait_until

pytestmark = [
    pytest.mark.flow,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

HANGING = '''
import signal
import time
from pathlib import Path

from prefect import flow


@flow
def hang() -> None:
    """Heed nothing."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path("begun").touch()
    time.sleep(600)
'''


@pytest.fixture
def scene(tmp_path: Path, project: Path, prefect_server: str) -> Iterator[Scene]:
    """Six prompts for Hugging Face and Telegram, two at a time."""
    with make_scene(tmp_path, project, prefect_server) as made:
        made.environment["PREFECT_WORKER_QUERY_SECONDS"] = "1"
        yield made


@pytest.fixture
def pool(prefect_server: str) -> Iterator[str]:
    """The name of a work pool of a test's own; nothing of it is left."""
    name = f"stops-{uuid4()}"
    yield name

    async def forget() -> None:
        async with get_client() as client:
            for one in await client.read_deployments():
                if one.work_pool_name == name:
                    await client.delete_deployment(one.id)
            await client.delete_work_pool(name)

    asyncio.run(forget())


def work(scene: Scene, pool: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start a worker in the project, and wait until its pool is there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "deployments.worker", "--pool", pool, *arguments],
        cwd=scene.project,
        env=scene.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    wait_until("the worker is online", lambda: process.poll() is not None or has_worker(pool))
    return process


def has_worker(pool: str) -> bool:
    async def ask() -> bool:
        async with get_client() as client:
            pools = [one.name for one in await client.read_work_pools()]
            return pool in pools and bool(await client.read_workers_for_work_pool(pool))

    return asyncio.run(ask())


async def order(pool: str, entrypoint: str, folder: Path, **parameters: int) -> FlowRun:
    """Deploy a flow as `prefect deploy` does, and order a run of it."""
    async with get_client() as client:
        flow = await client.create_flow_from_name(entrypoint)
        deployment = await client.create_deployment(
            flow,
            pool,
            work_pool_name=pool,
            entrypoint=entrypoint,
            pull_steps=[
                {"prefect.deployments.steps.set_working_directory": {"directory": str(folder)}}
            ],
            enforce_parameter_schema=False,
        )
        return await client.create_flow_run_from_deployment(deployment, parameters=parameters)


def state_of(run: UUID) -> State:
    async def read() -> State:
        async with get_client() as client:
            found = (await client.read_flow_run(run)).state
            assert found is not None
            return found

    return asyncio.run(read())


@pytest.mark.parametrize(
    ("number", "whole_group"), [(signal.SIGTERM, False), (signal.SIGINT, True)]
)
def test_a_send_in_flight_gets_to_its_end(
    scene: Scene, pool: str, number: int, whole_group: bool
) -> None:
    """Its receipt is written, no post has a lease, and Prefect knows that the run is Cancelled."""
    held = Held().hold(scene.channel, "send")
    worker = work(scene, pool)
    run = asyncio.run(order(pool, "flows.daily_post.daily_post", scene.project, limit=6))
    assert held.reached.wait(200), finish(worker, 1)

    (os.killpg if whole_group else os.kill)(worker.pid, number)
    said = finish(worker, 90)

    assert worker.returncode == 0, said
    assert "Traceback" not in said
    assert left_in(scene.environment["HOME"]) == {}
    assert scene.leased() == []
    assert 1 <= scene.sent() == len(scene.journal.accepted("send")) < len(PROMPTS)
    states = [p.state for post in scene.posts() for p in post.publications]
    assert PublicationState.IN_DOUBT not in states
    assert state_of(run.id).type.value == "CANCELLED"
    scene.settle()
    assert {post.state for post in scene.posts()} == {PostState.PUBLISHED}
    assert len(scene.journal.accepted("send")) == len(set(scene.journal.accepted("send"))) == 6


def hang(
    scene: Scene, pool: str, folder: Path, *arguments: str
) -> tuple["subprocess.Popen[str]", FlowRun]:
    """Start a worker, and a run that heeds no signal."""
    (folder / "hanging.py").write_text(HANGING)
    worker = work(scene, pool, *arguments)
    run = asyncio.run(order(pool, "hanging.hang", folder))
    wait_until("the run hangs", lambda: (folder / "begun").exists() or worker.poll() is not None)
    return worker, run


def test_a_run_that_hangs_is_ended_after_the_grace(scene: Scene, pool: str, tmp_path: Path) -> None:
    """And Prefect is told that it crashed."""
    worker, run = hang(scene, pool, tmp_path, "--grace", "2")

    worker.send_signal(signal.SIGTERM)
    said = finish(worker, 90)

    assert worker.returncode == 0, said
    assert left_in(scene.environment["HOME"]) == {}
    assert state_of(run.id).type.value == "CRASHED"


def test_a_second_signal_ends_all_at_once(scene: Scene, pool: str, tmp_path: Path) -> None:
    """Nobody waits for the grace who does not want to; the first signal may come twice."""
    worker, _ = hang(scene, pool, tmp_path, "--grace", "600")

    worker.send_signal(signal.SIGTERM)
    worker.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(3)
    worker.send_signal(signal.SIGTERM)
    said = finish(worker, 60)

    assert worker.returncode == 128 + signal.SIGTERM, said
    wait_until("all have ended", lambda: not left_in(scene.environment["HOME"]))


def test_a_run_that_was_not_begun_is_given_back(prefect_server: str, pool: str) -> None:
    """What the worker had taken when the end came waits for another worker."""

    async def end_at_once() -> FlowRun:
        worker = Worker(pool)
        async with worker:
            run = await order(pool, "nowhere.to_be_found", Path("/nowhere"))
            assert [one.id for one in await worker.get_and_submit_flow_runs()] == [run.id]
        return run

    run = asyncio.run(end_at_once())

    assert state_of(run.id).type.value == "SCHEDULED"
    assert state_of(run.id).message == "Its worker ended before it began."
