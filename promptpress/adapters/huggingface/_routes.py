"""Who serves a model: what the Hub says about it, and the provider chosen from that. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from promptpress.adapters.huggingface._kinds import PICTURES, Kind
from promptpress.adapters.huggingface._refusals import wrong_model
from promptpress.errors import SetupError

AUTO = "auto"
"""The first live provider, in the order of the account's settings."""
FIELDS = "expand=inferenceProviderMapping&expand=pipeline_tag"
"""What to ask about a model (huggingface.co/docs/inference-providers/hub-api)."""
_OWN = "hf-inference"
"""Hugging Face's own servers: they know a model by its name at the Hub."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """A provider that serves a model."""

    provider: str
    model: str
    """Its name at the Hub."""
    provider_id: str
    """Its name at the provider."""
    status: str
    """live, staging or error, as the Hub's own tests found it; or unlisted."""
    task: str
    weights: str = ""
    """The file of an adapter (LoRA) that the provider is to load."""


def parse_routes(model: str, value: Any) -> tuple[Route, ...]:
    """Return every provider that the Hub names for a model, in its order.

    Args:
        model: name of the model.
        value: the Hub's answer; entries of an unknown shape are left out.
    """
    if not isinstance(value, dict):
        return ()
    # A model that was renamed is found by its old name, but served by its new one only.
    model = str(value.get("id") or model)
    found = [
        _parse_route(model, provider, entry)
        for provider, entry in _entries(value.get("inferenceProviderMapping"))
    ]
    listed = _OWN in {route.provider for route in found}
    if value.get("pipeline_tag") == PICTURES.task and not listed:
        # Models of an own server are often in no list; the library tries them as well.
        found.append(_parse_route(model, _OWN, {"status": "unlisted", "task": PICTURES.task}))
    return tuple(found)


def _entries(mapping: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    # The Hub has answered in both forms.
    if isinstance(mapping, dict):
        mapping = [{**e, "provider": p} for p, e in mapping.items() if isinstance(e, dict)]
    for entry in mapping if isinstance(mapping, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("provider"), str):
            yield entry["provider"], entry


def _parse_route(model: str, provider: str, entry: dict[str, Any]) -> Route:
    theirs = model if provider == _OWN else entry.get("providerId") or model
    return Route(
        provider=provider,
        model=model,
        provider_id=str(theirs),
        status=str(entry.get("status") or ""),
        task=str(entry.get("task") or ""),
        weights=str(entry.get("adapterWeightsPath") or ""),
    )


def check_provider(kind: Kind, provider: str) -> None:
    """Raise SetupError, with the valid names, unless the kind can be had from the provider."""
    if provider not in (AUTO, *kind.providers):
        valid = ", ".join((AUTO, *kind.providers))
        what = f"no {kind.thing}s can be had from {provider!r}"
        raise SetupError(f"{what}: set {kind.provider_setting} to one of {valid}", kind.name)


def choose_route(
    kind: Kind, routes: Sequence[Route], model: str, provider: str, *, own: bool
) -> Route:
    """Return the provider's route, or with `auto` the first that is live.

    Args:
        kind: what it shall make.
        routes: all that the Hub names.
        model: name of the model.
        provider: the provider wanted.
        own: True when the post itself names the model.

    Raises:
        InvalidPost, SetupError: there is none; the message names those that would do.
    """
    able = [
        route for route in routes if route.task == kind.task and route.provider in kind.providers
    ]
    for route in able:
        if provider == route.provider or (provider == AUTO and route.status == "live"):
            return route
    others = ", ".join(f"{route.provider} ({route.status})" for route in able) or "none"
    who = "no live provider makes" if provider == AUTO else f"{provider} does not make"
    what = f"{who} {kind.thing}s with {model}; providers that do: {others}"
    raise wrong_model(kind, what, own=own)
