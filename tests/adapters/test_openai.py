"""OpenAI when all goes well: what is sent, and what comes of the answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.openai._models import find_cost, fit_size
from promptpress.adapters.openai._requests import build_order, shorten
from tests.adapters.generating import PROMPT, finish, openai_of, wish
from tests.fakes.openai import KEY, MODEL, OWN_MODEL, OpenAI


@pytest.fixture
def server() -> Iterator[OpenAI]:
    with OpenAI() as stand_in:
        yield stand_in


@pytest.fixture
def home() -> Iterator[OpenAI]:
    """A server of one's own: no key, answers with addresses."""
    with OpenAI(key="", model=OWN_MODEL, answers="url") as stand_in:
        yield stand_in


def test_pictures_in_the_answer_are_kept_byte_by_byte(server: OpenAI) -> None:
    """What came in base64 is what comes out, by one call and with no job."""
    generation = openai_of(server).submit(wish(count=3))

    assert [made.content for made in generation.pictures] == [
        server.picture(PROMPT, place) for place in range(3)
    ]
    assert {made.model for made in generation.pictures} == {MODEL}
    assert server.calls() == ["generate"]


def test_pictures_elsewhere_are_first_a_job(home: OpenAI) -> None:
    """Once they are made there is a job to keep, by which any later process fetches them."""
    generation = openai_of(home).submit(wish(seed=7, count=2))

    assert generation.pictures == ()
    assert home.calls() == ["generate"]
    made = finish(openai_of(home), generation)
    assert [one.content for one in made] == [home.picture(PROMPT, 7), home.picture(PROMPT, 8)]
    assert {(one.model, one.seed) for one in made} == {(OWN_MODEL, 7)}
    assert home.journal.accepted("generate") == [PROMPT]


@pytest.mark.parametrize("answers", ["b64_json", "url"])
def test_both_forms_are_taken_from_either_server(answers: Any) -> None:
    """Which form comes is not asked for: neither field is sent that one of them refuses."""
    for model in (MODEL, OWN_MODEL):
        with OpenAI(model=model, answers=answers) as server:
            generator = openai_of(server)

            assert finish(generator, generator.submit(wish()))
            assert "response_format" not in server.orders[0]


def test_everything_ordered_is_sent_to_a_server_of_ones_own(home: OpenAI) -> None:
    """Seed and negative prompt have fields there; the size is passed on as it is."""
    openai_of(home).submit(wish(seed=7, style="ink", negative_prompt="people", count=2))

    assert home.orders == [
        {
            "model": OWN_MODEL,
            "prompt": f"{PROMPT}, ink",
            "n": 2,
            "size": "128x96",
            "seed": 7,
            "negative_prompt": "people",
        }
    ]


def test_openai_is_told_in_words_what_it_has_no_field_for(server: OpenAI) -> None:
    """It refuses unknown fields: no seed goes out, and none is told that was not used."""
    (made,) = openai_of(server).submit(wish(seed=7, style="ink", negative_prompt="people")).pictures

    assert server.orders == [
        {
            "model": MODEL,
            "prompt": f"{PROMPT}, ink. Do not show: people",
            "n": 1,
            "size": "944x704",
        }
    ]
    assert made.seed is None


def test_the_model_of_a_post_is_taken(server: OpenAI) -> None:
    """A post may name another model than the settings do."""
    (made,) = openai_of(server).submit(wish(model="gpt-image-1.5", width=900, height=1600)).pictures

    assert made.model == "gpt-image-1.5"
    assert server.orders[0]["size"] == "1024x1536"


def test_more_pictures_than_it_makes_at_once_are_cut_down(server: OpenAI) -> None:
    """An order has ten at the most."""
    assert len(openai_of(server).submit(wish(count=12)).pictures) == 10


def test_what_the_tokens_cost_is_told(server: OpenAI) -> None:
    """The price of an order is shared by its pictures; of other models it is unknown."""
    dear, _ = openai_of(server).submit(wish(count=2)).pictures
    (unknown,) = openai_of(server).submit(wish(model="gpt-image-1.5")).pictures

    assert dear.cost == pytest.approx((20 * 5 + 2_000 * 30) / 1_000_000 / 2)
    assert unknown.cost is None
    assert find_cost(MODEL, {"input_tokens": "x", "output_tokens": 1}) is None
    assert find_cost(MODEL, None) is None


@pytest.mark.parametrize(
    ("model", "asked", "sent"),
    [
        ("gpt-image-2", (1024, 1024), "1024x1024"),
        ("gpt-image-2.6-flare", (1536, 864), "1536x864"),
        ("gpt-image-2", (1080, 1350), "1088x1360"),  # to sixteenths, in the same ratio
        ("gpt-image-2", (64, 64), "816x816"),  # the fewest pixels
        ("gpt-image-2", (4096, 4096), "2880x2880"),  # the most pixels
        ("openai/gpt-image-2-2026-04-21", (4096, 1024), "3552x1184"),  # the longest ratio
        ("gpt-image-1-mini", (1024, 768), "1536x1024"),
        ("gpt-image-1.5-2025-12-16", (512, 512), "1024x1024"),
        ("chatgpt-image-latest", (64, 4096), "1024x1536"),
        (OWN_MODEL, (512, 333), "512x333"),
    ],
)
def test_a_size_becomes_the_nearest_that_the_model_takes(
    model: str, asked: tuple[int, int], sent: str
) -> None:
    """Each model has its own sizes, and nobody is refused for a size."""
    assert fit_size(model, *asked) == sent


@given(width=st.integers(64, 4096), height=st.integers(64, 4096))
def test_any_size_is_within_the_rules(width: int, height: int) -> None:
    """Sixteenths, at most 3840 and 3:1, and the ratio asked for wherever that allows."""
    sent = tuple(int(side) for side in fit_size(MODEL, width, height).split("x"))

    assert sent[0] % 16 == sent[1] % 16 == 0
    assert max(sent) <= 3840
    assert max(sent) <= 3 * min(sent)
    assert 655_360 <= sent[0] * sent[1] <= 8_294_400
    wanted = min(max(width / height, 1 / 3), 3)
    assert sent[0] / sent[1] == pytest.approx(wanted, rel=0.03)


def test_a_long_prompt_is_cut_at_a_word_and_keeps_its_style() -> None:
    """32,000 characters is the limit; the end of the prompt goes, never half a word."""
    request = wish("лис в снегу " * 4_000, style="ink", negative_prompt="people")
    prompt = build_order(MODEL, request)["prompt"]

    assert 31_980 < len(prompt) <= 32_000
    words, _, rest = prompt.partition(", ")
    assert set(words.split(" ")) == {"лис", "в", "снегу"}
    assert rest == "ink. Do not show: people"


@given(text=st.text(max_size=40), limit=st.integers(0, 40))
def test_what_is_cut_is_the_beginning(text: str, limit: int) -> None:
    """Never longer than the limit, never another text, and no cut where none is needed."""
    cut = shorten(text, limit)

    assert text.startswith(cut)
    assert len(cut) <= limit
    assert cut == text or len(text) > limit


def test_nothing_shows_the_key(server: OpenAI, log: pytest.LogCaptureFixture) -> None:
    """Neither the object nor what anybody logs."""
    generator = openai_of(server)
    generator.check()
    generator.submit(wish())

    assert KEY not in repr(generator) + log.text
