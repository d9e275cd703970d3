"""Hugging Face when something goes wrong: each failure is the error that says what to do next."""

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
from promptpress.adapters.huggingface._answers import PROVIDERS, parse_outcome
from promptpress.adapters.huggingface._refusals import explain, gone
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
from tests.adapters.generating import NOW, generator_of, wish
from tests.fakes.huggingface import TOKEN, HuggingFace, refusal
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")
FALLEN = Answer(504, b"<html><head><title>504 Gateway\nTime-out</title></head></html>")
CREDITS = "You have exceeded your monthly included credits for Inference Providers."
LOADING = Answer.json({"error": "Model is currently loading", "estimated_time": 20.0}, 503)


def detail(**parts: Any) -> Answer:
    return Answer.json({"detail": [{"loc": ["body", "prompt"], **parts}]}, 422)


ANSWERS: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "bad token": (refusal(401, "Invalid credentials"), BadCredentials, "HF_TOKEN"),
    "no credit": (refusal(402, CREDITS), QuotaExhausted, "monthly included credits"),
    "no permission": (refusal(403, "Forbidden"), BadCredentials, "Make calls to Inference Prov"),
    "exhausted": (refusal(403, "Exhausted balance."), QuotaExhausted, "Exhausted balance"),
    "no such model": (refusal(404, "Not Found"), SetupError, "HF_MODEL or HF_PROVIDER"),
    "old router": (refusal(410, "is no longer supported"), SetupError, "no longer supported"),
    "unserved": (refusal(400, "Model not supported by provider x"), SetupError, "HF_PROVIDER"),
    "proxy": (Answer(407), SetupError, "HTTPS_PROXY"),
    "moved": (Answer(308, headers={"Location": "/x"}), SetupError, "HUGGINGFACE_API_URL"),
    "too slow": (Answer(408), TransientError, "again later"),
    "too long": (Answer(413, b"too large"), InvalidPost, "correct the post"),
    "malformed": (refusal(400, "width must be divisible by 8"), InvalidPost, "divisible by 8"),
    "policy": (detail(msg="x", type="content_policy_violation"), ContentRefused, "the prompt"),
    "nsfw": (refusal(400, "NSFW content detected"), ContentRefused, "NSFW content detected"),
    "validation": (detail(msg="too long", type="value"), InvalidPost, "too long value"),
    "teapot": (Answer(418), PermanentError, "answers 418"),
    "throttled": (refusal(429, "slow down"), RateLimited, "slow down"),
    "broken": (Answer(500), TransientError, "answers 500"),
    "bad gateway": (Answer(502, b"<html>"), TransientError, "a page of HTML"),
    "loading": (LOADING, TransientError, "currently loading"),
    "gateway": (FALLEN, TransientError, "504 Gateway Time-out"),
    "list body": (Answer.json(["one", {"message": "two"}], 500), TransientError, "one; two"),
    "string body": (Answer.json("just words", 500), TransientError, "just words"),
    "number body": (Answer.json(17, 500), TransientError, "17"),
    "deep body": (Answer(500, b"[" * 90_000 + b"]" * 90_000), TransientError, "answers 500"),
    "nested": (Answer.json({"error": {"message": "m", "code": 3}}, 400), InvalidPost, "m 3"),
    "echoed token": (refusal(400, f"bad header Bearer {TOKEN}"), InvalidPost, "Bearer ..."),
    "long body": (Answer(500, b"word " * 9_000), TransientError, "word word"),
}
WAITS: dict[str, tuple[Answer, float | None]] = {
    "seconds": (Answer(429, headers={"Retry-After": "17"}), 17.0),
    "date": (
        Answer(503, headers={"Retry-After": format_datetime(NOW + timedelta(seconds=90))}),
        90.0,
    ),
    "window": (Answer(429, headers={"RateLimit": '"api";r=0;t=55'}), 55.0),
    "windows": (Answer(429, headers={"RateLimit": '"a";r=0;t=5, "b";r=0;t=300'}), 300.0),
    "loading": (LOADING, 20.0),
    "nonsense": (Answer(429, headers={"Retry-After": "soon", "RateLimit": "t"}), None),
    "nothing": (Answer(500), None),
}
NO_PICTURES: dict[str, Answer] = {
    "page": PAGE,
    "nothing": Answer(200),
    "no content": Answer(204),
    "null": Answer.json(None),
    "words": Answer(200, b"error code: 1015"),
    "list": Answer.json([]),
    "other": Answer.json({"images": [{"url": "ftp://x"}], "data": [{"b64_json": "?"}], "id": 5}),
}


@pytest.fixture
def hub() -> Iterator[HuggingFace]:
    with HuggingFace(provider="fal-ai") as stand_in:
        yield stand_in


