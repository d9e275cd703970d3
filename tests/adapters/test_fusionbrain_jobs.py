"""Fusion Brain's jobs: how one ends is told once, so it is asked for with care."""

import base64
import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress import imaging
from promptpress.adapters.fusionbrain import FusionBrainGenerator
from promptpress.adapters.fusionbrain._answers import MAX_PICTURE, Progress
from promptpress.adapters.fusionbrain._jobs import MAX_KEPT, Ended, Job
from promptpress.errors import (
    BadPicture,
    ContentRefused,
    PermanentError,
    PromptpressError,
)
from promptpress.ports import Generation
from tests.adapters.generating import NOW, PROMPT, finish, fusionbrain_of, wish
from tests.fakes.fusionbrain import (
    FAILING_WORD,
    KEY,
    LABEL,
    REFUSED_WORD,
    SECRET,
    Form,
    FusionBrain,
)
from tests.fakes.huggingface import draw
from tests.fakes.server import Answer, Fault

FORMS: tuple[Form, ...] = ("pipeline", "text2image")
GOOD = draw("a fox", 1, 64)


def encode(content: bytes) -> str:
    return base64.b64encode(content).decode()


def done(**parts: Any) -> Answer:
    return Answer.json({"uuid": "x", "status": "DONE", **parts})


@pytest.fixture(params=FORMS)
def service(request: pytest.FixtureRequest) -> Iterator[FusionBrain]:
    with FusionBrain(form=request.param, polls=0) as stand_in:
        yield stand_in


def refused_by(service: FusionBrain, prompt: str = PROMPT, **changes: Any) -> PromptpressError:
    """Order a picture, ask for it, and return the error; it must show no secret."""
    job = fusionbrain_of(service).submit(wish(prompt)).job
    with pytest.raises(PromptpressError) as caught:
        fusionbrain_of(service, **changes).collect(job)
    shown = f"{caught.value!r} {pickle.dumps(caught.value)!r}"
    assert KEY not in shown
    assert SECRET not in shown
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


def test_a_job_outlives_its_generator(service: FusionBrain) -> None:
    """The job's text is all that another run needs, in whichever form of the API."""
    job = fusionbrain_of(service).submit(wish()).job

    (made,) = finish(fusionbrain_of(service), Generation(job=job))

    assert (made.content, made.model) == (service.picture(PROMPT), LABEL)
    assert service.calls().count("generate") == 1
    assert KEY not in job
    assert SECRET not in job
    assert job.isprintable()


def test_a_slow_job_is_asked_for_once_per_call(service: FusionBrain) -> None:
    """A job that is never done does not hold a call: each one asks once and names the wait."""
    service.polls = 1_000_000
    generator = fusionbrain_of(service, interval=4.0)
    generation = generator.submit(wish())

    assert generation.wait == 4.0
    for _ in range(3):
        assert generator.collect(generation.job) == generation
    assert service.calls().count("poll") == 3


@pytest.mark.parametrize("status", ["INITIAL", "PROCESSING", "QUEUED", "SUSPENDED", ""])
def test_an_unknown_status_is_a_wait(service: FusionBrain, status: str) -> None:
    """A word that nobody knows yet does not lose the picture."""
    generator = fusionbrain_of(service)
    generation = generator.submit(wish())
    service.fail("poll", Fault("before", Answer.json({"uuid": "x", "status": status})))

    assert generator.collect(generation.job) == generation
    assert finish(generator, generation)


def test_a_picture_with_an_unknown_status_is_taken(service: FusionBrain) -> None:
    """It would not come a second time."""
    generator = fusionbrain_of(service)
    answer = Answer.json({"status": "COMPLETED", "result": {"files": [encode(GOOD)]}})
    service.fail("poll", Fault("before", answer))

    (made,) = generator.collect(generator.submit(wish()).job).pictures

    assert made.content == GOOD


def test_in_one_process_a_picture_can_be_collected_again(service: FusionBrain) -> None:
    """The service hands it out once, the generator as often as asked."""
    generator = fusionbrain_of(service)
    job = generator.submit(wish()).job

    assert generator.collect(job) == generator.collect(job)
    assert service.calls().count("poll") == 1
    with pytest.raises(PermanentError, match="hands it out once"):
        fusionbrain_of(service).collect(job)


def test_a_censored_job_is_refused_and_its_placeholder_not_published(service: FusionBrain) -> None:
    """It counts as done and carries a picture, which is not what was ordered."""
    generator = fusionbrain_of(service)
    job = generator.submit(wish(f"something {REFUSED_WORD}")).job

    for _ in range(2):
        with pytest.raises(ContentRefused, match="change the prompt"):
            generator.collect(job)


