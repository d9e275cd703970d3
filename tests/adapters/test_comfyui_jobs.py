"""ComfyUI's jobs: what is in work is asked for and fetched, never ordered again."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.comfyui import ComfyUIGenerator
from promptpress.errors import (
    BadCredentials,
    ContentRefused,
    PermanentError,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from promptpress.ports import Generation
from tests.adapters.generating import NOW, PROMPT, comfyui_of, finish, wish
from tests.fakes.comfyui import ComfyUI
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")
GOOD = {"id": "n-1", "model": "m", "seed": 5, "count": 2}


@pytest.fixture
def server() -> Iterator[ComfyUI]:
    with ComfyUI() as stand_in:
        yield stand_in


def error_at(event: str, **detail: object) -> dict[str, Any]:
    """Return the status of an order that failed."""
    return {"status_str": "error", "completed": False, "messages": [["start", {}], [event, detail]]}


def test_a_job_outlives_its_generator(server: ComfyUI) -> None:
    """The job's text is all that another run needs; it fetches and orders nothing."""
    job = comfyui_of(server).submit(wish(seed=7)).job

    (made,) = finish(comfyui_of(server), Generation(job=job))

    assert server.picture(PROMPT, 7) == made.content
    assert server.calls().count("generate") == 1
    assert job.isprintable()


def test_the_place_in_the_queue_gives_the_wait(server: ComfyUI) -> None:
    """Whoever is next asks soon, whoever is far behind much later, and nobody too late."""
    server.polls = 1_000_000
    generator = comfyui_of(server)
    jobs = [generator.submit(wish(f"fox {number}")).job for number in range(20)]

    waits = [generator.collect(job).wait for job in jobs]

    assert waits[:4] == [0, 5, 10, 15]
    assert waits == sorted(waits)
    assert waits[-1] == 60


def test_a_job_that_is_never_done(server: ComfyUI) -> None:
    """Each call asks and returns: how long to go on is not decided here."""
    server.polls = 1_000_000
    generator = comfyui_of(server)
    generation = generator.submit(wish())

    for _ in range(3):
        assert generation == generator.collect(generation.job)


def test_a_job_that_ends_between_two_questions(server: ComfyUI) -> None:
    """It was not yet in the history and no longer in the queue: it is not taken for gone."""
    generator = comfyui_of(server)
    job = generator.submit(wish()).job
    number = next(iter(server.queued))
    looks: list[str] = []

    def finish_after_first_look(call: str) -> None:
        looks.append(call)
        if looks == ["history"]:
            server.finish(number)

    server.after = finish_after_first_look

    assert generator.collect(job).pictures
    assert looks == ["history", "queue", "history", "download"]


def test_a_job_that_vanished(server: ComfyUI) -> None:
    """The server keeps queue and history in its memory only."""
    generator = comfyui_of(server)
    job = generator.submit(wish()).job
    server.restart()

    with pytest.raises(PermanentError, match="was it restarted"):
        generator.collect(job)


FAILURES: dict[str, tuple[dict[str, Any], type[PromptpressError], str]] = {
    "memory": (
        error_at(
            "execution_error", node_id="5", node_type="KSampler", exception_message="CUDA memory"
        ),
        PermanentError,
        r"node 5 \(KSampler\): CUDA memory",
    ),
    "no words": (error_at("execution_error", exception_type="OSError"), PermanentError, "OSError"),
    "refused": (
        error_at("execution_error", exception_message="Rejected by our moderation"),
        ContentRefused,
        "change the prompt",
    ),
    "interrupted": (error_at("execution_interrupted"), PermanentError, "interrupted"),
    "interrupted and called a success": (
        {**error_at("execution_interrupted"), "status_str": "success", "completed": True},
        PermanentError,
        "interrupted",
    ),
    "no reason": ({"status_str": "error", "messages": None}, PermanentError, "no reason"),
    "no pictures": (
        {"status_str": "success", "completed": True, "messages": []},
        PermanentError,
        r"SaveImage node, with \{id\}",
    ),
}


