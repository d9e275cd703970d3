"""daily-post with moderation: nothing is paid for or published that should not be."""

from collections.abc import Iterator

import pytest

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from promptpress.model import PostState
from promptpress.wiring import Services
from tests.fakes.huggingface import HuggingFace
from tests.fakes.moderations import Moderations
from tests.fakes.server import Answer, Fault, Journal
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow


@pytest.fixture
def moderator(journal: Journal) -> Iterator[Moderations]:
    """A moderator."""
    with Moderations(journal) as running:
        yield running


@pytest.fixture
def services(
    make_services: MakeServices, generator: HuggingFace, moderator: Moderations
) -> Services:
    """Pictures from Hugging Face for the site, looked at by the moderator."""
    return make_services(
        generators="huggingface",
        channels="site",
        **generator.environment(),
        **moderator.environment(),
    )


def test_a_flagged_prompt_costs_nothing(services: Services, journal: Journal) -> None:
    """It is set aside with the reason, before money is spent; the others go their way."""
    flagged, fine = add(services, "a gore scene", "a lake")
    run(daily_post)

    post = post_of(services, flagged)
    assert post.state is PostState.FAILED
    assert "violence" in post.reason
    assert journal.accepted("generate") == ["a lake"]
    assert post_of(services, fine).state is PostState.PUBLISHED


def test_a_caption_is_looked_at_as_well(services: Services, journal: Journal) -> None:
    """What is written under a picture is published too."""
    (post_id,) = add(services, "a lake", caption="a threat to everybody")
    run(daily_post)

    assert post_of(services, post_id).state is PostState.FAILED
    assert journal.accepted("generate") == []


def test_a_flagged_picture_is_not_published(
    services: Services, moderator: Moderations, journal: Journal
) -> None:
    """It is kept, because it is paid for, and set aside with what to do."""
    (post_id,) = add(services, "a lake", seed=3)
    run(generate_media)
    made = services.stores["local"].get(post_of(services, post_id).media[0].refs["local"])
    moderator.flagged[made] = "sexual"
    (again,) = add(services, "a lake", seed=3)
    run(daily_post)

    post = post_of(services, again)
    assert (post.state, len(post.media)) == (PostState.FAILED, 1)
    assert "order another prompt" in post.reason
    assert post_of(services, post_id).state is PostState.PUBLISHED


def test_a_moderator_that_is_down_costs_no_picture(
    services: Services, moderator: Moderations, journal: Journal
) -> None:
    """The post waits with its picture, and the next run has it looked at."""
    (post_id,) = add(services, "a lake")
    judged = 0

    def fall_silent(call: str) -> None:
        nonlocal judged
        judged += 1
        if judged > 2:  # the check and the prompt; then it is gone
            raise ConnectionError

    moderator.before = fall_silent
    run(generate_media)
    waiting = post_of(services, post_id)
    assert (waiting.state, len(waiting.media)) == (PostState.GENERATED, 1)
    assert journal.accepted("generate") == ["a lake"]


def test_nothing_is_asked_where_no_moderation_is_set(
    make_services: MakeServices, generator: HuggingFace, moderator: Moderations
) -> None:
    """It is off by default."""
    settings = {**generator.environment(), **moderator.environment(), "MODERATION": "none"}
    services = make_services(generators="huggingface", channels="site", **settings)
    add(services, "a gore scene")

    assert run(daily_post).message == "1 published"
    assert moderator.questions == []


def test_a_moderator_without_credit_stops_the_run(
    services: Services, moderator: Moderations, journal: Journal
) -> None:
    """Nothing is made that could not be looked at."""
    add(services, "a lake")
    moderator.fail("*", Fault("before", Answer(401, b"{}")), times=9)

    assert run(daily_post).is_failed()
    assert journal.accepted("generate") == []
