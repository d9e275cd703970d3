"""What the tests of generators share: a request, and a generator of a stand-in."""

from datetime import UTC, datetime
from typing import Any

from promptpress.adapters.huggingface import HuggingFaceGenerator
from promptpress.ports import Generated, Generation, ImageGenerator, ImageRequest
from tests.fakes.huggingface import MODEL, HuggingFace

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PROMPT = "a lighthouse at dawn"
BY_ADDRESS = ("fal-ai", "replicate", "wavespeed", "zai-org")
"""Providers that answer with the picture's address, or with a job before that."""
AT_ONCE = ("hf-inference", "together", "nscale")
"""Providers that answer with the picture."""


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


def wish(prompt: str = PROMPT, **fields: Any) -> ImageRequest:
    """Return a request for a small picture."""
    return ImageRequest(**{"prompt": prompt, "width": 128, "height": 96, **fields})


def finish(generator: ImageGenerator, generation: Generation) -> tuple[Generated, ...]:
    """Ask after a job until its pictures are there, at most ten times."""
    for _ in range(10):
        if generation.pictures:
            return generation.pictures
        generation = generator.collect(generation.job)
    raise AssertionError(generation.job)
