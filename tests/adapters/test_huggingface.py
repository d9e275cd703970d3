"""Hugging Face when all goes well: who is asked, with what, and what is kept of the answer."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from promptpress import imaging
from promptpress.errors import (
    ContentRefused,
    SetupError,
    TransientError,
)
from tests.adapters.calling import Echo
from tests.adapters.generating import AT_ONCE, BY_ADDRESS, PROMPT, finish, generator_of, wish
from tests.fakes.huggingface import MODEL, PROVIDER_IDS, TOKEN, HuggingFace
from tests.fakes.server import Answer, Fault


@pytest.fixture
def hub() -> Iterator[HuggingFace]:
    with HuggingFace() as stand_in:
        yield stand_in


@pytest.mark.parametrize("provider", AT_ONCE)
def test_a_picture_in_the_answer_is_kept_byte_by_byte(hub: HuggingFace, provider: str) -> None:
    """What the provider sent is what comes out, after one look-up and one order."""
    generation = generator_of(hub, provider=provider).submit(wish(seed=7))

    (made,) = generation.pictures
    assert hub.picture(PROMPT, 7) == made.content
    assert (made.model, made.seed, made.unsafe) == (MODEL, 7, False)
    assert hub.calls() == ["lookup", "generate"]


@pytest.mark.parametrize("provider", BY_ADDRESS)
def test_a_picture_elsewhere_is_first_a_job(hub: HuggingFace, provider: str) -> None:
    """Once it is paid for there is a job to keep, and only then is anything fetched."""
    generator = generator_of(hub, provider=provider)

    generation = generator.submit(wish(seed=7))

    assert generation.pictures == ()
    assert hub.calls() == ["lookup", "generate"]
    (made,) = finish(generator, generation)
    assert hub.picture(PROMPT, 7) == made.content
    assert (made.model, made.seed) == (MODEL, 7)
    assert hub.journal.accepted("generate") == [PROMPT]


def test_a_seed_that_the_provider_chose_is_kept(hub: HuggingFace) -> None:
    """A post without a seed learns the one that was used."""
    generator = generator_of(hub, provider="fal-ai")

    (made,) = finish(generator, generator.submit(wish()))

    assert made.seed == 0


def test_a_flagged_picture_is_kept_with_its_flag(hub: HuggingFace) -> None:
    """The service's own flag comes with the picture that it is about."""
    generator = generator_of(hub, provider="fal-ai")

    (made,) = finish(generator, generator.submit(wish("something nsfw")))

    assert made.unsafe
    with pytest.raises(ContentRefused):
        imaging.inspect(made.content)


ORDER = wish(seed=7, style="ink", negative_prompt="people")
BODIES: dict[str, dict[str, Any]] = {
    "hf-inference": {
        "inputs": f"{PROMPT}, ink",
        "parameters": {"width": 128, "height": 96, "seed": 7, "negative_prompt": "people"},
    },
    "fal-ai": {
        "prompt": f"{PROMPT}, ink",
        "image_size": {"width": 128, "height": 96},
        "seed": 7,
        "negative_prompt": "people",
    },
    "replicate": {
        "input": {
            "prompt": f"{PROMPT}, ink",
            "width": 128,
            "height": 96,
            "seed": 7,
            "negative_prompt": "people",
        }
    },
    "nscale": {
        "model": PROVIDER_IDS["nscale"],
        "prompt": f"{PROMPT}, ink",
        "size": "128x96",
        "response_format": "b64_json",
        "seed": 7,
        "negative_prompt": "people",
    },
}


@pytest.mark.parametrize(("provider", "body"), BODIES.items(), ids=BODIES.keys())
def test_everything_ordered_is_sent(hub: HuggingFace, provider: str, body: dict[str, Any]) -> None:
    """Size, seed, style and negative prompt reach each provider in its own words."""
    generator_of(hub, provider=provider).submit(ORDER)

    assert [body] == hub.orders


def test_nothing_open_is_sent(hub: HuggingFace) -> None:
    """What a request leaves open is left to the service."""
    generator_of(hub).submit(wish())

    assert hub.orders == [{"inputs": PROMPT, "parameters": {"width": 128, "height": 96}}]


def test_a_token_of_another_kind_goes_to_the_router_as_well() -> None:
    """A self-hosted router may have tokens of its own."""
    with HuggingFace(token="sk-mine") as hub:
        assert generator_of(hub).submit(wish()).pictures


def test_the_token_stays_with_its_host(hub: HuggingFace, echo: Echo) -> None:
    """Neither a redirected look-up nor a download takes the token to another host."""
    generator = generator_of(hub, provider="fal-ai")
    hub.fail("lookup", Fault("before", Answer(302, headers={"Location": f"{echo.url}/models"})))
    with pytest.raises(SetupError):
        generator.check()
    hub.fail("download", Fault("before", Answer(302, headers={"Location": f"{echo.url}/file"})))
    generator = generator_of(hub, provider="fal-ai")
    with pytest.raises(TransientError, match="a page in its place"):
        finish(generator, generator.submit(wish()))

    assert [request.path for request in echo.requests] == ["/models", "/file"]
    assert TOKEN not in repr(echo.requests)


def test_a_download_is_followed_to_another_host(hub: HuggingFace) -> None:
    """A store may send the fetcher on to where the bytes really lie."""
    with HuggingFace() as store:
        elsewhere = json.loads(generator_of(store, provider="fal-ai").submit(wish(seed=3)).job)
        generator = generator_of(hub, provider="fal-ai")
        onward = Answer(302, headers={"Location": elsewhere["url"]})
        hub.fail("download", Fault("before", onward))

        (made,) = finish(generator, generator.submit(wish(seed=7)))

    assert store.picture(PROMPT, 3) == made.content


def test_the_library_never_calls_home(hub: HuggingFace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own session and its look for agents stay unused."""

    def found_out(*_: object, **__: object) -> None:
        raise AssertionError("the library called home")

    monkeypatch.setattr("huggingface_hub.utils._headers.detect_agent", found_out)
    monkeypatch.setattr("huggingface_hub.utils._http.get_session", found_out)
    for provider in (*AT_ONCE, *BY_ADDRESS):
        generator = generator_of(hub, provider=provider)
        generator.check()

        assert finish(generator, generator.submit(wish()))


@pytest.mark.parametrize("name", ["_prepare_url", "_prepare_payload_as_dict"])
def test_a_changed_library_is_found_out_by_the_check(
    hub: HuggingFace, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A library without what is used of it is told in words, before an order."""
    from huggingface_hub.inference._providers.hf_inference import HFInferenceTask

    monkeypatch.setattr(HFInferenceTask, name, None)

    with pytest.raises(SetupError, match=r"constraints\.txt"):
        generator_of(hub).check()
