"""What the answers of the inference providers say. Pure; any bytes at all may come in.

============  ==========================================================================
hf-inference  the picture itself
together      the picture in base64
nscale        the picture in base64
fal-ai        the picture's address
replicate     the picture's address, or after 60 seconds a prediction to ask for
wavespeed     a job to ask for, then the picture's address
zai-org       a job to ask for, then the picture's address
============  ==========================================================================
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from promptpress.adapters._bodies import is_text, parse_json
from promptpress.adapters.huggingface._outcomes import (
    Outcome,
    dig,
    finish,
    give_up,
    number_path,
    read_address,
    read_path,
    read_seed,
    read_text,
)


def parse_outcome(provider: str, body: bytes, _: str = "") -> Outcome:
    """Return what a provider's answer of status 2xx says, whatever was asked."""
    if not is_text(body):
        return Outcome(content=body)
    return _PARSERS[provider](parse_json(body))


def _parse_picture(value: Any) -> Outcome:
    return Outcome(failure=read_text(dig(value, "error")))


def _parse_base64(value: Any) -> Outcome:
    text = read_text(dig(value, "data", 0, "b64_json"))
    try:
        return Outcome(content=base64.b64decode(text, validate=True))
    except ValueError:
        return Outcome()


def _parse_fal(value: Any) -> Outcome:
    return Outcome(
        url=read_address(dig(value, "images", 0, "url")),
        seed=read_seed(dig(value, "seed")),
        unsafe=dig(value, "has_nsfw_concepts", 0) is True,
    )


def parse_replicate(value: Any) -> Outcome:
    """Return what a prediction says."""
    status, output = dig(value, "status"), dig(value, "output")
    if status in ("failed", "canceled", "aborted"):
        return give_up(dig(value, "error"))
    url = read_address(output if isinstance(output, str) else dig(output, 0))
    seed = read_seed(dig(value, "input", "seed"))
    if url or status == "succeeded":
        return finish(Outcome(url=url, seed=seed))
    return Outcome(poll=number_path("/v1/predictions/", dig(value, "id")), seed=seed)


def parse_wavespeed(value: Any) -> Outcome:
    """Return what wavespeed says of a job."""
    data = dig(value, "data")
    status = dig(data, "status")
    if status == "failed":
        return give_up(dig(data, "error"))
    if status == "completed":
        unsafe = dig(data, "has_nsfw_contents", 0) is True
        return finish(Outcome(url=read_address(dig(data, "outputs", 0)), unsafe=unsafe))
    return Outcome(poll=read_path(dig(data, "urls", "get")))


def _parse_zai(value: Any) -> Outcome:
    status = dig(value, "task_status")
    if status == "FAIL":
        return give_up(dig(value, "error", "message"))
    url = read_address(dig(value, "image_result", 0, "url"))
    if url or status == "SUCCESS":
        return finish(Outcome(url=url))
    return Outcome(poll=number_path("/api/paas/v4/async-result/", dig(value, "id")))


_PARSERS: Mapping[str, Callable[[Any], Outcome]] = {
    "fal-ai": _parse_fal,
    "hf-inference": _parse_picture,
    "nscale": _parse_base64,
    "replicate": parse_replicate,
    "together": _parse_base64,
    "wavespeed": parse_wavespeed,
    "zai-org": _parse_zai,
}
PROVIDERS = tuple(_PARSERS)
"""Every provider of huggingface_hub 2.4 that makes pictures from text."""
