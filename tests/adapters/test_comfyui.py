"""ComfyUI when all goes well: what is queued, what comes of it, what a check says."""

import logging
import uuid
from collections.abc import Iterator

import pytest

from promptpress.errors import (
    BadCredentials,
    InvalidPost,
    PromptpressError,
    SetupError,
    TransientError,
)
from tests.adapters.generating import PROMPT, comfyui_of, finish, wish
from tests.fakes.comfyui import ComfyUI
from tests.fakes.server import Answer, Fault

NUMBER = f"{1:032x}"


@pytest.fixture
def server() -> Iterator[ComfyUI]:
    with ComfyUI() as stand_in:
        yield stand_in


def test_the_picture_is_kept_byte_by_byte(server: ComfyUI) -> None:
    """With its seed, and with the first model that the server has; it costs nothing."""
    generator = comfyui_of(server)

    (made,) = finish(generator, generator.submit(wish(seed=7)))

    assert server.picture(PROMPT, 7) == made.content
    assert (made.model, made.seed, made.cost) == ("dream.safetensors", 7, 0.0)
    assert server.calls() == ["nodes", "generate", "history", "queue", "history", "download"]


def test_the_plain_workflow_is_filled_in(server: ComfyUI) -> None:
    """Numbers stay numbers, the style joins the prompt, the file's name holds our number."""
    generator = comfyui_of(server, model="v1-5-pruned.safetensors")
    generator.submit(
        wish(seed=-1, style="ink", negative_prompt="people", width=1003, height=20, count=3)
    )

    (graph,) = server.graphs
    inputs = {name: value for node in graph.values() for name, value in node["inputs"].items()}
    assert [graph[key]["inputs"]["text"] for key in "23"] == [f"{PROMPT}, ink", "people"]
    assert (inputs["width"], inputs["height"], inputs["batch_size"]) == (1000, 64, 3)
    assert (inputs["seed"], inputs["ckpt_name"]) == (2**63 - 1, "v1-5-pruned.safetensors")
    assert inputs["filename_prefix"] == f"promptpress/{uuid.UUID(NUMBER)}"
    assert server.calls() == ["generate"]


def test_an_order_goes_under_our_number(server: ComfyUI) -> None:
    """The server knows it by the number that we gave it, written as a UUID."""
    job = comfyui_of(server).submit(wish()).job

    assert list(server.queued) == [str(uuid.UUID(NUMBER))]
    assert str(uuid.UUID(NUMBER)) in job


def test_a_server_of_old_numbers_orders_itself(server: ComfyUI) -> None:
    """The number that it answers is what is asked for."""
    server.keeps_numbers = False
    generator = comfyui_of(server)

    assert finish(generator, generator.submit(wish(seed=7)))[0].seed == 7


def test_posts_without_a_seed_get_different_ones(server: ComfyUI) -> None:
    """The seed is made here, of the order's number, because the server wants one."""
    generator = comfyui_of(server, new_id=iter([uuid.uuid4().hex, uuid.uuid4().hex]).__next__)

    made = [finish(generator, generator.submit(wish()))[0] for _ in range(2)]

    assert made[0].seed != made[1].seed
    assert [server.picture(PROMPT, one.seed or 0) for one in made] == [m.content for m in made]


def test_several_pictures_are_made_at_once(server: ComfyUI) -> None:
    """One order makes all of them; they share its seed."""
    generator = comfyui_of(server)

    made = finish(generator, generator.submit(wish(seed=7, count=3)))

    assert [one.content for one in made] == [server.picture(PROMPT, 7 + n) for n in range(3)]
    assert {one.seed for one in made} == {7}
    assert server.calls().count("generate") == 1


