"""Leonardo's jobs: pictures that are paid for are asked for and fetched, never ordered again."""

import json
import pickle
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.leonardo import GRACE, LeonardoGenerator
from promptpress.errors import (
    BadCredentials,
    BadPicture,
    ContentRefused,
    PermanentError,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from promptpress.ports import Generation
from tests.adapters.generating import NOW, PROMPT, finish, leonardo_of, wish
from tests.fakes.leonardo import (
    FAILING_WORD,
    KEY,
    MODEL,
    MODEL_V2,
    PRICE,
    WITHHELD_WORD,
    Leonardo,
    graphql,
    refusal,
)
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")


def row(**parts: Any) -> Answer:
    return Answer.json({"generations_by_pk": {"id": "x", **parts}})


@pytest.fixture
def service() -> Iterator[Leonardo]:
    with Leonardo(polls=0) as stand_in:
        yield stand_in


def collected(service: Leonardo, job: str, **changes: Any) -> PromptpressError:
    """Collect a job and return the error; it must show no secret."""
    with pytest.raises(PromptpressError) as caught:
        leonardo_of(service, **changes).collect(job)
    assert KEY not in f"{caught.value!r} {pickle.dumps(caught.value)!r}"
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize("model", [MODEL, MODEL_V2])
def test_a_job_outlives_its_generator(service: Leonardo, model: str) -> None:
    """The job's text is all that another run needs, whatever model is set by then."""
    job = leonardo_of(service, model=model).submit(wish(seed=7)).job

    (made,) = finish(leonardo_of(service, model="gpt-image-2"), Generation(job=job))

    assert (made.content, made.model, made.seed) == (service.picture(PROMPT, 7), model, 7)
    assert made.cost == PRICE
    assert KEY not in job
    assert job.isprintable()
    assert service.calls().count("generate") == 1


def test_a_slow_job_is_asked_for_once_per_call(service: Leonardo) -> None:
    """A job that is never done does not hold a call: each one asks once and names the wait."""
    service.polls = 1_000_000
    generator = leonardo_of(service, interval=4.0)
    generation = generator.submit(wish())

    assert generation.wait == 4.0
    for _ in range(3):
        assert generator.collect(generation.job) == generation
    assert service.calls().count("poll") == 3


@pytest.mark.parametrize("status", ["PENDING", "QUEUED", "pending", ""])
def test_an_unknown_status_is_a_wait(service: Leonardo, status: str) -> None:
    """A word that nobody knows yet does not lose what is paid for."""
    generator = leonardo_of(service)
    generation = generator.submit(wish())
    service.fail("poll", Fault("before", row(status=status, generated_images=[])))

    assert generator.collect(generation.job) == generation
    assert finish(generator, generation)


def test_a_done_job_without_pictures_is_refused(service: Leonardo) -> None:
    """This is how the content filter shows after the order."""
    job = leonardo_of(service).submit(wish(f"{WITHHELD_WORD} content")).job

    for _ in range(2):
        error = collected(service, job)
        assert type(error) is ContentRefused
        assert "change the prompt" in str(error)


def test_a_failed_job_is_no_wait(service: Leonardo) -> None:
    """The post is set aside, not asked for until its deadline."""
    job = leonardo_of(service).submit(wish(f"an {FAILING_WORD} fox")).job

    assert type(collected(service, job)) is PermanentError


NOTHING: dict[str, Answer] = {
    "no row": Answer.json({"generations_by_pk": None}),
    "404": Answer(404),
    "410": Answer(410),
}


@pytest.mark.parametrize("answer", NOTHING.values(), ids=NOTHING.keys())
def test_a_job_that_vanished(service: Leonardo, answer: Answer) -> None:
    """Soon after the order it may not be known yet; later it is gone, and that is said."""
    generator = leonardo_of(service)
    generation = generator.submit(wish())
    service.fail("poll", Fault("before", answer), times=2)
    later = NOW + timedelta(seconds=GRACE)

    assert generator.collect(generation.job) == generation
    error = collected(service, generation.job, clock=lambda: later)

    assert type(error) is PermanentError
    assert "no longer has the job" in str(error)


POLLS: dict[str, tuple[Fault, type[PromptpressError], str]] = {
    "bad key": (Fault("before", Answer(401)), BadCredentials, "LEONARDO_API_KEY"),
    "malformed key": (
        Fault("before", refusal(500, "Invalid response from authorization hook")),
        BadCredentials,
        "LEONARDO_API_KEY",
    ),
    "no credit": (Fault("before", Answer(402)), SetupError, "GENERATORS"),
    "no right": (Fault("before", Answer(403)), BadCredentials, "LEONARDO_API_URL"),
    "slow": (Fault("before", Answer(408)), TransientError, "again later"),
    "odd": (Fault("before", Answer(422)), SetupError, "LEONARDO_API_URL"),
    "throttled": (Fault("before", Answer(429)), RateLimited, "when it allows"),
    "broken": (Fault("before", refusal(500, "x")), TransientError, "again later"),
    "away": (Fault("before", Answer(503)), TransientError, "again later"),
    "page": (Fault("before", PAGE), TransientError, "again later"),
    "list of errors": (Fault("before", graphql("x")), TransientError, "again later"),
    "odd row": (Fault("before", row(status=5)), TransientError, "again later"),
    "no answer": (Fault("before"), TransientError, "again later"),
    "cut": (Fault("after", cut_at=30), TransientError, "again later"),
    "silent": (Fault("before", hang=True), TransientError, "again later"),
    "dripping": (Fault("after", drip=0.1), TransientError, "again later"),
    "failed": (
        Fault("before", row(status="FAILED", failureReason=f"out of memory {KEY}")),
        PermanentError,
        "out of memory ***",
    ),
    "failed in silence": (Fault("before", row(status="FAILED")), PermanentError, "no reason"),
    "failed for its words": (
        Fault("before", row(status="FAILED", error="content moderation")),
        ContentRefused,
        "content moderation",
    ),
    "withheld": (Fault("before", row(status="COMPLETE")), ContentRefused, "no picture"),
    "no address": (
        Fault("before", row(status="COMPLETE", generated_images=[{"url": None}, {"url": "x"}])),
        BadPicture,
        "no picture has an address",
    ),
}


@pytest.mark.parametrize(("fault", "kind", "words"), POLLS.values(), ids=POLLS.keys())
def test_a_question_that_goes_wrong(
    service: Leonardo, fault: Fault, kind: type[PromptpressError], words: str
) -> None:
    """What the service says of a job decides; a question without an answer is asked again."""
    job = leonardo_of(service).submit(wish()).job
    service.fail("poll", fault)

    error = collected(service, job, timeout=0.8 if fault.hang or fault.drip else 10)

    assert isinstance(error, kind)
    assert words in str(error)
    assert finish(leonardo_of(service), Generation(job=job))
    assert service.journal.accepted("generate") == [PROMPT]


@pytest.mark.parametrize(
    ("cost", "known"),
    [
        ({"amount": "0.5", "unit": "DOLLARS"}, 0.5),
        ({"amount": 0.5, "unit": "usd"}, 0.5),
        ({"amount": "16", "unit": "CREDITS"}, None),
        ({"amount": "nan", "unit": "DOLLARS"}, None),
        ({"amount": "-1", "unit": "DOLLARS"}, None),
        ({"amount": None, "unit": "DOLLARS"}, None),
        ("0.5", None),
    ],
)
@pytest.mark.parametrize("bare", [False, True])
def test_only_dollars_are_a_cost(
    service: Leonardo, cost: object, known: float | None, bare: bool
) -> None:
    """Credits are worth something else to each account; v2 also answers without a wrapping."""
    begun = {"generationId": MODEL, "apiCreditCost": 16, "cost": cost}
    answer = Answer.json(begun if bare else {"generate": begun})
    service.fail("generate", Fault("before", answer))

    job = json.loads(leonardo_of(service).submit(wish()).job)

    assert job.get("cost") == known


@given(job=st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_text_as_a_job_is_refused_in_words(job: str) -> None:
    """A job that somebody changed by hand is no accident."""
    with pytest.raises(PermanentError, match="retry the post"):
        LeonardoGenerator(KEY, clock=lambda: NOW).collect(job)


@pytest.mark.parametrize(
    "change",
    [{"id": 5}, {"id": "../me"}, {"id": ""}, {"model": None}, {"count": 0}, {"count": "1"},
     {"begun": "x"}, {"seed": "x"}, {"cost": "x"}, {"more": 1}],
)  # fmt: skip
def test_a_job_with_a_wrong_part_is_refused_in_words(change: dict[str, object]) -> None:
    """Nothing but a job's own address is asked."""
    good = {"id": MODEL, "model": MODEL, "count": 1, "begun": 1, "seed": 1, "cost": 0.5}

    with pytest.raises(PermanentError, match="retry the post"):
        LeonardoGenerator(KEY, clock=lambda: NOW).collect(json.dumps({**good, **change}))