@pytest.mark.parametrize(("status", "kind", "words"), FAILURES.values(), ids=FAILURES.keys())
def test_a_job_that_fails(
    server: ComfyUI, status: dict[str, Any], kind: type[PromptpressError], words: str
) -> None:
    """The server's reason sets the post aside, and collecting again says the same."""
    server.ends.append(status)
    generator = comfyui_of(server)
    generation = generator.submit(wish())

    for _ in range(2):
        with pytest.raises(PermanentError, match=words) as caught:
            finish(generator, generation)

        assert type(caught.value) is kind


@pytest.mark.parametrize("status", [{"status_str": "paused", "completed": False}, {"x": 1}])
def test_an_unknown_status_is_work(server: ComfyUI, status: dict[str, Any]) -> None:
    """A word of the future ends nothing: the deadline of the task does."""
    server.ends.append(status)
    generator = comfyui_of(server)
    job = generator.submit(wish()).job
    generator.collect(job)

    assert generator.collect(job) == Generation(job=job)


def test_a_server_of_old_tells_no_status(server: ComfyUI) -> None:
    """What it saved is what counts."""
    generator = comfyui_of(server)
    generation = generator.submit(wish(seed=7))
    (number,) = server.queued
    server.finish(number)
    told = {number: {"outputs": server.done[number].outputs, "status": None}}
    server.fail("history", Fault("before", Answer.json(told)))

    assert finish(generator, generation)[0].content == server.picture(PROMPT, 7)


QUESTIONS: dict[str, tuple[Fault, type[PromptpressError]]] = {
    "bad password": (Fault("before", Answer(401)), BadCredentials),
    "wrong address": (Fault("before", Answer(404)), SetupError),
    "timeout": (Fault("before", Answer(408)), TransientError),
    "throttled": (Fault("before", Answer(429, headers={"Retry-After": "3"})), RateLimited),
    "broken": (Fault("before", Answer(500)), TransientError),
    "away": (Fault("before", Answer(503)), TransientError),
    "page": (Fault("before", PAGE), TransientError),
    "odd": (Fault("before", Answer.json(["x"])), TransientError),
    "no answer": (Fault("before"), TransientError),
    "cut": (Fault("after", cut_at=1), TransientError),
    "silent": (Fault("before", hang=True), TransientError),
}


@pytest.mark.parametrize("call", ["history", "queue"])
@pytest.mark.parametrize(("fault", "kind"), QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_job_that_cannot_be_asked_for(
    server: ComfyUI, call: str, fault: Fault, kind: type[PromptpressError]
) -> None:
    """A question without an answer is asked again; the job stays good."""
    generation = comfyui_of(server).submit(wish())
    server.fail(call, fault)

    with pytest.raises(PromptpressError) as caught:
        comfyui_of(server, timeout=0.5 if fault.hang else 10).collect(generation.job)

    assert type(caught.value) is kind
    assert finish(comfyui_of(server), generation)


@given(job=st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_text_as_a_job_is_refused_in_words(job: str) -> None:
    """A job that somebody changed by hand is no accident."""
    generator = ComfyUIGenerator(clock=lambda: NOW, new_id=str)

    with pytest.raises(PermanentError, match="retry the post"):
        generator.collect(job)


@pytest.mark.parametrize(
    "change", [{"id": "../x"}, {"id": ""}, {"id": 5}, {"count": 0}, {"seed": "x"}, {"more": 1}]
)
def test_a_job_with_a_wrong_part_is_refused_in_words(change: dict[str, object]) -> None:
    """Nothing but a number of an order goes into an address."""
    generator = ComfyUIGenerator(clock=lambda: NOW, new_id=str)

    with pytest.raises(PermanentError, match="retry the post"):
        generator.collect(json.dumps({**GOOD, **change}))
