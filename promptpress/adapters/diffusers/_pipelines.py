"""The library, and the one pipeline that is kept in memory: a second may not fit beside it.

Names of the library are looked up when they are needed: where it is missing, everything else works.
"""

import importlib
import importlib.util
import inspect
import io
from collections.abc import Callable, Mapping
from typing import Any

from promptpress.adapters.diffusers._refusals import (
    broken_model,
    failed,
    missing_library,
    no_device,
    no_pictures,
)
from promptpress.errors import PromptpressError

LIBRARY = ("torch", "diffusers", "transformers")
"""What has to be installed."""
AUTO = "auto"


class Stopped(Exception):
    """Raised between two steps of a pipeline to end it."""


def require_library() -> None:
    """Raise SetupError, with the command that installs it, unless the library is installed."""
    missing = [name for name in LIBRARY if importlib.util.find_spec(name) is None]
    if missing:
        raise missing_library(missing)


def draw(
    pipeline: Any, order: Mapping[str, Any], seed: int, pause: Callable[[], None]
) -> bytes | None:
    """Return a picture as PNG, or None where the pipeline's own check withheld it.

    Args:
        pipeline: what makes it.
        order: the arguments of the call.
        seed: of the picture; the same gives the same again.
        pause: called between two steps; what it raises as Stopped ends the work.

    Raises:
        TransientError: the memory was too small.
        PermanentError: the pipeline failed, or it makes no pictures.
    """

    def step(_pipeline: Any, _step: int, _at: Any, values: dict[str, Any]) -> dict[str, Any]:
        pause()
        return values

    arguments = dict(order)
    if "callback_on_step_end" in inspect.signature(pipeline).parameters:
        arguments["callback_on_step_end"] = step
    # Made on the processor whatever the device, so that a seed means the same everywhere.
    arguments["generator"] = _library("torch").Generator("cpu").manual_seed(seed)
    try:
        output = pipeline(**arguments)
    except Stopped:
        raise
    except Exception as error:  # noqa: BLE001  a pipeline is other people's code: anything may come
        trouble = failed(error)
    else:
        return _read(output)
    raise trouble


def _read(output: Any) -> bytes | None:
    """Return the picture of an output; what the pipeline's check flags it has painted black."""
    images = getattr(output, "images", None)
    if not images or not hasattr(images[0], "save"):
        raise no_pictures()
    flags = getattr(output, "nsfw_content_detected", None)
    if flags and flags[0]:
        return None
    file = io.BytesIO()
    images[0].save(file, "PNG")
    return file.getvalue()


class Pipelines:
    """Gives the pipeline of a model, and keeps the latest."""

    def __init__(self, device: str) -> None:
        """Keep the name of the device: cpu, cuda, cuda:1, mps …, or auto."""
        self._device = device
        self._model = ""
        self._pipeline: Any = None

    def check_device(self) -> None:
        """Raise SetupError if the device that is set is surely not there."""
        if self._device not in (AUTO, "cpu"):
            self._choose_device()

    def get(self, model: str, *, own: bool) -> Any:
        """Return the pipeline of a model, read from disk if it is not the one in memory.

        Args:
            model: what it is loaded by.
            own: True when the post itself names it.

        Raises:
            InvalidPost, SetupError: it cannot be loaded.
        """
        if model != self._model:
            # The old one goes before the new one comes.
            self._model, self._pipeline = "", None
            self._pipeline = self._load(model, own=own)
            self._model = model
        return self._pipeline

    def _load(self, model: str, *, own: bool) -> Any:
        device = self._choose_device()
        try:
            return _load(model, device)
        except Exception as error:  # noqa: BLE001  parts of a model are loaded by many libraries
            trouble: PromptpressError = broken_model(model, error, own=own)
        raise trouble

    def _choose_device(self) -> str:
        torch = _library("torch")
        there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
        if self._device == AUTO:
            return next((name for name, is_there in there.items() if is_there), "cpu")
        family = self._device.partition(":")[0]
        if not there.get(family, True) or not _is_device(torch, self._device):
            raise no_device(self._device)
        return self._device


def _is_device(torch: Any, name: str) -> bool:
    try:
        torch.device(name)
    except RuntimeError:
        return False
    return True


def _load(model: str, device: str) -> Any:
    """Return the pipeline on its device; nothing is downloaded, and no pickles are read."""
    torch, diffusers = _library("torch"), _library("diffusers")
    for name in ("diffusers", "transformers"):
        _library(f"{name}.utils.logging").disable_progress_bar()
    # Half the memory where the device is made for it; newer models turn black in float16.
    half = device.startswith("cuda") and torch.cuda.is_bf16_supported()
    pipeline = diffusers.DiffusionPipeline.from_pretrained(
        model,
        dtype=torch.bfloat16 if half else torch.float32,
        local_files_only=True,
        use_safetensors=True,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


def _library(name: str) -> Any:
    return importlib.import_module(name)
