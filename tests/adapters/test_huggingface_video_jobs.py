"""Videos by Hugging Face after the order: a job outlives every trouble and pays for nothing new."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress import imaging
from promptpress.adapters.huggingface.video import HuggingFaceVideoGenerator
from promptpress.errors import (
    BadCredentials,
    BadPicture,
    ContentRefused,
    PermanentError,
    PromptpressError,
    RateLimited,
    TransientError,
)
from promptpress.ports import Generation
from tests.adapters.generating import (
    NOW,
    PROMPT,
    VIDEO_JOBS,
    finish,
    refused_video,
    video_generator_of,
    wish,
)
from tests.fakes.huggingface import VIDEO_MODEL, HuggingFace
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")
POLICY = Answer.json(
    {"detail": [{"loc": ["body", "prompt"], "msg": "no", "type": "content_policy_violation"}]}, 422
)


@pytest.fixture
def hub() -> Iterator[HuggingFace]:
    with HuggingFace(provider="fal-ai") as stand_in:
        yield stand_in


QUESTIONS: dict[str, tuple[Fault, type[PromptpressError]]] = {
    "bad token": (Fault("before", Answer(401)), BadCredentials),
    "no such job": (Fault("before", Answer(404)), PermanentError),
    "refused": (Fault("before", POLICY), ContentRefused),
    "odd": (Fault("before", Answer(400, b"no")), PermanentError),
    "throttled": (Fault("before", Answer(429, headers={"Retry-After": "3"})), RateLimited),
    "broken": (Fault("before", Answer(503)), TransientError),
    "page": (Fault("before", PAGE), TransientError),
    "words": (Fault("before", Answer(200, b"error code: 1015")), TransientError),
    "nothing": (Fault("before", Answer(200)), TransientError),
    "no answer": (Fault("before"), TransientError),
    "cut short": (Fault("before", cut_at=5), TransientError),
    "silent": (Fault("before", hang=True), TransientError),
}
PLACES = [("fal-ai", "result"), ("together", "poll")]


@pytest.mark.parametrize(("provider", "call"), PLACES)
@pytest.mark.parametrize(("fault", "kind"), QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_question_that_goes_wrong(
    hub: HuggingFace, provider: str, call: str, fault: Fault, kind: type[PromptpressError]
) -> None:
    """The job outlives whatever is not for good, and no other video is ordered."""
    patient = video_generator_of(hub, provider=provider)
    generation = patient.submit(wish(seed=7))
    if call == "result":
        assert patient.collect(generation.job) == generation
    hub.fail(call, fault)
    hasty = video_generator_of(hub, provider=provider, timeout=0.4 if fault.hang else 10)

    assert type(refused_video(hasty.collect, generation.job)) is kind
    (made,) = finish(patient, generation)
    assert made.content == hub.video(PROMPT, 7)
    assert hub.calls().count("generate") == 1


ENDS: dict[str, tuple[str, dict[str, Any], type[PromptpressError], str]] = {
    "fal-ai": (
        "fal-ai",
        {"status": "COMPLETED", "error": "out of memory", "error_type": "internal"},
        PermanentError,
        "no video was made (out of memory internal",
    ),
    "fal-ai refused": (
        "fal-ai",
        {"status": "COMPLETED", "error": "no", "error_type": "content_policy_violation"},
        ContentRefused,
        "change the prompt",
    ),
    "fal-ai error of an odd kind": (
        "fal-ai",
        {"status": "COMPLETED", "error": {"a": 1}},
        PermanentError,
        "gives no reason",
    ),
    "together": (
        "together",
        {"id": "j1", "status": "failed", "error": {"message": "out of memory"}},
        PermanentError,
        "out of memory",
    ),
    "together cancelled": (
        "together",
        {"id": "j1", "status": "cancelled", "error": None},
        PermanentError,
        "gives no reason",
    ),
    "together empty": (
        "together",
        {"id": "j1", "status": "completed", "outputs": None},
        PermanentError,
        "nothing made",
    ),
    "wavespeed": (
        "wavespeed",
        {"data": {"status": "failed", "error": "NSFW"}},
        ContentRefused,
        "NSFW",
    ),
    "wavespeed empty": (
        "wavespeed",
        {"data": {"status": "completed", "outputs": []}},
        PermanentError,
        "nothing made",
    ),
    "replicate": (
        "replicate",
        {"id": "j1", "status": "failed", "error": "out of memory"},
        PermanentError,
        "out of memory",
    ),
    "replicate aborted": (
        "replicate",
        {"id": "j1", "status": "aborted", "error": None},
        PermanentError,
        "gives no reason",
    ),
}


@pytest.mark.parametrize(("provider", "told", "kind", "words"), ENDS.values(), ids=ENDS.keys())
def test_a_job_that_fails(
    hub: HuggingFace,
    provider: str,
    told: dict[str, Any],
    kind: type[PromptpressError],
    words: str,
) -> None:
    """What the provider says about a job decides what becomes of the post."""
    hub.polls = 5
    generator = video_generator_of(hub, provider=provider)
    job = generator.submit(wish()).job
    hub.fail("poll", Fault("before", Answer.json(told)))

    error = refused_video(generator.collect, job)

    assert type(error) is kind
    assert words in str(error)


def test_a_video_that_is_refused_only_when_it_is_made(hub: HuggingFace) -> None:
    """fal-ai takes any prompt into its queue; its result says that it was refused."""
    generator = video_generator_of(hub)
    generation = generator.submit(wish("something nsfw"))
    assert generator.collect(generation.job) == generation

    assert type(refused_video(generator.collect, generation.job)) is ContentRefused


def test_an_order_that_is_wrong_only_when_it_is_made(hub: HuggingFace) -> None:
    """What the queue's model does not take is told with its words: retrying alone is no help."""
    generator = video_generator_of(hub)
    generation = generator.submit(wish())
    generator.collect(generation.job)
    wrong = {"detail": [{"loc": ["body"], "msg": "Input should be '16:9'", "type": "literal"}]}
    hub.fail("result", Fault("before", Answer.json(wrong, 422)))

    error = refused_video(generator.collect, generation.job)

    assert type(error) is PermanentError
    assert "no video was made (Input should be '16:9' literal): correct the post" in str(error)


