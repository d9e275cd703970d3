"""ComfyUI when an order goes wrong: each failure is the error that says what to do next."""

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
from tests.adapters.generating import NOW, comfyui_of, finish, wish
from tests.fakes.comfyui import ComfyUI
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")
PASSWORD = "CANARY"


def invalid(type_: str, message: str, details: str) -> Answer:
    """Return the refusal of a graph as the server words it."""
    error = {"type": "prompt_outputs_failed_validation", "message": "failed", "details": ""}
    wrong = {"type": type_, "message": message, "details": details, "extra_info": {}}
    nodes = {"4": {"errors": [wrong], "class_type": "EmptyLatentImage"}}
    return Answer.json({"error": error, "node_errors": nodes}, 400)


NO_NODE = Answer.json(
    {"error": {"type": "invalid_prompt", "message": "no node X", "details": "#4"}}, 400
)
ANSWERS: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "bad graph": (
        invalid("required_input_missing", "Required input is missing", "width"),
        SetupError,
        "(node 4 (EmptyLatentImage): Required input is missing: width): correct COMFYUI_WORKFLOW",
    ),
    "too large a picture": (
        invalid("value_bigger_than_max", "Value 99999 bigger than max", "width"),
        InvalidPost,
        "correct the post",
    ),
    "no such node": (NO_NODE, SetupError, "no node X; #4"),
    "of old": (Answer.json({"error": "no prompt", "node_errors": []}, 400), SetupError, "no prom"),
    "password": (Answer(401), BadCredentials, "http://name:password@host:8188"),
    "unpaid": (Answer(402), QuotaExhausted, "rents you the server"),
    "a wall": (Answer(403, b"<html><title>No</title>"), BadCredentials, "(No)"),
    "wrong address": (Answer(404), SetupError, "COMFYUI_URL"),
    "wrong method": (Answer(405), SetupError, "COMFYUI_URL"),
    "proxy": (Answer(407), SetupError, "NO_PROXY"),
    "moved": (Answer(307, headers={"Location": "/x"}), SetupError, "where it leads"),
    "too slow": (Answer(408), TransientError, "again later"),
    "too long": (Answer(413), InvalidPost, "correct the post"),
    "malformed": (Answer(422), SetupError, "COMFYUI_WORKFLOW"),
    "throttled": (Answer(429), RateLimited, "when it allows"),
    "teapot": (Answer(418), PermanentError, "answers 418"),
    "broken": (Answer(500), OutcomeUnknown, "look at its queue"),
    "bad gateway": (Answer(502, b"<html>"), OutcomeUnknown, "answers 502"),
    "away": (Answer(503), OutcomeUnknown, "retry the post"),
    "page": (PAGE, OutcomeUnknown, "no number of a job"),
    "no number": (Answer.json({"number": 1}), OutcomeUnknown, "no number of a job"),
    "list body": (Answer.json(["one"], 400), SetupError, "one"),
    "deep body": (Answer(400, b"[" * 90_000 + b"]" * 90_000), SetupError, "answers 400"),
    "echoed": (Answer(400, f"bad {PASSWORD}".encode()), SetupError, "bad ***"),
    "long body": (Answer(400, b"word " * 9_000), SetupError, "word word"),
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


@pytest.fixture
def server() -> Iterator[ComfyUI]:
    with ComfyUI(login=f"me:{PASSWORD}") as stand_in:
        yield stand_in


def refused_by(server: ComfyUI, **changes: Any) -> PromptpressError:
    """Order a picture and return the error; it must show no secret."""
    with pytest.raises(PromptpressError) as caught:
        comfyui_of(server, **changes).submit(wish())
    assert PASSWORD not in f"{caught.value!r} {pickle.dumps(caught.value)!r}"
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize(("answer", "kind", "words"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_refused_order(
    server: ComfyUI, answer: Answer, kind: type[PromptpressError], words: str
) -> None:
    """Every answer that is no number of a job says what to do; one order goes out and no more."""
    server.fail("generate", Fault("before", answer))

    error = refused_by(server)

    assert type(error) is kind
    assert words in str(error)
    assert len(str(error)) < 700
    assert server.calls().count("generate") == 1


@pytest.mark.parametrize(("answer", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_a_wait_is_kept(server: ComfyUI, answer: Answer, seconds: float | None) -> None:
    """What stands before the server may name one."""
    server.fail("generate", Fault("before", answer))

    assert refused_by(server).retry_after == seconds


LOST = {
    "cut": Fault("after"),
    "cut in the body": Fault("after", cut_at=10),
    "silent": Fault("after", hang=True),
    "dripping": Fault("after", drip=0.2),
    "broken": Fault("after", Answer(500)),
    "page": Fault("after", PAGE),
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
@pytest.mark.parametrize("done", [False, True], ids=["queued", "done already"])
def test_a_lost_answer_is_asked_after(server: ComfyUI, fault: Fault, done: bool) -> None:
    """The number is ours: the server is asked whether it has it, and nothing is ordered twice."""
    server.fail("generate", fault)
    server.polls = 0 if done else 2
    generator = comfyui_of(server, timeout=2 if fault.hang or fault.drip else 10)
    if done:
        server.after = lambda call: (
            server.finish(next(iter(server.queued))) if (call == "generate") else None
        )

    generation = generator.submit(wish(seed=7))

    assert finish(comfyui_of(server), generation)[0].seed == 7
    assert server.calls().count("generate") == 1


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_a_lost_answer_that_nobody_can_ask_after(server: ComfyUI, fault: Fault) -> None:
    """A server of old does not know our number: nobody can know, and it ends by its deadline."""
    server.keeps_numbers = False
    server.fail("generate", fault)
    begun = time.monotonic()

    with pytest.raises(OutcomeUnknown, match="look at its queue"):
        comfyui_of(server, timeout=2).submit(wish())

    assert time.monotonic() - begun < 4


@pytest.mark.parametrize(
    "question",
    [Fault("before"), Fault("before", Answer(500)), Fault("before", hang=True)],
    ids=["cut", "broken", "silent"],
)
def test_a_lost_answer_and_a_lost_question(server: ComfyUI, question: Fault) -> None:
    """Where the question is lost as well nobody can know, and it ends by its deadline."""
    server.fail("generate", Fault("after"))
    server.fail("queue", question)
    begun = time.monotonic()

    assert type(refused_by(server, timeout=1)) is OutcomeUnknown
    assert time.monotonic() - begun < 3


def test_an_order_that_never_arrived(server: ComfyUI) -> None:
    """The server does not have it now, but may have it in a moment: nobody can know."""
    server.fail("generate", Fault("before"))

    assert type(refused_by(server)) is OutcomeUnknown
    assert server.queued == {}


def test_a_server_that_is_not_there(server: ComfyUI) -> None:
    """Nothing left this machine, so nothing is queued."""
    with socket.create_server(("127.0.0.1", 0)) as gone_soon:
        port = gone_soon.getsockname()[1]

    for model in ("", "dream.safetensors"):
        away = refused_by(server, api_url=f"http://127.0.0.1:{port}", model=model)
        assert type(away) is TransientError
        for address in ("", "nonsense", "http://[::1", "http://me:CANARY@"):
            assert type(refused_by(server, api_url=address, model=model)) is SetupError


def test_an_order_is_not_redirected(server: ComfyUI, echo: Echo) -> None:
    """Password and prompt go to the address that is set, and to no other."""
    server.fail("generate", Fault("before", Answer(307, headers={"Location": echo.url})))

    assert type(refused_by(server)) is SetupError
    assert echo.requests == []
