"""What can be ordered, pictures or videos: the task at the Hub, who does it, and its words."""

from collections.abc import Callable
from dataclasses import dataclass

from promptpress.adapters.huggingface import _answers, _video_answers
from promptpress.adapters.huggingface._outcomes import Outcome


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of thing that providers make from text."""

    name: str
    """The generator's name in settings, audit and messages."""
    task: str
    """The Hub's name for making it."""
    thing: str
    """One of them, in messages."""
    model_setting: str
    provider_setting: str
    accept: str
    """The media type that an order asks for, as huggingface_hub does."""
    providers: tuple[str, ...]
    """Every provider of huggingface_hub 2.4 that makes it."""
    parse: Callable[[str, bytes, str], Outcome]
    """Reads an answer: the provider, the body, and the job's `poll` that was asked, if any."""
    goes_on: bool
    """True where an answer that says nothing may hide a job that goes on, and its cost."""


PICTURES = Kind(
    name="huggingface",
    task="text-to-image",
    thing="picture",
    model_setting="HF_MODEL",
    provider_setting="HF_PROVIDER",
    accept="image/png",
    providers=_answers.PROVIDERS,
    parse=_answers.parse_outcome,
    goes_on=False,
)
VIDEOS = Kind(
    name="huggingface_video",
    task="text-to-video",
    thing="video",
    model_setting="HF_VIDEO_MODEL",
    provider_setting="HF_VIDEO_PROVIDER",
    accept="*/*",
    providers=_video_answers.PROVIDERS,
    parse=_video_answers.parse_outcome,
    goes_on=True,
)
