"""An order as its provider takes it. Pure: nothing is sent from here."""

from typing import Any
from urllib.parse import urlsplit

import requests

from promptpress.adapters.huggingface._kinds import PICTURES, Kind
from promptpress.adapters.huggingface._routes import Route
from promptpress.errors import SetupError
from promptpress.ports import ImageRequest

_ROUTED = "hf_"
"""What stands for a token at the library: with any that begins so it writes the router's
addresses. The real one never enters it."""
_HEADERS = {
    "replicate": {"Prefer": "wait"},
    "zai-org": {"x-source-channel": "hugging_face", "Accept-Language": "en-US,en"},
}
"""What single providers want besides, as the library sends it."""


def build_request(
    kind: Kind, api_url: str, route: Route, request: ImageRequest
) -> requests.Request:
    """Return the POST that orders one of a kind; it lacks only the token.

    Args:
        kind: what is ordered.
        api_url: the router's address.
        route: who shall make it.
        request: what shall be made.

    Raises:
        SetupError: the installed huggingface_hub has changed inside.
    """
    parameters = _build_parameters(kind, route.provider, request)
    path, body = _ask_library(kind, route, _build_prompt(request), parameters)
    headers = {"Accept": kind.accept, **_HEADERS.get(route.provider, {})}
    return requests.Request("POST", api_url + path, headers=headers, json=body)


def _build_prompt(request: ImageRequest) -> str:
    return _sendable(", ".join(part for part in (request.prompt, request.style) if part))


def _sendable(text: str) -> str:
    # A lone half of a surrogate pair cannot be sent in UTF-8, and services choke on its escape.
    return text.encode("utf-8", "replace").decode()


def _build_parameters(kind: Kind, provider: str, request: ImageRequest) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    if kind is PICTURES:
        wanted = {"width": request.width, "height": request.height}
    elif provider == "fal-ai" and request.width != request.height:
        # A video's size is its model's. The shape has a common name at fal-ai only, and the two
        # that every model there knows (fal.ai/models/fal-ai/wan/v2.2-a14b/text-to-video/api).
        wanted = {"aspect_ratio": "16:9" if request.width > request.height else "9:16"}
    if request.seed is not None:
        wanted["seed"] = request.seed
    if request.negative_prompt:
        wanted["negative_prompt"] = _sendable(request.negative_prompt)
    return wanted


def _ask_library(
    kind: Kind, route: Route, prompt: str, parameters: dict[str, Any]
) -> tuple[str, Any]:
    """Return the path below the router and the JSON body that huggingface_hub would send.

    This is the only place that uses private names of the library. Its public way,
    `InferenceClient.text_to_image` over `prepare_request`, looks models up, polls and downloads
    without a timeout, calls home, and keeps neither bytes nor seed nor flags.
    """
    try:
        # Imported here because it may be gone in another version, which check() is to tell.
        from huggingface_hub.hf_api import InferenceProviderMapping  # noqa: PLC0415  see above
        from huggingface_hub.inference._providers import get_provider_helper  # noqa: PLC0415  as above

        mapping = InferenceProviderMapping(  # type: ignore[no-untyped-call]  # theirs takes anything
            provider=route.provider,
            hf_model_id=route.model,
            providerId=route.provider_id,
            status=route.status,
            task=route.task,
            adapterWeightsPath=route.weights or None,
        )
        helper = get_provider_helper(route.provider, kind.task, route.model)  # type: ignore[arg-type]  # its closed list of names
        url = helper._prepare_url(_ROUTED, route.provider_id)
        body = helper._prepare_payload_as_dict(prompt, parameters, mapping)
    except (ImportError, AttributeError, KeyError, TypeError, ValueError) as error:
        message = (
            f"the installed huggingface_hub builds no request for {route.provider} "
            f"({type(error).__name__}): install the version that constraints.txt names"
        )
        raise SetupError(message, kind.name) from None
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else ""), body