def refused_by(hub: HuggingFace, **changes: Any) -> PromptpressError:
    """Order a picture and return the error; it must show no secret."""
    with pytest.raises(PromptpressError) as caught:
        generator_of(hub, **changes).submit(wish())
    assert TOKEN not in f"{caught.value!r} {pickle.dumps(caught.value)!r}"
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize(("answer", "kind", "words"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_refused_order(
    hub: HuggingFace, answer: Answer, kind: type[PromptpressError], words: str
) -> None:
    """Every answer that is no picture says what to do, and nothing was paid for."""
    hub.fail("generate", Fault("before", answer))

    error = refused_by(hub)

    assert type(error) is kind
    assert words.replace("...", "***") in str(error)
    assert len(str(error)) < 600
    assert hub.journal.accepted("generate") == []


@pytest.mark.parametrize(("answer", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_a_wait_is_kept(hub: HuggingFace, answer: Answer, seconds: float | None) -> None:
    """Wherever the service names a time to wait, the error carries it."""
    hub.fail("generate", Fault("before", answer))

    assert refused_by(hub).retry_after == seconds


def test_a_post_is_told_when_its_own_model_is_unknown(hub: HuggingFace) -> None:
    """What a post asks for does not stop the others."""
    hub.fail("generate", Fault("before", refusal(404, "Not Found")))

    with pytest.raises(InvalidPost, match="change the model of the post"):
        generator_of(hub).submit(wish(model="black-forest-labs/FLUX.1-schnell"))


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("answer", NO_PICTURES.values(), ids=NO_PICTURES.keys())
def test_something_else_in_a_good_answer(hub: HuggingFace, provider: str, answer: Answer) -> None:
    """It may be paid for, but no picture will come of it: a person decides."""
    hub.fail("generate", Fault("after", answer))

    assert type(refused_by(hub, provider=provider)) is BadPicture


def test_an_error_in_a_good_answer(hub: HuggingFace) -> None:
    """Some servers say 200 and mean an error."""
    for words, kind in (("out of memory", PermanentError), ("NSFW detected", ContentRefused)):
        hub.fail("generate", Fault("before", refusal(200, words)))

        assert type(refused_by(hub, provider="hf-inference")) is kind


@pytest.mark.parametrize("provider", ["hf-inference", "fal-ai"])
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
def test_a_lost_answer(hub: HuggingFace, provider: str, fault: Fault) -> None:
    """When the answer to an order is lost nobody knows, and it ends by its deadline."""
    hub.size = 256
    generator = generator_of(hub, provider=provider, timeout=0.8)
    generator.check()
    hub.fail("generate", fault)
    begun = time.monotonic()

    with pytest.raises(OutcomeUnknown, match=r"huggingface\.co/settings/billing"):
        generator.submit(wish())

    assert time.monotonic() - begun < 3


def test_a_router_that_is_not_there(hub: HuggingFace) -> None:
    """Nothing left this machine, so nothing is paid for."""
    with socket.create_server(("127.0.0.1", 0)) as gone_soon:
        port = gone_soon.getsockname()[1]

    assert type(refused_by(hub, api_url=f"http://127.0.0.1:{port}")) is TransientError
    assert type(refused_by(hub, api_url="nonsense")) is SetupError


@pytest.mark.parametrize(
    "fault", [Fault("before"), Fault("before", hang=True), Fault("before", PAGE)]
)
def test_a_hub_that_does_not_answer(hub: HuggingFace, fault: Fault) -> None:
    """Without knowing who serves the model nothing is ordered, and it does not take for ever."""
    hub.fail("lookup", fault)
    begun = time.monotonic()

    assert type(refused_by(hub, timeout=2.0)) is TransientError
    assert time.monotonic() - begun < 1.9
    assert hub.journal.entries(call="generate") == []


@pytest.mark.parametrize("token", ["", " ", "hf_a b", "hf_é", "hf_a\nb"])
def test_a_token_that_is_none(hub: HuggingFace, token: str) -> None:
    """It is told before anything is sent."""
    assert type(refused_by(hub, token=token)) is BadCredentials
    assert hub.calls() == []


def test_a_large_picture(hub: HuggingFace) -> None:
    """60 MB are taken whole; what is beyond 64 MB is not taken at all."""
    head = b"\xff\xd8\xff"
    for size in (60_000_000, 65_000_000):
        hub.fail("generate", Fault("after", Answer(200, head + bytes(size - 3))))
    generator = generator_of(hub, provider="hf-inference", timeout=60)

    (made,) = generator.submit(wish()).pictures
    assert len(made.content) == 60_000_000
    with pytest.raises(BadPicture, match="64 MB"):
        generator.submit(wish())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["images", "url", "data", "b64_json", "output", "status", "urls", "get", "id", "error",
             "detail", "message", "outputs", "task_status", "image_result", "seed", "input",
             "has_nsfw_concepts", "estimated_time", "type"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())


@given(provider=st.sampled_from(PROVIDERS), body=BODIES)
def test_any_good_answer_can_be_read(provider: str, body: bytes) -> None:
    """Whatever bytes come, reading them is never an accident."""
    outcome = parse_outcome(provider, body)

    assert outcome.seed is None or isinstance(outcome.seed, int)
    assert not outcome.url or outcome.url.startswith("http")
    assert not outcome.poll or outcome.poll.startswith("/")


@given(
    status=st.integers(300, 599),
    body=BODIES,
    headers=st.dictionaries(st.sampled_from(["Retry-After", "RateLimit"]), st.text(max_size=30)),
)
def test_any_bad_answer_can_be_read(status: int, body: bytes, headers: dict[str, str]) -> None:
    """Whatever comes with a bad status becomes one of our errors, with a sane wait or none."""
    reply = Reply(status=status, headers=headers, body=body, whole=True)

    error = explain(reply, gone("it"), [TOKEN], NOW)

    assert str(error).startswith("huggingface: it answers")
    assert error.retry_after is None or error.retry_after >= 0
