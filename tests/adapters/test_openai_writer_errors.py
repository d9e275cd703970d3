"""The language model when something goes wrong: each failure is the error that says what to do."""

import pickle
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from promptpress.errors import (
    BadCredentials,
    ContentRefused,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)
from tests.adapters.generating import NOW
from tests.adapters.writing import KEPT, ORDER, writer_of
from tests.fakes.chat import KEY, REFUSED_WORD, Chat, completion
from tests.fakes.openai import blocked, refusal
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")
FALLEN = Answer(504, b"<html><head><title>504 Gateway\nTime-out</title></head></html>")
TOO_LONG = refusal(400, "maximum context length is 8192 tokens", "context_length_exceeded")
LITELLM = {"error": {"message": "Invalid model name passed in model=x", "code": "400"}}
BUSY = {"error": {"message": "Rate limit exceeded", "code": 429}}


def quota(code: str) -> Answer:
    return refusal(429, "You exceeded your current quota.", code, type="insufficient_quota")


ANSWERS: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "bad key": (refusal(401, "Incorrect key", "invalid_api_key"), BadCredentials, "TEXT_API_KEY"),
    "no credit": (Answer(402), QuotaExhausted, "add credit"),
    "no right": (refusal(403, "not allowed"), BadCredentials, "the right to this model"),
    "no such model": (
        refusal(404, "The model 'x' does not exist", "model_not_found"),
        SetupError,
        "(it knows gpt-4.1-mini, gpt-6-luna): change TEXT_MODEL",
    ),
    "no access": (refusal(403, "no access", "model_not_found"), SetupError, "it knows gpt-4.1"),
    "ollama": (Answer.json({"error": "model 'x' not found"}, 404), SetupError, "TEXT_MODEL"),
    "litellm": (Answer.json(LITELLM, 400), SetupError, "TEXT_MODEL"),
    "wrong address": (Answer.json({"detail": "Not Found"}, 404), SetupError, "ends in /v1"),
    "wrong method": (Answer(405), SetupError, "TEXT_API_URL"),
    "not made": (Answer(501), SetupError, "TEXT_API_URL"),
    "proxy": (Answer(407), SetupError, "HTTPS_PROXY"),
    "moved": (
        Answer(308, headers={"Location": "https://elsewhere.example/"}),
        SetupError,
        "TEXT_API_URL",
    ),
    "too slow": (Answer(408), TransientError, "again later"),
    "conflict": (Answer(409), TransientError, "again later"),
    "too large": (Answer(413, b"too large"), PermanentError, "change the prompt"),
    "too long": (TOO_LONG, PermanentError, "ask for fewer"),
    "blocked": (blocked("sexual"), ContentRefused, "change the prompt"),
    "policy": (refusal(400, "no", "content_policy_violation"), ContentRefused, "change the prompt"),
    "filter": (refusal(400, "filtered", "content_filter"), ContentRefused, "change the prompt"),
    "throttled": (refusal(429, "slow", "rate_limit_exceeded"), RateLimited, "when it allows"),
    "slow down": (refusal(429, "slow", "slow_down"), RateLimited, "slow_down"),
    "out of quota": (quota("insufficient_quota"), QuotaExhausted, "TEXT_API_URL"),
    "balance": (quota("credit_balance_exhausted"), QuotaExhausted, "credit_balance_exhausted"),
    "organization": (quota("organization_spend_limit_exceeded"), QuotaExhausted, "raise the limit"),
    "hard limit": (refusal(400, "x", "billing_hard_limit_reached"), QuotaExhausted, "add credit"),
    "teapot": (Answer(418), PermanentError, "answers 418"),
    "overloaded": (refusal(503, "busy", "server_is_overloaded"), TransientError, "again later"),
    "broken": (refusal(500, "The server had an error"), TransientError, "had an error"),
    "bad gateway": (Answer(502, b"<html>"), TransientError, "a page of HTML"),
    "gateway": (FALLEN, TransientError, "504 Gateway Time-out"),
    "echoed key": (refusal(401, f"bad header Bearer {KEY}"), BadCredentials, "Bearer ***"),
    "long body": (Answer(418, b"word " * 9_000), PermanentError, "word word"),
    "deep body": (Answer(418, b"[" * 90_000 + b"]" * 90_000), PermanentError, "answers 418"),
    "page": (PAGE, TransientError, "Just a moment"),
    "nothing": (Answer(200), TransientError, "again later"),
    "no error": (
        Answer.json({"error": None, "message": "NSFW: moderation"}, 400),
        ContentRefused,
        "NSFW",
    ),
    "list": (Answer.json([]), TransientError, "again later"),
    "no choice": (Answer.json({"choices": []}), TransientError, "again later"),
    "error for answer": (Answer.json(BUSY), RateLimited, "it answers 429 (Rate limit exceeded)"),
    "quota for answer": (Answer(200, quota("insufficient_quota").body), QuotaExhausted, "credit"),
    "empty": (completion("  "), TransientError, "it is empty"),
    "null": (completion(None), TransientError, "it is empty"),
    "refused": (completion(None, refused="I can't."), ContentRefused, "(I can't.)"),
    "filtered": (completion("{", finish="content_filter"), ContentRefused, "its filter"),
    "cut at a limit": (completion('{"cap', finish="length"), PermanentError, "raise the limit"),
    "refused in words": (completion("I'm sorry, no."), ContentRefused, "(I'm sorry, no.)"),
    "half of the JSON": (completion('{"caption": "x'), TransientError, "not of the form"),
    "another form": (completion({"text": "x"}), TransientError, "not of the form"),
    "numbers": (completion({**KEPT, "caption": 5}), TransientError, "not of the form"),
    "words for a list": (completion({**KEPT, "hashtags": "#a"}), TransientError, "not of the form"),
    "blank caption": (completion({**KEPT, "caption": " \x00"}), TransientError, "not of the form"),
    "blank alt text": (completion({**KEPT, "alt_text": ""}), TransientError, "not of the form"),
    "deep JSON": (completion("[" * 90_000), TransientError, "not of the form"),
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
def server() -> Iterator[Chat]:
    with Chat() as stand_in:
        yield stand_in


