"""Videos by Hugging Face when all goes well: who is asked, with what, and what comes of a job."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from promptpress import imaging
from promptpress.errors import PermanentError, SetupError, TransientError
from promptpress.ports import Generation
from tests.adapters.calling import Echo
from tests.adapters.generating import (
    PROMPT,
    VIDEO_JOBS,
    VIDEO_PROVIDERS,
    finish,
    generator_of,
    video_generator_of,
    wish,
)
from tests.fakes.huggingface import TOKEN, VIDEO_IDS, VIDEO_MODEL, HuggingFace, entry
from tests.fakes.server import Answer, Fault


@pytest.fixture
def hub() -> Iterator[HuggingFace]:
    with HuggingFace(provider="fal-ai") as stand_in:
        yield stand_in


@pytest.mark.parametrize("provider", VIDEO_PROVIDERS)
def test_a_video_is_first_a_job(hub: HuggingFace, provider: str) -> None:
    """Once it is paid for there is a job to keep; what the store sent is what comes out."""
    generator = video_generator_of(hub, provider=provider)

    generation = generator.submit(wish(seed=7))

    assert generation.pictures == ()
    assert hub.calls() == ["lookup", "generate"]
    (made,) = finish(generator, generation)
    assert made.content == hub.video(PROMPT, 7)
    assert (made.model, made.seed, made.unsafe) == (VIDEO_MODEL, 7, False)
    assert hub.journal.accepted("generate") == [PROMPT]
    assert imaging.inspect_video(made.content).content


@pytest.mark.parametrize("polls", [1, 3])
@pytest.mark.parametrize("provider", VIDEO_PROVIDERS)
def test_a_job_outlives_its_generator(provider: str, polls: int) -> None:
    """The job's text is all that another run needs: it holds no host, and no secret."""
    with HuggingFace(provider=provider, polls=polls) as hub:
        job = video_generator_of(hub).submit(wish(seed=7)).job

        (made,) = finish(video_generator_of(hub, provider="auto"), Generation(job=job))

        assert made.content == hub.video(PROMPT, 7)
        assert hub.journal.accepted("generate") == [PROMPT]
    assert TOKEN not in job
    assert job.isprintable()
    if provider in VIDEO_JOBS:
        assert "http" not in job


@pytest.mark.parametrize("provider", [*VIDEO_JOBS, "replicate"])
def test_a_slow_job_is_asked_for_once_per_call(hub: HuggingFace, provider: str) -> None:
    """A provider that is never done does not hold a call: each one asks once and returns."""
    hub.polls = 1_000_000
    generator = video_generator_of(hub, provider=provider)
    generation = generator.submit(wish())

    for _ in range(3):
        assert generation == generator.collect(generation.job)

    assert hub.calls() == ["lookup", "generate", "poll", "poll", "poll"]


def test_a_place_in_the_queue_is_asked_for_its_state_and_then_its_result(hub: HuggingFace) -> None:
    """The state says only that it is done; the result, asked for in the same call, says where."""
    generator = video_generator_of(hub)
    generation = generator.submit(wish())

    finish(generator, generation)

    assert hub.calls()[2:] == ["poll", "poll", "result", "download"]
    assert json.loads(generation.job)["poll"] == ("/fal-ai/wan/requests/j1/status?_subdomain=queue")


def test_a_result_that_is_late_is_asked_for_again(hub: HuggingFace) -> None:
    """A queue that says the state once more in the result's place is not done yet."""
    generator = video_generator_of(hub)
    generation = generator.submit(wish())
    assert generator.collect(generation.job) == generation
    hub.fail("result", Fault("before", Answer.json({"status": "IN_PROGRESS"}, 202)))

    assert generator.collect(generation.job) == generation
    assert finish(generator, generation)


def test_one_video_is_ordered_whatever_the_count(hub: HuggingFace) -> None:
    """Videos cost much: a post that asks for three gets one."""
    generator = video_generator_of(hub)

    assert len(finish(generator, generator.submit(wish(count=3)))) == 1
    assert hub.journal.accepted("generate") == [PROMPT]


def test_a_seed_that_the_provider_chose_is_kept(hub: HuggingFace) -> None:
    """A post without a seed learns the one that was used."""
    generator = video_generator_of(hub)

    (made,) = finish(generator, generator.submit(wish()))

    assert made.seed == 0


def test_a_flag_of_the_provider_is_kept(hub: HuggingFace) -> None:
    """The service's own flag comes with the video that it is about."""
    generator = video_generator_of(hub)
    generation = generator.submit(wish())
    generator.collect(generation.job)
    video = {"url": f"{hub.url}/files/j1.mp4"}
    said = Answer.json({"video": video, "has_nsfw_concepts": [True]})
    hub.fail("result", Fault("before", said))

    (made,) = generator.collect(generation.job).pictures

    assert made.unsafe


SAID = {"prompt": f"{PROMPT}, ink", "seed": 7, "negative_prompt": "people"}
BODIES: dict[str, dict[str, Any]] = {
    "fal-ai": {**SAID, "aspect_ratio": "16:9"},
    "novita": SAID,
    "replicate": {"input": SAID},
    "together": {**SAID, "model": VIDEO_IDS["together"]},
    "wavespeed": SAID,
}


@pytest.mark.parametrize(("provider", "body"), BODIES.items(), ids=BODIES.keys())
def test_everything_ordered_is_sent(hub: HuggingFace, provider: str, body: dict[str, Any]) -> None:
    """Seed, style and negative prompt reach each provider; of the size only what all take."""
    order = wish(seed=7, style="ink", negative_prompt="people")

    video_generator_of(hub, provider=provider).submit(order)

    assert hub.orders == [body]


