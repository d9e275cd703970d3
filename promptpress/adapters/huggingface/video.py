"""An ImageGenerator that makes videos, by the inference providers of Hugging Face.

    who serves the model → order from the router → a job → ask, ask, download

=========  ==========================================================  ==========================
fal-ai     takes an order into its queue at once                       a job by its place there
together   takes an order at once                                      a job by its number
wavespeed  takes an order at once                                      a job by its number
replicate  keeps the line open for a minute                            a job by its number
novita     keeps the line open until the video is made, for minutes    a lost answer is a lost job
=========  ==========================================================  ==========================

Sizes and lengths are those of the model; only fal-ai is told whether the video stands or lies.
"""

from collections.abc import Callable
from datetime import datetime

from promptpress.adapters.huggingface._generator import ProviderGenerator
from promptpress.adapters.huggingface._kinds import VIDEOS
from promptpress.adapters.huggingface._routes import AUTO

MAX_VIDEO = 100_000_000
"""Bytes of a video at most, far above the seconds that models make; a story may have as many
(developers.facebook.com/docs/instagram-platform/reference/instagram-user/media)."""


class HuggingFaceVideoGenerator(ProviderGenerator):
    """Makes videos by an inference provider, one per order, and pays for each once."""

    def __init__(
        self,
        token: str,
        *,
        provider: str = AUTO,
        model: str,
        endpoint: str = "https://huggingface.co",
        api_url: str = "https://router.huggingface.co",
        timeout: float = 600.0,
        max_bytes: int = MAX_VIDEO,
        clock: Callable[[], datetime],
    ) -> None:
        """Keep the set-up; nothing is asked before it is needed.

        Args:
            token: of Hugging Face, with the permission to call Inference Providers.
            provider: who makes the videos, or `auto`.
            model: name of the model at the Hub, where a post names none.
            endpoint: address of the Hub.
            api_url: address of the router to the providers.
            timeout: seconds for one call of a method, from first to last; novita needs minutes.
            max_bytes: of a video at most.
            clock: tells the time, aware and in UTC.
        """
        super().__init__(
            VIDEOS,
            token,
            provider=provider,
            model=model,
            endpoint=endpoint,
            api_url=api_url,
            timeout=timeout,
            max_answer=max_bytes,
            clock=clock,
        )
