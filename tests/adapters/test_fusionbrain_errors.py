"""Fusion Brain when an order goes wrong: each failure is the error that says what to do next."""

import json
import pickle
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters._http import Reply
from promptpress.adapters.fusionbrain._answers import parse_begun, parse_progress
from promptpress.adapters.fusionbrain._refusals import QUEUE_WAIT, explain, explain_order, gone
from promptpress.errors import (
    BadCredentials,
    ContentRefused,
    InvalidPost,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)
from tests.adapters.calling import Echo
from tests.adapters.generating import NOW, PROMPT, fusionbrain_of, wish
from tests.fakes.fusionbrain import KEY, SECRET, Form, FusionBrain, refusal
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")
FALLEN = Answer(504, b"<html><head><title>504 Gateway\nTime-out</title></head></html>")
ECHO = f"bad headers Key {KEY} Secret {SECRET}"
ANSWERS: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "bad key": (refusal(401, "Unauthorized"), BadCredentials, "FUSION_BRAIN_SECRET_KEY"),
    "no credit": (Answer(402), QuotaExhausted, "GENERATORS"),
    "no right": (refusal(403, "Forbidden"), BadCredentials, "Forbidden"),
    "no such pipeline": (refusal(404, "Not found"), TransientError, "looked up again"),
    "no such way": (Answer(405), TransientError, "FUSION_BRAIN_API_URL"),
    "proxy": (Answer(407), SetupError, "HTTPS_PROXY"),
    "too slow": (Answer(408), TransientError, "again later"),
    "too large": (Answer(413, b"too large"), InvalidPost, "correct the post"),
    "no JSON part": (refusal(415, "octet-stream not supported"), SetupError, "takes no such form"),
    "too long": (refusal(400, "query: size must be"), InvalidPost, "query: size must be"),
    "validation": (Answer.json({"errors": [{"message": "width"}]}, 422), InvalidPost, "width"),
    "censored": (refusal(400, "The query was censored"), ContentRefused, "change the prompt"),
    "censored in Russian": (refusal(403, "Запрос не прошёл цензуру"), ContentRefused, "цензуру"),
    "teapot": (Answer(418), PermanentError, "answers 418"),
    "throttled": (Answer(429), RateLimited, "when it allows"),
    "moved": (Answer(308, headers={"Location": "/x"}), SetupError, "where it leads"),
    "broken": (refusal(500, "Internal"), OutcomeUnknown, "answers 500 (Internal"),
    "bad gateway": (Answer(502, b"<html>"), OutcomeUnknown, "a page of HTML"),
    "away": (Answer(503, headers={"Retry-After": "5"}), OutcomeUnknown, "answers 503"),
    "gateway": (FALLEN, OutcomeUnknown, "504 Gateway Time-out"),
    "page": (PAGE, OutcomeUnknown, "a page in its place"),
    "nothing": (Answer(200), OutcomeUnknown, "a page in its place"),
    "list": (Answer.json([]), OutcomeUnknown, "a page in its place"),
    "no number": (Answer.json({"status": "INITIAL"}, 201), OutcomeUnknown, "names no job"),
    "odd number": (Answer.json({"uuid": "../x"}, 201), OutcomeUnknown, "names no job"),
    "words": (Answer.json({"error": "no such style"}), PermanentError, "no such style"),
    "refusing words": (Answer.json({"message": "moderation"}), ContentRefused, "moderation"),
    "echoed keys": (refusal(400, ECHO), InvalidPost, "Key ... Secret ..."),
    "deep body": (Answer(400, b"[" * 90_000 + b"]" * 90_000), InvalidPost, "answers 400"),
    "long body": (Answer(400, b"word " * 9_000), InvalidPost, "word word"),
}
WAITS: dict[str, tuple[Answer, float | None]] = {
    "seconds": (Answer(429, headers={"Retry-After": "17"}), 17.0),
    "date": (
        Answer(429, headers={"Retry-After": format_datetime(NOW + timedelta(seconds=90))}),
        90.0,
    ),
    "none": (Answer(429), None),
    "nonsense": (Answer(429, headers={"Retry-After": "soon"}), None),
}


@pytest.fixture
def service() -> Iterator[FusionBrain]:
    with FusionBrain() as stand_in:
        yield stand_in


