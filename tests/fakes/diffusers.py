"""A stand-in for the library diffusers, with torch: as much of them as the adapter touches."""

import sys
import tempfile
import threading
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace, TracebackType
from typing import Any, Self

from PIL import Image

from tests.fakes.huggingface import draw

FLAGGED_WORD = "nsfw"
"""A prompt with this word gives a black picture, and the flag that says why."""
STEPS = 3
SIZE = 64


class Library:
    """What `import torch` and `import diffusers` give while it is entered; keeps what was asked."""

    def __init__(self) -> None:
        self.devices = {"cpu"}
        self.loads: list[dict[str, Any]] = []
        """The arguments of every load."""
        self.orders: list[dict[str, Any]] = []
        """The arguments of every call of a pipeline."""
        self.load_error: Exception | None = None
        self.error: Exception | None = None
        self.on_step: Callable[[], None] = lambda: None
        self.is_flagged: Callable[[str, int], bool] = lambda prompt, seed: FLAGGED_WORD in prompt
        self.at_work = 0
        """Pipelines that are at work now."""
        self.most_at_work = 0
        self.pipeline: Callable[[Library], Any] = Pipeline
        self._lock = threading.Lock()
        self._home = tempfile.TemporaryDirectory()
        self._hidden: dict[str, Any] = {}
        """What stood in the place of our modules; None: nothing."""

    @property
    def folder(self) -> str:
        """A folder that holds a model."""
        return str(Path(self._home.name) / "tiny")

    def picture(self, prompt: str, seed: int) -> Image.Image:
        """Return what a prompt and seed make."""
        with tempfile.SpooledTemporaryFile() as file:
            file.write(draw(prompt, seed, SIZE))
            image = Image.open(file)
            image.load()
        return image

    def remove(self, name: str) -> None:
        """Let an import fail as if it were not installed."""
        sys.modules.update({name: None})  # type: ignore[dict-item]  # Python's own sign for it

    def enter_work(self, change: int) -> None:
        """Count the pipelines that are at work."""
        with self._lock:
            self.at_work += change
            self.most_at_work = max(self.most_at_work, self.at_work)

    def __enter__(self) -> Self:
        Path(self.folder).mkdir()
        (Path(self.folder) / "model_index.json").write_text("{}", "utf-8")
        for name, parts in self._modules().items():
            self._hidden[name] = sys.modules.get(name)
            module = ModuleType(name)
            module.__spec__ = ModuleSpec(name, None)
            module.__dict__.update(parts)
            sys.modules[name] = module
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for name, module in self._hidden.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
        self._home.cleanup()

    def _modules(self) -> dict[str, dict[str, Any]]:
        quiet = {"disable_progress_bar": lambda: None}
        loader = SimpleNamespace(from_pretrained=self._load)
        return {
            "torch": {
                "cuda": SimpleNamespace(
                    is_available=lambda: "cuda" in self.devices, is_bf16_supported=lambda: True
                ),
                "backends": SimpleNamespace(
                    mps=SimpleNamespace(is_available=lambda: "mps" in self.devices)
                ),
                "bfloat16": "bfloat16",
                "float32": "float32",
                "device": _find_device,
                "Generator": Generator,
            },
            "diffusers": {"DiffusionPipeline": loader},
            "diffusers.utils.logging": quiet,
            "transformers": {},
            "transformers.utils.logging": quiet,
        }

    def _load(self, model: str, **arguments: Any) -> Any:
        self.loads.append({"model": model, **arguments})
        if self.load_error is not None:
            raise self.load_error
        return self.pipeline(self)


def _find_device(name: str) -> str:
    if name.partition(":")[0] not in ("cpu", "cuda", "mps", "xpu"):
        raise RuntimeError(f"Expected one of cpu, cuda, mps, xpu device type: {name}")
    return name


class Generator:
    """Random numbers that begin at a seed."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.seed = 0

    def manual_seed(self, seed: int) -> Self:
        self.seed = seed
        return self


class Pipeline:
    """Makes pictures from text."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def set_progress_bar_config(self, disable: bool) -> None:
        assert disable

    def to(self, device: str) -> Self:
        self.library.loads[-1]["device"] = device
        return self

    def __call__(
        self,
        prompt: str,
        *,
        height: int,
        width: int,
        generator: Generator,
        negative_prompt: str | None = None,
        num_inference_steps: int = STEPS,
        callback_on_step_end: Callable[[Any, int, int, dict[str, Any]], dict[str, Any]],
    ) -> SimpleNamespace:
        if height % 8 or width % 8:
            raise ValueError("height and width have to be divisible by 8")
        given = {"prompt": prompt, "negative_prompt": negative_prompt, "steps": num_inference_steps}
        self.library.orders.append({**given, "size": (width, height), "seed": generator.seed})
        self.library.enter_work(1)
        try:
            for index in range(num_inference_steps):
                self.library.on_step()
                if self.library.error is not None:
                    raise self.library.error
                callback_on_step_end(self, index, 0, {})
        finally:
            self.library.enter_work(-1)
        flag = self.library.is_flagged(prompt, generator.seed)
        black = Image.new("RGB", (SIZE, SIZE))
        picture = black if flag else self.library.picture(prompt, generator.seed)
        return SimpleNamespace(images=[picture], nsfw_content_detected=[flag])
