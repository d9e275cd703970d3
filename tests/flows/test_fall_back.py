"""daily-post with several generators: who is asked when one falls out, and who is not."""

from collections.abc import Iterator
from typing import Any

import pytest

from flows.daily_post import daily_post
from promptpress.model import PostState
from promptpress.wiring import Services
from tests.fakes.huggingface import HuggingFace
from tests.fakes.openai import OpenAI
from tests.fakes.server import Answer, Fault, Journal
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow

NO_CREDIT = Fault("before", Answer.json({"error": "no credits left"}, 402))
REFUSED = Fault("before", Answer.json({"error": "the prompt is not allowed: NSFW content"}, 400))


@pytest.fixture
def second(journal: Journal) -> Iterator[OpenAI]:
    """The next generator in line."""
    with OpenAI(journal=journal) as running:
        yield running


@pytest.fixture
def set_up(make_services: MakeServices, generator: HuggingFace, second: OpenAI) -> MakeServices:
    """Makes services with Hugging Face first, OpenAI next, and the site as channel."""

    def make(**changes: Any) -> Services:
        keys = {**generator.environment(), **second.environment()}
        settings = {"generators": "huggingface,openai", "channels": "site"}
        settings |= {name.lower(): value for name, value in keys.items()}
        return make_services(**{**settings, **changes})

    return make


def _made_by(services: Services, ids: list[int]) -> list[str]:
    return [post_of(services, post_id).media[0].generator for post_id in ids]


def test_the_first_in_line_makes_the_pictures(set_up: MakeServices) -> None:
    """As long as it works nobody else is asked."""
    services = set_up()
    ids = add(services, "a fox", "a lake")
    run(daily_post)

    assert _made_by(services, ids) == ["huggingface"] * 2


def test_one_that_is_offline_is_passed_over(set_up: MakeServices) -> None:
    """The run begins all the same, and the next in line makes the pictures."""
    nowhere = "http://127.0.0.1:9"
    services = set_up(hf_endpoint=nowhere, huggingface_api_url=nowhere)
    ids = add(services, "a fox", "a lake")
    state = run(daily_post)

    assert state.message == "2 published"
    assert _made_by(services, ids) == ["openai"] * 2


def test_one_whose_key_is_refused_does_not_stop_the_others(
    set_up: MakeServices, journal: Journal
) -> None:
    """The check tells it, and the run goes on with the next in line without asking it."""
    services = set_up(hf_token="hf_of_nobody")
    ids = add(services, "a fox", "a lake")
    state = run(daily_post)

    assert state.message == "2 published"
    assert _made_by(services, ids) == ["openai"] * 2
    assert journal.entries("huggingface", "generate") == []


def test_one_out_of_credit_is_asked_once(
    set_up: MakeServices, generator: HuggingFace, journal: Journal
) -> None:
    """After the first refusal for want of credit it rests, and nothing was paid for twice."""
    services = set_up()
    ids = add(services, "a fox", "a lake", "an owl")
    generator.fail("generate", NO_CREDIT, times=9)
    run(daily_post, concurrency=1)

    assert _made_by(services, ids) == ["openai"] * 3
    assert len(journal.entries("huggingface", "generate")) == 1
    assert sorted(journal.accepted("generate")) == ["a fox", "a lake", "an owl"]
    told = [
        (e.service, e.outcome) for e in services.queue.history(ids[0]) if e.action == "generate"
    ]
    assert told == [("huggingface", "begun"), ("huggingface", "failed"), ("openai", "begun")]


@pytest.mark.parametrize(("words", "state"), [("outage", "failed"), ("refusal", "published")])
def test_a_refusal_goes_to_the_next_only_where_that_is_wanted(
    set_up: MakeServices, generator: HuggingFace, words: str, state: str
) -> None:
    """By default a refused prompt is set aside, and no other service is tried with it."""
    services = set_up(fall_back_on=words)
    (post_id,) = add(services, "a fox")
    generator.fail("generate", REFUSED, times=9)
    run(daily_post)

    assert str(post_of(services, post_id).state) == state


def test_a_lost_answer_never_goes_to_the_next(
    set_up: MakeServices, generator: HuggingFace, journal: Journal
) -> None:
    """It may have been paid for: the same service is asked once more, nobody else."""
    services = set_up()
    (post_id,) = add(services, "a fox")
    generator.fail("generate", Fault("after"), times=9)
    run(daily_post)

    assert post_of(services, post_id).state is PostState.FAILED
    assert journal.entries("openai", "generate") == []


def test_a_post_that_names_its_generator_gets_that_one(
    set_up: MakeServices, generator: HuggingFace, journal: Journal
) -> None:
    """A named generator is not replaced by another, whatever happens."""
    services = set_up()
    chosen, other = add(services, "a fox", generator="openai") + add(services, "a lake")
    run(daily_post)

    assert _made_by(services, [chosen, other]) == ["openai", "huggingface"]
