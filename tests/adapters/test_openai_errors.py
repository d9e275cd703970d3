"""OpenAI when something goes wrong: each failure is the error that says what to do next."""

import base64
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
from promptpress.adapters.openai._answers import MAX_PICTURE, parse_models, parse_outcome
from promptpress.adapters.openai._refusals import Order, explain
from promptpress.errors import (
    BadCredentials,
    BadPicture,
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
from tests.adapters.generating import NOW, openai_of, wish
from tests.fakes.openai import KEY, MODEL, OpenAI, blocked, refusal
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")
FALLEN = Answer(504, b"<html><head><title>504 Gateway\nTime-out</title></head></html>")
LITELLM = {"error": {"message": "Invalid model name passed in model=x", "code": "400"}}


def quota(code: str) -> Answer:
    return refusal(429, "You exceeded your current quota.", code, type="insufficient_quota")


ANSWERS: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "bad key": (refusal(401, "Incorrect key", "invalid_api_key"), BadCredentials, "OPENAI_API_KEY"),
    "no credit": (Answer(402), QuotaExhausted, "add credit"),
    "no right": (refusal(403, "must be verified"), BadCredentials, "must be verified"),
    "no such model": (
        refusal(404, "The model 'x' does not exist", "model_not_found"),
        SetupError,
        "OPENAI_IMAGE_MODEL",
    ),
    "no access": (refusal(403, "no access", "model_not_found"), SetupError, "OPENAI_IMAGE_MODEL"),
    "ollama": (Answer.json({"error": "model 'x' not found"}, 404), SetupError, "IMAGE_MODEL"),
    "litellm": (Answer.json(LITELLM, 400), SetupError, "OPENAI_IMAGE_MODEL"),
    "wrong model": (refusal(400, "Invalid value", param="model"), SetupError, "IMAGE_MODEL"),
    "wrong address": (Answer.json({"detail": "Not Found"}, 404), SetupError, "ends in /v1"),
    "wrong method": (Answer(405), SetupError, "OPENAI_BASE_URL"),
    "not made": (Answer(501), SetupError, "OPENAI_BASE_URL"),
    "proxy": (Answer(407), SetupError, "HTTPS_PROXY"),
    "moved": (
        Answer(308, headers={"Location": "https://elsewhere.example/"}),
        SetupError,
        "OPENAI_BASE_URL",
    ),
    "too slow": (Answer(408), TransientError, "again later"),
    "conflict": (Answer(409), TransientError, "again later"),
    "too long": (Answer(413, b"too large"), InvalidPost, "correct the post"),
    "wrong value": (refusal(400, "Invalid size 1x1", "invalid_value"), InvalidPost, "size 1x1"),
    "validation": (
        Answer.json({"detail": [{"loc": ["body"], "msg": "too long"}]}, 422),
        InvalidPost,
        "too long",
    ),
    "blocked": (blocked("sexual", "violence"), ContentRefused, "sexual; violence"),
    "policy": (refusal(400, "no", "content_policy_violation"), ContentRefused, "change the prompt"),
    "in words": (Answer.json({"error": "NSFW content"}, 422), ContentRefused, "NSFW content"),
    "throttled": (refusal(429, "slow", "rate_limit_exceeded"), RateLimited, "when it allows"),
    "slow down": (refusal(429, "slow", "slow_down"), RateLimited, "slow_down"),
    "out of quota": (quota("insufficient_quota"), QuotaExhausted, "name another service"),
    "balance": (quota("credit_balance_exhausted"), QuotaExhausted, "credit_balance_exhausted"),
    "organization": (quota("organization_spend_limit_exceeded"), QuotaExhausted, "raise the limit"),
    "project": (quota("project_spend_limit_exceeded"), QuotaExhausted, "GENERATORS"),
    "usage": (quota("organization_usage_limit_exceeded"), QuotaExhausted, "GENERATORS"),
    "hard limit": (refusal(400, "x", "billing_hard_limit_reached"), QuotaExhausted, "add credit"),
    "teapot": (Answer(418), PermanentError, "answers 418"),
    "overloaded": (refusal(503, "busy", "server_is_overloaded"), TransientError, "again later"),
    "broken": (refusal(500, "The server had an error"), OutcomeUnknown, "may have been made"),
    "bad gateway": (Answer(502, b"<html>"), OutcomeUnknown, "a page of HTML"),
    "away": (Answer(503), OutcomeUnknown, "answers 503"),
    "gateway": (FALLEN, OutcomeUnknown, "504 Gateway Time-out"),
    "numbered": (Answer(500, headers={"x-request-id": "req_7"}), OutcomeUnknown, "request req_7"),
    "list body": (Answer.json(["one"], 400), InvalidPost, "one"),
    "string body": (Answer.json("just words", 400), InvalidPost, "just words"),
    "deep body": (Answer(400, b"[" * 90_000 + b"]" * 90_000), InvalidPost, "answers 400"),
    "echoed key": (refusal(400, f"bad header Bearer {KEY}"), InvalidPost, "Bearer ***"),
    "long body": (Answer(400, b"word " * 9_000), InvalidPost, "word word"),
}
WAITS: dict[str, tuple[Answer, float | None]] = {
    "seconds": (Answer(429, headers={"Retry-After": "17"}), 17.0),
    "milliseconds": (Answer(429, headers={"retry-after-ms": "1500", "Retry-After": "2"}), 1.5),
    "date": (
        Answer(429, headers={"Retry-After": format_datetime(NOW + timedelta(seconds=90))}),
        90.0,
    ),
    "overloaded": (
        Answer.json({"error": {"code": "server_is_overloaded"}}, 503, Retry_After="4"),
        4.0,
    ),
    "nonsense": (Answer(429, headers={"Retry-After": "soon", "retry-after-ms": "nan"}), None),
    "nothing": (Answer(429), None),
    "no use": (Answer(401, headers={"Retry-After": "9"}), None),
}
TEXT = base64.b64encode(b'{"error": "no picture"}').decode()
NO_PICTURES: dict[str, Answer] = {
    "page": PAGE,
    "nothing": Answer(200),
    "null": Answer.json(None),
    "list": Answer.json([]),
    "no data": Answer.json({"data": []}),
    "no base64": Answer.json({"data": [{"b64_json": "?"}, {"url": "ftp://x"}, 5]}),
    "text for a picture": Answer.json({"data": [{"b64_json": TEXT}]}),
    "the picture itself": Answer(200, b"\x89PNG\r\n\x1a\n\0", {"Content-Type": "image/png"}),
}


