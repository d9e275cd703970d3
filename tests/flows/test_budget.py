"""generate-media and daily-post with a budget: a clean stop, one notice, nothing lost."""

from collections.abc import Iterator

import pytest

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from promptpress.model import PostState
from promptpress.wiring import Services
from tests.fakes.huggingface import HuggingFace
from tests.fakes.openai import OpenAI
from tests.fakes.server import Answer, Fault, Journal
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow


@pytest.fixture
def paid(journal: Journal) -> Iterator[OpenAI]:
    """A generator that tells what a picture costs."""
    with OpenAI(journal=journal) as running:
        yield running


def states(services: Services, ids: list[int]) -> list[str]:
    """Return where posts stand, sorted."""
    return sorted(str(post_of(services, post_id).state) for post_id in ids)


def test_a_day_ends_at_its_limit_whatever_is_restarted(
    make_services: MakeServices, generator: HuggingFace, journal: Journal
) -> None:
    """Three of five pictures are made; the next process knows of them and asks for none."""
    settings = {"generators": "huggingface", "max_images_per_day": 3, **generator.environment()}
    services = make_services(**settings)
    ids = add(services, *(f"a fox {number}" for number in range(5)))
    state = run(generate_media, limit=5, concurrency=2)

    assert (state.name, state.type.value) == ("BudgetReached", "COMPLETED")
    assert "MAX_IMAGES_PER_DAY" in str(state.message)
    assert states(services, ids) == ["queued", "queued", "ready", "ready", "ready"]
    make_services(**settings)  # a new process
    assert run(generate_media).message == "nothing was left to do"
    assert len(journal.accepted("generate")) == 3
    assert [post_of(services, post_id).attempts for post_id in ids] == [0] * 5


def test_a_person_is_told_once(
    make_services: MakeServices, generator: HuggingFace, caplog: pytest.LogCaptureFixture
) -> None:
    """The run that reaches the limit gives notice; runs that begin at it do not."""
    settings = {"generators": "huggingface", "max_images_per_day": 1, **generator.environment()}
    add(make_services(**settings), "a fox", "a lake", "an owl")
    run(generate_media)
    make_services(**settings)
    run(generate_media)

    told = [r for r in caplog.records if "budget for pictures is used up" in r.getMessage()]
    assert len(told) == 1


def test_what_is_made_already_is_published_all_the_same(
    make_services: MakeServices, generator: HuggingFace, journal: Journal
) -> None:
    """daily-post goes on with posts that have their picture, and leaves the prompts alone."""
    settings = {"generators": "huggingface", "channels": "site", **generator.environment()}
    services = make_services(**settings)
    ids = add(services, "a fox")
    run(generate_media)
    ids += add(services, "a lake")
    make_services(**settings, max_images_per_day=1)

    assert run(daily_post).message == "1 published"
    assert states(services, ids) == ["published", "queued"]


def test_each_run_may_have_a_limit_of_its_own(
    make_services: MakeServices, generator: HuggingFace, journal: Journal
) -> None:
    """The next run goes on where the first one stopped."""
    settings = {"generators": "huggingface", "max_images_per_run": 2, **generator.environment()}
    services = make_services(**settings)
    ids = add(services, "a fox", "a lake", "an owl")

    assert run(generate_media).name == "BudgetReached"
    assert states(services, ids) == ["queued", "ready", "ready"]
    assert run(generate_media).message == "1 ready"
    assert len(journal.accepted("generate")) == 3


def test_money_is_counted_where_a_service_tells_it(
    make_services: MakeServices, paid: OpenAI, journal: Journal
) -> None:
    """The next run knows the price of a picture, and stops before the sum is overspent."""
    settings = {"generators": "openai", **paid.environment()}
    services = make_services(**settings)
    ids = add(services, "a fox")
    run(generate_media)
    cost = post_of(services, ids[0]).media[0].cost
    assert cost is not None
    ids += add(services, "a lake", "an owl")
    make_services(**settings, max_cost_per_day=cost * 2.5)
    state = run(generate_media, concurrency=1)

    assert state.name == "BudgetReached"
    assert "MAX_COST_PER_DAY" in str(state.message)
    assert states(services, ids) == ["queued", "ready", "ready"]


def test_the_first_run_of_a_day_ends_at_its_sum_too(
    make_services: MakeServices, paid: OpenAI, journal: Journal
) -> None:
    """Nobody knows a price when it begins; the pictures that come tell it."""
    settings = {"generators": "openai", **paid.environment()}
    services = make_services(**settings)
    (probe,) = add(services, "a probe")
    run(generate_media)
    cost = post_of(services, probe).media[0].cost
    assert cost is not None
    fresh = make_services(
        **settings,
        data_dir=services.settings.data_dir / "another",
        max_cost_per_day=cost * 2.5,
    )
    ids = add(fresh, *(f"a fox {number}" for number in range(5)))
    state = run(generate_media, concurrency=1)

    assert state.name == "BudgetReached"
    assert states(fresh, ids) == ["queued", "queued", "queued", "ready", "ready"]


def test_pictures_that_were_surely_not_made_cost_nothing(
    make_services: MakeServices, generator: HuggingFace, journal: Journal
) -> None:
    """A refused prompt does not take the place of one that could be made."""
    refused = Answer.json({"error": "the prompt is not allowed: NSFW content"}, 400)
    generator.fail("generate", Fault("before", refused))
    services = make_services(
        generators="huggingface", max_images_per_day=1, **generator.environment()
    )
    ids = add(services, "a fox", "a lake")
    run(generate_media, concurrency=1)

    assert states(services, ids) == [PostState.FAILED, PostState.READY]
