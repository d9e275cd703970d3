"""Two schedules fire at once over one queue, and nothing but the queue stands between them.

A Prefect server keeps one run of a deployment at a time; two of them, or a cron beside one, do not.
"""

import contextvars
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from flows.publish_due import publish_due
from promptpress.model import PostState, PublicationState
from promptpress.settings import Settings
from promptpress.wiring import Services, use_services
from tests.databases import DATABASES, fresh_database
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Journal
from tests.fakes.telegram import Telegram
from tests.flows.conftest import add, come_to_a_slot, post_of, run

pytestmark = [pytest.mark.flow, pytest.mark.parametrize("kind", DATABASES)]
PATIENCE = 60
"""Seconds that one run waits for the other."""


@dataclass(frozen=True)
class Machine:
    """One of several that work on a queue."""

    services: Services
    channel: Telegram
    """Its own way to Telegram: what it asks there tells how far this machine is."""


Make = Callable[[], Machine]


class Gate:
    """Keeps machines at their first question to Telegram until all of them have come there.

    By then each has looked what there is to do, and none has claimed anything.
    """

    def __init__(self, *machines: Machine) -> None:
        """Stand before these machines."""
        self._barrier = threading.Barrier(len(machines))
        self._lock = threading.Lock()
        self._began = {id(machine.channel): threading.Event() for machine in machines}
        self.passed = 0
        for machine in machines:
            machine.channel.before = self._keeper(self._began[id(machine.channel)])

    def _keeper(self, began: threading.Event) -> Callable[[str], None]:
        def keep(call: str) -> None:
            with self._lock:
                is_first = call == "getMe" and not began.is_set()
                if is_first:
                    began.set()
            if is_first:  # a run asks once for each of its channels
                self._barrier.wait(PATIENCE)
                with self._lock:
                    self.passed += 1

        return keep

    def await_at(self, machine: Machine) -> bool:
        """Wait until a machine stands there; tell whether it does."""
        return self._began[id(machine.channel)].wait(PATIENCE)


@pytest.fixture
def machine(
    kind: str, tmp_path: Path, prefect_server: str, generator: HuggingFace, journal: Journal
) -> Iterator[Make]:
    """Make services as one more machine has them: the same queue, and nothing else in common."""
    news = {"news": {"kind": "telegram", "slots": ["00:00-23:00"]}}
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(kind, tmp_path))

        def make() -> Machine:
            channel = stack.enter_context(Telegram(journal=journal))
            values: dict[str, Any] = {
                "data_dir": tmp_path / "data",
                "queue_url": url,
                "generators": "huggingface",
                "channel": news,
                "default_image_width": 128,
                "default_image_height": 128,
                **{name.lower(): text for name, text in generator.environment().items()},
                **{name.lower(): text for name, text in channel.environment().items()},
            }
            services = Services(Settings(_env_file=None, **values))
            stack.callback(services.queue.close)  # type: ignore[attr-defined]  # of SQL queues only
            return Machine(services, channel)

        yield make


def run_as(machine: Machine, flow: Any, **parameters: Any) -> Any:
    """Run a flow as a machine."""
    with use_services(machine.services):
        return run(flow, **parameters)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Call all at the same time; return what each gives."""
    with ThreadPoolExecutor(len(calls)) as pool:
        waiting = [pool.submit(contextvars.Context().run, call) for call in calls]
        return [one.result(PATIENCE * 4) for one in waiting]


def test_two_runs_of_daily_post_and_one_of_publish_due_send_every_post_once(
    machine: Make, journal: Journal
) -> None:
    """Started in the same second they share the work: each post is paid for and sent once."""
    one, other, third = machine(), machine(), machine()
    prompts = [f"picture {number}" for number in range(12)]
    add(one.services, *prompts, channels=("telegram",))
    run_as(one, generate_media, limit=4)
    gate = Gate(one, other, third)

    at_once(
        lambda: run_as(one, daily_post, limit=12),
        lambda: run_as(other, daily_post, limit=12),
        lambda: run_as(third, publish_due, limit=12),
    )

    assert gate.passed == 3
    run_as(one, daily_post, limit=12)  # whatever one of them let go of for the others
    assert one.services.queue.count() == {PostState.PUBLISHED: 12}
    assert set(Counter(journal.accepted("send")).values()) == {1}
    assert len(journal.accepted("send")) == len(journal.accepted("generate")) == 12


def test_a_slot_is_used_once_by_two_runs_that_chose_different_posts(
    machine: Make, journal: Journal
) -> None:
    """Both found the slot open, each for another post; one sends, the other waits for the next."""
    one, other = machine(), machine()
    first, second = add(one.services, "a fox", "a lake", channels=("news",))
    come_to_a_slot("news", one.services, other.services)
    run_as(one, generate_media)
    gate = Gate(one, other)

    def second_choice() -> Any:
        assert gate.await_at(one)
        engine = create_engine(one.services.settings.queue)
        with engine.begin() as connection:  # a person wants the other one first
            connection.execute(text("UPDATE posts SET priority = 9 WHERE id = :id"), {"id": second})
        engine.dispose()
        return run_as(other, publish_due)

    at_once(lambda: run_as(one, publish_due), second_choice)

    assert gate.passed == 2
    assert len(journal.accepted("send")) == 1
    posts = [post_of(one.services, post_id) for post_id in (first, second)]
    states = sorted(post.publication("news").state for post in posts)
    assert states == sorted([PublicationState.SENT, PublicationState.PENDING])
