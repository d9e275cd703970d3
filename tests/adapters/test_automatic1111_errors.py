"""A web UI when something goes wrong: each failure is the error that says what to do next."""

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
from promptpress.adapters.automatic1111._answers import (
    MAX_PICTURE,
    parse_models,
    parse_outcome,
    parse_seconds_left,
)
from promptpress.adapters.automatic1111._refusals import explain
from promptpress.errors import (
    BadCredentials,
    BadPicture,
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
from tests.adapters.generating import NOW, automatic1111_of, wish
from tests.fakes.automatic1111 import Automatic1111, refusal
from tests.fakes.server import Answer, Fault

PASSWORD = "CANARY"
MEMORY = refusal(500, "", "OutOfMemoryError", "CUDA out of memory. Tried to allocate 9 GiB")
INVALID = Answer.json({"detail": [{"loc": ["body", "steps"], "msg": "not an integer"}]}, 422)
WALL = Answer(403, b"<html><title>Forbidden</title></html>")
ANSWERS: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "wrong password": (refusal(401, "Incorrect username or password"), BadCredentials, "api-auth"),
    "unpaid": (Answer(402), QuotaExhausted, "rents you the server"),
    "a wall": (WALL, BadCredentials, "Forbidden"),
    "no API": (Answer.json({"detail": "Not Found"}, 404), SetupError, "--api"),
    "wrong method": (Answer(405), SetupError, "AUTOMATIC1111_URL"),
    "sampler": (refusal(404, "Sampler not found"), SetupError, "name a sampler"),
    "proxy": (Answer(407), SetupError, "NO_PROXY"),
    "moved": (Answer(308, headers={"Location": "/x"}), SetupError, "where it leads"),
    "too slow": (Answer(408), TransientError, "again later"),
    "too long": (Answer(413), InvalidPost, "correct the post"),
    "malformed": (INVALID, InvalidPost, "body.steps; not an integer"),
    "throttled": (Answer(429), RateLimited, "when it allows"),
    "teapot": (Answer(418), PermanentError, "answers 418"),
    "memory": (MEMORY, TransientError, "order smaller pictures"),
    "raised": (refusal(500, "", "NansException", "all NaNs"), TransientError, "all NaNs"),
    "broken": (Answer(500, b"Internal Server Error"), OutcomeUnknown, "may have been made"),
    "bad gateway": (Answer(502, b"<html>"), OutcomeUnknown, "a page of HTML"),
    "away": (Answer(503), OutcomeUnknown, "DEFAULT_GENERATION_TIMEOUT"),
    "too late": (Answer(504, b"<html>"), OutcomeUnknown, "is not kept there"),
    "list body": (Answer.json(["one"], 400), InvalidPost, "one"),
    "deep body": (Answer(400, b"[" * 90_000 + b"]" * 90_000), InvalidPost, "answers 400"),
    "echoed": (Answer(400, f"bad {PASSWORD}".encode()), InvalidPost, "bad ***"),
    "long body": (Answer(400, b"word " * 9_000), InvalidPost, "word word"),
}
WAITS: dict[str, tuple[Answer, float | None]] = {
    "seconds": (Answer(429, headers={"Retry-After": "17"}), 17.0),
    "date": (
        Answer(429, headers={"Retry-After": format_datetime(NOW + timedelta(seconds=90))}),
        90.0,
    ),
    "none told": (Answer(429), None),
    "nonsense": (Answer(429, headers={"Retry-After": "soon"}), None),
    "no use": (Answer(401, headers={"Retry-After": "9"}), None),
}
TEXT = base64.b64encode(b'{"error": "no picture"}').decode()
NO_PICTURES: dict[str, Answer] = {
    "page": Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>"),
    "nothing": Answer(200),
    "null": Answer.json(None),
    "list": Answer.json([]),
    "no images": Answer.json({"info": "{}"}),
    "interrupted": Answer.json({"images": [], "info": "{}"}),
    "no base64": Answer.json({"images": ["?"]}),
    "no text": Answer.json({"images": [5, None, {}]}),
    "text for a picture": Answer.json({"images": [TEXT]}),
    "a picture itself": Answer(200, b"\x89PNG\r\n\x1a\n", {"Content-Type": "image/png"}),
}


@pytest.fixture
def server() -> Iterator[Automatic1111]:
    with Automatic1111(login=f"me:{PASSWORD}") as stand_in:
        yield stand_in


