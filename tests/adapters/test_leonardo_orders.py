"""What an order to Leonardo says: sizes, numbers of pictures and prompts that it takes."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.leonardo._models import count_of, find_style, fit_size, is_v1
from promptpress.adapters.leonardo._orders import MAX_PROMPT, MAX_SEED, build_order, shorten
from promptpress.ports import ImageRequest
from tests.adapters.generating import wish
from tests.fakes.leonardo import LUCID, MODEL, MODEL_V2, PHOENIX

SIDE = st.integers(1, 20_000)


def order_of(model: str = MODEL, **fields: Any) -> dict[str, Any]:
    """Return the fields of an order, in whichever API."""
    body = build_order(model, wish(**fields), alchemy=False).body
    fields_of_v2: dict[str, Any] = body.get("parameters", body)
    return fields_of_v2


SIZES = {
    "fits": (MODEL, False, (1024, 768), (1024, 768)),
    "odd": (MODEL, False, (1023, 770), (1024, 768)),
    "large": (MODEL, False, (3072, 2304), (1536, 1152)),
    "with Alchemy": (MODEL, True, (1536, 864), (1024, 576)),
    "small": (MODEL, False, (16, 8), (64, 32)),
    "a ribbon": (MODEL, False, (10_000, 10), (1536, 32)),
    "v2": (MODEL_V2, False, (4096, 2048), (2048, 1024)),
    "small for its model": ("flux-pro-2.0", False, (128, 96), (344, 256)),
    "from a list": ("nano-banana-2", False, (1920, 1080), (1376, 768)),
    "upright from a list": ("gemini-image-2", False, (1080, 1350), (928, 1152)),
}


@pytest.mark.parametrize(("model", "alchemy", "asked", "sent"), SIZES.values(), ids=SIZES.keys())
def test_a_size_is_made_to_fit(
    model: str, alchemy: bool, asked: tuple[int, int], sent: tuple[int, int]
) -> None:
    """The ratio is kept as far as the steps and limits of the model allow."""
    assert fit_size(model, *asked, alchemy=alchemy) == sent


@given(width=SIDE, height=SIDE, alchemy=st.booleans(), model=st.sampled_from([MODEL, MODEL_V2]))
def test_any_size_is_made_to_fit(width: int, height: int, alchemy: bool, model: str) -> None:
    """Sides are multiples of eight and within the limits."""
    most = 2048 if model == MODEL_V2 else 1024 if alchemy else 1536

    size = fit_size(model, width, height, alchemy=alchemy)

    assert all(side % 8 == 0 and 32 <= side <= most for side in size)
    if max(size) / min(size) < 10 and min(size) >= 256:
        assert math.isclose(size[0] / size[1], width / height, rel_tol=0.04)


@pytest.mark.parametrize(
    ("model", "asked", "size", "sent"),
    [
        (MODEL, 20, (768, 512), 8),
        (MODEL, 8, (776, 512), 4),
        (MODEL_V2, 8, (512, 512), 4),
        (MODEL, 0, (512, 512), 1),
    ],
)
def test_no_more_pictures_are_ordered_than_it_makes(
    model: str, asked: int, size: tuple[int, int], sent: int
) -> None:
    """The service refuses an order for more; fewer may come than were asked for."""
    assert count_of(model, asked, size) == sent


@pytest.mark.parametrize("seed", [0, MAX_SEED, MAX_SEED + 1, 10**20, -1])
def test_any_seed_is_one_that_it_takes(seed: int) -> None:
    """One beyond the limit becomes another, and the job knows which."""
    order = build_order(MODEL, wish(seed=seed), alchemy=False)

    assert order.seed == order.body["seed"]
    assert 0 <= order.body["seed"] <= MAX_SEED
    assert order.seed == seed or not 0 <= seed <= MAX_SEED


def test_no_seed_is_left_to_the_service() -> None:
    """No field stands there."""
    assert "seed" not in order_of()


@pytest.mark.parametrize("model", [PHOENIX, LUCID])
def test_a_style_is_named_to_the_models_that_know_it(model: str) -> None:
    """By its number, in whatever letters it is written, or with a number of one's own."""
    own = "11111111-2222-4333-8444-555555555555"
    orders = [order_of(model, style=style) for style in ("Ray  traced", own, "like a woodcut")]

    assert [order.get("styleUUID") for order in orders] == [find_style("ray traced"), own, None]
    assert [order["prompt"].partition(", ")[2] for order in orders] == ["", "", "like a woodcut"]


