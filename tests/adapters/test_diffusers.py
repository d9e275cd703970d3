"""diffusers: what the adapter asks of a pipeline, and what it makes of what comes.

The library is a stand-in here; test_diffusers_library.py has the real one, where it is installed.
"""

import io
import pickle
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from promptpress.adapters.diffusers import DiffusersGenerator
from promptpress.adapters.diffusers._orders import MIN_SIDE, STEP, build_seeds, fit_side
from promptpress.errors import (
    ContentRefused,
    PermanentError,
    PromptpressError,
    TransientError,
)
from tests.adapters.generating import PROMPT, diffusers_of, wish
from tests.fakes.diffusers import FLAGGED_WORD, Library, Pipeline


@pytest.fixture
def library() -> Iterator[Library]:
    with Library() as stand_in:
        yield stand_in


def refused_by(generator: DiffusersGenerator, **fields: Any) -> PromptpressError:
    """Order a picture and return the error; no other hangs on it."""
    with pytest.raises(PromptpressError) as caught:
        generator.submit(wish(**fields))
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert pickle.loads(pickle.dumps(caught.value)).message == caught.value.message
    return caught.value


def test_pictures_have_a_seed_each(library: Library) -> None:
    """Each can be made again by itself: they are made one after the other, and cost nothing."""
    made = diffusers_of(library).submit(wish(seed=7, count=3)).pictures

    assert [(one.seed, one.model, one.cost) for one in made] == [
        (seed, "tiny", 0.0) for seed in (7, 8, 9)
    ]
    assert [order["seed"] for order in library.orders] == [7, 8, 9]
    for one in made:
        looked_at = Image.open(io.BytesIO(one.content))
        assert looked_at.format == "PNG"
        assert looked_at.tobytes() == library.picture(PROMPT, one.seed or 0).tobytes()


def test_everything_ordered_reaches_the_pipeline(library: Library) -> None:
    """Sides that can be made, the style in words; what the set-up adds is weaker than the post."""
    options = {"num_inference_steps": 1, "width": 8, "unknown": True}
    diffusers_of(library, options=options).submit(
        wish(style="ink", negative_prompt="people", width=1003, height=20, seed=1)
    )
    diffusers_of(library, options=None).submit(wish(seed=-1))

    assert library.orders == [
        {
            "prompt": f"{PROMPT}, ink",
            "negative_prompt": "people",
            "steps": 1,
            "size": (1008, 64),
            "seed": 1,
        },
        {
            "prompt": PROMPT,
            "negative_prompt": None,
            "steps": 3,
            "size": (128, 96),
            "seed": 2**63 - 1,
        },
    ]


@given(side=st.integers(1, 4096))
def test_every_side_becomes_one_that_can_be_made(side: int) -> None:
    """A side is a multiple of sixteen, and no further from the one wanted than need be."""
    made = fit_side(side)

    assert made % STEP == 0
    assert abs(made - max(side, MIN_SIDE)) <= STEP // 2


@given(seed=st.integers(-(2**63), 2**63 - 1), count=st.integers(1, 10))
def test_every_seed_fits(seed: int, count: int) -> None:
    """Seeds are in the range that both torch and databases take, and all different."""
    seeds = build_seeds(wish(seed=seed, count=count), str)

    assert len(set(seeds)) == count
    assert all(0 <= one < 2**63 for one in seeds)
    assert seeds[0] == seed or seed < 0


def test_posts_without_a_seed_get_different_ones(library: Library) -> None:
    """The seed is made of an id that nobody else has."""
    generator = diffusers_of(library)

    seeds = {generator.submit(wish()).pictures[0].seed for _ in range(3)}

    assert len(seeds) == 3


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (RuntimeError("CUDA out of memory."), TransientError, "order smaller ones"),
        (ValueError("`prompt` has to be\n a str"), PermanentError, "ValueError: `prompt` has to"),
        (TypeError("missing image"), PermanentError, "change the post or its model"),
    ],
)
def test_a_pipeline_that_fails(
    library: Library, error: Exception, kind: type[PromptpressError], words: str
) -> None:
    """It sets the post aside, or is tried again; the next post finds the model in memory."""
    library.error = error
    generator = diffusers_of(library)

    said = refused_by(generator)
    library.error = None

    assert type(said) is kind
    assert words in str(said)
    assert generator.submit(wish()).pictures
    assert len(library.loads) == 1


