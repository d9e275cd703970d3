"""Runs that are stopped: posts in a queue, stand-ins that hold a call, and real processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flows.daily_post import daily_post
from promptpress.model import Order, Post, PublicationState
from promptpress.settings import Settings
from promptpress.wiring import Services, use_services
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Journal, StandIn
from tests.fakes.telegram import Telegram
from tests.flows.conftest import run

PROMPTS = tuple(f"picture {number} of a fox" for number in range(6))


@dataclass
class Held:
    """A call that a stand-in keeps waiting until it is let go."""

    reached: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    after: float = 2.0
    """Seconds after which it goes on by itself."""

    def hold(self, service: StandIn, call: str, *, after: float = 2.0) -> "Held":
        self.after = after

        def wait(name: str) -> None:
            if name == call:
                self.reached.set()
                self.let_go.wait(self.after)

        service.before = wait
        return self


@dataclass(frozen=True)
class Scene:
    """Posts in a queue, stand-ins, and the environment of a run."""

    services: Services
    environment: dict[str, str]
    journal: Journal
    generator: HuggingFace
    channel: Telegram
    project: Path

    def posts(self) -> list[Post]:
        return self.services.queue.find(limit=100)

    def start(self, flow: str = "daily_post", *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", f"flows.{flow}", *arguments],
            cwd=self.project,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def leased(self) -> list[int]:
        """Return the posts that nobody could claim now."""
        now = self.services.now()
        return [
            post.id
            for post in self.posts()
            if post.owner or (post.lease_until is not None and post.lease_until > now)
        ]

    def sent(self) -> int:
        published = [p for post in self.posts() for p in post.publications]
        return sum(p.channel == "telegram" and p.state is PublicationState.SENT for p in published)

    def settle(self) -> None:
        """Let the next run do what is left; check that it finds no more to wait for."""
        with use_services(self.services):
            run(daily_post, limit=10)


@contextmanager
def make_scene(
    folder: Path, project: Path, prefect_url: str, provider: str = "hf-inference"
) -> Iterator[Scene]:
    journal = Journal()
    with (
        HuggingFace(journal=journal, provider=provider) as generator,
        Telegram(journal=journal) as channel,
    ):
        ours = {
            **generator.environment(),
            **channel.environment(),
            "DATA_DIR": str(folder / "data"),
            "QUEUE_URL": f"sqlite:///{folder}/data/promptpress.db",
            "GENERATORS": "huggingface",
            "CHANNELS": "telegram",
            "CONCURRENCY": "2",
            "DEFAULT_CHECK_INTERVAL": "1",
            "DEFAULT_IMAGE_WIDTH": "128",
            "DEFAULT_IMAGE_HEIGHT": "128",
        }
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PREFECT_API_URL": prefect_url,
            "PREFECT_HOME": str(folder / "prefect"),
            "DO_NOT_TRACK": "1",
            **ours,
        }
        values = {name.lower(): value for name, value in ours.items()}
        services = Services(Settings(_env_file=None, **values))  # type: ignore[arg-type]  # pydantic reads them from text
        services.queue.add([Order(prompt=prompt) for prompt in PROMPTS], "test")
        yield Scene(services, environment, journal, generator, channel, project)


def end(process: "subprocess.Popen[str]", number: int, within: float = 60) -> tuple[str, float]:
    """Send a signal; return what the process has printed, and the seconds until it ended."""
    began = time.monotonic()
    process.send_signal(number)
    return finish(process, within), time.monotonic() - began


def finish(process: "subprocess.Popen[str]", within: float = 60) -> str:
    try:
        said, _ = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
        pytest.fail(f"it did not end within {within} s:\n{said}")
    return said
