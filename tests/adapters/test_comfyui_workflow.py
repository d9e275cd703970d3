"""Workflows of ComfyUI: files that people exported, and what is put into their places."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.comfyui._workflow import PLAIN, Workflow, read_workflow
from promptpress.errors import InvalidPost, SetupError
from tests.adapters.generating import PROMPT, comfyui_of, finish, wish
from tests.fakes.comfyui import ComfyUI


@pytest.fixture
def server() -> Iterator[ComfyUI]:
    with ComfyUI() as stand_in:
        yield stand_in


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": "{prompt} in a title"}}


def fill(inputs: dict[str, Any], prompt: str = PROMPT) -> dict[str, Any]:
    """Return the inputs of the only node of a workflow, filled in."""
    workflow = Workflow({"1": {"class_type": "X", "inputs": inputs}})
    graph = workflow.fill(wish(prompt, count=2), model="m", seed=5, number="n-1")
    filled: dict[str, Any] = graph["1"]["inputs"]
    return filled


def test_a_place_alone_becomes_the_value_itself() -> None:
    """A number stays a number; what is no place, and what links nodes, stays as it is."""
    inputs = {
        "text": "{prompt}",
        "width": "{width}",
        "height": "{height}",
        "seed": "{seed}",
        "count": "{count}",
        "model": "{model}",
        "id": "{id}",
        "negative": "{negative_prompt}",
        "link": ["4", 0],
        "cfg": 7.5,
        "on": True,
        "other": "{unknown} {",
    }

    assert fill(inputs) == {
        **inputs,
        "text": PROMPT,
        "width": 128,
        "height": 96,
        "seed": 5,
        "count": 2,
        "model": "m",
        "id": "n-1",
        "negative": "",
    }


def test_a_place_within_words_becomes_part_of_them() -> None:
    """Also where an input is a list or holds inputs of its own."""
    filled = fill({"a": "{prompt}, masterpiece, {width}x{height}", "b": [{"c": "p/{id}"}]})

    assert filled == {"a": f"{PROMPT}, masterpiece, 128x96", "b": [{"c": "p/n-1"}]}


@given(prompt=st.text(max_size=60) | st.sampled_from(["{seed}", "a {prompt} b", "{id}{model}"]))
def test_a_prompt_is_never_read_as_a_place(prompt: str) -> None:
    """What stands in curly brackets in a prompt stays there."""
    filled = fill({"alone": "{prompt}", "within": "<{prompt}>"}, prompt)

    sent = prompt.encode("utf-8", "replace").decode()
    assert filled == {"alone": sent, "within": f"<{sent}>"}


def test_filling_leaves_the_workflow_as_it_was() -> None:
    """The next order finds every place again, and titles are no places."""
    before = json.dumps(PLAIN)
    graph = Workflow({"1": node("X", text="{prompt}")}).fill(wish(), model="", seed=1, number="")
    Workflow(PLAIN).fill(wish(), model="m", seed=1, number="n")

    assert json.dumps(PLAIN) == before
    assert graph["1"]["_meta"] == {"title": "{prompt} in a title"}


BAD = {
    "no file": (None, "cannot be read"),
    "no JSON": ("{", "cannot be read"),
    "no text": (b"\xff\xfe", "cannot be read"),
    "deep": ("[" * 90_000, "cannot be read"),
    "a drawing": (json.dumps({"nodes": [], "links": [], "version": 0.4}), "not in API format"),
    "a list": ("[]", "not in API format"),
    "nothing": ("{}", "something else than nodes"),
    "no inputs": (json.dumps({"1": {"class_type": "X"}}), "something else than nodes"),
    "more": (json.dumps({"1": node("X", a="{prompt}"), "x": 1}), "something else than nodes"),
    "no prompt": (json.dumps({"1": node("X", text="a fox")}), r"no place \{prompt\}"),
}


@pytest.mark.parametrize(("content", "words"), BAD.values(), ids=BAD.keys())
def test_a_file_that_is_no_workflow(
    server: ComfyUI, tmp_path: Path, content: str | bytes | None, words: str
) -> None:
    """It is told what to do about it before anything is asked or queued."""
    file = tmp_path / "workflow.json"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    generator = comfyui_of(server, workflow=file)

    for call in (generator.check, lambda: generator.submit(wish())):
        with pytest.raises(SetupError, match=rf"{words}.*COMFYUI_WORKFLOW"):
            call()

    assert server.calls() == []


def test_a_workflow_with_a_model_and_a_seed_of_its_own(server: ComfyUI, tmp_path: Path) -> None:
    """It is made as it says; a post that names another model is refused in words."""
    workflow = {
        **PLAIN,
        "1": node("UNETLoader", unet_name="flux.safetensors"),
        "5": node("KSampler", seed=42),
        "8": node("PreviewImage", images=["6", 0]),
    }
    file = tmp_path / "workflow.json"
    file.write_text(json.dumps(workflow), "utf-8")
    generator = comfyui_of(server, workflow=file)
    generator.check()

    (made,) = finish(generator, generator.submit(wish(seed=7)))

    assert server.picture(PROMPT, 42) == made.content
    assert (made.model, made.seed) == ("flux.safetensors", None)
    with pytest.raises(InvalidPost, match=r"write \{model\} into the file"):
        generator.submit(wish(model="dream.safetensors"))


def test_the_place_of_a_model_may_be_any_input(server: ComfyUI, tmp_path: Path) -> None:
    """What it may be is asked of the node that holds it, in the new form as well."""
    file = tmp_path / "workflow.json"
    file.write_text(json.dumps({**PLAIN, "1": node("UNETLoader", unet_name="{model}")}), "utf-8")
    generator = comfyui_of(server, workflow=file)

    (made,) = finish(generator, generator.submit(wish()))

    assert made.model == "flux.safetensors"


def test_a_node_with_an_odd_name(server: ComfyUI, tmp_path: Path) -> None:
    """Names of nodes hold whatever their authors like."""
    odd = "Loader (ü)|a/b?c#d"
    server.nodes[odd] = {}
    file = tmp_path / "workflow.json"
    file.write_text(json.dumps({**PLAIN, "9": node(odd)}), "utf-8")

    comfyui_of(server, workflow=file).check()


def test_the_plain_workflow_has_every_place() -> None:
    """Nothing that a post can ask for is lost in it."""
    workflow = read_workflow(None)

    for place in ("prompt", "negative_prompt", "width", "height", "seed", "count", "model", "id"):
        assert workflow.has(place)
