"""Fusion Brain when a question after a job fails: what is lost, what is not, and what is said."""

import time
from collections.abc import Iterator

import pytest

from promptpress.errors import (
    BadCredentials,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)
from promptpress.ports import Generation
from tests.adapters.calling import Echo
from tests.adapters.generating import finish, fusionbrain_of, wish
from tests.fakes.fusionbrain import FusionBrain, refusal
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")


@pytest.fixture(params=["pipeline", "text2image"])
def service(request: pytest.FixtureRequest) -> Iterator[FusionBrain]:
    with FusionBrain(form=request.param, polls=0) as stand_in:
        yield stand_in


POLLS: dict[str, tuple[Fault, type[PromptpressError]]] = {
    "bad key": (Fault("before", Answer(401)), BadCredentials),
    "no credit": (Fault("before", Answer(402)), QuotaExhausted),
    "no right": (Fault("before", Answer(403)), BadCredentials),
    "too slow": (Fault("before", Answer(408)), TransientError),
    "throttled": (Fault("before", Answer(429, headers={"Retry-After": "3"})), RateLimited),
    "broken": (Fault("before", Answer(500)), TransientError),
    "away": (Fault("before", Answer(503)), TransientError),
    "page": (Fault("before", PAGE), TransientError),
    "picture": (Fault("before", Answer(200, b"\x89PNG\r\n\x1a\n" + bytes(99))), TransientError),
    "list": (Fault("before", Answer.json([])), TransientError),
    "no status": (Fault("before", Answer.json({"uuid": "x"})), TransientError),
    "no answer": (Fault("before"), TransientError),
    "silent": (Fault("before", hang=True), TransientError),
}


@pytest.mark.parametrize(("fault", "kind"), POLLS.values(), ids=POLLS.keys())
def test_a_question_that_fails_before_the_service_acts(
    service: FusionBrain, fault: Fault, kind: type[PromptpressError]
) -> None:
    """The job stays good, and the next question has the picture."""
    job = fusionbrain_of(service).submit(wish()).job
    service.fail("poll", fault)

    with pytest.raises(PromptpressError) as caught:
        fusionbrain_of(service, timeout=0.5 if fault.hang else 10.0).collect(job)

    assert type(caught.value) is kind
    assert fusionbrain_of(service).collect(job).pictures


LOST: dict[str, Fault] = {
    "cut": Fault("after"),
    "cut in the body": Fault("after", cut_at=20),
    "silent": Fault("after", hang=True),
    "dripping": Fault("after", drip=0.1),
    "bad gateway": Fault("after", Answer(502, b"<html>")),
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_a_picture_in_a_lost_answer_is_gone(service: FusionBrain, fault: Fault) -> None:
    """Nobody can know until it is asked again; then it is said, and nothing is ordered anew."""
    generator = fusionbrain_of(service, timeout=0.6)
    generator.check()
    job = generator.submit(wish()).job
    service.fail("poll", fault)
    begun = time.monotonic()

    with pytest.raises(TransientError, match="asked again later"):
        generator.collect(job)
    assert time.monotonic() - begun < 3
    with pytest.raises(PermanentError, match="an answer that was lost: retry the post"):
        generator.collect(job)
    assert service.calls().count("generate") == 1


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_a_lost_answer_before_the_end_loses_nothing(service: FusionBrain, fault: Fault) -> None:
    """While the job is in work, asking again finds it."""
    service.polls = 1
    generator = fusionbrain_of(service)
    job = generator.submit(wish()).job
    service.fail("poll", fault)
    impatient = fusionbrain_of(service, timeout=0.6 if fault.hang or fault.drip else 10.0)

    with pytest.raises(TransientError):
        impatient.collect(job)

    assert finish(generator, Generation(job=job))


@pytest.mark.parametrize("status", [404, 410])
def test_a_job_that_vanished(service: FusionBrain, status: int) -> None:
    """It is said that it is gone, and why that may be."""
    generator = fusionbrain_of(service)
    job = generator.submit(wish()).job
    service.fail("poll", Fault("before", refusal(status, "Generation not found")))

    with pytest.raises(PermanentError, match="a few minutes"):
        generator.collect(job)


def test_a_job_that_expired(service: FusionBrain) -> None:
    """A picture that nobody fetched is gone after a while."""
    job = fusionbrain_of(service).submit(wish()).job
    service.forget_jobs()

    with pytest.raises(PermanentError, match="no longer has the picture"):
        fusionbrain_of(service).collect(job)


def test_no_redirect_is_followed(service: FusionBrain, echo: Echo) -> None:
    """The keys go to no other host."""
    generator = fusionbrain_of(service)
    job = generator.submit(wish()).job
    service.fail("poll", Fault("before", Answer(302, headers={"Location": f"{echo.url}/x"})))

    with pytest.raises(SetupError, match="where it leads"):
        generator.collect(job)
    assert echo.requests == []
