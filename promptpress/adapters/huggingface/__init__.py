"""An ImageGenerator over the inference providers of Hugging Face (huggingface.co).

    who serves the model → order from the router → the picture, or a job → ask, download

Where a provider answers with an address or a number, that becomes the job: a crash or a failed
download never pays for the picture again. Videos are ordered in the same way (video.py).

==============  =========================================================================
video           the generator of videos
_generator      what both generators do
_kinds          what tells pictures and videos apart
_hub            what a token may do, who serves a model
_routes         the provider chosen from that
_requests       an order as huggingface_hub writes it
_client         sends; bounded in time and size, the token to its hosts only
_answers        what each provider's answer about a picture says
_video_answers  what each provider's answer about a video says
_outcomes       how far it is
_jobs           what is paid for and not here yet, as a text
_refusals       the error map
==============  =========================================================================
"""

from collections.abc import Callable
from datetime import datetime

from promptpress.adapters.huggingface._generator import ProviderGenerator
from promptpress.adapters.huggingface._kinds import PICTURES
from promptpress.adapters.huggingface._routes import AUTO

MAX_ANSWER = 64_000_000
"""Bytes of an answer at most, far above any picture; in base64 three quarters of it are picture."""


class HuggingFaceGenerator(ProviderGenerator):
    """Makes pictures by an inference provider, one per call, and pays for each once."""

    def __init__(
        self,
        token: str,
        *,
        provider: str = AUTO,
        model: str,
        endpoint: str = "https://huggingface.co",
        api_url: str = "https://router.huggingface.co",
        timeout: float = 180.0,
        clock: Callable[[], datetime],
    ) -> None:
        """Keep the set-up; nothing is asked before it is needed.

        Args:
            token: of Hugging Face, with the permission to call Inference Providers.
            provider: who makes the pictures, or `auto`.
            model: name of the model at the Hub, where a post names none.
            endpoint: address of the Hub.
            api_url: address of the router to the providers.
            timeout: seconds for one call of a method, from first to last.
            clock: tells the time, aware and in UTC.
        """
        super().__init__(
            PICTURES,
            token,
            provider=provider,
            model=model,
            endpoint=endpoint,
            api_url=api_url,
            timeout=timeout,
            max_answer=MAX_ANSWER,
            clock=clock,
        )