@pytest.mark.parametrize("model", [MODEL, MODEL_V2])
def test_a_long_prompt_loses_its_end_and_keeps_its_style(model: str) -> None:
    """It is cut after a whole word."""
    prompt = order_of(model, prompt="a fox in snow, " * 300, style="like a woodcut")["prompt"]

    assert prompt.endswith(", like a woodcut")
    assert MAX_PROMPT - 10 <= len(prompt) <= MAX_PROMPT
    assert prompt.removesuffix(", like a woodcut").split()[-1] in ("a", "fox", "in", "snow,")


def test_what_is_not_to_be_shown_does_not_push_the_prompt_out() -> None:
    """In v2 both share the room."""
    order = order_of(MODEL_V2, prompt="a fox in winter", negative_prompt="people, " * 900)

    assert order["prompt"].startswith("a fox in winter. Do not show: people,")
    assert len(order["prompt"]) <= MAX_PROMPT


def test_a_long_negative_prompt_is_cut() -> None:
    """In v1 it has a field of its own."""
    assert len(order_of(negative_prompt="people, " * 900)["negative_prompt"]) <= MAX_PROMPT


CUTS = {
    "short": ("a fox", 10, "a fox"),
    "exact": ("a fox", 5, "a fox"),
    "word": ("a fox in snow", 9, "a fox in"),
    "end of a word": ("a fox in snow", 8, "a fox in"),
    "one long word": ("abcdef", 3, "abc"),
    "emoji": ("🦊🦊🦊", 5, "🦊🦊"),
    "accent": ("aae\u0301", 3, "aa"),
    "skin tone": ("a👍🏽", 4, "a"),
    "family": ("a👩\u200d👧", 4, "a"),
    "nothing but accents": ("\u0301" * 5, 3, "\u0301" * 3),
    "no room": ("a fox", 0, ""),
}


@pytest.mark.parametrize(("text", "limit", "left"), CUTS.values(), ids=CUTS.keys())
def test_a_text_is_never_cut_within_a_character(text: str, limit: int, left: str) -> None:
    """Words stay whole where there are any, letters keep their accents and emoji their parts."""
    assert shorten(text, limit) == left


@given(text=st.text(max_size=60), limit=st.integers(0, 40))
def test_a_cut_text_fits(text: str, limit: int) -> None:
    """What is left is the beginning, however long characters are counted."""
    left = shorten(text, limit)

    assert text.startswith(left)
    assert len(left.encode("utf-16-le", "surrogatepass")) // 2 <= limit


@given(
    prompt=st.text(max_size=3_000),
    style=st.text(max_size=2_000),
    negative=st.text(max_size=2_000),
    model=st.sampled_from([MODEL, PHOENIX, MODEL_V2]),
)
def test_any_words_can_be_sent(prompt: str, style: str, negative: str, model: str) -> None:
    """Whatever people write fits and is text that can be encoded."""
    request = ImageRequest(
        prompt=prompt, style=style, negative_prompt=negative, width=512, height=512
    )
    body = build_order(model, request, alchemy=False).body
    sent = body if is_v1(model) else body["parameters"]

    assert len(sent["prompt"].encode("utf-16-le")) // 2 <= MAX_PROMPT
    assert len(sent.get("negative_prompt", "").encode("utf-16-le")) // 2 <= MAX_PROMPT
