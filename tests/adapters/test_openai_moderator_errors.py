"""The moderation when something goes wrong: nothing passes, and each failure says what to do."""

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
from promptpress.adapters.openai._moderation import parse_verdict
from promptpress.adapters.openai._moderation_errors import explain
from promptpress.errors import (
    BadCredentials,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)
from tests.adapters.generating import NOW
from tests.adapters.test_openai_moderator import moderator_of
from tests.fakes.moderations import KEY, MODEL, Moderations, verdict
from tests.fakes.openai import refusal
from tests.fakes.server import Answer, Fault
from tests.unit.pictures import encode, paint

TEXT = "a lighthouse at dawn"
PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")
FALLEN = Answer(504, b"<html><head><title>504 Gateway\nTime-out</title></head></html>")
BUSY = {"error": {"message": "Rate limit exceeded", "code": 429}}
NONE = ("no verdict", TransientError)


def quota(code: str) -> Answer:
    return refusal(429, "You exceeded your current quota.", code, type="insufficient_quota")


def results(*values: object) -> Answer:
    return Answer.json({"id": "modr-1", "model": MODEL, "results": list(values)})


def moved(url: str) -> Answer:
    return Answer(308, headers={"Location": url})


ANSWERS: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "bad key": (refusal(401, "Incorrect key", "invalid_api_key"), BadCredentials, "OPENAI_API_KEY"),
    "no credit": (Answer(402), QuotaExhausted, "unset MODERATION"),
    "no right": (refusal(403, "not allowed"), BadCredentials, "the right to moderations"),
    "no access": (refusal(403, "no access to the model"), BadCredentials, "no access to the model"),
    "no endpoint": (Answer.json({"detail": "Not Found"}, 404), SetupError, "unset MODERATION"),
    "bare": (Answer(404, b"404 page not found"), SetupError, "set MODERATION_API_URL to another"),
    "no such model": (refusal(404, "x", "model_not_found"), SetupError, "MODERATION_API_URL"),
    "litellm": (refusal(400, "Invalid model name passed in"), SetupError, "MODERATION_API_URL"),
    "wrong method": (Answer(405), SetupError, "MODERATION_API_URL"),
    "not made": (Answer(501), SetupError, "unset MODERATION"),
    "proxy": (Answer(407), SetupError, "HTTPS_PROXY"),
    "moved": (moved("https://elsewhere.example/"), SetupError, "MODERATION_API_URL"),
    "too slow": (Answer(408), TransientError, "again later"),
    "conflict": (Answer(409), TransientError, "again later"),
    "too large": (Answer(413, b"too large"), PermanentError, "change the prompt or picture"),
    "bad picture": (refusal(400, "invalid image"), PermanentError, "invalid image"),
    "not processable": (Answer.json({"detail": [{"msg": "x"}]}, 422), PermanentError, "then retry"),
    "throttled": (refusal(429, "slow", "rate_limit_exceeded"), RateLimited, "when it allows"),
    "out of quota": (quota("insufficient_quota"), QuotaExhausted, "add credit"),
    "balance": (quota("credit_balance_exhausted"), QuotaExhausted, "credit_balance_exhausted"),
    "organization": (quota("organization_spend_limit_exceeded"), QuotaExhausted, "raise the limit"),
    "quota for verdict": (Answer(200, quota("x").body), QuotaExhausted, "add credit"),
    "limit for verdict": (Answer.json(BUSY), RateLimited, "it answers 429 (Rate limit exceeded)"),
    "teapot": (Answer(418), PermanentError, "answers 418"),
    "broken": (refusal(500, "The server had an error"), TransientError, "had an error"),
    "overloaded": (refusal(503, "busy", "server_is_overloaded"), TransientError, "again later"),
    "gateway": (FALLEN, TransientError, "504 Gateway Time-out"),
    "echoed key": (refusal(401, f"bad header Bearer {KEY}"), BadCredentials, "Bearer ***"),
    "echoed in 200": (Answer.json({"error": f"Bearer {KEY}"}), TransientError, "Bearer ***"),
    "long body": (Answer(418, b"word " * 9_000), PermanentError, "word word"),
    "deep body": (Answer(418, b"[" * 90_000 + b"]" * 90_000), PermanentError, "answers 418"),
}
NO_VERDICTS: dict[str, Answer] = {
    "page": PAGE,
    "nothing": Answer(200),
    "no content": Answer(204),
    "null": Answer.json(None),
    "list": Answer.json([{"flagged": False, "categories": {}}]),
    "no results": Answer.json({"id": "modr-1", "model": MODEL}),
    "empty results": results(),
    "a result that is null": results(None),
    "no flag": results({"categories": {"hate": False}}),
    "a flag in words": results({"flagged": "false", "categories": {}}),
    "a flag in numbers": results({"flagged": 0, "categories": {}}),
    "no categories": results({"flagged": False}),
    "categories in a list": results({"flagged": False, "categories": ["hate"]}),
    "scores for categories": results({"flagged": False, "categories": {"hate": 0.99}}),
    "one good, one not": results({"flagged": False, "categories": {}}, {}),
    "words": Answer.json("not flagged"),
    "deep": Answer(200, b'{"results": ' + b"[" * 90_000),
    "a picture": Answer(200, b"\x89PNG\r\n\x1a\n\0", {"Content-Type": "image/png"}),
}
WAITS: dict[str, tuple[Answer, float | None]] = {
    "seconds": (Answer(429, headers={"Retry-After": "17"}), 17.0),
    "milliseconds": (Answer(429, headers={"retry-after-ms": "1500", "Retry-After": "2"}), 1.5),
    "date": (
        Answer(429, headers={"Retry-After": format_datetime(NOW + timedelta(seconds=90))}),
        90.0,
    ),
    "away": (Answer(503, headers={"Retry-After": "4"}), 4.0),
    "nonsense": (Answer(429, headers={"Retry-After": "soon", "retry-after-ms": "nan"}), None),
    "nothing": (Answer(429), None),
    "no use": (Answer(401, headers={"Retry-After": "9"}), None),
}


