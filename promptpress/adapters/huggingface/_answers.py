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
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How far a picture is: here, somewhere, still in work, or failed. All blank: none of it."""

    content: bytes = field(default=b"", repr=False)
    url: str = ""
    """Where it lies."""
    poll: str = ""
    """Where below the provider's part of the router to ask for it."""
    failure: str = ""
    """Why there will be none, in the provider's words."""
    seed: int | None = None
    unsafe: bool = False

    @property
    def is_blank(self) -> bool:
        """True when it says nothing of a picture."""
        return not (self.content or self.url or self.poll or self.failure)


def parse_json(body: bytes) -> Any:
    """Return the value that the bytes are in JSON, or None."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def is_text(body: bytes) -> bool:
    """Tell whether the bytes are a page, JSON, words or nothing: every picture begins with others.

    The head of each format of pictures holds bytes below 32; a page's or JSON's only blanks.
    """
    return all(byte >= 32 or byte in b"\t\n\f\r" for byte in body[:1_000])


def is_address(value: Any) -> bool:
    """Tell whether a value is an address that a picture can be fetched from."""
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def parse_outcome(provider: str, body: bytes) -> Outcome:
    """Return what a provider's answer of status 2xx says."""
    if not is_text(body):
        return Outcome(content=body)
    return _PARSERS[provider](parse_json(body))


def _dig(value: Any, *path: str | int) -> Any:
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _address(value: Any) -> str:
    return value if is_address(value) else ""


def _seed(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _parse_picture(value: Any) -> Outcome:
    return Outcome(failure=_text(_dig(value, "error")))


def _parse_base64(value: Any) -> Outcome:
    text = _text(_dig(value, "data", 0, "b64_json"))
    try:
        return Outcome(content=base64.b64decode(text, validate=True))
    except ValueError:
        return Outcome()


def _parse_fal(value: Any) -> Outcome:
    return Outcome(
        url=_address(_dig(value, "images", 0, "url")),
        seed=_seed(_dig(value, "seed")),
        unsafe=_dig(value, "has_nsfw_concepts", 0) is True,
    )


def _parse_replicate(value: Any) -> Outcome:
    status, output = _dig(value, "status"), _dig(value, "output")
    if status in ("failed", "canceled"):
        return _failure(_dig(value, "error"))
    url = _address(output if isinstance(output, str) else _dig(output, 0))
    seed = _seed(_dig(value, "input", "seed"))
    if url or status == "succeeded":
        return _done(Outcome(url=url, seed=seed))
    return Outcome(poll=_numbered("/v1/predictions/", _dig(value, "id")), seed=seed)


def _parse_wavespeed(value: Any) -> Outcome:
    data = _dig(value, "data")
    status = _dig(data, "status")
    if status == "failed":
        return _failure(_dig(data, "error"))
    if status == "completed":
        unsafe = _dig(data, "has_nsfw_contents", 0) is True
        return _done(Outcome(url=_address(_dig(data, "outputs", 0)), unsafe=unsafe))
    return Outcome(poll=_path(_dig(data, "urls", "get")))


def _path(value: Any) -> str:
    try:
        # The address names the provider's own host; asked is the router, by the same path.
        path = urlsplit(_text(value)).path
    except ValueError:
        return ""
    return path if path.startswith("/") else ""


def _parse_zai(value: Any) -> Outcome:
    status = _dig(value, "task_status")
    if status == "FAIL":
        return _failure(_dig(value, "error", "message"))
    url = _address(_dig(value, "image_result", 0, "url"))
    if url or status == "SUCCESS":
        return _done(Outcome(url=url))
    return Outcome(poll=_numbered("/api/paas/v4/async-result/", _dig(value, "id")))


def _numbered(path: str, number: Any) -> str:
    return path + quote(_text(number), safe="") if _text(number) else ""


def _failure(words: Any) -> Outcome:
    return Outcome(failure=_text(words) or "the provider gives no reason")


def _done(outcome: Outcome) -> Outcome:
    return outcome if outcome.url else Outcome(failure="the provider is done without a picture")


_PARSERS: Mapping[str, Callable[[Any], Outcome]] = {
    "fal-ai": _parse_fal,
    "hf-inference": _parse_picture,
    "nscale": _parse_base64,
    "replicate": _parse_replicate,
    "together": _parse_base64,
    "wavespeed": _parse_wavespeed,
    "zai-org": _parse_zai,
}
PROVIDERS = tuple(_PARSERS)
"""Every provider of huggingface_hub 2.4 that makes pictures from text."""