def test_a_post_names_its_own_model(server: ComfyUI) -> None:
    """What it names makes the picture; what the server does not have is told with what it has."""
    generator = comfyui_of(server)

    (made,) = finish(generator, generator.submit(wish(model="v1-5-pruned.safetensors")))

    assert made.model == "v1-5-pruned.safetensors"
    with pytest.raises(InvalidPost, match=r"node 1 \(CheckpointLoaderSimple\).*'x' not in \['dr"):
        generator.submit(wish(model="x"))
    with pytest.raises(SetupError, match=r"'x' not in .*correct COMFYUI_WORKFLOW"):
        comfyui_of(server, model="x").submit(wish())


@pytest.mark.parametrize("known", [[], "STRING", [5], None])
def test_a_server_without_models(server: ComfyUI, known: object) -> None:
    """There is nothing to make a picture with; no order goes out."""
    server.nodes["CheckpointLoaderSimple"] = {"ckpt_name": [known, {}]}

    for call in (comfyui_of(server).check, lambda: comfyui_of(server).submit(wish())):
        with pytest.raises(SetupError, match="no model for CheckpointLoaderSimple"):
            call()

    assert "generate" not in server.calls()


def test_a_check_asks_for_every_node(server: ComfyUI, log: pytest.LogCaptureFixture) -> None:
    """Nothing is queued; one that the server lacks is named, and a model that it lacks."""
    comfyui_of(server).check()
    assert {"nodes"} == set(server.calls())
    assert [record for record in log.records if record.levelno >= logging.WARNING] == []

    with pytest.raises(SetupError, match=r"'x': name one that it has \(dream"):
        comfyui_of(server, model="x").check()
    del server.nodes["VAEDecode"]
    with pytest.raises(SetupError, match="no node VAEDecode"):
        comfyui_of(server).check()


CHECKS: dict[str, tuple[Fault, type[PromptpressError], str]] = {
    "a wall": (Fault("before", Answer(403)), BadCredentials, "let COMFYUI_URL in"),
    "wrong address": (Fault("before", Answer(404)), SetupError, "set COMFYUI_URL"),
    "moved": (Fault("before", Answer(301, headers={"Location": "/x"})), SetupError, "it leads"),
    "throttled": (Fault("before", Answer(429)), TransientError, "429"),
    "broken": (Fault("before", Answer(500)), TransientError, "again later"),
    "away": (Fault("before"), TransientError, "is it running"),
    "page": (Fault("before", Answer(200, b"<html>")), TransientError, "COMFYUI_URL"),
    "odd": (Fault("before", Answer.json([])), TransientError, "COMFYUI_URL"),
    "cut": (Fault("after", cut_at=5), TransientError, "COMFYUI_URL"),
}


@pytest.mark.parametrize(("fault", "kind", "words"), CHECKS.values(), ids=CHECKS.keys())
def test_a_check_says_what_is_wrong(
    server: ComfyUI, fault: Fault, kind: type[PromptpressError], words: str
) -> None:
    """Refused and offline are told apart, and nothing is queued."""
    server.fail("nodes", fault)

    with pytest.raises(PromptpressError, match=words) as caught:
        comfyui_of(server).check()

    assert isinstance(caught.value, kind)
    assert server.calls() == ["nodes"]


def test_a_password_before_the_server(log: pytest.LogCaptureFixture) -> None:
    """It goes along with every call and is told to nobody."""
    with ComfyUI(login="me:CANARY") as server:
        generator = comfyui_of(server)
        generator.check()
        generation = generator.submit(wish())
        assert finish(generator, generation)
        server.fail("generate", Fault("before", Answer(400, b"bad: CANARY bWU6Q0FOQVJZ")))
        with pytest.raises(PromptpressError) as caught:
            generator.submit(wish())
        with pytest.raises(BadCredentials, match="COMFYUI_URL: http://name:password@"):
            comfyui_of(server, api_url=server.url).check()

    said = f"{caught.value!r} {generator!r} {generation!r} {log.text}"
    assert "CANARY" not in said
    assert "bWU6Q0FOQVJZ" not in said