def refused_by(server: Automatic1111, **changes: Any) -> PromptpressError:
    """Order a picture and return the error; it must show no secret."""
    with pytest.raises(PromptpressError) as caught:
        automatic1111_of(server, **changes).submit(wish())
    assert PASSWORD not in f"{caught.value!r} {pickle.dumps(caught.value)!r}"
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize(("answer", "kind", "words"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_refused_order(
    server: Automatic1111, answer: Answer, kind: type[PromptpressError], words: str
) -> None:
    """Every answer that is no picture says what to do; one order goes out and no more."""
    server.fail("generate", Fault("before", answer))

    error = refused_by(server)

    assert type(error) is kind
    assert words in str(error)
    assert len(str(error)) < 700
    assert server.calls() == ["progress", "generate"]


@pytest.mark.parametrize(("answer", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_a_wait_is_kept(server: Automatic1111, answer: Answer, seconds: float | None) -> None:
    """What the server, or what stands before it, names is kept."""
    server.fail("generate", Fault("before", answer))

    assert refused_by(server).retry_after == seconds


@pytest.mark.parametrize("answer", NO_PICTURES.values(), ids=NO_PICTURES.keys())
def test_something_else_in_a_good_answer(server: Automatic1111, answer: Answer) -> None:
    """No picture will come of it: a person decides."""
    server.fail("generate", Fault("after", answer))

    assert type(refused_by(server)) is BadPicture


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
def test_a_lost_answer(server: Automatic1111, fault: Fault) -> None:
    """When the answer to an order is lost nobody knows, and it ends by its deadline."""
    server.fail("generate", fault)
    begun = time.monotonic()

    with pytest.raises(OutcomeUnknown, match="DEFAULT_GENERATION_TIMEOUT"):
        automatic1111_of(server, timeout=0.8).submit(wish())

    assert time.monotonic() - begun < 3
    assert server.calls() == ["progress", "generate"]


@pytest.mark.parametrize("call", ["progress", "models"])
@pytest.mark.parametrize(
    "fault", [Fault("before"), Fault("before", hang=True)], ids=["cut", "silent"]
)
def test_a_lost_question(server: Automatic1111, call: str, fault: Fault) -> None:
    """A question before the order that nobody answers ends the matter: nothing was ordered."""
    server.fail(call, fault)

    assert type(refused_by(server, timeout=0.8, model="dream")) is TransientError
    assert "generate" not in server.calls()


def test_a_server_that_is_not_there(server: Automatic1111) -> None:
    """Nothing left this machine, so nothing was made."""
    with socket.create_server(("127.0.0.1", 0)) as gone_soon:
        port = gone_soon.getsockname()[1]

    assert type(refused_by(server, api_url=f"http://127.0.0.1:{port}")) is TransientError
    for address in ("", "nonsense", "http://[::1", "http://me:CANARY@"):
        assert type(refused_by(server, api_url=address)) is SetupError


def test_a_redirect_is_not_followed(server: Automatic1111, echo: Echo) -> None:
    """Password and prompt go to the address that is set, and to no other."""
    for call in ("models", "progress", "generate"):
        server.fail(call, Fault("before", Answer(307, headers={"Location": echo.url})))

    with pytest.raises(SetupError, match="AUTOMATIC1111_URL"):
        automatic1111_of(server).check()

    assert type(refused_by(server)) is SetupError
    assert echo.requests == []


def test_a_large_picture(server: Automatic1111) -> None:
    """One of 60 MB is not taken, nor an answer that holds more than that."""
    picture = base64.b64encode(b"\xff\xd8\xff" + bytes(MAX_PICTURE - 3)).decode()
    for answer in (Answer.json({"images": [picture]}), Answer(200, b" " * 90_000_000)):
        server.fail("generate", Fault("after", answer))

    for _ in range(2):
        error = refused_by(server, timeout=60)

        assert type(error) is BadPicture
        assert "60 MB" in str(error)


NAMES = [
    "images",
    "info",
    "seed",
    "all_seeds",
    "index_of_first_image",
    "title",
    "model_name",
    "state",
    "job_count",
    "eta_relative",
    "error",
    "errors",
    "detail",
    "loc",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())


@given(body=BODIES)
def test_any_good_answer_can_be_read(body: bytes) -> None:
    """Whatever bytes come, reading them is never an accident."""
    outcome = parse_outcome(body)

    assert all(content for content, _ in outcome.pictures)
    assert outcome.model
    assert 0 <= parse_seconds_left(body) < 86_400
    assert parse_models(body) is None or all(parse_models(body) or ["x"])


@given(
    status=st.integers(300, 599),
    body=BODIES,
    begun=st.booleans(),
    headers=st.dictionaries(st.just("Retry-After"), st.text(max_size=30)),
)
def test_any_bad_answer_can_be_read(
    status: int, body: bytes, begun: bool, headers: dict[str, str]
) -> None:
    """Whatever comes with a bad status becomes one of our errors, with a sane wait or none."""
    reply = Reply(status=status, headers=headers, body=body, whole=True)

    error = explain(reply, [PASSWORD], NOW, begun=begun)

    assert "it answers" in str(error)
    assert error.retry_after is None or error.retry_after >= 0
