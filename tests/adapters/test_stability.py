"""Stability when all goes well: what is sent, what comes of the answer, what a check says."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.stability._orders import (
    MAX_PROMPT,
    build_order,
    find_cost,
    nearest_ratio,
    shorten,
)
from promptpress.errors import (
    BadCredentials,
    InvalidPost,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    SetupError,
    TransientError,
)
from tests.adapters.generating import PROMPT, stability_of, wish
from tests.fakes.server import Answer, Fault
from tests.fakes.stability import KEY, RATIOS, Stability


@pytest.fixture
def service() -> Iterator[Stability]:
    with Stability() as stand_in:
        yield stand_in


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "bytes"])
def test_the_picture_is_kept_byte_by_byte(service: Stability, as_json: bool) -> None:
    """In either form, with the seed that the service used and the price of the model."""
    service.as_json = as_json

    (made,) = stability_of(service).submit(wish(seed=7, count=3)).pictures

    assert service.picture(PROMPT, 7) == made.content
    assert (made.model, made.seed, made.cost) == ("core", 7, 0.03)
    assert service.calls() == ["generate"]


def test_a_seed_that_the_service_chose_is_kept(service: Stability) -> None:
    """A post without a seed learns the one that was used."""
    (made,) = stability_of(service).submit(wish()).pictures

    assert made.seed == 1_000
    assert service.picture(PROMPT, 1_000) == made.content


def test_everything_ordered_is_sent(service: Stability) -> None:
    """As a form with parts, and nothing in it that was left open."""
    generator = stability_of(service)
    generator.submit(wish(seed=7, style="Pixel art", negative_prompt="people", width=1600))
    generator.submit(wish(style="ink", model="sd3.5-medium"))
    generator.submit(wish(style="anime", model="stable-image-ultra", width=96))

    assert service.orders == [
        (
            "core",
            {
                "prompt": PROMPT,
                "aspect_ratio": "21:9",
                "output_format": "png",
                "style_preset": "pixel-art",
                "negative_prompt": "people",
                "seed": "7",
            },
        ),
        (
            "sd3",
            {
                "prompt": f"{PROMPT}, ink",
                "aspect_ratio": "5:4",
                "output_format": "png",
                "model": "sd3.5-medium",
                "mode": "text-to-image",
            },
        ),
        (
            "ultra",
            {"prompt": f"{PROMPT}, anime", "aspect_ratio": "1:1", "output_format": "png"},
        ),
    ]


@pytest.mark.parametrize(
    ("size", "ratio"),
    [
        ((1024, 1024), "1:1"),
        ((1080, 1350), "4:5"),
        ((1080, 1920), "9:16"),
        ((1920, 1080), "16:9"),
        ((1024, 768), "5:4"),
        ((768, 1024), "4:5"),
        ((4096, 64), "21:9"),
        ((64, 4096), "9:21"),
    ],
)
def test_a_size_becomes_the_nearest_ratio(size: tuple[int, int], ratio: str) -> None:
    """The service knows nine ratios and no pixels; nobody is refused for a size."""
    assert nearest_ratio(*size) == ratio
    assert ratio in RATIOS


@given(seed=st.integers(-(2**63), 2**63 - 1))
def test_any_seed_fits(seed: int) -> None:
    """A seed beyond the service's range becomes one in it, and never the one that means any."""
    sent = int(build_order("core", wish(seed=seed)).fields["seed"])

    assert 1 <= sent <= 4_294_967_294
    assert sent == seed or not 1 <= seed <= 4_294_967_294


def test_a_long_prompt_is_cut_at_a_word_and_keeps_its_style() -> None:
    """10,000 characters is the limit of either prompt, never half a word."""
    wordy = "лис в снегу " * 1_000
    fields = build_order("ultra", wish(wordy, style="ink", negative_prompt=wordy)).fields

    assert MAX_PROMPT - 10 < len(fields["prompt"]) <= MAX_PROMPT
    words, _, style = fields["prompt"].partition(", ")
    assert style == "ink"
    for text in (words, fields["negative_prompt"]):
        assert set(text.split(" ")) == {"лис", "в", "снегу"}


