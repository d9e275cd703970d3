"""Leonardo when an order goes wrong: each failure is the error that says what to do next."""

import json
import pickle
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters._http import Reply
from promptpress.adapters.leonardo._answers import parse_begun, parse_budget, parse_progress
from promptpress.adapters.leonardo._refusals import (
    RATE_WAIT,
    explain,
    explain_download,
    explain_order,
    gone,
    not_begun,
)
from promptpress.errors import (
    BadCredentials,
    ContentRefused,
    InvalidPost,
    OutcomeUnknown,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)
from tests.adapters.calling import Echo
from tests.adapters.generating import NOW, PROMPT, leonardo_of, wish
from tests.fakes.leonardo import (
    KEY,
    MODEL,
    MODEL_V2,
    REFUSED_WORD,
    Leonardo,
    graphql,
    refusal,
)
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")
FALLEN = Answer(504, b"<html><head><title>504 Gateway\nTime-out</title></head></html>")
HOOK = "Invalid response from authorization hook"
ANSWERS: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "bad key": (refusal(401, "Authentication hook unauthorized"), BadCredentials, "LEONARDO_API_K"),
    "malformed key": (refusal(500, HOOK), BadCredentials, "LEONARDO_API_KEY"),
    "malformed key in v2": (graphql(HOOK), BadCredentials, "LEONARDO_API_KEY"),
    "no credit": (Answer(402), QuotaExhausted, "GENERATORS"),
    "no tokens": (refusal(400, "not enough api tokens userId: 1"), QuotaExhausted, "GENERATORS"),
    "no tokens and 500": (refusal(500, "not enough API tokens"), QuotaExhausted, "GENERATORS"),
    "no tokens in v2": (graphql("Not enough API tokens"), QuotaExhausted, "GENERATORS"),
    "no right": (Answer(403, PAGE.body), BadCredentials, "LEONARDO_API_URL"),
    "moderated": (refusal(403, "content moderation filter: x"), ContentRefused, "filter: x"),
    "inappropriate": (
        refusal(400, "Your prompt appears to contain inappropriate content"),
        ContentRefused,
        "change the prompt",
    ),
    "moderated in v2": (graphql("Content moderation: blocked"), ContentRefused, "blocked"),
    "no such way": (Answer(404), SetupError, "LEONARDO_API_URL"),
    "no such verb": (Answer(405), SetupError, "LEONARDO_API_URL"),
    "proxy": (Answer(407), SetupError, "HTTPS_PROXY"),
    "too slow": (Answer(408), TransientError, "again later"),
    "too large": (Answer(413, b"too large"), InvalidPost, "correct the post"),
    "unknown field": (refusal(400, "Unexpected variable x"), InvalidPost, "variable x"),
    "too many": (refusal(400, "Too many images requested"), InvalidPost, "Too many images"),
    "validation": (Answer.json({"errors": [{"message": "width"}]}, 422), InvalidPost, "width"),
    "validation in v2": (graphql("width must be >= 256"), InvalidPost, "width must be >= 256"),
    "words in v2": (Answer.json({"error": "no such style"}), InvalidPost, "no such style"),
    "model": (refusal(400, "x is not supported within the Production API"), SetupError, "_MODEL"),
    "model in v2": (graphql("Model x does not exist"), SetupError, "LEONARDO_MODEL"),
    "a part of a model": (graphql("Invalid model parameter width"), InvalidPost, "parameter"),
    "a size for a model": (graphql("model x: invalid width"), InvalidPost, "invalid width"),
    "teapot": (Answer(418), InvalidPost, "answers 418"),
    "throttled": (Answer(429), RateLimited, "when it allows"),
    "throttled with 400": (refusal(400, "concurrent job limit"), RateLimited, "concurrent"),
    "throttled in v2": (graphql("Rate limit exceeded"), RateLimited, "begins nothing"),
    "service error": (refusal(400, "Service Error"), TransientError, "again later"),
    "service error in v2": (graphql("Service Error"), OutcomeUnknown, "Service Error"),
    "broken in v2": (graphql("Oops", "INTERNAL_SERVER_ERROR"), OutcomeUnknown, "Oops"),
    "moved": (Answer(308, headers={"Location": "/x"}), SetupError, "where it leads"),
    "broken": (refusal(500, "Internal"), OutcomeUnknown, "answers 500 (Internal"),
    "bad gateway": (Answer(502, b"<html>"), OutcomeUnknown, "a page of HTML"),
    "away": (Answer(503, headers={"Retry-After": "5"}), OutcomeUnknown, "answers 503"),
    "gateway": (FALLEN, OutcomeUnknown, "504 Gateway Time-out"),
    "page": (PAGE, OutcomeUnknown, "names no job"),
    "nothing": (Answer(200), OutcomeUnknown, "names no job"),
    "list": (Answer.json([]), OutcomeUnknown, "names no job"),
    "no job": (Answer.json({"sdGenerationJob": None}), OutcomeUnknown, "names no job"),
    "odd number": (Answer.json({"generationId": "../me"}), OutcomeUnknown, "can be asked after"),
    "echoed key": (refusal(400, f"bad header Bearer {KEY}"), InvalidPost, "Bearer ***"),
    "echoed key in v2": (graphql(f"bad header {KEY}"), InvalidPost, "bad header ***"),
    "deep body": (Answer(400, b"[" * 90_000 + b"]" * 90_000), InvalidPost, "answers 400"),
    "long body": (Answer(400, b"word " * 9_000), InvalidPost, "word word"),
}
WAITS: dict[str, tuple[Answer, float | None]] = {
    "seconds": (Answer(429, headers={"Retry-After": "17"}), 17.0),
    "date": (
        Answer(429, headers={"Retry-After": format_datetime(NOW + timedelta(seconds=90))}),
        90.0,
    ),
    "none": (Answer(429), RATE_WAIT),
    "nonsense": (Answer(429, headers={"Retry-After": "soon"}), RATE_WAIT),
    "of no use": (Answer(400, headers={"Retry-After": "17"}), None),
}


