"""What the tests of generators share: a request, and a generator of a stand-in."""

import itertools
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from promptpress import imaging
from promptpress.adapters.automatic1111 import Automatic1111Generator
from promptpress.adapters.comfyui import ComfyUIGenerator
from promptpress.adapters.diffusers import DiffusersGenerator
from promptpress.adapters.fusionbrain import FusionBrainGenerator
from promptpress.adapters.huggingface import HuggingFaceGenerator
from promptpress.adapters.huggingface.video import HuggingFaceVideoGenerator
from promptpress.adapters.leonardo import LeonardoGenerator
from promptpress.adapters.openai import OpenAIGenerator
from promptpress.adapters.stability import StabilityGenerator
from promptpress.errors import PromptpressError
from promptpress.ports import Generated, Generation, ImageGenerator, ImageRequest, Picture, Video
from tests.adapters.tiny import TinyModel
from tests.fakes.automatic1111 import Automatic1111
from tests.fakes.comfyui import ComfyUI
from tests.fakes.diffusers import Library
from tests.fakes.fusionbrain import FusionBrain
from tests.fakes.huggingface import MODEL, TOKEN, VIDEO_MODEL, HuggingFace
from tests.fakes.leonardo import Leonardo
from tests.fakes.openai import OpenAI
from tests.fakes.stability import Stability

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PROMPT = "a lighthouse at dawn"
BY_ADDRESS = ("fal-ai", "replicate", "wavespeed", "zai-org")
"""Providers that answer with the picture's address, or with a job before that."""
AT_ONCE = ("hf-inference", "together", "nscale")
"""Providers that answer with the picture."""

VIDEO_PROVIDERS = ("fal-ai", "novita", "replicate", "together", "wavespeed")
"""Providers that make videos; all answer with an address, or with a job before that."""
VIDEO_JOBS = ("fal-ai", "together", "wavespeed")
"""Those that always answer with a job."""


def generator_of(hub: HuggingFace, **changes: Any) -> HuggingFaceGenerator:
    """Return a generator for the stand-in."""
    settings = hub.environment()
    arguments: dict[str, Any] = {
        "token": settings["HF_TOKEN"],
        "provider": settings["HF_PROVIDER"],
        "model": MODEL,
        "endpoint": settings["HF_ENDPOINT"],
        "api_url": settings["HUGGINGFACE_API_URL"],
        "timeout": 10.0,
        "clock": lambda: NOW,
    }
    return HuggingFaceGenerator(**{**arguments, **changes})


def video_generator_of(hub: HuggingFace, **changes: Any) -> HuggingFaceVideoGenerator:
    """Return a generator of videos for the stand-in."""
    settings = hub.environment()
    arguments: dict[str, Any] = {
        "token": settings["HF_TOKEN"],
        "provider": settings["HF_PROVIDER"],
        "model": VIDEO_MODEL,
        "endpoint": settings["HF_ENDPOINT"],
        "api_url": settings["HUGGINGFACE_API_URL"],
        "timeout": 10.0,
        "clock": lambda: NOW,
    }
    return HuggingFaceVideoGenerator(**{**arguments, **changes})


def refused_video(call: Callable[..., object], *arguments: object) -> PromptpressError:
    """Return the error that a call ends in; it speaks of a video and shows no secret."""
    with pytest.raises(PromptpressError) as caught:
        call(*arguments)
    error = caught.value
    assert TOKEN not in f"{error!r} {pickle.dumps(error)!r}"
    assert error.__cause__ is error.__context__ is None
    assert error.service == "huggingface_video"
    assert "picture" not in str(error)
    return error


def openai_of(server: OpenAI, **changes: Any) -> OpenAIGenerator:
    """Return a generator for the stand-in."""
    settings = server.environment()
    arguments: dict[str, Any] = {
        "key": settings["OPENAI_API_KEY"],
        "model": settings["OPENAI_IMAGE_MODEL"],
        "api_url": settings["OPENAI_BASE_URL"],
        "timeout": 10.0,
        "clock": lambda: NOW,
    }
    return OpenAIGenerator(**{**arguments, **changes})


def stability_of(service: Stability, **changes: Any) -> StabilityGenerator:
    """Return a generator for the stand-in."""
    settings = service.environment()
    arguments: dict[str, Any] = {
        "key": settings["STABILITY_API_KEY"],
        "api_url": settings["STABILITY_API_URL"],
        "timeout": 10.0,
        "clock": lambda: NOW,
    }
    return StabilityGenerator(**{**arguments, **changes})


def fusionbrain_of(service: FusionBrain, **changes: Any) -> FusionBrainGenerator:
    """Return a generator for the stand-in."""
    settings = service.environment()
    arguments: dict[str, Any] = {
        "key": settings["FUSION_BRAIN_API_KEY"],
        "secret": settings["FUSION_BRAIN_SECRET_KEY"],
        "api_url": settings["FUSION_BRAIN_API_URL"],
        "timeout": 10.0,
        "clock": lambda: NOW,
    }
    return FusionBrainGenerator(**{**arguments, **changes})


def automatic1111_of(server: Automatic1111, **changes: Any) -> Automatic1111Generator:
    """Return a generator for the stand-in."""
    arguments: dict[str, Any] = {
        "api_url": server.environment()["AUTOMATIC1111_URL"],
        "timeout": 10.0,
        "clock": lambda: NOW,
    }
    return Automatic1111Generator(**{**arguments, **changes})


def leonardo_of(service: Leonardo, **changes: Any) -> LeonardoGenerator:
    """Return a generator for the stand-in."""
    settings = service.environment()
    arguments: dict[str, Any] = {
        "key": settings["LEONARDO_API_KEY"],
        "model": settings["LEONARDO_MODEL"],
        "api_url": settings["LEONARDO_API_URL"],
        "timeout": 10.0,
        "clock": lambda: NOW,
    }
    return LeonardoGenerator(**{**arguments, **changes})


def comfyui_of(server: ComfyUI, **changes: Any) -> ComfyUIGenerator:
    """Return a generator for the stand-in."""
    numbers = itertools.count(1)
    arguments: dict[str, Any] = {
        "api_url": server.environment()["COMFYUI_URL"],
        "timeout": 10.0,
        "clock": lambda: NOW,
        "new_id": lambda: f"{next(numbers):032x}",
    }
    return ComfyUIGenerator(**{**arguments, **changes})


def diffusers_of(source: Library | TinyModel, **changes: Any) -> DiffusersGenerator:
    """Return a generator by a model, of the stand-in or of the real library."""
    numbers = itertools.count(1)
    arguments: dict[str, Any] = {
        "model": source.folder,
        "timeout": 60.0,
        "new_id": lambda: f"{next(numbers):032x}",
        "options": {"num_inference_steps": 2},
    }
    return DiffusersGenerator(**{**arguments, **changes})


def wish(prompt: str = PROMPT, **fields: Any) -> ImageRequest:
    """Return a request for a small picture."""
    return ImageRequest(**{"prompt": prompt, "width": 128, "height": 96, **fields})


def judge(content: bytes) -> Picture | Video:
    """Look at what came as the tasks do."""
    return imaging.inspect_video(content) if imaging.is_video(content) else imaging.inspect(content)


def finish(generator: ImageGenerator, generation: Generation) -> tuple[Generated, ...]:
    """Ask after a job until its pictures are there, at most ten times."""
    for _ in range(10):
        if generation.pictures:
            return generation.pictures
        generation = generator.collect(generation.job)
    raise AssertionError(generation.job)
