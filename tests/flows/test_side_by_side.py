"""Deployments have limits of their own; what keeps them apart on one queue is the queue."""

import asyncio
from typing import Any

import pytest

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from flows.publish_due import publish_due
from promptpress.model import PostState
from promptpress.wiring import Services
from tests.fakes.server import Journal
from tests.flows.conftest import add, run

pytestmark = pytest.mark.flow

PROMPTS = tuple(f"a fox, number {number}" for number in range(9))


async def _all_at_once() -> list[Any]:
    """Run what makes and what publishes at the same time, as three schedules may."""
    flows: list[Any] = [daily_post, generate_media, publish_due]
    return await asyncio.gather(*(flow(limit=4, return_state=True) for flow in flows))


def test_flows_that_meet_share_the_work(online: Services, journal: Journal) -> None:
    """Each prompt is paid for once and sent once, whichever runs find it at the same time."""
    add(online, *PROMPTS)

    met = [asyncio.run(_all_at_once()) for _ in range(3)]
    run(publish_due)

    assert all(state.is_completed() for states in met for state in states)
    assert online.queue.count() == {PostState.PUBLISHED: len(PROMPTS)}
    assert sorted(journal.accepted("send")) == sorted(PROMPTS)
    assert len(journal.accepted("generate")) == len(PROMPTS)