@given(text=st.text(max_size=40), limit=st.integers(0, 40))
def test_what_is_cut_is_the_beginning(text: str, limit: int) -> None:
    """Never longer than the limit, never another text, and no cut where none is needed."""
    cut = shorten(text, limit)

    assert text.startswith(cut)
    assert len(cut) <= limit
    assert cut == text or len(text) > limit


def test_a_newer_model_of_the_family_is_taken_without_a_price(service: Stability) -> None:
    """Names of models are settings; what one costs is told only where it is known."""
    order = build_order("sd3.5-flash", wish())

    assert (order.path[-3:], order.fields["model"]) == ("sd3", "sd3.5-flash")
    assert find_cost("sd3.5-flash") is None


@pytest.mark.parametrize("model", ["dall-e-3", "sd", "../v1/x", "core/../ultra", "sd3?x=1"])
def test_a_model_that_is_none(service: Stability, model: str) -> None:
    """It is told with the valid ones before anything is sent; a post's own stops nobody else."""
    with pytest.raises(InvalidPost, match=r"models are core, ultra.*change the model of the post"):
        stability_of(service).submit(wish(model=model))
    with pytest.raises(SetupError, match=r"models are core, ultra.*STABILITY_MODEL"):
        stability_of(service, model=model).check()

    assert service.calls() == []


def test_there_are_no_jobs(service: Stability) -> None:
    """Whatever is collected was never given."""
    with pytest.raises(PermanentError, match="retry the post"):
        stability_of(service).collect("abc")

    assert service.calls() == []


def test_a_check_costs_nothing(service: Stability, log: pytest.LogCaptureFixture) -> None:
    """The balance is asked for and nothing else; nobody logs the key."""
    generator = stability_of(service)
    generator.check()

    assert service.calls() == ["balance"]
    assert KEY not in repr(generator) + log.text
    assert [record for record in log.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(("model", "left"), [("core", 2.9), ("ultra", 7.0), ("sd3.5-flash", 0.0)])
def test_a_check_finds_too_little_credit(service: Stability, model: str, left: float) -> None:
    """Before an order fails for it: the price of one picture is what counts."""
    service.credits = left

    with pytest.raises(QuotaExhausted, match=f"{left:g} credits are left, .* GENERATORS"):
        stability_of(service, model=model).check()


def test_a_service_without_a_balance_passes(
    service: Stability, log: pytest.LogCaptureFixture
) -> None:
    """The balance belongs to an older API: without it pictures may be had all the same."""
    service.fail("balance", Fault("before", Answer(404)))

    stability_of(service).check()

    assert "if orders fail, see STABILITY_API_URL" in log.text


CHECKS: dict[str, tuple[Fault, type[PromptpressError], str]] = {
    "key": (Fault("before", Answer(401)), BadCredentials, "STABILITY_API_KEY"),
    "moved": (Fault("before", Answer(301, headers={"Location": "/x"})), SetupError, "it leads"),
    "throttled": (Fault("before", Answer(429)), TransientError, "429"),
    "broken": (Fault("before", Answer(500)), TransientError, "again later"),
    "away": (Fault("before"), TransientError, "again later"),
    "page": (Fault("before", Answer(200, b"<html>")), TransientError, "STABILITY_API_URL"),
    "odd": (Fault("before", Answer.json({"credits": "x"})), TransientError, "STABILITY_API_URL"),
    "cut": (Fault("after", cut_at=5), TransientError, "STABILITY_API_URL"),
}


@pytest.mark.parametrize(("fault", "kind", "words"), CHECKS.values(), ids=CHECKS.keys())
def test_a_check_says_what_is_wrong(
    service: Stability, fault: Fault, kind: type[PromptpressError], words: str
) -> None:
    """Refused and offline are told apart, and nothing is ordered."""
    service.fail("balance", fault)

    with pytest.raises(PromptpressError, match=words) as caught:
        stability_of(service).check()

    assert isinstance(caught.value, kind)
    assert service.calls() == ["balance"]


@pytest.mark.parametrize("key", ["", " ", "sk-a b", "sk-é", "sk-a\nb"])
def test_a_key_that_is_none(service: Stability, key: str) -> None:
    """It is told before anything is sent."""
    generator = stability_of(service, key=key)
    for call in (generator.check, lambda: generator.submit(wish())):
        with pytest.raises(BadCredentials, match="STABILITY_API_KEY"):
            call()

    assert service.calls() == []
