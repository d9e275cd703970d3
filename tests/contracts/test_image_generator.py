"""What every ImageGenerator promises, whatever makes its pictures.

A new generator gets these tests by one line in GENERATORS, and where it has a service behind it,
one more in SERVICES.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import pytest

from promptpress.errors import OutcomeUnknown, PromptpressError, SetupError, TransientError
from promptpress.ports import ImageGenerator
from tests.adapters.generating import (
    AT_ONCE,
    BY_ADDRESS,
    automatic1111_of,
    comfyui_of,
    diffusers_of,
    finish,
    fusionbrain_of,
    generator_of,
    judge,
    leonardo_of,
    openai_of,
    stability_of,
    video_generator_of,
    wish,
)
from tests.adapters.tiny import TinyModel
from tests.fakes.automatic1111 import Automatic1111
from tests.fakes.comfyui import ComfyUI
from tests.fakes.diffusers import Library
from tests.fakes.fusionbrain import FusionBrain
from tests.fakes.huggingface import HuggingFace
from tests.fakes.leonardo import MODEL_V2, Leonardo
from tests.fakes.openai import OWN_MODEL, OpenAI
from tests.fakes.server import Fault
from tests.fakes.stability import Stability

Scene = Callable[[], AbstractContextManager[ImageGenerator]]


def _sketch() -> AbstractContextManager[ImageGenerator]:
    from promptpress.adapters.sketch import SketchGenerator

    return nullcontext(SketchGenerator())


@contextmanager
def _huggingface(provider: str) -> Iterator[ImageGenerator]:
    with HuggingFace(provider=provider) as hub:
        yield generator_of(hub)


@contextmanager
def _huggingface_offline() -> Iterator[ImageGenerator]:
    with HuggingFace() as hub:
        generator = generator_of(hub)
    yield generator


@contextmanager
def _huggingface_refusing() -> Iterator[ImageGenerator]:
    with HuggingFace() as hub:
        yield generator_of(hub, token="hf_of_nobody")


@contextmanager
def _huggingface_losing() -> Iterator[ImageGenerator]:
    with HuggingFace() as hub:
        hub.fail("generate", Fault("after"))
        yield generator_of(hub)


@contextmanager
def _ready(stand_in: Callable[..., Any], make: Callable[..., Any], **set_up: Any) -> Iterator[Any]:
    """Run a stand-in and give what `make` makes of it."""
    with stand_in(**set_up) as server:
        yield make(server)


def _in_trouble(
    stand_in: Callable[..., Any], make: Callable[..., Any], **wrong: Any
) -> tuple[Scene, Scene, Scene]:
    """Return the three scenes of a service; `wrong` is what it refuses us for."""

    @contextmanager
    def offline() -> Iterator[Any]:
        with stand_in() as server:
            generator = make(server)
        yield generator

    @contextmanager
    def losing() -> Iterator[Any]:
        with stand_in() as server:
            server.fail("generate", Fault("after"))
            yield make(server)

    return offline, partial(_ready, stand_in, partial(make, **wrong)), losing


GENERATORS: dict[str, Scene] = {
    "sketch": _sketch,
    "fusionbrain": partial(_ready, FusionBrain, fusionbrain_of),
    "fusionbrain of old": partial(_ready, FusionBrain, fusionbrain_of, form="text2image"),
    "leonardo": partial(_ready, Leonardo, leonardo_of),
    "leonardo v2": partial(_ready, Leonardo, leonardo_of, model=MODEL_V2),
    "stability": partial(_ready, Stability, stability_of),
    "comfyui": partial(_ready, ComfyUI, comfyui_of),
    "diffusers": partial(_ready, Library, diffusers_of),
    "diffusers for real": partial(_ready, TinyModel, diffusers_of),
    "automatic1111": partial(_ready, Automatic1111, automatic1111_of),
    "openai": partial(_ready, OpenAI, openai_of),
    "openai at home": partial(_ready, OpenAI, openai_of, key="", model=OWN_MODEL, answers="url"),
    **{
        f"huggingface by {provider}": partial(_huggingface, provider)
        for provider in (*AT_ONCE, *BY_ADDRESS)
    },
    **{
        f"huggingface_video by {provider}": partial(
            _ready, partial(HuggingFace, provider=provider), video_generator_of
        )
        for provider in ("fal-ai", "novita", "together")
    },
}
"""Every generator, ready to work."""
SERVICES: dict[str, tuple[Scene, Scene, Scene]] = {
    "fusionbrain": _in_trouble(FusionBrain, fusionbrain_of, key="fb-of-nobody"),
    "comfyui": _in_trouble(partial(ComfyUI, keeps_numbers=False), comfyui_of, model="unknown"),
    "automatic1111": _in_trouble(Automatic1111, automatic1111_of, model="unknown"),
    "leonardo": _in_trouble(Leonardo, leonardo_of, key="00000000-0000-4000-8000-000000000000"),
    "stability": _in_trouble(Stability, stability_of, key="sk-of-nobody"),
    "openai": _in_trouble(OpenAI, openai_of, key="sk-of-nobody"),
    "huggingface": (_huggingface_offline, _huggingface_refusing, _huggingface_losing),
    "huggingface_video": _in_trouble(
        partial(HuggingFace, provider="novita"), video_generator_of, token="hf_of_nobody"
    ),
}
"""Those with a service behind them: it is gone, it refuses us, the answer to an order is lost."""
SEEDLESS = ("fusionbrain", "openai")
"""Those whose service takes no seed, or only with some of its models; then they tell none."""
PROMPTS = {
    "emoji": "🦊🌊✨",
    "right to left": "מגדלור עם שחר",
    "markup": "<b>a fox</b> & {curly} \"quoted\" \\n 'single'",
    "half a surrogate pair": "a fox \ud83e in snow",
    "several lines": "a fox\n\tin snow",
    "very long": "a fox in snow, " * 600,
}


@pytest.fixture(params=list(GENERATORS.values()), ids=list(GENERATORS))
def generator(request: pytest.FixtureRequest) -> Iterator[ImageGenerator]:
    with request.param() as ready:
        yield ready


def test_its_name_is_a_word(generator: ImageGenerator) -> None:
    """Settings and audit can call it by its name."""
    assert re.fullmatch(r"[a-z][a-z0-9_]*", generator.name)


def test_it_works(generator: ImageGenerator) -> None:
    """A generator that is set up right passes its own check."""
    generator.check()


def test_it_makes_whole_pictures(generator: ImageGenerator) -> None:
    """What comes back decodes to the last pixel and is not blank."""
    for made in finish(generator, generator.submit(wish())):
        looked_at = judge(made.content)

        assert made.content == looked_at.content


@pytest.mark.parametrize("count", [1, 3])
def test_it_makes_no_more_than_asked(generator: ImageGenerator, count: int) -> None:
    """There is at least one picture, and there are not more than asked for."""
    made = finish(generator, generator.submit(wish(count=count)))

    assert 1 <= len(made) <= count


def test_it_tells_what_made_a_picture(generator: ImageGenerator) -> None:
    """A picture carries the model, the seed that was asked for, and the kind of its source."""
    first, *_ = finish(generator, generator.submit(wish(seed=7)))

    assert first.model
    assert first.seed == 7 or (first.seed is None and generator.name in SEEDLESS)
    assert first.source in ("trainedAlgorithmicMedia", "algorithmicMedia")
    assert not first.unsafe


def test_another_prompt_is_another_picture(generator: ImageGenerator) -> None:
    """Two prompts with the same seed do not give the same bytes."""
    fox, *_ = finish(generator, generator.submit(wish("a fox in snow", seed=7)))
    lake, *_ = finish(generator, generator.submit(wish("a lake at dusk", seed=7)))

    assert fox.content != lake.content


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS.keys())
def test_it_takes_any_prompt(generator: ImageGenerator, prompt: str) -> None:
    """Whatever people write can be ordered."""
    for made in finish(generator, generator.submit(wish(prompt))):
        judge(made.content)


def test_collecting_again_is_harmless(generator: ImageGenerator) -> None:
    """A job may be collected any number of times and always gives the same pictures."""
    generation = generator.submit(wish())
    if generation.pictures:
        return
    made = finish(generator, generation)

    assert made == finish(generator, generation)


@pytest.mark.parametrize("job", ["", "no such job", "{}", "[1]", "null", "é\ud800"])
def test_an_unknown_job_is_an_error_of_ours(generator: ImageGenerator, job: str) -> None:
    """A job that it never gave is refused in words, not by an accident."""
    with pytest.raises(PromptpressError, match=generator.name):
        generator.collect(job)


@pytest.mark.parametrize("scenes", SERVICES.values(), ids=SERVICES.keys())
def test_its_check_tells_offline_from_refused(scenes: tuple[Scene, Scene, Scene]) -> None:
    """A service that does not answer comes back later; one that refuses needs a person."""
    offline, refusing, _ = scenes

    with offline() as generator, pytest.raises(TransientError):
        generator.check()
    with refusing() as generator, pytest.raises(SetupError):
        generator.check()


@pytest.mark.parametrize("scenes", SERVICES.values(), ids=SERVICES.keys())
def test_an_order_tells_offline_from_refused(scenes: tuple[Scene, Scene, Scene]) -> None:
    """An order to a service that is gone, or refuses, was surely not paid for."""
    offline, refusing, _ = scenes

    with offline() as generator, pytest.raises(TransientError):
        generator.submit(wish())
    with refusing() as generator, pytest.raises(SetupError):
        generator.submit(wish())


@pytest.mark.parametrize("scenes", SERVICES.values(), ids=SERVICES.keys())
def test_a_lost_answer_is_never_hidden(scenes: tuple[Scene, Scene, Scene]) -> None:
    """When the answer to an order is lost, it says that nobody can know."""
    with scenes[2]() as generator, pytest.raises(OutcomeUnknown):
        generator.submit(wish())