@pytest.fixture
def service() -> Iterator[Leonardo]:
    with Leonardo() as stand_in:
        yield stand_in


def refused_by(service: Leonardo, prompt: str = PROMPT, **changes: Any) -> PromptpressError:
    """Order a picture and return the error; it must show no secret."""
    with pytest.raises(PromptpressError) as caught:
        leonardo_of(service, **changes).submit(wish(prompt))
    assert KEY not in f"{caught.value!r} {pickle.dumps(caught.value)!r}"
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize("model", [MODEL, MODEL_V2])
@pytest.mark.parametrize(("answer", "kind", "words"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_refused_order(
    service: Leonardo, model: str, answer: Answer, kind: type[PromptpressError], words: str
) -> None:
    """Every answer without a job says what to do, in either API."""
    service.fail("generate", Fault("before", answer))

    error = refused_by(service, model=model)

    assert type(error) is kind
    assert words in str(error)
    assert len(str(error)) < 700


@pytest.mark.parametrize(("answer", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_a_wait_is_kept(service: Leonardo, answer: Answer, seconds: float | None) -> None:
    """Where the service names a time to wait the error carries it, else that of its limits."""
    service.fail("generate", Fault("before", answer))

    assert refused_by(service).retry_after == seconds


def test_too_many_jobs_at_once_are_a_wait(service: Leonardo) -> None:
    """When the queue of the service is full nothing is begun, and later there is room."""
    service.slots = 1
    generator = leonardo_of(service)
    job = generator.submit(wish()).job

    error = refused_by(service)

    assert (type(error), error.retry_after) == (RateLimited, RATE_WAIT)
    assert len(service.journal.accepted("generate")) == 1
    for _ in range(2):
        generator.collect(job)
    assert generator.submit(wish()).job


@pytest.mark.parametrize("model", [MODEL, MODEL_V2])
def test_a_refused_prompt(service: Leonardo, model: str) -> None:
    """The service names the word that it minds, and takes no money."""
    error = refused_by(service, f"something {REFUSED_WORD}", model=model)

    assert type(error) is ContentRefused
    assert f"content moderation filter: {REFUSED_WORD}" in str(error)
    assert service.tokens == 100_000


@pytest.mark.parametrize(
    "fault",
    [
        Fault("after"),
        Fault("after", cut_at=30),
        Fault("after", hang=True),
        Fault("after", drip=0.1),
    ],
    ids=["cut", "cut in the body", "silent", "dripping"],
)
def test_a_lost_answer(service: Leonardo, fault: Fault) -> None:
    """Without the job's number nobody can ask for it: that is said, and it ends by its deadline."""
    service.fail("generate", fault)
    begun = time.monotonic()

    error = refused_by(service, timeout=0.8)

    assert type(error) is OutcomeUnknown
    assert "app.leonardo.ai" in str(error)
    assert time.monotonic() - begun < 3
    assert service.journal.accepted("generate") == [PROMPT]


def test_a_service_that_is_not_there(service: Leonardo) -> None:
    """Nothing left this machine."""
    with socket.create_server(("127.0.0.1", 0)) as gone_soon:
        port = gone_soon.getsockname()[1]

    assert type(refused_by(service, api_url=f"http://127.0.0.1:{port}")) is TransientError
    assert type(refused_by(service, api_url="nonsense")) is SetupError


@pytest.mark.parametrize("call", ["me", "generate", "poll"])
def test_no_redirect_is_followed(service: Leonardo, echo: Echo, call: str) -> None:
    """Neither key nor prompt go to another host."""
    generator = leonardo_of(service)
    job = generator.submit(wish()).job
    service.fail(call, Fault("before", Answer(307, headers={"Location": f"{echo.url}/x"})))
    ask: dict[str, Callable[[], object]] = {
        "me": generator.check,
        "generate": lambda: generator.submit(wish()),
        "poll": lambda: generator.collect(job),
    }

    with pytest.raises(SetupError, match="LEONARDO_API_URL"):
        ask[call]()

    assert echo.requests == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["generate", "sdGenerationJob", "generationId", "cost", "amount", "unit", "status",
             "generations_by_pk", "generated_images", "url", "nsfw", "seed", "error", "message",
             "user_details", "apiPaidTokens", "errors", "extensions"]
        ),
        inner | st.sampled_from(["COMPLETE", "DOLLARS", "https://example.org/1.png", "1e999"]),
        max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())


@given(body=BODIES)
def test_any_good_answer_can_be_read(body: bytes) -> None:
    """Whatever bytes come, reading them is never an accident."""
    begun, progress, left = parse_begun(body), parse_progress(body), parse_budget(body)

    error = not_begun(begun.words, MODEL, own=True, secrets=[KEY])
    assert str(error).startswith("leonardo: ")
    assert progress is None or all(image.url for image in progress.images)
    assert left is None or isinstance(left, float)


@given(
    status=st.integers(300, 599),
    body=BODIES,
    headers=st.dictionaries(st.just("Retry-After"), st.text(max_size=30)),
)
def test_any_bad_answer_can_be_read(status: int, body: bytes, headers: dict[str, str]) -> None:
    """Whatever comes with a bad status becomes one of our errors, with a sane wait or none."""
    reply = Reply(status=status, headers=headers, body=body, whole=True)
    for error in (
        explain(reply, gone("it"), [KEY], NOW),
        explain_order(reply, MODEL, own=True, secrets=[KEY], now=NOW),
        explain_download(reply, NOW),
    ):
        assert str(status) in str(error)
        assert error.retry_after is None or error.retry_after >= 0
