"""Fusion Brain's limits: a prompt is cut where people would cut it, a size keeps its shape."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.fusionbrain._requests import (
    MAX_PROMPT,
    MAX_SIDE,
    STEP,
    build_prompt,
    fit_size,
    shorten,
)
from tests.adapters.generating import fusionbrain_of, wish
from tests.fakes.fusionbrain import FusionBrain

FAMILY = "👨‍👩‍👧"
WAVE = "👋🏽"
ACCENTED = "e\u0301"


def java_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_a_prompt_of_just_the_limit_is_whole() -> None:
    """Characters are counted, not bytes: a thousand Cyrillic letters are within."""
    assert shorten("ж" * MAX_PROMPT, MAX_PROMPT) == "ж" * MAX_PROMPT
    assert shorten("a" * (MAX_PROMPT + 1), MAX_PROMPT) == "a" * MAX_PROMPT


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("one two three", "one two"),
        ("one two\nthree", "one two"),
        ("one two  three", "one two"),
        ("one tw three", "one tw"),
        ("onetwothree", "onetwoth"),
        ("🦊🌊✨🦊🌊", "🦊🌊✨🦊"),
        (f"snow {FAMILY}", "snow"),
        (f"snows{FAMILY}", "snows"),
        (f"fox-fox{WAVE}", "fox-fox"),
        (f"1234567{ACCENTED}9", "1234567"),
    ],
)
def test_a_long_prompt_is_cut_after_a_word(text: str, cut: str) -> None:
    """Where the first word is too long it is cut between two characters, never within one."""
    assert shorten(text, 8) == cut


@given(text=st.text(max_size=60), limit=st.integers(0, 30))
def test_what_is_cut_is_a_beginning_within_the_limit(text: str, limit: int) -> None:
    """Nothing is added, nothing is longer than allowed, and it can be sent."""
    text = text.encode("utf-8", "replace").decode()
    cut = shorten(text, limit)

    assert text.startswith(cut)
    assert java_length(cut) <= limit
    assert cut.encode().decode() == cut


@given(
    words=st.lists(st.text("ab🦊", min_size=1, max_size=5), min_size=3), limit=st.integers(12, 40)
)
def test_words_stay_whole(words: list[str], limit: int) -> None:
    """As many words as fit are kept, and no half one."""
    kept = shorten(" ".join(words), limit).split(" ")

    assert kept == words[: len(kept)]
    following = " ".join(words[: len(kept) + 1])
    assert kept == words or java_length(following) > limit


def test_a_long_prompt_keeps_its_style() -> None:
    """What is lost is the end of the prompt, not what was asked for beside it."""
    prompt = build_prompt("a fox in snow " * 100, "watercolour")

    assert prompt.endswith(" a fox, watercolour")
    assert MAX_PROMPT - 20 < len(prompt) <= MAX_PROMPT
    assert len(build_prompt("a fox", "s" * 2_000)) <= MAX_PROMPT


@pytest.mark.parametrize("word", ["word ", "слово ", "🦊 ", "狐", FAMILY])
def test_the_service_takes_what_was_cut(word: str) -> None:
    """Its own count of characters agrees."""
    with FusionBrain() as service:
        fusionbrain_of(service).submit(
            wish(word * 1_500, style="ink", negative_prompt=word * 1_500)
        )

        (order,) = service.orders
    assert java_length(order["generateParams"]["query"]) > MAX_PROMPT * 0.98
    assert java_length(order["negativePromptDecoder"]) <= MAX_PROMPT


@pytest.mark.parametrize(
    ("wanted", "size"),
    [
        ((1024, 1024), (1024, 1024)),
        ((1080, 1080), (1024, 1024)),
        ((1920, 1080), (1024, 576)),
        ((1080, 1920), (576, 1024)),
        ((1080, 1350), (768, 960)),
        ((4096, 4096), (1024, 1024)),
        ((1000, 1000), (1024, 1024)),
        ((4096, 64), (1024, 64)),
        ((64, 64), (64, 64)),
        ((768, 512), (768, 512)),
    ],
)
def test_a_size_is_the_nearest_that_can_be_had(
    wanted: tuple[int, int], size: tuple[int, int]
) -> None:
    """The ratio is kept first, then the area."""
    assert fit_size(*wanted) == size


@given(width=st.integers(64, 4096), height=st.integers(64, 4096))
def test_every_size_becomes_one_that_is_taken(width: int, height: int) -> None:
    """Sides are multiples within the limit, and the ratio is kept within a fifth."""
    w, h = fit_size(width, height)

    assert w % STEP == h % STEP == 0
    assert 0 < max(w, h) <= MAX_SIDE
    wanted = min(max(width / height, STEP / MAX_SIDE), MAX_SIDE / STEP)
    assert abs(math.log(w / h / wanted)) < 0.2
