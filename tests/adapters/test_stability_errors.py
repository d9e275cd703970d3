"""Stability when something goes wrong: each failure is the error that says what to do next."""

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
from promptpress.adapters.stability._answers import MAX_PICTURE, parse_credits, parse_outcome
from promptpress.adapters.stability._refusals import explain
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
from tests.adapters.calling import Echo
from tests.adapters.generating import NOW, stability_of, wish
from tests.fakes.server import Answer, Fault
from tests.fakes.stability import KEY, Stability, refusal

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")
FLAGGED = "Your request was flagged by our content moderation system"
WALL = Answer(403, b"<html><title>Attention Required!</title></html>")
BAD_KEY = Answer.json({"message": "Incorrect API key provided"}, 401)
ANSWERS: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "bad key": (BAD_KEY, BadCredentials, "Incorrect API key provided): put a valid key"),
    "no credit": (
        refusal(402, "payment_required", "You lack sufficient credits"),
        QuotaExhausted,
        "name another service in GENERATORS",
    ),
    "unpaid": (Answer(402), QuotaExhausted, "add credits"),
    "moderated": (refusal(403, "content_moderation", FLAGGED), ContentRefused, "change the prompt"),
    "moderated so": (refusal(400, "content_moderation", FLAGGED), ContentRefused, "flagged by"),
    "in words": (refusal(403, "forbidden", FLAGGED), ContentRefused, "change the prompt"),
    "no right": (refusal(403, "forbidden"), BadCredentials, "its rights"),
    "a wall": (WALL, BadCredentials, "Attention Required!"),
    "wrong address": (Answer(404, b"<html>"), SetupError, "STABILITY_API_URL"),
    "wrong method": (Answer(405), SetupError, "STABILITY_API_URL"),
    "abolished": (refusal(410, "gone", "no longer here"), SetupError, "STABILITY_MODEL"),
    "proxy": (Answer(407), SetupError, "HTTPS_PROXY"),
    "moved": (Answer(308, headers={"Location": "/x"}), SetupError, "STABILITY_API_URL"),
    "too slow": (Answer(408), TransientError, "again later"),
    "too long": (Answer(413, b"too large"), InvalidPost, "correct the post"),
    "malformed": (refusal(400, "bad_request", "prompt: too long", "x"), InvalidPost, "too long; x"),
    "language": (refusal(422, "invalid_language", "English only"), InvalidPost, "English only"),
    "throttled": (refusal(429, "rate_limit_exceeded", "slow"), RateLimited, "when it allows"),
    "teapot": (Answer(418), PermanentError, "answers 418"),
    "broken": (refusal(500, "internal_error", "oops"), OutcomeUnknown, "may have been made"),
    "bad gateway": (Answer(502, b"<html>"), OutcomeUnknown, "a page of HTML"),
    "away": (Answer(503), OutcomeUnknown, "account/credits"),
    "numbered": (Answer(500, headers={"x-request-id": "4f8"}), OutcomeUnknown, "request 4f8"),
    "list body": (Answer.json(["one"], 400), InvalidPost, "one"),
    "deep body": (Answer(400, b"[" * 90_000 + b"]" * 90_000), InvalidPost, "answers 400"),
    "echoed key": (refusal(400, "x", f"bad header Bearer {KEY}"), InvalidPost, "Bearer ***"),
    "long body": (Answer(400, b"word " * 9_000), InvalidPost, "word word"),
}
WAITS: dict[str, tuple[Answer, float | None]] = {
    "seconds": (Answer(429, headers={"Retry-After": "17"}), 17.0),
    "date": (
        Answer(429, headers={"Retry-After": format_datetime(NOW + timedelta(seconds=90))}),
        90.0,
    ),
    "none told": (Answer(429), 60.0),
    "nonsense": (Answer(429, headers={"Retry-After": "soon"}), 60.0),
    "no use": (Answer(401, headers={"Retry-After": "9"}), None),
    "no limit": (Answer(408), None),
}
TEXT = base64.b64encode(b'{"error": "no picture"}').decode()
NO_PICTURES: dict[str, Answer] = {
    "page": PAGE,
    "nothing": Answer(200),
    "null": Answer.json(None),
    "list": Answer.json([]),
    "no image": Answer.json({"finish_reason": "SUCCESS", "seed": 1}),
    "error": Answer.json({"finish_reason": "ERROR", "errors": ["x"]}),
    "no base64": Answer.json({"image": "?"}),
    "text for a picture": Answer.json({"image": TEXT}),
    "json for a picture": Answer(200, b'{"a": 1}', {"Content-Type": "image/png"}),
}


@pytest.fixture
def service() -> Iterator[Stability]:
    with Stability() as stand_in:
        yield stand_in


