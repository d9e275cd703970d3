"""What every generator over HTTP makes of bad answers: the right error, in time, with no secret.

Where services differ, and why, stands in trouble_tables.py.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from promptpress.errors import (
    BadPicture,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from promptpress.ports import Generation, ImageGenerator
from promptpress.wiring.generators import GENERATORS
from tests.adapters.generating import NOW, finish, wish
from tests.contracts.trouble_scenes import (
    BRINGING,
    LATER,
    ORDERS,
    PLACES,
    QUESTIONS,
    SCENES,
    WHOLE,
    Elsewhere,
    Place,
    bomb,
    look_at,
    paid,
    shown,
)
from tests.contracts.trouble_tables import LOST, LOST_KINDS, OWN_WAITS, STATUSES, expected
from tests.fakes.server import Answer, Fault

PATIENT, SHORT = 10.0, 1.0
"""Seconds for one call; the shorter ones where the service is slow on purpose."""
SLACK = 2.5
"""Seconds by which a busy machine may be late."""
LARGE = 65_000_000
"""Bytes: more than any generator takes (60 MB, Hugging Face 64)."""


def _places(places: list[Place]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("place", places, ids=[place.name for place in places])


def _refused(
    place: Place, call: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> PromptpressError:
    """Return the error that the call ends in; it names the service and shows no secret."""
    with pytest.raises(PromptpressError) as caught:
        call()
    error = caught.value
    assert error.service == place.scene.service
    assert [secret for secret in place.scene.secrets if secret in shown(error) + caplog.text] == []
    return error


def _goes_on(server: Any, generator: ImageGenerator, job: str) -> None:
    """Show that a job is still good: its picture comes, and nothing was ordered again."""
    assert look_at(Generation(pictures=finish(generator, Generation(job=job))))
    assert paid(server) == server.calls().count("generate") == 1


@pytest.mark.parametrize(("status", "wait"), STATUSES.values(), ids=STATUSES.keys())
@_places(PLACES)
def test_a_bad_status(
    place: Place, status: int, wait: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Each means what to do next; a job outlives whatever is not for good."""
    caplog.set_level("DEBUG")
    echo = {"message": f"no, says the gatekeeper of {' '.join(place.scene.secrets)}"}
    answer = Answer.json(echo, status, **({"Retry_After": wait} if wait else {}))
    kind = expected(place, status)
    with place.scene.ready() as (server, generator):
        job, call = place.reach(generator)
        server.fail(place.call, Fault("before", answer))
        if kind is None:
            assert call() == Generation(job=job, wait=5.0)
        else:
            error = _refused(place, call, caplog)
            own = OWN_WAITS.get(place.scene.service) if kind is RateLimited else None
            assert type(error) is kind
            assert error.retry_after == (17.0 if wait else own)
        if job and kind is not PermanentError:
            _goes_on(server, generator, job)