@pytest.fixture
def server() -> Iterator[OpenAI]:
    with OpenAI() as stand_in:
        yield stand_in


def refused_by(server: OpenAI, **changes: Any) -> PromptpressError:
    """Order a picture and return the error; it must show no secret."""
    with pytest.raises(PromptpressError) as caught:
        openai_of(server, **changes).submit(wish())
    assert KEY not in f"{caught.value!r} {pickle.dumps(caught.value)!r}"
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize(("answer", "kind", "words"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_refused_order(
    server: OpenAI, answer: Answer, kind: type[PromptpressError], words: str
) -> None:
    """Every answer that is no picture says what to do; one order goes out and no more."""
    server.fail("generate", Fault("before", answer))

    error = refused_by(server)

    assert type(error) is kind
    assert words in str(error)
    assert len(str(error)) < 700
    assert server.calls() == ["generate"]


@pytest.mark.parametrize(("answer", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_a_wait_is_kept(server: OpenAI, answer: Answer, seconds: float | None) -> None:
    """Wherever the service names a time to wait, the error carries it."""
    server.fail("generate", Fault("before", answer))

    assert refused_by(server).retry_after == seconds


def test_a_post_is_told_when_its_own_model_is_unknown(server: OpenAI) -> None:
    """What a post asks for does not stop the others."""
    with pytest.raises(InvalidPost, match=r"gpt-image-9: change the model of the post"):
        openai_of(server).submit(wish(model="gpt-image-9"))


@pytest.mark.parametrize("answer", NO_PICTURES.values(), ids=NO_PICTURES.keys())
def test_something_else_in_a_good_answer(server: OpenAI, answer: Answer) -> None:
    """It may be paid for, but no picture will come of it: a person decides."""
    server.fail("generate", Fault("after", answer))

    assert type(refused_by(server)) is BadPicture


def test_a_refusal_in_a_good_answer(server: OpenAI) -> None:
    """Some servers say 200 and mean an error."""
    server.fail("generate", Fault("before", Answer(200, blocked("sexual").body)))

    assert type(refused_by(server)) is ContentRefused


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
def test_a_lost_answer(server: OpenAI, fault: Fault) -> None:
    """When the answer to an order is lost nobody knows, and it ends by its deadline."""
    server.fail("generate", fault)
    begun = time.monotonic()

    with pytest.raises(OutcomeUnknown, match=r"platform\.openai\.com/usage"):
        openai_of(server, timeout=0.8).submit(wish())

    assert time.monotonic() - begun < 3
    assert server.calls() == ["generate"]


def test_a_server_that_is_not_there(server: OpenAI) -> None:
    """Nothing left this machine, so nothing is paid for."""
    with socket.create_server(("127.0.0.1", 0)) as gone_soon:
        port = gone_soon.getsockname()[1]

    assert type(refused_by(server, api_url=f"http://127.0.0.1:{port}/v1")) is TransientError
    assert type(refused_by(server, api_url="nonsense")) is SetupError
    assert type(refused_by(server, api_url="http://[")) is SetupError


def in_base64(*sizes: int) -> Answer:
    """Return an answer with pictures of so many bytes."""
    pictures = [b"\xff\xd8\xff" + bytes(size - 3) for size in sizes]
    return Answer.json({"data": [{"b64_json": base64.b64encode(p).decode()} for p in pictures]})


def test_a_large_picture(server: OpenAI) -> None:
    """One of 60 MB is not taken; where others came with it, those are what was made."""
    for answer in (in_base64(MAX_PICTURE), in_base64(MAX_PICTURE, 100)):
        server.fail("generate", Fault("after", answer))
    server.fail("generate", Fault("after", Answer(200, b" " * 81_000_000)))
    generator = openai_of(server, timeout=60)

    with pytest.raises(BadPicture, match="60 MB"):
        generator.submit(wish())
    (made,) = generator.submit(wish(count=2)).pictures
    assert len(made.content) == 100
    with pytest.raises(BadPicture, match="60 MB"):
        generator.submit(wish())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["data", "b64_json", "url", "usage", "input_tokens", "output_tokens", "error", "id",
             "message", "detail", "code", "type", "param", "moderation_details", "categories"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())


@given(body=BODIES)
def test_any_good_answer_can_be_read(body: bytes) -> None:
    """Whatever bytes come, reading them is never an accident."""
    outcome = parse_outcome(MODEL, body)

    assert all(url.startswith("http") for url in outcome.urls)
    assert parse_models(body) is None or isinstance(parse_models(body), dict)


@given(
    status=st.integers(300, 599),
    body=BODIES,
    headers=st.dictionaries(
        st.sampled_from(["Retry-After", "retry-after-ms", "x-request-id"]), st.text(max_size=30)
    ),
)
def test_any_bad_answer_can_be_read(status: int, body: bytes, headers: dict[str, str]) -> None:
    """Whatever comes with a bad status becomes one of our errors, with a sane wait or none."""
    reply = Reply(status=status, headers=headers, body=body, whole=True)

    error = explain(reply, Order(model=MODEL), [KEY], NOW)

    assert "it answers" in str(error)
    assert error.retry_after is None or error.retry_after >= 0
