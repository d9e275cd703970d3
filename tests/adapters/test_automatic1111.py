"""A web UI of one's own when all goes well: what is sent, what comes of it, what a check says."""

import base64
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.automatic1111._requests import MIN_SIDE, STEP, fit_side
from promptpress.errors import (
    BadCredentials,
    InvalidPost,
    PermanentError,
    PromptpressError,
    SetupError,
    TransientError,
)
from tests.adapters.generating import PROMPT, automatic1111_of, wish
from tests.fakes.automatic1111 import Automatic1111
from tests.fakes.server import Answer, Fault

PASSWORD = "p@ss word/"


@pytest.fixture
def server() -> Iterator[Automatic1111]:
    with Automatic1111() as stand_in:
        yield stand_in


def test_the_picture_is_kept_byte_by_byte(server: Automatic1111) -> None:
    """With the seed and the model that the server says, and it costs nothing."""
    (made,) = automatic1111_of(server).submit(wish(seed=7)).pictures

    assert server.picture(PROMPT, 7) == made.content
    assert (made.model, made.seed, made.cost) == ("v1-5-pruned", 7, 0.0)
    assert server.calls() == ["progress", "generate"]


def test_several_pictures_have_a_seed_each(server: Automatic1111) -> None:
    """All of them are made by one order, and a post without a seed learns which were used."""
    made = automatic1111_of(server).submit(wish(count=3)).pictures

    assert [one.seed for one in made] == [1_000, 1_001, 1_002]
    assert [one.content for one in made] == [server.picture(PROMPT, one.seed or 0) for one in made]
    assert server.calls().count("generate") == 1


def test_a_grid_and_drafts_are_no_pictures(server: Automatic1111) -> None:
    """A grid stands before the pictures, what extensions drew stands after them."""
    server.with_grid = True
    server.extra = (server.picture("a pose", 0),)

    made = automatic1111_of(server).submit(wish(seed=7, count=2)).pictures

    assert [one.content for one in made] == [server.picture(PROMPT, seed) for seed in (7, 8)]


def test_a_picture_as_an_address_of_its_data(server: Automatic1111) -> None:
    """Some forks send it with `data:` before it, and what they tell as JSON, not as its text."""
    content = server.picture("a fox", 1)
    coded = "data:image/png;base64," + base64.b64encode(content).decode()
    answer = Answer.json({"images": [coded], "info": {"seed": 5, "sd_model_hash": "6ce0161689"}})
    server.fail("generate", Fault("after", answer))

    (made,) = automatic1111_of(server).submit(wish()).pictures

    assert content == made.content
    assert (made.seed, made.model) == (5, "6ce0161689")


@pytest.mark.parametrize("info", ["", "no JSON", "[]", "null", json.dumps({"all_seeds": ["x"]})])
def test_a_server_that_tells_nothing(server: Automatic1111, info: str) -> None:
    """The picture is kept without its seed."""
    coded = base64.b64encode(server.picture("a fox", 1)).decode()
    server.fail("generate", Fault("after", Answer.json({"images": [coded], "info": info})))

    (made,) = automatic1111_of(server).submit(wish(seed=7)).pictures

    assert (made.seed, made.model) == (None, "unnamed")


def test_everything_ordered_is_sent(server: Automatic1111) -> None:
    """Sizes, seed and number are said outright; what the set-up adds is weaker than the post."""
    options = {"steps": 20, "sampler_name": "DPM++ 2M", "width": 8, "override_settings": {"x": 1}}
    generator = automatic1111_of(server, options=options)
    generator.submit(
        wish(seed=-1, style="ink", negative_prompt="people", width=1003, height=20, model="Dream")
    )
    automatic1111_of(server).submit(wish(count=2))

    always = {
        "batch_size": 1,
        "send_images": True,
        "save_images": False,
        "override_settings_restore_afterwards": True,
    }
    assert server.orders == [
        {
            **always,
            "steps": 20,
            "sampler_name": "DPM++ 2M",
            "prompt": f"{PROMPT}, ink",
            "negative_prompt": "people",
            "width": 1000,
            "height": 64,
            "seed": 2**32 - 1,
            "n_iter": 1,
            "override_settings": {"x": 1, "sd_model_checkpoint": "xl/dream.ckpt [31e35c80fc]"},
        },
        {
            **always,
            "prompt": PROMPT,
            "negative_prompt": "",
            "width": 128,
            "height": 96,
            "seed": -1,
            "n_iter": 2,
            "override_settings": {},
        },
    ]


@given(side=st.integers(1, 4096))
def test_every_side_becomes_one_that_is_made(side: int) -> None:
    """A side is a multiple of eight, and no further from the one wanted than need be."""
    made = fit_side(side)

    assert made % STEP == 0
    assert made >= MIN_SIDE
    assert abs(made - max(side, MIN_SIDE)) <= STEP // 2


