"""Leonardo when all goes well: which API is spoken, what is ordered, and what a check tells."""

import logging
from collections.abc import Iterator

import pytest

from promptpress.adapters.leonardo import LeonardoGenerator
from promptpress.errors import (
    BadCredentials,
    InvalidPost,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)
from tests.adapters.generating import NOW, PROMPT, finish, leonardo_of, wish
from tests.fakes.leonardo import KEY, LUCID, MODEL, MODEL_V2, PHOENIX, PRICE, Leonardo, refusal
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")


@pytest.fixture
def service() -> Iterator[Leonardo]:
    with Leonardo() as stand_in:
        yield stand_in


@pytest.mark.parametrize("model", [MODEL, MODEL_V2])
def test_pictures_are_kept_byte_by_byte(service: Leonardo, model: str) -> None:
    """Either API gives the pictures as they were made, with what is known of them."""
    generator = leonardo_of(service, model=model)

    generation = generator.submit(wish(seed=7, count=3))

    assert (generation.pictures, generation.wait) == ((), 5.0)
    made = finish(generator, generation)
    assert [one.content for one in made] == [service.picture(PROMPT, 7, n) for n in range(3)]
    assert {(one.model, one.seed, one.unsafe) for one in made} == {(model, 7, False)}
    assert sum(one.cost or 0 for one in made) == pytest.approx(PRICE)
    assert service.calls() == ["generate", "poll", "poll", *["download"] * 3]


def test_an_order_to_v1_states_what_would_cost_more(service: Leonardo) -> None:
    """Unsaid, v1 makes four pictures and adds Alchemy; and all the world would see them."""
    leonardo_of(service).submit(wish(negative_prompt="people", style="Watercolor"))

    assert service.orders == [
        {
            "modelId": MODEL,
            "prompt": f"{PROMPT}, Watercolor",
            "negative_prompt": "people",
            "width": 128,
            "height": 96,
            "num_images": 1,
            "alchemy": False,
            "public": False,
        }
    ]
    assert service.tokens == 99_999


def test_an_order_to_v2_has_only_the_fields_of_its_models(service: Leonardo) -> None:
    """There is no negative prompt in v2: it is put in words."""
    leonardo_of(service, model=MODEL_V2).submit(
        wish(negative_prompt="people", style=" WATERCOLOR ", seed=3, count=2)
    )

    assert service.orders == [
        {
            "model": MODEL_V2,
            "public": False,
            "parameters": {
                "prompt": f"{PROMPT}. Do not show: people",
                "width": 128,
                "height": 96,
                "seed": 3,
                "quantity": 2,
                "style_ids": ["1db308ce-c7ad-4d10-96fd-592fa6b75cc4"],
            },
        }
    ]


@pytest.mark.parametrize(
    ("model", "alchemy", "contrast"),
    [(MODEL, True, None), (PHOENIX, True, 3.5), (LUCID, False, 3.5)],
)
def test_a_model_of_v1_is_ordered_as_it_takes_it(
    service: Leonardo, model: str, alchemy: bool, contrast: float | None
) -> None:
    """Newer models want a contrast, some have no Alchemy; with it the sides are shorter."""
    leonardo_of(service, alchemy=True).submit(wish(model=model, width=2048, height=1024))

    (order,) = service.orders
    assert (order["alchemy"], order.get("contrast")) == (alchemy, contrast)
    assert (order["width"], order["height"]) == ((1024, 512) if alchemy else (1536, 768))


def test_a_seed_goes_only_to_a_model_that_takes_one(service: Leonardo) -> None:
    """The picture then carries the seed that the service took by itself."""
    generator = leonardo_of(service, model="gpt-image-2")

    (made,) = finish(generator, generator.submit(wish(seed=7)))

    assert "seed" not in service.orders[0]["parameters"]
    assert made.seed == 11


def test_a_flagged_picture_carries_its_flag(service: Leonardo) -> None:
    """The service hands it out all the same; who looks at it decides."""
    generator = leonardo_of(service)

    (made,) = finish(generator, generator.submit(wish("a bare rock")))

    assert made.unsafe


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v2/"])
def test_the_address_may_name_a_version(service: Leonardo, ending: str) -> None:
    """Other programs want it with /v1; both versions are needed here."""
    address = f"{service.url}/api/rest{ending}"
    generator = leonardo_of(service, api_url=address)

    generator.check()
    for model in (MODEL, MODEL_V2):
        assert generator.submit(wish(model=model)).job


@pytest.mark.parametrize("name", ["flux schnell", "../v1/me", "é", "a" * 101, "-", "a\nb"])
def test_what_is_no_model_is_not_ordered(service: Leonardo, name: str) -> None:
    """A post with a wrong model is set aside; a wrong model in the set-up stops all."""
    with pytest.raises(InvalidPost, match="change the model of the post"):
        leonardo_of(service).submit(wish(model=name))
    with pytest.raises(SetupError, match="LEONARDO_MODEL"):
        leonardo_of(service, model=name).check()
    assert service.calls() == []


@pytest.mark.parametrize("model", ["flux-unheard-of", "00000000-0000-4000-8000-000000000000"])
def test_a_model_that_is_not_there(service: Leonardo, model: str) -> None:
    """Either API says so in its own way; nothing is begun."""
    with pytest.raises(InvalidPost, match="does not know the model"):
        leonardo_of(service).submit(wish(model=model))
    with pytest.raises(SetupError, match="LEONARDO_MODEL"):
        leonardo_of(service, model=model).submit(wish())
    assert service.orders == []


