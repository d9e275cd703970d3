"""Prefect's server is not there: at the start of a run, in the middle of it, and for good."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptpress.model import PostState
from tests.flows.stopped import Held, Scene, finish, make_scene
from tests.programs import answers, free_port, provide_database, wait_until
from tests.programs import start as start_program

pytestmark = [pytest.mark.flow, pytest.mark.timeout(600)]


class Server:
    """A Prefect server that is killed and comes back at the same place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        provide_database(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/api"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it where it does not run, and wait until it answers."""
        if self.process is None:
            command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(self.port)]
            own = {**os.environ, "PREFECT_HOME": str(self.folder)}
            self.process = start_program(command, env=own)
        wait_until("the server answers", lambda: answers(self.url))

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is running when a test begins with `up`."""
    made = Server(tmp_path_factory.mktemp("prefect"))
    yield made
    made.kill()


@pytest.fixture
def up(server: Server) -> Server:
    """The server, running."""
    server.start()
    return server


@pytest.fixture
def scene(tmp_path: Path, project: Path, server: Server) -> Iterator[Scene]:
    """Six prompts for Hugging Face and Telegram, two at a time, with that server."""
    with make_scene(tmp_path, project, server.url) as made:
        yield made


def check_all_went_out_once(scene: Scene) -> None:
    assert {post.state for post in scene.posts()} == {PostState.PUBLISHED}
    assert len(scene.journal.accepted("send")) == len(set(scene.journal.accepted("send"))) == 6
    assert len(scene.journal.accepted("generate")) == 6


def test_a_server_that_is_not_there_is_a_sentence(scene: Scene, server: Server) -> None:
    """The run ends soon with what to do, and has touched no post."""
    server.kill()
    scene.environment["PREFECT_API_URL"] = server.url.replace("//", "//me:hunter2@")
    began = time.monotonic()

    process = scene.start("daily_post", "--limit", "6")
    said = finish(process, 100)

    assert process.returncode == 1
    assert f"The Prefect server at {server.url} does not answer" in said
    assert "hunter2" not in said
    assert "PREFECT_API_URL" in said
    assert "Traceback" not in said
    assert time.monotonic() - began < 90  # most of it to import, where the machine is busy
    assert scene.services.queue.count() == {PostState.QUEUED: 6}
    assert scene.leased() == []


def test_a_run_goes_on_when_the_server_comes_back(scene: Scene, up: Server) -> None:
    """It misses the server for a while, and tells it the end all the same."""
    held = Held().hold(scene.channel, "send", after=100)
    process = scene.start("daily_post", "--limit", "6")
    assert held.reached.wait(100), finish(process, 1)

    up.kill()
    held.let_go.set()
    time.sleep(3)
    up.start()
    said = finish(process, 200)

    assert process.returncode == 0, said
    assert "Completed: 6 published" in said
    check_all_went_out_once(scene)


def test_a_run_ends_though_the_server_stays_away(scene: Scene, up: Server) -> None:
    """Every post goes out once, with its receipt; the exit code and a sentence tell the rest."""
    # As with the usual five, each of which waits longer than the one before.
    scene.environment["PREFECT_CLIENT_MAX_RETRIES"] = "1"
    held = Held().hold(scene.channel, "send", after=100)
    process = scene.start("daily_post", "--limit", "6")
    assert held.reached.wait(100), finish(process, 1)

    up.kill()
    held.let_go.set()
    said = finish(process, 200)

    assert process.returncode == 1, said
    assert "The queue knows what became of each post" in said
    check_all_went_out_once(scene)


def test_a_signal_is_heeded_though_the_server_is_away(scene: Scene, up: Server) -> None:
    """Nobody waits for the server's answer: the posts are handed back and the process ends."""
    held = Held().hold(scene.channel, "send", after=100)
    process = scene.start("daily_post", "--limit", "6")
    assert held.reached.wait(100), finish(process, 1)

    up.kill()
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    time.sleep(1)
    held.let_go.set()
    said = finish(process, 100)

    assert process.returncode == 143, said
    assert time.monotonic() - began < 60
    assert scene.leased() == []
    assert scene.sent() == len(scene.journal.accepted("send"))
