"""write-prompts and generate-media as commands: two hundred at a time, and killed in the middle."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from promptpress.model import Order, PostState
from promptpress.settings import Settings
from promptpress.wiring import Services
from tests.fakes.chat import Chat
from tests.fakes.leonardo import Leonardo
from tests.fakes.server import Journal
from tests.faults.killing import age_leases
from tests.programs import provide_database

pytestmark = pytest.mark.flow

ROOT = Path(__file__).parents[2]
THEMES = "winter birds; night trains; quiet harbours; old clocks; paper cities"
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def journal() -> Journal:
    """What was asked of all services."""
    return Journal()


@pytest.fixture
def leonardo(journal: Journal) -> Iterator[Leonardo]:
    """A generator that answers with jobs."""
    with Leonardo(journal, polls=2) as running:
        yield running


@pytest.fixture
def chat(journal: Journal) -> Iterator[Chat]:
    """A language model."""
    with Chat(journal) as running:
        yield running


@pytest.fixture
def start(tmp_path: Path, leonardo: Leonardo, chat: Chat) -> Start:
    """Start a module as its user would, from a shell with nothing else set."""
    provide_database(tmp_path / "prefect")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "DATA_DIR": str(tmp_path / "data"),
        "GENERATORS": "leonardo",
        "DEFAULT_IMAGE_WIDTH": "512",
        "DEFAULT_IMAGE_HEIGHT": "512",
        "DEFAULT_CHECK_INTERVAL": "0.5",
        **chat.environment(),
        **leonardo.environment(),
    }

    def begin(*arguments: str, **settings: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**environment, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that its server can be killed with it
        )

    return begin


def finish(process: "subprocess.Popen[str]") -> str:
    """Wait for a command that must go well, and return what it printed."""
    printed, _ = process.communicate(timeout=400)
    assert process.returncode == 0, printed
    return printed


def queue_of(folder: Path) -> Services:
    """Return the services of a person who looks into the queue."""
    return Services(Settings(_env_file=None, data_dir=folder / "data"))


def test_two_hundred_prompts_are_thought_of_and_each_is_paid_for_once(
    start: Start, journal: Journal, tmp_path: Path
) -> None:
    """write-prompts fills the stock, generate-media works it off sixteen at a time."""
    wrote = finish(
        start("flows.write_prompts", "--count", "200", THEMES=THEMES, PROMPT_STOCK="200")
    )
    many = {"GENERATOR_CONCURRENCY": "leonardo=64"}
    made = finish(start("flows.generate_media", "--limit", "200", "--concurrency", "16", **many))

    assert "200 prompts queued" in wrote
    assert "200 ready" in made
    paid = journal.accepted("generate")
    assert len(paid) == len(set(paid)) == 200
    assert queue_of(tmp_path).queue.count() == {PostState.READY: 200}


def test_jobs_of_a_killed_run_are_collected_and_not_paid_for_again(
    start: Start, journal: Journal, leonardo: Leonardo, tmp_path: Path
) -> None:
    """The power fails while six pictures are being made; the next run fetches them."""
    prompts = [f"a fox, number {number}" for number in range(6)]
    queue_of(tmp_path).queue.add([Order(prompt=prompt) for prompt in prompts], "test")
    leonardo.polls = 10_000
    dying = start("flows.generate_media")
    end = time.monotonic() + 120
    while len(set(journal.accepted("poll"))) < 6 and time.monotonic() < end:
        time.sleep(0.1)
    os.killpg(dying.pid, signal.SIGKILL)
    dying.communicate()
    services = queue_of(tmp_path)
    begun = [post.generating_by for post in services.queue.find()]

    leonardo.polls = 1
    age_leases(services.settings.queue)  # the claim of the dead run ends
    printed = finish(start("flows.generate_media"))

    assert begun == ["leonardo"] * 6
    assert "6 ready" in printed
    assert sorted(journal.accepted("generate")) == prompts