def refused_by(server: Chat, **changes: Any) -> PromptpressError:
    """Ask for words and return the error; it must show no secret."""
    with pytest.raises(PromptpressError) as caught:
        writer_of(server, **changes).write(ORDER)
    assert KEY not in f"{caught.value!r} {pickle.dumps(caught.value)!r}"
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize(("answer", "kind", "words"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_question_without_an_answer(
    server: Chat, answer: Answer, kind: type[PromptpressError], words: str
) -> None:
    """Every answer without the words asked for says what to do; it is asked once and no more."""
    server.fail("chat", Fault("before", answer))

    error = refused_by(server)

    assert type(error) is kind
    assert words in str(error)
    assert len(str(error)) < 700
    assert server.calls().count("chat") == 1


@pytest.mark.parametrize(("answer", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_a_wait_is_kept(server: Chat, answer: Answer, seconds: float | None) -> None:
    """Wherever the service names a time to wait, the error carries it."""
    server.fail("chat", Fault("before", answer))

    assert refused_by(server).retry_after == seconds


def test_a_wrong_value_is_asked_about_twice_at_most(server: Chat) -> None:
    """A 400 may mean the schema; when it stays without one, it meant the question."""
    server.fail("chat", Fault("before", refusal(400, "Invalid value", "invalid_value")), times=5)

    error = refused_by(server)

    assert type(error) is PermanentError
    assert "Invalid value" in str(error)
    assert server.calls() == ["chat", "chat"]


def test_a_schema_that_was_not_to_blame_is_sent_again(server: Chat) -> None:
    """Only what worked without a schema goes on without."""
    server.fail("chat", Fault("before", Answer(400)), times=2)
    writer = writer_of(server)

    with pytest.raises(PermanentError):
        writer.write(ORDER)
    assert writer.write(ORDER).caption
    assert "response_format" in server.questions[-1]


@pytest.mark.parametrize("answer", [completion({"prompts": []}), completion({"prompts": [" "]})])
def test_no_prompts_at_all(server: Chat, answer: Answer) -> None:
    """An empty list is no answer."""
    server.fail("chat", Fault("after", answer))

    with pytest.raises(TransientError, match="not of the form"):
        writer_of(server).propose("the sea", 3, [])


def test_a_refused_theme(server: Chat) -> None:
    """What a model does not want to think of is the theme's fault."""
    with pytest.raises(ContentRefused, match="change the prompt or theme"):
        writer_of(server).propose(REFUSED_WORD, 3, [])


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
def test_a_lost_answer_may_be_asked_for_again(server: Chat, fault: Fault) -> None:
    """A text has no effect, so nothing is in doubt; it ends by its deadline."""
    server.fail("chat", fault)
    begun = time.monotonic()

    assert type(refused_by(server, timeout=0.8)) is TransientError
    assert time.monotonic() - begun < 3
    assert server.calls() == ["chat"]


def test_a_second_question_ends_by_the_same_deadline() -> None:
    """Two questions take no longer than one may."""
    with Chat(takes_schema=False) as server:
        server.fail("chat", Fault("before", Answer(400)))
        server.fail("chat", Fault("after", hang=True))
        begun = time.monotonic()

        assert type(refused_by(server, timeout=0.8)) is TransientError
        assert time.monotonic() - begun < 3


def test_an_endless_answer(server: Chat) -> None:
    """One of 60 MB is not read to its end."""
    server.fail("chat", Fault("after", Answer(200, b" " * 60_000_000)))

    assert "too large" in str(refused_by(server))


def test_the_key_goes_nowhere_else(server: Chat) -> None:
    """A redirect to another host is not followed."""
    with Chat() as elsewhere:
        moved = Answer(307, headers={"Location": f"{elsewhere.url}/v1/chat/completions"})
        server.fail("chat", Fault("before", moved))

        assert type(refused_by(server)) is SetupError
        assert elsewhere.calls() == []


def test_a_server_that_is_not_there(server: Chat) -> None:
    """An address where nobody listens may be right later; one that is none never is."""
    with socket.create_server(("127.0.0.1", 0)) as gone_soon:
        port = gone_soon.getsockname()[1]

    assert type(refused_by(server, api_url=f"http://127.0.0.1:{port}/v1")) is TransientError
    assert type(refused_by(server, api_url="nonsense")) is SetupError
    assert type(refused_by(server, api_url="http://[")) is SetupError


@pytest.mark.parametrize("key", ["", "two words", "schlüssel"])
def test_a_key_that_is_none_is_not_sent(server: Chat, key: str) -> None:
    """OpenAI is not even asked without a key, and no server with one that cannot be right."""
    url = "https://api.openai.com/v1" if not key else server.environment()["TEXT_API_URL"]

    assert type(refused_by(server, key=key, api_url=url)) is BadCredentials
    assert server.calls() == []
