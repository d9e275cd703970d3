"""generate-media: pictures that wait to be published, each paid for once."""

import asyncio

import pytest
from prefect.client.orchestration import get_client

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from promptpress.model import PostState
from promptpress.wiring import Services
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Answer, Fault, Journal
from tests.fakes.telegram import Telegram
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow


def test_prompts_become_posts_that_are_ready(online: Services, journal: Journal) -> None:
    """Each has its picture and is nobody's; nothing is published yet."""
    ids = add(online, "a fox", "a lake", "an owl")
    state = run(generate_media)

    posts = [post_of(online, post_id) for post_id in ids]
    assert state.message == "3 ready"
    assert [(p.state, len(p.media), p.owner) for p in posts] == [(PostState.READY, 1, "")] * 3
    assert journal.accepted("send") == []
    assert run(generate_media).name == "NothingToDo"
    run(daily_post)
    assert sorted(journal.accepted("generate")) == ["a fox", "a lake", "an owl"]
    assert sorted(journal.accepted("send")) == ["a fox", "a lake", "an owl"]


def test_it_does_not_ask_the_channels(online: Services, channel: Telegram) -> None:
    """A channel that is down keeps no picture from being made."""
    add(online, "a fox")
    channel.fail("*", Fault("before", Answer(500)), times=9)

    assert run(generate_media).message == "1 ready"


def test_its_progress_is_shown(online: Services, journal: Journal) -> None:
    """When it ends its page says that all is done."""
    add(online, "a fox", "a lake")
    run(generate_media)

    async def read() -> list[object]:
        async with get_client() as client:
            found = await client.read_artifacts(limit=50)
        return [item.data for item in found if item.key == "pictures" and item.type == "progress"]

    assert 100.0 in asyncio.run(read())


def test_a_refused_prompt_stops_nobody(
    make_services: MakeServices, generator: HuggingFace, journal: Journal
) -> None:
    """It is set aside with the reason; the others are ready."""
    services = make_services(generators="huggingface", **generator.environment())
    add(services, "a fox", "a lake")
    refused = Answer.json({"error": "the prompt is not allowed: NSFW content"}, 400)
    generator.fail("generate", Fault("before", refused))
    state = run(generate_media, concurrency=1)

    assert state.name == "PartlyDone"
    assert state.message is not None
    assert state.message.startswith("1 failed, 1 ready")
