"""Articles that have to wait keep no other post from its way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from flows.publish_due import publish_due
from flows.write_articles import write_articles
from promptpress.model import PostState, PublicationState
from tests.fakes.chat import Chat
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Journal
from tests.fakes.telegram import Telegram
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow


@pytest.fixture
def chat(journal: Journal) -> Iterator[Chat]:
    """A language model."""
    with Chat(journal=journal) as running:
        yield running


def test_an_article_that_waits_for_its_page_takes_no_turn(
    make_services: MakeServices, channel: Telegram, chat: Chat
) -> None:
    """The site's hour is still to come; the photo behind the article goes to Telegram now."""
    closed = (datetime.now(UTC) + timedelta(hours=6)).strftime("%H:%M")
    services = make_services(
        channels="telegram,site",
        site_url="https://example.org",
        channel={
            "site": {"kind": "site", "slots": [closed]},
            "telegram": {"kind": "telegram", "least_minutes": 60},
        },
        **channel.environment(),
        **chat.environment(),
    )
    (article,) = add(services, "the moon", kind="article")
    run(write_articles)
    (photo,) = add(services, "a fox", channels=("telegram",))
    run(generate_media)
    run(publish_due, limit=1)

    assert post_of(services, photo).publication("telegram").state is PublicationState.SENT
    assert post_of(services, article).state is PostState.READY


def test_a_model_that_refuses_us_stops_no_photo(
    make_services: MakeServices, chat: Chat, generator: HuggingFace
) -> None:
    """The article waits as long as it takes and says why; everything else goes out."""
    keys = {**generator.environment(), **chat.environment(), "TEXT_API_KEY": "sk-of-nobody"}
    services = make_services(channels="site", concurrency=1, generators="huggingface", **keys)
    (article,) = add(services, "the moon", kind="article", priority=5)
    photos = add(services, "a fox", "a lake")
    run(daily_post)

    assert {post_of(services, one).state for one in photos} == {PostState.PUBLISHED}
    waiting = post_of(services, article)
    assert (waiting.state, waiting.attempts) == (PostState.QUEUED, 0)
    assert "TEXT_API_KEY" in waiting.reason