def test_a_result_without_an_address(hub: HuggingFace) -> None:
    """A queue that is done with nothing has failed."""
    generator = video_generator_of(hub)
    generation = generator.submit(wish())
    generator.collect(generation.job)
    hub.fail("result", Fault("before", Answer.json({"video": {"url": None}})))

    assert type(refused_video(generator.collect, generation.job)) is PermanentError


DOWNLOADS: dict[str, tuple[Fault, type[PromptpressError]]] = {
    "gone": (Fault("before", Answer(404)), PermanentError),
    "expired": (Fault("before", Answer(403, b"<Error>AccessDenied</Error>")), PermanentError),
    "refused": (Fault("before", Answer(401)), PermanentError),
    "throttled": (Fault("before", Answer(429)), RateLimited),
    "broken": (Fault("before", Answer(500)), TransientError),
    "page": (Fault("before", PAGE), TransientError),
    "json": (Fault("before", Answer.json({"error": "x"})), TransientError),
    "nothing": (Fault("before", Answer(200)), TransientError),
    "no answer": (Fault("before"), TransientError),
    "cut": (Fault("before", cut_at=100), TransientError),
    "silent": (Fault("before", hang=True), TransientError),
    "dripping": (Fault("after", drip=0.1), TransientError),
}


@pytest.mark.parametrize(("fault", "kind"), DOWNLOADS.values(), ids=DOWNLOADS.keys())
def test_a_failed_download(hub: HuggingFace, fault: Fault, kind: type[PromptpressError]) -> None:
    """A download that fails is tried again with the same job, and never pays anew."""
    patient = video_generator_of(hub)
    generation = patient.submit(wish())
    assert patient.collect(generation.job) == generation
    hub.fail("download", fault)
    seconds = 0.5 if fault.hang or fault.drip else 10
    hasty = video_generator_of(hub, timeout=seconds)

    error = refused_video(hasty.collect, generation.job)

    assert type(error) is kind
    if kind is PermanentError:
        assert "retry the post, which pays for a new video" in str(error)
    assert finish(patient, generation)
    assert hub.calls().count("generate") == 1


def test_a_huge_video(hub: HuggingFace) -> None:
    """What is beyond the limit is not taken, and what is within it is whole."""
    hub.picture_bytes = 2_000_000
    generation = video_generator_of(hub).submit(wish())

    error = refused_video(finish, video_generator_of(hub, max_bytes=1_000_000), generation)
    assert type(error) is BadPicture
    assert "more than 1 MB came: order a smaller video" in str(error)
    (made,) = finish(video_generator_of(hub), generation)
    assert len(made.content) > 2_000_000


def test_a_video_cut_short_at_its_store_is_found_out_by_its_bytes(hub: HuggingFace) -> None:
    """A store that keeps half a video cannot be told from one that keeps it whole: imaging can."""
    generator = video_generator_of(hub, provider="novita")
    generation = generator.submit(wish())
    half = hub.video(PROMPT)[:900]
    hub.fail("download", Fault("before", Answer(200, half)))

    (made,) = generator.collect(generation.job).pictures
    with pytest.raises(BadPicture):
        imaging.inspect_video(made.content)


@given(job=st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_text_as_a_job_is_refused_in_words(job: str) -> None:
    """A job that somebody changed by hand is no accident."""
    generator = HuggingFaceVideoGenerator("hf_x", model=VIDEO_MODEL, clock=lambda: NOW)

    error = refused_video(generator.collect, job)

    assert type(error) is PermanentError
    assert "retry the post" in str(error)


@pytest.mark.parametrize(
    "change", [{"url": 5}, {"url": "file:///etc/passwd"}, {"provider": "zai-org"}, {"more": 1}]
)
def test_a_job_with_a_wrong_part_is_refused_in_words(change: dict[str, object]) -> None:
    """Nothing but a web address is fetched."""
    good = {"provider": "fal-ai", "model": VIDEO_MODEL, "url": "https://example.org/1.mp4"}
    generator = HuggingFaceVideoGenerator("hf_x", model=VIDEO_MODEL, clock=lambda: NOW)

    assert type(refused_video(generator.collect, json.dumps({**good, **change}))) is PermanentError


@pytest.mark.parametrize("provider", [*VIDEO_JOBS, "replicate"])
def test_a_vanished_job(provider: str) -> None:
    """What the provider no longer has is given up, and a person decides about a new one."""
    with HuggingFace(provider=provider, polls=2) as hub:
        job = video_generator_of(hub).submit(wish()).job
        lost = json.dumps({**json.loads(job), "poll": json.loads(job)["poll"].replace("j1", "j9")})

        error = refused_video(finish, video_generator_of(hub), Generation(job=lost))

    assert type(error) is PermanentError
    assert "no longer has its job" in str(error)