ENDS: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "censored inside": (
        done(result={"files": [encode(GOOD)], "censored": True}),
        ContentRefused,
        "censored",
    ),
    "censored outside": (
        done(censored=True, result={"files": [encode(GOOD)]}),
        ContentRefused,
        "censored",
    ),
    "censored in words": (done(censored="true", images=[encode(GOOD)]), ContentRefused, "censored"),
    "censored and failed": (
        Answer.json({"status": "FAIL", "censored": True}),
        ContentRefused,
        "censored",
    ),
    "failed for its words": (
        Answer.json({"status": "FAIL", "errorDescription": "Censored by policy"}),
        ContentRefused,
        "Censored by policy",
    ),
    "failed": (
        Answer.json({"status": "FAIL", "errorDescription": "out of memory"}),
        PermanentError,
        "out of memory",
    ),
    "failed in silence": (Answer.json({"status": "FAIL"}), PermanentError, "no reason"),
    "failed in small letters": (Answer.json({"status": "fail"}), PermanentError, "no reason"),
    "failed with our keys": (
        Answer.json({"status": "FAIL", "errorDescription": f"{KEY} {SECRET}"}),
        PermanentError,
        "*** ***",
    ),
    "no files": (done(result={"files": []}), BadPicture, "no picture"),
    "no result": (done(result=None), BadPicture, "no picture"),
    "a page": (done(images=[encode(b"<html>" * 9)]), BadPicture, "something else"),
    "JSON": (done(images=[encode(b'{"error": 1}')]), BadPicture, "something else"),
    "an address": (done(images=["https://example.org/1.png"]), BadPicture, "something else"),
    "no base64": (done(images=["?"]), BadPicture, "something else"),
    "no text": (done(images=[None]), BadPicture, "something else"),
}


@pytest.mark.parametrize(("answer", "kind", "words"), ENDS.values(), ids=ENDS.keys())
def test_a_job_that_ends_without_a_picture(
    service: FusionBrain, answer: Answer, kind: type[PromptpressError], words: str
) -> None:
    """What the service says of the end decides, and the post is set aside."""
    service.fail("poll", Fault("before", answer))

    error = refused_by(service)

    assert type(error) is kind
    assert words in str(error)


def test_a_failed_job_tells_its_reason(service: FusionBrain) -> None:
    """The service's own words are kept."""
    error = refused_by(service, f"an {FAILING_WORD} fox")

    assert type(error) is PermanentError
    assert "out of memory" in str(error)


def test_a_picture_cut_short_is_handed_on(service: FusionBrain) -> None:
    """Whether it is whole is found by who looks at it; the bytes are as they came."""
    generator = fusionbrain_of(service)
    service.fail("poll", Fault("before", done(images=[encode(GOOD[:-30])])))

    (made,) = generator.collect(generator.submit(wish()).job).pictures

    assert made.content == GOOD[:-30]
    with pytest.raises(BadPicture):
        imaging.inspect(made.content)


def test_a_huge_picture(service: FusionBrain) -> None:
    """One of 60 MB is not taken, and what is larger is not even read."""
    head = b"\xff\xd8\xff"
    for size in (MAX_PICTURE, MAX_PICTURE + 6_000_000):
        service.fail("poll", Fault("before", done(images=[encode(head + bytes(size - 3))])))
        error = refused_by(service, timeout=60.0)

        assert type(error) is BadPicture
        assert "60 MB" in str(error)


@pytest.mark.parametrize("kind", ["text/html", "", "image/jpeg"])
def test_a_wrong_content_type_does_no_harm(service: FusionBrain, kind: str) -> None:
    """What counts is what the bytes are."""
    generator = fusionbrain_of(service)
    answer = Answer(200, done(images=[encode(GOOD)]).body, {"Content-Type": kind})
    service.fail("poll", Fault("before", answer))

    assert generator.collect(generator.submit(wish()).job).pictures


def test_what_is_remembered_has_a_limit() -> None:
    """The oldest is forgotten first; the newest is always there, however large."""
    ended = Ended()
    jobs = [Job(uuid=str(number), api="pipeline", model="m") for number in range(5)]
    for job in jobs:
        ended.keep(job, Progress(status="DONE", picture=bytes(MAX_KEPT // 3)))

    assert [ended.find(job) is not None for job in jobs] == [False, False, True, True, True]
    ended.keep(jobs[0], Progress(status="DONE", picture=bytes(MAX_KEPT + 1)))
    assert [ended.find(job) is not None for job in jobs] == [True, False, False, False, False]


@given(job=st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_text_as_a_job_is_refused_in_words(job: str) -> None:
    """A job that somebody changed by hand is no accident."""
    generator = FusionBrainGenerator("key", "secret", clock=lambda: NOW)

    with pytest.raises(PermanentError, match="retry the post"):
        generator.collect(job)


@pytest.mark.parametrize(
    "change",
    [{"uuid": 5}, {"uuid": "../../me"}, {"uuid": ""}, {"api": "x"}, {"more": 1}, {"model": None}],
)
def test_a_job_with_a_wrong_part_is_refused_in_words(change: dict[str, object]) -> None:
    """Nothing but a job's own address is asked."""
    good = {"uuid": "a-1", "api": "pipeline", "model": LABEL}
    generator = FusionBrainGenerator("key", "secret", clock=lambda: NOW)

    with pytest.raises(PermanentError, match="retry the post"):
        generator.collect(json.dumps({**good, **change}))