@pytest.mark.parametrize(
    "name", ["dream", "DREAM", "xl/dream.ckpt", "31e35c80fc", "xl/dream.ckpt [31e35c80fc]"]
)
def test_a_checkpoint_has_many_names(server: Automatic1111, name: str) -> None:
    """Title, file, name and hash all find it, and it is what makes the picture."""
    (made,) = automatic1111_of(server, model=name).submit(wish()).pictures

    assert made.model == "dream"
    automatic1111_of(server, model=name).check()


def test_an_unknown_checkpoint_is_not_ignored(server: Automatic1111) -> None:
    """The server would take another without a word: so it is asked for what it has before."""
    with pytest.raises(InvalidPost, match=r"no checkpoint 'x' \(it has v1-5.*model of the post"):
        automatic1111_of(server).submit(wish(model="x"))
    absent = automatic1111_of(server, model="x")
    for call in (absent.check, lambda: absent.submit(wish())):
        with pytest.raises(SetupError, match="name one of these"):
            call()

    assert "generate" not in server.calls()


def test_an_order_waits_for_the_work_of_others(server: Automatic1111) -> None:
    """A server that is at work for longer than we would wait gets no order that is lost."""
    server.seconds_left = 42.0

    with pytest.raises(TransientError, match="42 seconds more") as caught:
        automatic1111_of(server, timeout=10).submit(wish())
    assert automatic1111_of(server, timeout=60).submit(wish()).pictures

    assert caught.value.retry_after == 42
    assert server.calls() == ["progress", "progress", "generate"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404, b'{"detail":"Not Found"}'),
        Answer(500),
        Answer(200, b"<html>"),
        Answer.json(None),
        Answer.json({"eta_relative": "x", "state": {"job_count": 1}}),
        Answer(200, b'{"eta_relative": NaN, "state": {"job_count": 1}}'),
        Answer(200, b'{"eta_relative": 1' + b"0" * 400 + b', "state": {"job_count": 1}}'),
        Answer.json({"eta_relative": 90, "state": []}),
    ],
)
def test_a_server_that_tells_no_progress_is_free(server: Automatic1111, answer: Answer) -> None:
    """Some forks have no such page: the order is tried all the same."""
    server.fail("progress", Fault("before", answer))

    assert automatic1111_of(server).submit(wish()).pictures


def test_there_are_no_jobs(server: Automatic1111) -> None:
    """Whatever is collected was never given."""
    with pytest.raises(PermanentError, match="retry the post"):
        automatic1111_of(server).collect("abc")

    assert server.calls() == []


def test_a_password_opens_the_server_and_is_told_to_nobody(log: pytest.LogCaptureFixture) -> None:
    """As the address holds it, escaped where it must be."""
    with Automatic1111(login=f"me:{PASSWORD}") as server:
        url = server.url.replace("http://", "http://me:p%40ss%20word%2F@")
        generator = automatic1111_of(server, api_url=url)
        coded = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
        server.fail("generate", Fault("before", Answer(400, f"{PASSWORD} {coded} p%40ss".encode())))
        with pytest.raises(PromptpressError) as caught:
            generator.submit(wish())
        generator.check()
        with pytest.raises(BadCredentials, match="name and password of --api-auth"):
            automatic1111_of(server, api_url=url.replace("p%40ss", "other")).check()

    said = f"{caught.value!r} {generator!r} {log.text}"
    for secret in (PASSWORD, coded, "p%40ss%20word"):
        assert secret not in said
    assert [record for record in log.records if record.levelno >= logging.WARNING] == []


CHECKS: dict[str, tuple[Fault, type[PromptpressError], str]] = {
    "no API": (Fault("before", Answer(404)), SetupError, "--api"),
    "moved": (Fault("before", Answer(301, headers={"Location": "/x"})), SetupError, "it leads"),
    "throttled": (Fault("before", Answer(429)), TransientError, "429"),
    "broken": (Fault("before", Answer(500)), TransientError, "again later"),
    "away": (Fault("before"), TransientError, "is it running"),
    "page": (Fault("before", Answer(200, b"<html>")), TransientError, "AUTOMATIC1111_URL"),
    "odd": (Fault("before", Answer.json({"a": 1})), TransientError, "AUTOMATIC1111_URL"),
    "cut": (Fault("after", cut_at=5), TransientError, "AUTOMATIC1111_URL"),
    "empty": (Fault("before", Answer.json([])), SetupError, "no checkpoint"),
}


@pytest.mark.parametrize(("fault", "kind", "words"), CHECKS.values(), ids=CHECKS.keys())
def test_a_check_says_what_is_wrong(
    server: Automatic1111, fault: Fault, kind: type[PromptpressError], words: str
) -> None:
    """Refused and offline are told apart, and nothing is ordered."""
    server.fail("models", fault)

    with pytest.raises(PromptpressError, match=words) as caught:
        automatic1111_of(server).check()

    assert isinstance(caught.value, kind)
    assert server.calls() == ["models"]
