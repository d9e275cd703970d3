"""write-prompts: new prompts up to the stock, none like what there was."""

from collections import Counter
from collections.abc import Iterator

import pytest

from flows.check_connections import check_connections
from flows.generate_media import generate_media
from flows.write_prompts import write_prompts
from promptpress.likeness import KnownPrompts
from promptpress.model import PostState
from promptpress.wiring import Services
from tests.fakes.chat import REFUSED_WORD, Chat
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Answer, Fault, Journal
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow


@pytest.fixture
def chat(journal: Journal) -> Iterator[Chat]:
    """A language model."""
    with Chat(journal=journal) as running:
        yield running


@pytest.fixture
def services(make_services: MakeServices, chat: Chat) -> Services:
    """A queue, two themes and a model."""
    return make_services(themes="winter birds; night trains", **chat.environment())


def prompts_in(services: Services) -> list[str]:
    """Return the prompts that wait."""
    return [post.prompt for post in services.queue.find(limit=500)]


def test_themes_become_prompts_that_wait(services: Services) -> None:
    """As many as asked for, from every theme, and no two alike."""
    state = run(write_prompts, count=8)

    prompts = prompts_in(services)
    assert state.message is not None
    assert state.message.startswith("8 prompts queued")
    assert len(prompts) == 8
    themes = Counter(prompt.partition(":")[0] for prompt in prompts)
    assert themes == {"winter birds": 4, "night trains": 4}
    known = KnownPrompts()
    for prompt in prompts:
        assert known.is_like(prompt) is None
        known.add(prompt)


def test_no_more_wait_than_the_stock(make_services: MakeServices, chat: Chat) -> None:
    """Posts that wait already count; a full stock asks nobody."""
    services = make_services(themes="birds", prompt_stock=5, **chat.environment())
    add(services, "a fox", "a lake", "an owl")
    run(write_prompts, count=10)
    asked = len(chat.questions)
    state = run(write_prompts, count=10)

    assert services.queue.count() == {PostState.QUEUED: 5}
    assert (state.name, len(chat.questions)) == ("NothingToDo", asked)


def test_what_was_ever_queued_is_not_thought_of_again(services: Services, chat: Chat) -> None:
    """Rewordings of prompts that are over are left out, and the model is shown the latest."""
    add(services, "a lighthouse at dawn above the sea")
    chat.repeats = ["At dawn, a LIGHTHOUSE above the sea, 4k"]
    state = run(write_prompts, count=4)

    assert "left out as too much alike" in str(state.message)
    assert len(prompts_in(services)) == 5
    assert all("4k" not in prompt for prompt in prompts_in(services))
    assert "a lighthouse at dawn above the sea" in str(chat.questions[0]["messages"])


def test_a_model_that_repeats_itself_is_not_asked_for_ever(services: Services, chat: Chat) -> None:
    """A round without anything new ends the run."""
    chat.repeats = ["a red fox in the snow at dawn"] * 50
    state = run(write_prompts, count=6)

    assert len(prompts_in(services)) == 1
    assert len(chat.questions) <= 10
    assert state.is_completed()


def test_themes_can_be_named_for_one_run(services: Services) -> None:
    """They take the place of those in the settings."""
    run(write_prompts, count=2, themes=["paper boats"])

    assert all(prompt.startswith("paper boats") for prompt in prompts_in(services))


def test_without_themes_it_says_what_to_set(make_services: MakeServices, chat: Chat) -> None:
    """Nothing is asked."""
    make_services(**chat.environment())
    state = run(write_prompts)

    assert state.is_failed()
    assert "THEMES is missing" in str(state.message)
    assert chat.questions == []


def test_without_a_model_it_says_what_to_set(make_services: MakeServices) -> None:
    """The message names the key."""
    make_services(themes="birds")

    assert "OPENAI_API_KEY is missing" in str(run(write_prompts).message)


def test_a_refused_theme_ends_the_run_in_words(make_services: MakeServices, chat: Chat) -> None:
    """Nothing is queued, and the run says why."""
    services = make_services(themes=REFUSED_WORD, **chat.environment())
    state = run(write_prompts)

    assert state.is_failed()
    assert prompts_in(services) == []


def test_a_check_asks_the_model_too(make_services: MakeServices, chat: Chat) -> None:
    """Where there are themes; a model that is not there is told before it is needed."""
    make_services(themes="birds", **chat.environment())
    assert run(check_connections).is_completed()
    assert "openai-text" in {entry.service for entry in chat.journal.entries(call="models")}

    make_services(themes="birds", **{**chat.environment(), "TEXT_MODEL": "gone-1"})
    assert "openai-text" in str(run(check_connections).message)


def test_a_service_that_is_away_for_a_moment_is_asked_again(services: Services, chat: Chat) -> None:
    """A lost text costs little."""
    chat.fail("chat", Fault("before", Answer(503)))

    assert "2 prompts queued" in str(run(write_prompts, count=2).message)


def test_captions_hashtags_and_alt_texts_are_written_in_the_same_way(
    make_services: MakeServices, chat: Chat, generator: HuggingFace
) -> None:
    """Where the order left them open; what a person wrote stays."""
    services = make_services(
        captions="written",
        generators="huggingface",
        **generator.environment(),
        **chat.environment(),
    )
    (open_,) = add(services, "a fox")
    (own,) = add(services, "a lake", caption="My lake", hashtags=("mine",))
    run(generate_media)

    written, kept = post_of(services, open_), post_of(services, own)
    assert written.caption == "Look: a fox."
    assert written.alt_text == "A picture of a fox."
    assert written.hashtags == ("art", "quietmorning")
    assert (kept.caption, kept.hashtags) == ("My lake", ("mine",))
