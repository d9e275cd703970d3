"""SIGTERM and SIGINT: what is in hand comes to a safe place, nothing more is begun."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from inspect import unwrap
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName
from prefect.client.schemas.objects import FlowRun

from deployments.serve import load_flow, read_deployments
from flows.daily_post import daily_post
from flows.generate_media import generate_media
from promptpress.model import PostState
from promptpress.wiring import use_services
from tasks.policy import SAME_SIGNAL
from tests.flows.conftest import run
from tests.flows.stopped import PROMPTS, Held, Scene, end, finish, make_scene
from tests.programs import left_in, wait_until

pytestmark = pytest.mark.flow
ROOT = Path(__file__).parents[2]


@pytest.fixture
def scene(tmp_path: Path, project: Path, prefect_server: str) -> Iterator[Scene]:
    """Six prompts for Hugging Face and Telegram, two at a time."""
    with make_scene(tmp_path, project, prefect_server) as made:
        yield made


def last_run(name: str) -> FlowRun:
    """Return the latest run that Prefect knows of a flow by this name."""

    async def read() -> FlowRun:
        async with get_client() as client:
            found = await client.read_flow_runs(
                flow_run_filter=FlowRunFilter(name=FlowRunFilterName(any_=[name])), limit=1
            )
            return found[0]

    return asyncio.run(read())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_send_in_flight_gets_to_its_end(scene: Scene, number: int) -> None:
    """Its receipt is written; the posts that were not begun have no lease at once."""
    held = Held().hold(scene.channel, "send")
    process = scene.start("daily_post", "--limit", "6")
    assert held.reached.wait(60), finish(process, 1)

    said, _ = end(process, number)

    assert process.returncode == 128 + number, said
    assert "Traceback" not in said
    assert "Cancelled" in said
    assert scene.leased() == []
    assert 1 <= scene.sent() == len(scene.journal.accepted("send")) < len(PROMPTS)

    scene.settle()
    assert {post.state for post in scene.posts()} == {PostState.PUBLISHED}
    assert len(scene.journal.accepted("send")) == len(set(scene.journal.accepted("send"))) == 6
    assert len(scene.journal.accepted("generate")) == 6


def test_a_wait_for_a_job_ends_at_once(tmp_path: Path, project: Path, prefect_server: str) -> None:
    """The next run collects the pictures that were asked for; none is asked for twice."""
    with make_scene(tmp_path, project, prefect_server, provider="wavespeed") as scene:
        scene.environment["DEFAULT_CHECK_INTERVAL"] = "60"
        process = scene.start("generate_media", "--limit", "6")
        wait_until("two jobs are known", lambda: sum(bool(p.job) for p in scene.posts()) == 2)

        said, seconds = end(process, signal.SIGTERM)

        assert process.returncode == 143, said
        assert seconds < 20  # not the minute to the next question
        assert scene.leased() == []
        scene.settle()
        assert {post.state for post in scene.posts()} == {PostState.PUBLISHED}
        assert len(scene.journal.accepted("generate")) == 6


def test_a_picture_that_is_being_made_is_kept(scene: Scene) -> None:
    """What the call in flight brings is stored: nobody pays for it again."""
    held = Held().hold(scene.generator, "generate")
    process = scene.start("generate_media", "--limit", "6")
    assert held.reached.wait(60), finish(process, 1)

    said, _ = end(process, signal.SIGTERM)

    assert process.returncode == 143, said
    assert scene.leased() == []
    made = scene.journal.accepted("generate")
    assert 1 <= len(made) <= 2
    assert sum(bool(post.media) for post in scene.posts()) == len(made)
    scene.settle()
    assert sorted(scene.journal.accepted("generate")) == sorted(PROMPTS)


def test_ctrl_c_without_a_server_leaves_nothing_behind(scene: Scene) -> None:
    """The terminal sends it to Prefect's temporary server too, which is gone before the run is."""
    del scene.environment["PREFECT_API_URL"]
    held = Held().hold(scene.channel, "send")
    process = scene.start("daily_post", "--limit", "6")
    assert held.reached.wait(200), finish(process, 1)

    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    said = finish(process)

    assert process.returncode == 130, said
    assert time.monotonic() - began < 40
    assert scene.leased() == []
    assert scene.sent() == len(scene.journal.accepted("send")) >= 1
    wait_until("all have ended", lambda: not left_in(scene.environment["HOME"]))


def test_prefect_says_what_happened(scene: Scene) -> None:
    """The run is Cancelled, with a sentence that tells how far it came."""
    held = Held().hold(scene.channel, "send")
    process = scene.start("daily_post", "--limit", "6")
    assert held.reached.wait(60), finish(process, 1)
    said, _ = end(process, signal.SIGTERM)
    name = said.split("Beginning flow run '")[1].split("'")[0]

    state = last_run(name).state

    assert state is not None
    assert state.type.value == "CANCELLED"
    assert "queued" in (state.message or "")
    assert "asked to stop" in (state.message or "")


def test_a_second_signal_ends_it_at_once(scene: Scene) -> None:
    """Even in the middle of a send, which the next run then asks a person about."""
    held = Held().hold(scene.channel, "send", after=60)
    process = scene.start("daily_post", "--limit", "6")
    assert held.reached.wait(60), finish(process, 1)

    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)  # together they count as one: a parent passed it on
    time.sleep(3 * SAME_SIGNAL)
    assert process.poll() is None
    said, seconds = end(process, signal.SIGTERM)
    held.let_go.set()

    assert process.returncode == 143, said
    assert seconds < 5


def test_what_is_due_waits_for_the_next_run(scene: Scene) -> None:
    """publish-due, stopped in its first send, leaves the other posts to the next."""
    with use_services(scene.services):
        run(generate_media, limit=6)
    held = Held().hold(scene.channel, "send")
    process = scene.start("publish_due")
    assert held.reached.wait(60), finish(process, 1)

    said, _ = end(process, signal.SIGTERM)

    assert process.returncode in (0, 143), said  # 0 where only one was due
    assert scene.leased() == []
    assert scene.sent() == len(scene.journal.accepted("send"))


@pytest.mark.parametrize(
    "described", read_deployments(ROOT / "prefect.yaml"), ids=itemgetter("name")
)
def test_every_flow_heeds_signals(described: dict[str, Any]) -> None:
    """None of them is torn out of what it does."""
    flow = load_flow(described["entrypoint"])
    assert unwrap(flow.fn) is not flow.fn
    assert flow.fn.__code__ is daily_post.fn.__code__
