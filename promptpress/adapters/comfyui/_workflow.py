"""A graph of nodes with named places, and what is put into them.

A place is a text such as {prompt} in an input of a node. An input that is nothing but one becomes
the value itself (a number stays one), within other words it becomes part of them.

=================  ====================================================================
{prompt}           the prompt with its style; every workflow must have it
{negative_prompt}  what pictures should not show
{width}, {height}  pixels
{seed}             without it every picture is made with the seed that the file names
{count}            how many pictures at once
{model}            a checkpoint, or whatever else that input takes
{id}               number of the order: in a file's name it keeps orders apart
=================  ====================================================================
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from promptpress.adapters.comfyui._refusals import wrong_workflow
from promptpress.ports import ImageRequest

STEP, MIN_SIDE = 8, 64
"""Pixels: sides are multiples of the first (nodes.py of ComfyUI, EmptyLatentImage)."""
SEEDS = 2**63
"""Seeds that both the server (up to 2**64) and every database take."""
_PLACE = re.compile(r"\{(prompt|negative_prompt|width|height|seed|count|model|id)\}")
_MODELS = ("ckpt_name", "unet_name", "model_name")
"""Inputs by which nodes name the model they load."""

PLAIN: Mapping[str, Any] = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "{model}"}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "{prompt}", "clip": ["1", 1]}},
    "3": {
        "class_type": "CLIPTextEncode",
        "inputs": {"text": "{negative_prompt}", "clip": ["1", 1]},
    },
    "4": {
        "class_type": "EmptyLatentImage",
        "inputs": {"width": "{width}", "height": "{height}", "batch_size": "{count}"},
    },
    "5": {
        "class_type": "KSampler",
        "inputs": {
            "model": ["1", 0],
            "positive": ["2", 0],
            "negative": ["3", 0],
            "latent_image": ["4", 0],
            "seed": "{seed}",
            "steps": 25,
            "cfg": 7.0,
            "sampler_name": "dpmpp_2m",
            "scheduler": "karras",
            "denoise": 1.0,
        },
    },
    "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
    "7": {
        "class_type": "SaveImage",
        # A name of its own: what is equal in every input is not made again, nor told.
        "inputs": {"images": ["6", 0], "filename_prefix": "promptpress/{id}"},
    },
}
"""What any checkpoint of Stable Diffusion or SDXL takes."""


@dataclass(frozen=True)
class Workflow:
    """A graph in API format: numbers of nodes to their kind and inputs."""

    nodes: Mapping[str, Any] = field(repr=False)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its nodes, each once."""
        return tuple(dict.fromkeys(str(node["class_type"]) for node in self.nodes.values()))

    @cached_property
    def model_place(self) -> tuple[str, str] | None:
        """Kind of the node and name of the input that hold the place {model}, if any does."""
        for kind, name, value in self._inputs():
            if value == "{model}":
                return kind, name
        return None

    @cached_property
    def model_name(self) -> str:
        """What it calls the model itself, or an empty string."""
        named = (value for _, name, value in self._inputs() if name in _MODELS)
        return next((value for value in named if isinstance(value, str)), "")

    def has(self, place: str) -> bool:
        """Tell whether it has a place."""
        return any(place in _find_places(value) for _, _, value in self._inputs())

    def fill(self, request: ImageRequest, *, model: str, seed: int, number: str) -> dict[str, Any]:
        """Return the graph with everything in its place.

        Args:
            request: what shall be made.
            model: what makes it.
            seed: any number; it is brought into the range of the server.
            number: of the order.
        """
        words = ", ".join(part for part in (request.prompt, request.style) if part)
        values = {
            "prompt": _sendable(words),
            "negative_prompt": _sendable(request.negative_prompt),
            "width": fit_side(request.width),
            "height": fit_side(request.height),
            "seed": seed % SEEDS,
            "count": max(1, request.count),
            "model": model,
            "id": number,
        }
        return {
            key: {**node, "inputs": _fill(node["inputs"], values)}
            for key, node in self.nodes.items()
        }

    def _inputs(self) -> Iterator[tuple[str, str, Any]]:
        for node in self.nodes.values():
            for name, value in node["inputs"].items():
                yield str(node["class_type"]), name, value


def read_workflow(file: Path | None) -> Workflow:
    """Return the workflow of a file, or the plain one.

    Raises:
        SetupError: it cannot be read, is not in API format, or has no place for the prompt.
    """
    if file is None:
        return Workflow(PLAIN)
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise wrong_workflow(f"cannot be read ({type(error).__name__})") from None
    if not isinstance(value, dict) or isinstance(value.get("nodes"), list):
        # The page saves drawings of a graph by default: places of boxes, and no inputs by name.
        raise wrong_workflow("is not in API format: export it so from the page's menu")
    nodes = {key: node for key, node in value.items() if _is_node(node)}
    if set(value) != set(nodes) or not nodes:
        raise wrong_workflow("holds something else than nodes with class_type and inputs")
    workflow = Workflow(nodes)
    if not workflow.has("prompt"):
        raise wrong_workflow("has no place {prompt}: write it where the prompt stands")
    return workflow


def fit_side(side: int) -> int:
    """Return the nearest side that the server makes, so that ratios stay as they are."""
    return max(MIN_SIDE, (side + STEP // 2) // STEP * STEP)


def _is_node(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("class_type"), str)
        and isinstance(value.get("inputs"), dict)
    )


def _find_places(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from _PLACE.findall(value)
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _find_places(inner)


def _fill(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _fill(inner, values) for key, inner in value.items()}
    if isinstance(value, list):
        return [_fill(inner, values) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _PLACE.fullmatch(value)
    if whole:
        return values[whole[1]]
    # In one go: a prompt that holds {seed} keeps it.
    return _PLACE.sub(lambda place: str(values[place[1]]), value)


def _sendable(text: str) -> str:
    # A lone half of a surrogate pair cannot be sent in UTF-8.
    return text.encode("utf-8", "replace").decode()
