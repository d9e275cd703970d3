"""What tests of flows share: services against stand-ins, and a Prefect server."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import State
from sqlalchemy import create_engine, text

from promptpress.model import Order, Post, PostState
from promptpress.settings import Settings
from promptpress.slots import next_moments
from promptpress.wiring import Services, use_services
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Journal
from tests.fakes.telegram import Telegram


@pytest.fixture
def journal() -> Journal:
    """The journal of all stand-ins of a test."""
    return Journal()


@pytest.fixture
def generator(journal: Journal) -> Iterator[HuggingFace]:
    """A stand-in for Hugging Face."""
    with HuggingFace(journal=journal) as running:
        yield running


@pytest.fixture
def channel(journal: Journal) -> Iterator[Telegram]:
    """A stand-in for Telegram."""
    with Telegram(journal=journal) as running:
        yield running


MakeServices = Callable[..., Services]


@pytest.fixture
def make_services(tmp_path: Path, prefect_server: str) -> Iterator[Callable[..., Services]]:
    """Make services with embedded defaults under the test's folder, or other settings."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def make(**changes: Any) -> Services:
            values: dict[str, Any] = {
                "data_dir": tmp_path / "data",
                "default_image_width": 128,
                "default_image_height": 128,
                **{name.lower(): value for name, value in changes.items()},
            }
            settings = Settings(_env_file=None, **values)
            return stack.enter_context(use_services(Services(settings)))

        yield make


@pytest.fixture
def online(make_services: MakeServices, generator: HuggingFace, channel: Telegram) -> Services:
    """Services with pictures from Hugging Face, published to Telegram and the site."""
    return make_services(
        generators="huggingface",
        channels="telegram,site",
        **generator.environment(),
        **channel.environment(),
    )


@pytest.fixture
def reviewed(make_services: MakeServices, generator: HuggingFace, channel: Telegram) -> Services:
    """Services with pictures from Hugging Face, and REVIEW."""
    return make_services(
        review=True,
        generators="huggingface",
        channels="telegram,site",
        **generator.environment(),
        **channel.environment(),
    )


def add(services: Services, *prompts: str, **fields: Any) -> list[int]:
    """Queue prompts; return the ids of their posts."""
    orders = [Order(prompt=prompt, **fields) for prompt in prompts]
    return [post_id for post_id in services.queue.add(orders, "test") if post_id is not None]


def run(flow: Any, **parameters: Any) -> State[Any]:
    """Run a flow and return its state."""
    state: State[Any] = asyncio.run(flow(**parameters, return_state=True))
    return state


def come_to_a_slot(name: str, *machines: Services) -> None:
    """Let it be the moment of a channel's next slot, whatever hour of the day it is."""
    moment = next_moments(machines[0].hours(name), name, datetime.now(UTC), 1)[0]
    for services in machines:
        services.now = lambda: moment.instant


def post_of(services: Services, post_id: int) -> Post:
    """Return a post as the queue has it now."""
    post = services.queue.get(post_id)
    assert post is not None
    return post


def states(services: Services, ids: list[int]) -> list[PostState]:
    """Return the states of posts."""
    return [post_of(services, post_id).state for post_id in ids]


def end_rest(services: Services, attempts: int = 0) -> None:
    """Let the time pass for which a post that was handed back rests, so often by now."""
    engine = create_engine(services.settings.queue)
    with engine.begin() as connection:
        change = "UPDATE posts SET lease_until = NULL, attempts = :attempts"
        connection.execute(text(change), {"attempts": attempts})
        connection.execute(text("UPDATE publications SET rests_until = NULL"))
    engine.dispose()
