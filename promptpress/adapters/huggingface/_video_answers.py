"""What the answers of the providers of videos say. Pure; any bytes at all may come in.

============  ==========================================================================
fal-ai        a place in a queue; to ask for its state, then for the video's address
novita        the video's address, once it is made: minutes later, and without a number
replicate     the video's address, or after 60 seconds a prediction to ask for
together      a job to ask for, then the video's address
wavespeed     a job to ask for, then the video's address
============  ==========================================================================
"""

from collections.abc import Callable, Mapping
from typing import Any

from promptpress.adapters._bodies import is_text, parse_json
from promptpress.adapters.huggingface._answers import parse_replicate, parse_wavespeed
from promptpress.adapters.huggingface._outcomes import (
    Outcome,
    dig,
    finish,
    give_up,
    number_path,
    read_address,
    read_path,
    read_seed,
)

_QUEUE = "?_subdomain=queue"
"""Leads the router to fal-ai's queue."""
_STATE = f"/status{_QUEUE}"


def parse_outcome(provider: str, body: bytes, asked: str = "") -> Outcome:
    """Return what a provider's answer of status 2xx says.

    Args:
        provider: who answers.
        body: the answer.
        asked: the job's `poll` that was asked; empty for the answer to an order.
    """
    if not is_text(body):
        return Outcome(content=body)
    return _PARSERS[provider](parse_json(body), asked)


def _parse_fal(value: Any, asked: str) -> Outcome:
    if not asked:
        # The path is not that of the model that was ordered: it lacks what follows the app's name.
        path = read_path(dig(value, "response_url"))
        return Outcome(poll=path.rstrip("/") + _STATE) if path.strip("/") else Outcome()
    if asked.endswith(_STATE):
        return _parse_fal_state(value, asked.removesuffix(_STATE))
    if dig(value, "video") is None and dig(value, "status") is not None:
        return Outcome()  # the state once more: the result is not there yet
    unsafe = dig(value, "has_nsfw_concepts", 0) is True
    url = read_address(dig(value, "video", "url"))
    return finish(Outcome(url=url, seed=read_seed(dig(value, "seed")), unsafe=unsafe))


def _parse_fal_state(value: Any, path: str) -> Outcome:
    if dig(value, "status") != "COMPLETED":
        return Outcome()
    if dig(value, "error"):
        told = (dig(value, "error"), dig(value, "error_type"))
        return give_up(" ".join(part for part in told if isinstance(part, str)))
    return Outcome(poll=path + _QUEUE)


def _parse_novita(value: Any, _: str) -> Outcome:
    return Outcome(url=read_address(dig(value, "video", "video_url")))


def _parse_together(value: Any, _: str) -> Outcome:
    status = dig(value, "status")
    if status in ("failed", "cancelled", "canceled"):
        return give_up(dig(value, "error", "message"))
    url = read_address(dig(value, "outputs", "video_url"))
    if url or status == "completed":
        return finish(Outcome(url=url))
    return Outcome(poll=number_path("/v2/videos/", dig(value, "id")))


_PARSERS: Mapping[str, Callable[[Any, str], Outcome]] = {
    "fal-ai": _parse_fal,
    "novita": _parse_novita,
    "replicate": lambda value, _: parse_replicate(value),
    "together": _parse_together,
    "wavespeed": lambda value, _: parse_wavespeed(value),
}
PROVIDERS = tuple(_PARSERS)
"""Every provider of huggingface_hub 2.4 that makes videos from text."""