@pytest.fixture
def server() -> Iterator[Moderations]:
    with Moderations() as stand_in:
        yield stand_in


def refused_by(server: Moderations, **changes: Any) -> PromptpressError:
    """Have a harmless text judged and return the error; it must show no secret."""
    with pytest.raises(PromptpressError) as caught:
        moderator_of(server, **changes).judge(TEXT)
    assert KEY not in f"{caught.value!r} {pickle.dumps(caught.value)!r}"
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize(("answer", "kind", "words"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_question_without_a_verdict(
    server: Moderations, answer: Answer, kind: type[PromptpressError], words: str
) -> None:
    """Every bad answer says what to do; it is asked once and no more."""
    server.fail("moderate", Fault("before", answer))

    error = refused_by(server)

    assert type(error) is kind
    assert words in str(error)
    assert len(str(error)) < 700
    assert server.calls() == [TEXT]


@pytest.mark.parametrize("answer", NO_VERDICTS.values(), ids=NO_VERDICTS.keys())
def test_what_is_no_verdict_lets_nothing_pass(server: Moderations, answer: Answer) -> None:
    """An answer that is not as documented never means "not flagged"; a later one may."""
    server.fail("moderate", Fault("after", answer))

    error = refused_by(server)

    assert type(error) is TransientError
    assert "the answer is no verdict" in str(error)


@pytest.mark.parametrize(("answer", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_a_wait_is_kept(server: Moderations, answer: Answer, seconds: float | None) -> None:
    """Wherever the service names a time to wait, the error carries it."""
    server.fail("moderate", Fault("before", answer))

    assert refused_by(server).retry_after == seconds


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
def test_a_lost_answer_may_be_asked_for_again(server: Moderations, fault: Fault) -> None:
    """A verdict has no effect, so nothing is in doubt; it ends by its deadline."""
    server.fail("moderate", fault)
    begun = time.monotonic()

    assert type(refused_by(server, timeout=0.8)) is TransientError
    assert time.monotonic() - begun < 3
    assert server.calls() == [TEXT]


def test_many_pictures_end_by_one_deadline() -> None:
    """Several questions take no longer than one call may."""
    with Moderations(latency=0.3) as slow:
        begun = time.monotonic()

        with pytest.raises(TransientError):
            moderator_of(slow, timeout=1.0).judge(TEXT, [encode(paint(), "JPEG")] * 20)

        assert time.monotonic() - begun < 3


def test_an_endless_answer(server: Moderations) -> None:
    """One of 60 MB is not read to its end, whatever it begins with."""
    whole = verdict().body
    server.fail("moderate", Fault("after", Answer(200, whole + b" " * (60_000_000 - len(whole)))))

    error = refused_by(server)

    assert type(error) is TransientError
    assert "too large" in str(error)


def test_the_key_goes_nowhere_else(server: Moderations) -> None:
    """A redirect to another host is not followed."""
    with Moderations() as elsewhere:
        server.fail("moderate", Fault("before", moved(f"{elsewhere.url}/v1/moderations")))

        assert type(refused_by(server)) is SetupError
        assert elsewhere.calls() == []


def test_a_server_that_is_not_there(server: Moderations) -> None:
    """An address where nobody listens may be right later; one that is none never is."""
    with socket.create_server(("127.0.0.1", 0)) as gone_soon:
        port = gone_soon.getsockname()[1]

    assert type(refused_by(server, api_url=f"http://127.0.0.1:{port}/v1")) is TransientError
    assert type(refused_by(server, api_url="nonsense")) is SetupError
    assert type(refused_by(server, api_url="http://[")) is SetupError


@pytest.mark.parametrize("key", ["", "two words", "schlüssel"])
def test_a_key_that_is_none_is_not_sent(server: Moderations, key: str) -> None:
    """OpenAI is not even asked without a key, and no server with one that cannot be right."""
    url = "https://api.openai.com/v1" if not key else server.environment()["MODERATION_API_URL"]

    assert type(refused_by(server, key=key, api_url=url)) is BadCredentials
    assert server.calls() == []


def test_no_key_is_logged(server: Moderations, log: pytest.LogCaptureFixture) -> None:
    """With the loudest logging there is."""
    moderator_of(server).judge(TEXT)

    assert KEY not in log.text


NAMES = ["results", "flagged", "categories", "hate", "error", "message", "code", "type", "param"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())


@given(body=BODIES)
def test_any_answer_can_be_read(body: bytes) -> None:
    """Whatever bytes come: nothing that passes lacks a flag that is false."""
    found = parse_verdict(body)

    if found is not None and not found.flagged:
        assert all(one["flagged"] is False for one in json.loads(body)["results"])


@given(
    status=st.integers(200, 599),
    body=BODIES,
    headers=st.dictionaries(
        st.sampled_from(["Retry-After", "retry-after-ms"]), st.text(max_size=30)
    ),
)
def test_any_bad_answer_can_be_explained(status: int, body: bytes, headers: dict[str, str]) -> None:
    """Whatever comes becomes one of our errors, with a sane wait or none."""
    error = explain(Reply(status=status, headers=headers, body=body, whole=True), [KEY], NOW)

    assert "answer" in str(error)
    assert error.retry_after is None or error.retry_after >= 0
