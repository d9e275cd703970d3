"""daily-post where pictures are kept nowhere: they live as long as the run that has them."""

from typing import Any

import pytest

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from flows.publish_due import publish_due
from flows.write_articles import write_articles
from promptpress.model import PostState
from tests.fakes.chat import Chat
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Answer, Fault, Journal
from tests.fakes.telegram import Telegram
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow

REFUSED = Answer.json({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401)


def test_nothing_is_written_to_disk(
    make_services: MakeServices, generator: HuggingFace, channel: Telegram
) -> None:
    """A post goes its whole way, and no picture lies anywhere."""
    keys = {**generator.environment(), **channel.environment()}
    services = make_services(generators="huggingface", channels="telegram", stores="none", **keys)
    (post_id,) = add(services, "a fox")
    state = run(daily_post)

    assert state.message == "1 published"
    assert list(post_of(services, post_id).media[0].refs) == ["none"]
    assert not (services.settings.data_dir / "media").exists()


def test_a_picture_that_is_forgotten_is_made_again(
    make_services: MakeServices, generator: HuggingFace, channel: Telegram, journal: Journal
) -> None:
    """A run that could not publish leaves no picture: the next has one more made, sent once."""
    keys = {**generator.environment(), **channel.environment()}
    services = make_services(generators="huggingface", channels="telegram", stores="none", **keys)
    (post_id,) = add(services, "a fox")
    channel.fail("send", Fault("before", REFUSED))
    run(daily_post)
    assert post_of(services, post_id).state is PostState.READY
    run(daily_post)

    assert post_of(services, post_id).state is PostState.PUBLISHED
    assert journal.accepted("generate") == ["a fox", "a fox"]
    assert journal.accepted("send") == ["a fox"]


@pytest.mark.parametrize("flow", [daily_post, publish_due])
def test_no_picture_is_made_that_nobody_publishes(
    make_services: MakeServices,
    generator: HuggingFace,
    channel: Telegram,
    journal: Journal,
    flow: Any,
) -> None:
    """generate-media says why it has nothing to do; the run that publishes a post makes it."""
    keys = {**generator.environment(), **channel.environment()}
    services = make_services(generators="huggingface", channels="telegram", stores="none", **keys)
    (post_id,) = add(services, "a fox")
    state = run(generate_media)
    assert (state.name, journal.accepted("generate")) == ("NothingToDo", [])
    assert "STORES is none" in str(state.message)
    run(flow)

    assert post_of(services, post_id).state is PostState.PUBLISHED
    assert journal.accepted("generate") == ["a fox"]


def test_an_article_gets_its_text_and_later_its_pictures_once(
    make_services: MakeServices, generator: HuggingFace, channel: Telegram, journal: Journal
) -> None:
    """write-articles writes; the run that publishes has the pictures made."""
    with Chat(journal=journal) as chat:
        keys = {**generator.environment(), **channel.environment(), **chat.environment()}
        services = make_services(
            generators="huggingface", channels="telegram,site", stores="none", **keys
        )
        (post_id,) = add(services, "the moon", kind="article")
        run(write_articles)
        article = post_of(services, post_id).article
        assert article is not None
        assert article.is_written
        assert journal.accepted("generate") == []
        run(daily_post)

    assert post_of(services, post_id).state is PostState.PUBLISHED
    assert len(journal.accepted("generate")) == len(set(journal.accepted("generate"))) > 1
    assert len(journal.accepted("compose")) == 1