KEYS = ["", " ", "leonardo-key", f"Bearer {KEY}", KEY[:-1], f"{KEY}0", KEY.replace("-", ""), "é"]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_of_another_form_is_never_sent(service: Leonardo, key: str) -> None:
    """The service would answer 500, as if it were its own fault, and be asked again and again."""
    generator = leonardo_of(service, key=key)

    with pytest.raises(BadCredentials, match="LEONARDO_API_KEY"):
        generator.check()
    with pytest.raises(BadCredentials, match="LEONARDO_API_KEY"):
        generator.submit(wish())
    assert service.calls() == []


def test_blanks_around_a_key_do_no_harm(service: Leonardo) -> None:
    """They come with copying."""
    leonardo_of(service, key=f" {KEY}\n").check()


def test_no_key_is_in_what_is_kept_or_logged(
    service: Leonardo, log: pytest.LogCaptureFixture
) -> None:
    """Job, pictures, generator and log do not show it."""
    generator = leonardo_of(service)
    generator.check()
    generation = generator.submit(wish())
    pictures = finish(generator, generation)

    assert KEY not in f"{generation!r} {pictures!r} {generator!r} {vars(generator)!r} {log.text}"


def test_a_check_costs_nothing_and_tells_what_is_left(
    service: Leonardo, caplog: pytest.LogCaptureFixture
) -> None:
    """The tokens of the API, which are others than those of the app."""
    service.tokens = 12.5
    with caplog.at_level(logging.INFO):
        leonardo_of(service).check()

    assert "12.5 API tokens are left" in caplog.text
    assert service.calls() == ["me"]


def test_a_check_tells_of_an_empty_account(service: Leonardo) -> None:
    """Tokens of the app do not help; an order is refused in the same way, and no post set aside."""
    service.tokens = 0
    with pytest.raises(QuotaExhausted, match="0 API tokens"):
        leonardo_of(service).check()
    with pytest.raises(QuotaExhausted, match="not enough api tokens"):
        leonardo_of(service).submit(wish())

    assert service.journal.accepted("generate") == []


ACCOUNTS: dict[str, tuple[object, float]] = {
    "subscription": ({"apiPaidTokens": None, "apiSubscriptionTokens": 8}, 8),
    "both": ({"apiPaidTokens": 3, "apiSubscriptionTokens": 8}, 11),
    "text": ({"apiPaidTokens": "3.5"}, 3.5),
}


@pytest.mark.parametrize(("details", "left"), ACCOUNTS.values(), ids=ACCOUNTS.keys())
def test_either_kind_of_tokens_counts(
    service: Leonardo, details: object, left: float, caplog: pytest.LogCaptureFixture
) -> None:
    """Bought ones and those of a plan are added."""
    service.fail("me", Fault("before", Answer.json({"user_details": [details]})))
    with caplog.at_level(logging.INFO):
        leonardo_of(service).check()

    assert f"{left:g} API tokens" in caplog.text


CHECKS: dict[str, tuple[Fault, type[PromptpressError], str]] = {
    "bad key": (Fault("before", refusal(401, "x")), BadCredentials, "LEONARDO_API_KEY"),
    "malformed key": (
        Fault("before", refusal(500, "Invalid response from authorization hook")),
        BadCredentials,
        "LEONARDO_API_KEY",
    ),
    "no credit": (Fault("before", Answer(402)), QuotaExhausted, "GENERATORS"),
    "no right": (Fault("before", Answer(403, PAGE.body)), BadCredentials, "LEONARDO_API_URL"),
    "no such way": (Fault("before", Answer(404)), SetupError, "LEONARDO_API_URL"),
    "odd": (Fault("before", Answer(422)), SetupError, "LEONARDO_API_URL"),
    "slow": (Fault("before", Answer(408)), TransientError, "again later"),
    "throttled": (Fault("before", Answer(429)), RateLimited, "when it allows"),
    "moved": (Fault("before", Answer(301, headers={"Location": "/x"})), SetupError, "leads"),
    "broken": (Fault("before", Answer(500)), TransientError, "again later"),
    "away": (Fault("before", Answer(503)), TransientError, "again later"),
    "page": (Fault("before", PAGE), TransientError, "something else"),
    "other": (Fault("before", Answer.json({"user_details": []})), TransientError, "LEONARDO"),
    "untold": (Fault("before", Answer.json({"user_details": [{}]})), TransientError, "LEONARDO"),
    "cut": (Fault("before"), TransientError, "no answer"),
    "cut in the body": (Fault("after", cut_at=30), TransientError, "something else"),
    "silent": (Fault("before", hang=True), TransientError, "no answer"),
    "dripping": (Fault("after", drip=0.1), TransientError, "something else"),
}


@pytest.mark.parametrize(("fault", "kind", "words"), CHECKS.values(), ids=CHECKS.keys())
def test_a_check_that_fails(
    service: Leonardo, fault: Fault, kind: type[PromptpressError], words: str
) -> None:
    """It tells what has to be changed from what passes by itself."""
    service.fail("me", fault)
    with pytest.raises(PromptpressError) as caught:
        leonardo_of(service, timeout=0.8).check()

    assert type(caught.value) is kind
    assert words in str(caught.value)


def test_making_one_asks_nothing() -> None:
    """It is made for services that are then never used."""
    assert LeonardoGenerator("", api_url="nonsense", clock=lambda: NOW).name == "leonardo"
