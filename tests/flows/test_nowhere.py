"""daily-post where pictures are kept nowhere: they live as long as the run that has them."""

import pytest

from flows.daily_post import daily_post
from promptpress.model import PostState
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