@pytest.mark.parametrize(
    ("size", "shape"), [((1080, 1920), "9:16"), ((1920, 1080), "16:9"), ((1080, 1080), None)]
)
def test_a_standing_video_is_ordered_standing(
    hub: HuggingFace, size: tuple[int, int], shape: str | None
) -> None:
    """The queue is told how the video stands; a square one is left to the model."""
    video_generator_of(hub).submit(wish(width=size[0], height=size[1]))

    assert hub.orders[0].get("aspect_ratio") == shape


def test_a_lora_is_named_to_its_provider(hub: HuggingFace) -> None:
    """A model that is only weights over another is loaded from the Hub by fal-ai."""
    about = {**entry(VIDEO_IDS["fal-ai"], task="text-to-video"), "adapterWeightsPath": "x.bin"}
    hub.models["me/ink"] = {"inferenceProviderMapping": {"fal-ai": about}}

    video_generator_of(hub).submit(wish(model="me/ink"))

    (lora,) = hub.orders[0]["loras"]
    assert lora["path"].endswith("/me/ink/resolve/main/x.bin")


def test_auto_takes_the_first_live_provider_of_videos(hub: HuggingFace) -> None:
    """Those that fail, or make something else of the same model, are passed over."""
    hub.models[VIDEO_MODEL]["inferenceProviderMapping"] = {
        "fal-ai": entry("x", "error", "text-to-video"),
        "replicate": entry("x", task="text-to-image"),
        "zai-org": entry("x", task="text-to-video"),
        "together": entry(VIDEO_IDS["together"], task="text-to-video"),
    }

    video_generator_of(hub, provider="auto").submit(wish())

    assert hub.orders[0]["model"] == VIDEO_IDS["together"]


@pytest.mark.parametrize("provider", ["hf-inference", "nscale", "zai-org", "", "Fal-AI"])
def test_a_provider_without_videos_is_told_with_those_that_have_them(
    hub: HuggingFace, provider: str
) -> None:
    """The message lists every provider that could be set; nothing is asked for that."""
    listed = "auto, fal-ai, novita, replicate, together, wavespeed"
    for act in ("check", "submit"):
        generator = video_generator_of(hub, provider=provider)
        with pytest.raises(SetupError, match=f"no videos .* HF_VIDEO_PROVIDER to one of {listed}"):
            generator.check() if act == "check" else generator.submit(wish())

    assert hub.calls() == []


def test_a_model_of_pictures_makes_no_videos(hub: HuggingFace) -> None:
    """The message names the setting, and who would make videos: nobody."""
    generator = video_generator_of(hub, model="black-forest-labs/FLUX.1-schnell")

    with pytest.raises(SetupError, match=r"videos with .*: none: change HF_VIDEO_MODEL or HF_VID"):
        generator.check()


@pytest.mark.parametrize("provider", VIDEO_PROVIDERS)
def test_its_check_costs_nothing(hub: HuggingFace, provider: str) -> None:
    """Token, model, router and library are looked at, and nothing is ordered."""
    generator = video_generator_of(hub, provider=provider)

    generator.check()

    assert generator.name == "huggingface_video"
    assert hub.calls() == ["whoami", "lookup", "reach"]


def test_the_token_stays_with_its_host(hub: HuggingFace, echo: Echo) -> None:
    """Neither the store of the videos nor where it sends us is shown the token."""
    generator = video_generator_of(hub)
    generation = generator.submit(wish())
    generator.collect(generation.job)
    elsewhere = {"video": {"url": f"{echo.url}/1.mp4"}}
    hub.fail("result", Fault("before", Answer.json(elsewhere)))

    with pytest.raises(TransientError, match="a page in its place"):
        generator.collect(generation.job)
    assert [request.path for request in echo.requests] == ["/1.mp4"]
    assert TOKEN not in repr(echo.requests)


def test_a_queue_at_another_host_is_asked_at_the_router(hub: HuggingFace, echo: Echo) -> None:
    """Of the addresses in an answer only the path is kept: the token goes to the router alone."""
    place = {"request_id": "j1", "response_url": f"{echo.url}/fal-ai/wan/requests/j1"}
    hub.fail("generate", Fault("after", Answer.json(place)))
    generator = video_generator_of(hub)

    (made,) = finish(generator, generator.submit(wish(seed=7)))

    assert made.content == hub.video(PROMPT, 7)
    assert echo.requests == []


def test_the_library_never_polls_nor_calls_home(
    hub: HuggingFace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's own session, with its polling without end, stays unused."""

    def found_out(*_: object, **__: object) -> None:
        raise AssertionError("the library asked by itself")

    for module in ("fal_ai", "novita", "replicate", "together", "wavespeed"):
        monkeypatch.setattr(f"huggingface_hub.inference._providers.{module}.get_session", found_out)
    monkeypatch.setattr("huggingface_hub.utils._headers.detect_agent", found_out)
    for provider in VIDEO_PROVIDERS:
        generator = video_generator_of(hub, provider=provider)
        generator.check()

        assert finish(generator, generator.submit(wish()))


def test_a_changed_library_is_found_out_by_the_check(
    hub: HuggingFace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library without what is used of it is told in words, before an order."""
    from huggingface_hub.inference._providers.fal_ai import FalAITextToVideoTask

    monkeypatch.setattr(FalAITextToVideoTask, "_prepare_payload_as_dict", None)

    with pytest.raises(SetupError, match=r"constraints\.txt"):
        video_generator_of(hub).check()


def test_the_generator_of_pictures_does_not_take_its_jobs(hub: HuggingFace) -> None:
    """A job of a provider without pictures is none of the other generator's."""
    job = video_generator_of(hub, provider="novita").submit(wish()).job

    with pytest.raises(PermanentError, match="none of ours"):
        generator_of(hub).collect(job)