def refused_by(service: FusionBrain, **changes: Any) -> PromptpressError:
    """Order a picture and return the error; it must show no secret."""
    with pytest.raises(PromptpressError) as caught:
        fusionbrain_of(service, **changes).submit(wish())
    shown = f"{caught.value!r} {pickle.dumps(caught.value)!r}"
    assert KEY not in shown
    assert SECRET not in shown
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize(("answer", "kind", "words"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_refused_order(
    service: FusionBrain, answer: Answer, kind: type[PromptpressError], words: str
) -> None:
    """Every answer without a job says what to do."""
    service.fail("generate", Fault("before", answer))

    error = refused_by(service)

    assert type(error) is kind
    assert words.replace("...", "***") in str(error)
    assert len(str(error)) < 700


@pytest.mark.parametrize(("answer", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_a_wait_is_kept(service: FusionBrain, answer: Answer, seconds: float | None) -> None:
    """Where the service names a time to wait, the error carries it."""
    service.fail("generate", Fault("before", answer))

    assert refused_by(service).retry_after == seconds


@pytest.mark.parametrize("form", ["pipeline", "text2image"])
def test_a_full_queue_is_a_wait(form: Form) -> None:
    """The service says so with a good status, and has surely begun nothing."""
    with FusionBrain(form=form) as service:
        service.disabled = "DISABLED_BY_QUEUE"
        error = refused_by(service)

        assert type(error) is RateLimited
        assert error.retry_after == QUEUE_WAIT
        assert service.journal.accepted("generate") == []
        service.disabled = ""
        assert fusionbrain_of(service).submit(wish()).job


@pytest.mark.parametrize("field", ["pipeline_status", "model_status", "status"])
def test_a_full_queue_has_several_names(service: FusionBrain, field: str) -> None:
    """Whichever field says so; a wait that is named is kept."""
    busy = Answer.json({field: "DISABLED_BY_QUEUE"}, 201, Retry_After="7")
    service.fail("generate", Fault("before", busy))

    error = refused_by(service)

    assert (type(error), error.retry_after) == (RateLimited, 7.0)


def test_a_service_that_is_switched_off(service: FusionBrain) -> None:
    """Nothing was begun; it may come back, or another service is named."""
    service.disabled = "DISABLED_MANUALLY"

    error = refused_by(service)

    assert type(error) is TransientError
    assert "GENERATORS" in str(error)


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
def test_a_lost_answer(service: FusionBrain, fault: Fault) -> None:
    """Without the job's number nobody can ask for it: that is said, and it ends by its deadline."""
    service.fail("generate", fault)
    begun = time.monotonic()

    error = refused_by(service, timeout=0.8)

    assert type(error) is OutcomeUnknown
    assert time.monotonic() - begun < 3
    assert service.journal.accepted("generate") == [PROMPT]


def test_a_service_that_is_not_there(service: FusionBrain) -> None:
    """Nothing left this machine."""
    with socket.create_server(("127.0.0.1", 0)) as gone_soon:
        port = gone_soon.getsockname()[1]

    assert type(refused_by(service, api_url=f"http://127.0.0.1:{port}")) is TransientError
    assert type(refused_by(service, api_url="nonsense")) is SetupError


LOOKUPS: dict[str, tuple[Fault, type[PromptpressError]]] = {
    "bad key": (Fault("before", Answer(401)), BadCredentials),
    "no right": (Fault("before", Answer(403)), BadCredentials),
    "odd": (Fault("before", Answer(400)), SetupError),
    "moved": (Fault("before", Answer(301, headers={"Location": "/x"})), SetupError),
    "throttled": (Fault("before", Answer(429)), RateLimited),
    "broken": (Fault("before", Answer(500)), TransientError),
    "away": (Fault("before", Answer(503)), TransientError),
    "page": (Fault("before", PAGE), TransientError),
    "other": (Fault("before", Answer.json({"data": []})), TransientError),
    "cut": (Fault("before"), TransientError),
    "cut in the body": (Fault("after", cut_at=30), TransientError),
    "silent": (Fault("before", hang=True), TransientError),
    "dripping": (Fault("after", drip=0.1), TransientError),
}


@pytest.mark.parametrize(("fault", "kind"), LOOKUPS.values(), ids=LOOKUPS.keys())
def test_a_look_up_that_fails(
    service: FusionBrain, fault: Fault, kind: type[PromptpressError]
) -> None:
    """Without a model nothing is ordered, and it takes a part of the time only."""
    service.fail("list", fault)
    begun = time.monotonic()

    assert type(refused_by(service, timeout=2.0)) is kind
    assert time.monotonic() - begun < 1.9
    assert "generate" not in service.calls()


def test_a_server_that_speaks_neither_form(echo: Echo, service: FusionBrain) -> None:
    """A wrong address is told by its setting."""
    with pytest.raises(SetupError, match="FUSION_BRAIN_API_URL"):
        fusionbrain_of(service, api_url=f"{service.url}/elsewhere").check()
    with pytest.raises(TransientError, match="FUSION_BRAIN_API_URL"):
        fusionbrain_of(service, api_url=echo.url).check()


@pytest.mark.parametrize("call", ["list", "generate"])
def test_no_redirect_is_followed(service: FusionBrain, echo: Echo, call: str) -> None:
    """Neither keys nor prompt go to another host."""
    service.fail(call, Fault("before", Answer(307, headers={"Location": f"{echo.url}/x"})))

    assert type(refused_by(service)) is SetupError
    assert echo.requests == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["uuid", "status", "result", "files", "images", "censored", "errorDescription",
             "model_status", "pipeline_status", "message", "error", "errors"]
        ),
        inner | st.sampled_from(["DONE", "FAIL", "DISABLED_BY_QUEUE", "aGk="]),
        max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())


@given(body=BODIES)
def test_any_good_answer_can_be_read(body: bytes) -> None:
    """Whatever bytes come, reading them is never an accident."""
    begun, progress = parse_begun(body), parse_progress(body)

    assert begun is None or isinstance(begun.uuid, str)
    assert progress is None or isinstance(progress.picture, bytes)


@given(
    status=st.integers(300, 599),
    body=BODIES,
    headers=st.dictionaries(st.just("Retry-After"), st.text(max_size=30)),
)
def test_any_bad_answer_can_be_read(status: int, body: bytes, headers: dict[str, str]) -> None:
    """Whatever comes with a bad status becomes one of our errors, with a sane wait or none."""
    reply = Reply(status=status, headers=headers, body=body, whole=True)
    for error in (explain(reply, gone(), [KEY], NOW), explain_order(reply, gone(), [KEY], NOW)):
        assert f"it answers {status}" in str(error) or "answer was lost" in str(error)
        assert error.retry_after is None or error.retry_after >= 0