@pytest.mark.parametrize("trouble", LOST)
@_places(ORDERS)
def test_the_answer_to_an_order_is_lost(
    place: Place, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The order was taken: that is said, or found out by asking, and never ordered again."""
    caplog.set_level("DEBUG")
    kind = LOST_KINDS.get((place.scene.service, trouble), OutcomeUnknown)
    seconds = SHORT if LOST[trouble].drip else PATIENT
    with place.scene.ready(timeout=seconds) as (server, generator):
        server.fail("generate", LOST[trouble])
        begun = time.monotonic()
        if kind is None:
            job = generator.submit(wish()).job
            assert time.monotonic() - begun < seconds + SLACK
            _goes_on(server, place.scene.make(server), job)
        else:
            assert type(_refused(place, lambda: generator.submit(wish()), caplog)) is kind
            assert time.monotonic() - begun < seconds + SLACK
        assert paid(server) == server.calls().count("generate") == 1


@pytest.mark.parametrize("trouble", ["no answer", "cut short", "slow drip", "a page in its place"])
@_places(LATER)
def test_an_answer_after_the_order_is_lost(
    place: Place, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Asking again costs nothing: so it is asked again, by the same job."""
    caplog.set_level("DEBUG")
    good = None if trouble == "no answer" else place.answer()
    fault = replace(LOST[trouble], when="before", answer=LOST[trouble].answer or good)
    seconds = SHORT if fault.drip else PATIENT
    with place.scene.ready(timeout=seconds) as (server, generator):
        job, call = place.reach(generator)
        server.fail(place.call, fault)
        begun = time.monotonic()

        assert type(_refused(place, call, caplog)) is TransientError
        assert time.monotonic() - begun < seconds + SLACK
        _goes_on(server, place.scene.make(server), job)


NO_PICTURES: Mapping[str, bytes] = {
    "JSON": b'{"detail": "busy"}',
    "truncated": WHOLE[: len(WHOLE) // 2],
    "a bomb": bomb(),
    "too large": WHOLE + bytes(LARGE),
}


@pytest.mark.parametrize("what", NO_PICTURES)
@_places(BRINGING)
def test_no_picture_in_its_place(place: Place, what: str) -> None:
    """Whatever the answer calls it, the bytes decide; it was paid for, and once."""
    # At an address that can be asked again, words in a picture's place are a passing trouble.
    passing = what == "JSON" and place.stage == "download"
    with place.scene.ready(timeout=60.0) as (server, generator):
        _, call = place.reach(generator)
        server.fail(place.call, Fault("after", place.answer(NO_PICTURES[what])))

        with pytest.raises(TransientError if passing else BadPicture):
            look_at(call())
        assert paid(server) == server.calls().count("generate") == 1


@pytest.mark.parametrize("told", ["text/html", "application/octet-stream", "image/svg+xml", ""])
@_places(BRINGING)
def test_a_picture_under_a_wrong_type(place: Place, told: str) -> None:
    """What the header says of the content does not matter."""
    headers = {"Content-Type": told} if told else {}
    with place.scene.ready() as (server, generator):
        _, call = place.reach(generator)
        server.fail(place.call, Fault("after", replace(place.answer(), headers=headers)))

        assert [(one.content, one.format) for one in look_at(call())] == [(WHOLE, "PNG")]


@_places(PLACES)
def test_a_redirect_to_another_host(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    """No key and no order goes there; only Hugging Face hands on to others what is no order."""
    caplog.set_level("DEBUG")
    follows = place.scene.service.startswith("huggingface") and place.stage != "order"
    gone = place.stage == "download" and place.scene.service != "comfyui"
    with Elsewhere() as other, place.scene.ready() as (server, generator):
        _, call = place.reach(generator)
        moved = Answer(307, headers={"Location": f"{other.url}/x?key={place.scene.secrets[0]}"})
        server.fail(place.call, Fault("before", moved))
        if follows:
            assert [one.content for one in look_at(call())] == [WHOLE]
        else:
            assert type(_refused(place, call, caplog)) is (PermanentError if gone else SetupError)

    assert len(other.requests) == follows
    carried = "".join(str(one.headers) for one in other.requests)
    assert [secret for secret in place.scene.secrets if secret in carried] == []


@_places(QUESTIONS)
def test_endless_polling(place: Place) -> None:
    """A job that is never done is asked after once each time: no call waits for it."""
    with place.scene.ready() as (server, generator):
        server.polls = 1_000_000
        job, call = place.reach(generator)
        answers = [call() for _ in range(5)]

        assert {(one.job, one.pictures) for one in answers} == {(job, ())}
        assert all(0 <= one.wait <= 60 for one in answers)
        assert server.calls().count(place.call) == 5
        assert paid(server) == 1


@_places(QUESTIONS)
def test_an_unknown_state(place: Place) -> None:
    """A new word for the state of a job means that it is not done yet."""
    with place.scene.ready() as (server, generator):
        job, call = place.reach(generator)
        server.fail(place.call, Fault("before", Answer.json(place.scene.unknown)))
        asked = call()

        assert (asked.job, asked.pictures) == (job, ())
        _goes_on(server, generator, job)


@_places(LATER)
def test_a_vanished_job(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    """What the service no longer has is given up, and a person decides about a new one."""
    with place.scene.ready() as (server, _):
        job = place.scene.make(server).submit(wish()).job
        place.scene.forget(server)
        # Another process, an hour later: nothing is remembered.
        later = place.scene.make(server, clock=lambda: NOW + timedelta(hours=1))
        error = _refused(place, lambda: finish(later, Generation(job=job)), caplog)

        assert type(error) is PermanentError
        assert "retry the post" in str(error)
        assert paid(server) == server.calls().count("generate") == 1


def test_no_generator_is_left_out() -> None:
    """Every generator of the settings that orders pictures over HTTP has a scene."""
    without_http = {"sketch", "library", "given", "diffusers"}

    assert {scene.service for scene in SCENES.values()} == set(GENERATORS) - without_http
