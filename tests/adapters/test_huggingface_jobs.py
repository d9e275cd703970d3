"""Hugging Face's jobs: a picture that is paid for is asked for and fetched, never bought again."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.huggingface import HuggingFaceGenerator
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
from tests.adapters.generating import BY_ADDRESS, NOW, PROMPT, finish, generator_of, wish
from tests.fakes.huggingface import MODEL, TOKEN, HuggingFace
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")


@pytest.fixture
def hub() -> Iterator[HuggingFace]:
    with HuggingFace(provider="fal-ai") as stand_in:
        yield stand_in


@pytest.mark.parametrize("provider", BY_ADDRESS)
def test_a_job_outlives_its_generator(hub: HuggingFace, provider: str) -> None:
    """The job's text is all that another run needs to fetch the picture."""
    job = generator_of(hub, provider=provider).submit(wish(seed=7)).job

    (made,) = finish(generator_of(hub, provider="auto"), Generation(job=job))

    assert hub.picture(PROMPT, 7) == made.content
    assert TOKEN not in job
    assert job.isprintable()


@pytest.mark.parametrize("provider", ["replicate", "wavespeed", "zai-org"])
def test_a_slow_job_is_asked_for_once_per_call(hub: HuggingFace, provider: str) -> None:
    """A provider that is never done does not hold a call: each one asks once and returns."""
    hub.polls = 1_000_000
    generator = generator_of(hub, provider=provider)
    generation = generator.submit(wish())

    for _ in range(3):
        assert generation == generator.collect(generation.job)

    assert hub.calls().count("poll") == 3


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
    "odd": (
        Fault("before", Answer(302, headers={"Location": "ftp://example.org/1.png"})),
        PermanentError,
    ),
}


@pytest.mark.parametrize("provider", ["fal-ai", "zai-org"])
@pytest.mark.parametrize(("fault", "kind"), DOWNLOADS.values(), ids=DOWNLOADS.keys())
def test_a_failed_download(
    hub: HuggingFace, provider: str, fault: Fault, kind: type[PromptpressError]
) -> None:
    """A download that fails is tried again with the same job, and never pays anew."""
    patient = generator_of(hub, provider=provider)
    generation = patient.submit(wish())
    if provider == "zai-org":
        assert patient.collect(generation.job) == generation
    hub.fail("download", fault)
    seconds = 0.5 if fault.hang or fault.drip else 10

    with pytest.raises(PromptpressError) as caught:
        generator_of(hub, provider=provider, timeout=seconds).collect(generation.job)

    assert type(caught.value) is kind
    assert finish(patient, generation)
    assert len(hub.journal.accepted("generate")) == 1


def test_a_huge_download(hub: HuggingFace) -> None:
    """What is beyond 64 MB is not taken."""
    generator = generator_of(hub, timeout=60)
    generation = generator.submit(wish())
    hub.fail("download", Fault("before", Answer(200, b"\xff\xd8\xff" + bytes(65_000_000))))

    with pytest.raises(BadPicture, match="64 MB"):
        generator.collect(generation.job)


def test_a_download_that_goes_round_in_circles(hub: HuggingFace) -> None:
    """A few redirects are followed, not all of them."""
    generator = generator_of(hub)
    generation = generator.submit(wish())
    hub.fail("download", Fault("before", Answer(302, headers={"Location": "?again"})), times=99)

    with pytest.raises(PermanentError, match="status 302"):
        generator.collect(generation.job)

    assert hub.calls().count("download") < 10


POLLS: dict[str, tuple[Answer, type[PromptpressError]]] = {
    "bad token": (Answer(401), BadCredentials),
    "no such job": (Answer(404), PermanentError),
    "throttled": (Answer(429, headers={"Retry-After": "3"}), RateLimited),
    "broken": (Answer(503), TransientError),
    "failed": (
        Answer.json({"status": "failed", "error": "out of memory", "task_status": "FAIL",
                     "data": {"status": "failed", "error": "out of memory"}}),
        PermanentError,
    ),
    "empty": (
        Answer.json({"status": "succeeded", "task_status": "SUCCESS",
                     "data": {"status": "completed", "outputs": []}}),
        PermanentError,
    ),
    "refused": (
        Answer.json({"status": "failed", "error": "NSFW", "task_status": "FAIL",
                     "data": {"status": "failed", "error": "NSFW"}}),
        ContentRefused,
    ),
}  # fmt: skip


@pytest.mark.parametrize("provider", ["replicate", "wavespeed"])
@pytest.mark.parametrize(("answer", "kind"), POLLS.values(), ids=POLLS.keys())
def test_a_job_that_fails(
    hub: HuggingFace, provider: str, answer: Answer, kind: type[PromptpressError]
) -> None:
    """What the provider says about a job decides whether it is asked again."""
    hub.polls = 5
    generator = generator_of(hub, provider=provider)
    generation = generator.submit(wish())
    hub.fail("poll", Fault("before", answer))

    with pytest.raises(PromptpressError) as caught:
        generator.collect(generation.job)

    assert type(caught.value) is kind


@pytest.mark.parametrize("fault", [Fault("before"), Fault("before", hang=True)])
def test_a_job_that_cannot_be_asked_for(hub: HuggingFace, fault: Fault) -> None:
    """A question without an answer is asked again; the job stays good."""
    hub.polls = 5
    job = generator_of(hub, provider="zai-org").submit(wish()).job
    hub.fail("poll", fault)

    with pytest.raises(TransientError):
        generator_of(hub, provider="zai-org", timeout=0.5).collect(job)


@given(job=st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_text_as_a_job_is_refused_in_words(job: str) -> None:
    """A job that somebody changed by hand is no accident."""
    generator = HuggingFaceGenerator("hf_x", model=MODEL, clock=lambda: NOW)

    with pytest.raises(PermanentError, match="retry the post"):
        generator.collect(job)


@pytest.mark.parametrize(
    "change", [{"url": 5}, {"url": "file:///etc/passwd"}, {"provider": "x"}, {"more": 1}]
)
def test_a_job_with_a_wrong_part_is_refused_in_words(change: dict[str, object]) -> None:
    """Nothing but a web address is fetched."""
    good = {"provider": "fal-ai", "model": MODEL, "url": "https://example.org/1.png"}
    generator = HuggingFaceGenerator("hf_x", model=MODEL, clock=lambda: NOW)

    with pytest.raises(PermanentError, match="retry the post"):
        generator.collect(json.dumps({**good, **change}))