def test_a_black_picture_is_a_refusal(library: Library) -> None:
    """The check of a model paints what it flags black: no such picture is handed over."""
    error = refused_by(diffusers_of(library), prompt=f"a {FLAGGED_WORD} fox", count=2)

    assert type(error) is ContentRefused


def test_what_is_not_flagged_is_kept(library: Library) -> None:
    """Of several pictures those that the model's check lets pass come, with their own seeds."""

    library.is_flagged = lambda prompt, seed: seed == 8

    made = diffusers_of(library).submit(wish(seed=7, count=3)).pictures

    assert [one.seed for one in made] == [7, 9]


@pytest.mark.parametrize("images", [None, [], [b"bytes"], "a film"])
def test_a_model_that_makes_something_else(library: Library, images: object) -> None:
    """Films, sounds and nothing at all are told from pictures."""
    library.pipeline = lambda _: Odd(library, images)

    error = refused_by(diffusers_of(library))

    assert type(error) is PermanentError
    assert "makes no pictures from text" in str(error)


class Odd(Pipeline):
    """Takes a prompt alone, knows no steps, and answers with anything."""

    def __init__(self, library: Library, images: object) -> None:
        super().__init__(library)
        self.images = images

    def __call__(self, prompt: str, generator: Any) -> SimpleNamespace:  # type: ignore[override]  # another one
        return SimpleNamespace(images=self.images)


def test_a_picture_that_takes_too_long_is_given_up(library: Library) -> None:
    """Between two steps the time is looked at; the model stays ready for the next."""
    library.on_step = lambda: time.sleep(0.05)
    hasty = diffusers_of(library, timeout=0.2, options={"num_inference_steps": 1_000})

    error = refused_by(hasty)
    library.on_step = lambda: None

    assert type(error) is TransientError
    assert "raise DEFAULT_GENERATION_TIMEOUT" in str(error)
    assert library.at_work == 0
    assert diffusers_of(library).submit(wish()).pictures


def test_what_is_done_in_time_is_kept(library: Library) -> None:
    """Of several pictures those come that were done when the time was over."""
    generator = diffusers_of(library, timeout=1.0, options=None)

    def slow_after_the_first() -> None:
        if len(library.orders) > 1:
            time.sleep(1.1)

    library.on_step = slow_after_the_first

    assert [one.seed for one in generator.submit(wish(seed=7, count=3)).pictures] == [7]


def test_one_picture_is_made_at_a_time(library: Library) -> None:
    """Posts side by side wait for their turn: two pictures may not fit into the memory."""
    library.on_step = lambda: time.sleep(0.01)
    generator = diffusers_of(library)
    done: list[int] = []
    threads = [
        threading.Thread(target=lambda: done.append(len(generator.submit(wish()).pictures)))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert done == [1] * 5
    assert library.most_at_work == 1
    assert len(library.loads) == 1


def test_nobody_waits_for_their_turn_for_ever(library: Library) -> None:
    """Who does not get it in time comes back later."""
    working, finished = threading.Event(), threading.Event()

    def hold() -> None:
        working.set()
        finished.wait(30)

    library.on_step = hold
    generator = diffusers_of(library, timeout=0.3, options={"num_inference_steps": 1})

    def submit_first() -> None:
        with suppress(TransientError):
            generator.submit(wish())

    first = threading.Thread(target=submit_first)
    first.start()
    working.wait(30)

    error = refused_by(generator)
    finished.set()
    first.join(30)

    assert type(error) is TransientError
    assert "others were before it" in str(error)


def test_there_are_no_jobs(library: Library) -> None:
    """Whatever is collected was never given."""
    with pytest.raises(PermanentError, match="retry the post"):
        diffusers_of(library).collect("abc")
