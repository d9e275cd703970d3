"""A stand-in for Hugging Face: the Hub, the router, eight providers and what keeps their files."""

from tests.fakes.huggingface.made import REFUSED_WORD, Made, draw, film
from tests.fakes.huggingface.providers import MODEL, PROVIDER_IDS, VIDEO_IDS, VIDEO_MODEL, entry
from tests.fakes.huggingface.service import PERMISSION, TOKEN, HuggingFace, refusal

__all__ = [
    "MODEL",
    "PERMISSION",
    "PROVIDER_IDS",
    "REFUSED_WORD",
    "TOKEN",
    "VIDEO_IDS",
    "VIDEO_MODEL",
    "HuggingFace",
    "Made",
    "draw",
    "entry",
    "film",
    "refusal",
]