def refused_by(service: Stability, prompt: str = "a fox", **changes: Any) -> PromptpressError:
    """Order a picture and return the error; it must show no secret."""
    with pytest.raises(PromptpressError) as caught:
        stability_of(service, **changes).submit(wish(prompt))
    assert KEY not in f"{caught.value!r} {pickle.dumps(caught.value)!r}"
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize(("answer", "kind", "words"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_refused_order(
    service: Stability, answer: Answer, kind: type[PromptpressError], words: str
) -> None:
    """Every answer that is no picture says what to do; one order goes out and no more."""
    service.fail("generate", Fault("before", answer))

    error = refused_by(service)

    assert type(error) is kind
    assert words in str(error)
    assert len(str(error)) < 700
    assert service.calls() == ["generate"]


@pytest.mark.parametrize(("answer", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_a_wait_is_kept(service: Stability, answer: Answer, seconds: float | None) -> None:
    """What the service names is kept; without a word it shuts out for a minute."""
    service.fail("generate", Fault("before", answer))

    assert refused_by(service).retry_after == seconds


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "bytes"])
def test_a_blurred_picture_is_a_refusal(service: Stability, as_json: bool) -> None:
    """It comes with status 200 and decodes well: only its reason tells that it is none."""
    service.as_json = as_json

    error = refused_by(service, "gore in the snow")

    assert type(error) is ContentRefused
    assert "content filter" in str(error)


def test_an_account_without_credit(service: Stability) -> None:
    """The order that finds it empty is the last one, whatever its post."""
    service.credits = 3

    assert stability_of(service).submit(wish()).pictures
    assert type(refused_by(service)) is QuotaExhausted


@pytest.mark.parametrize("answer", NO_PICTURES.values(), ids=NO_PICTURES.keys())
def test_something_else_in_a_good_answer(service: Stability, answer: Answer) -> None:
    """It may be paid for, but no picture will come of it: a person decides."""
    service.fail("generate", Fault("after", answer))

    assert type(refused_by(service)) is BadPicture


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
@pytest.mark.parametrize("as_json", [True, False], ids=["json", "bytes"])
def test_a_lost_answer(service: Stability, fault: Fault, as_json: bool) -> None:
    """When the answer to an order is lost nobody knows, and it ends by its deadline."""
    service.as_json = as_json
    service.fail("generate", fault)
    begun = time.monotonic()

    with pytest.raises(OutcomeUnknown, match=r"platform\.stability\.ai/account/credits"):
        stability_of(service, timeout=0.8).submit(wish())

    assert time.monotonic() - begun < 3
    assert service.calls() == ["generate"]


def test_a_service_that_is_not_there(service: Stability) -> None:
    """Nothing left this machine, so nothing is paid for."""
    with socket.create_server(("127.0.0.1", 0)) as gone_soon:
        port = gone_soon.getsockname()[1]

    assert type(refused_by(service, api_url=f"http://127.0.0.1:{port}")) is TransientError
    assert type(refused_by(service, api_url="nonsense")) is SetupError


def test_a_redirect_is_not_followed(service: Stability, echo: Echo) -> None:
    """Key and prompt go to the address that is set, and to no other."""
    for call in ("balance", "generate"):
        service.fail(call, Fault("before", Answer(307, headers={"Location": echo.url})))

    with pytest.raises(SetupError, match="STABILITY_API_URL"):
        stability_of(service).check()

    assert type(refused_by(service)) is SetupError
    assert echo.requests == []


def test_a_large_picture(service: Stability) -> None:
    """One of 60 MB is not taken, in either form."""
    picture = b"\xff\xd8\xff" + bytes(MAX_PICTURE - 3)
    coded = Answer.json({"image": base64.b64encode(picture).decode()})
    for answer in (coded, Answer(200, picture), Answer(200, b" " * 81_000_000)):
        service.fail("generate", Fault("after", answer))

    for _ in range(3):
        error = refused_by(service, timeout=60)

        assert type(error) is BadPicture
        assert "60 MB" in str(error)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["image", "finish_reason", "seed", "credits", "name", "errors", "message", "id"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())


@given(
    body=BODIES,
    headers=st.dictionaries(st.sampled_from(["finish-reason", "seed"]), st.text(max_size=30)),
)
def test_any_good_answer_can_be_read(body: bytes, headers: dict[str, str]) -> None:
    """Whatever bytes come, reading them is never an accident."""
    outcome = parse_outcome(headers, body)

    assert outcome.seed is None or isinstance(outcome.seed, int)
    assert parse_credits(body) is None or isinstance(parse_credits(body), float)


@given(
    status=st.integers(300, 599),
    body=BODIES,
    paid=st.booleans(),
    headers=st.dictionaries(st.sampled_from(["Retry-After", "x-request-id"]), st.text(max_size=30)),
)
def test_any_bad_answer_can_be_read(
    status: int, body: bytes, paid: bool, headers: dict[str, str]
) -> None:
    """Whatever comes with a bad status becomes one of our errors, with a sane wait or none."""
    reply = Reply(status=status, headers=headers, body=body, whole=True)

    error = explain(reply, [KEY], NOW, paid=paid)

    assert "it answers" in str(error)
    assert error.retry_after is None or error.retry_after >= 0
