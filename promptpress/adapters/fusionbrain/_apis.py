"""The two forms of the API, and the models that a list in either of them names. Pure."""

from dataclasses import dataclass
from typing import Any

from promptpress.adapters.fusionbrain._refusals import no_models, unknown_model

KIND = "TEXT2IMAGE"
ACTIVE = "ACTIVE"


@dataclass(frozen=True, kw_only=True)
class Api:
    """One form of the API: the same questions under other names (paths below /key/api/v1/)."""

    name: str
    listing: str
    """Asks which models there are."""
    run: str
    """Takes an order."""
    status: str
    """Asks after a job."""
    availability: str
    """Asks whether a model takes orders now."""
    model_field: str
    negative_field: str


PIPELINES = Api(
    name="pipeline",
    listing=f"pipelines?type={KIND}",
    run="pipeline/run",
    status="pipeline/status/{}",
    availability="pipeline/{}/availability",
    model_field="pipeline_id",
    negative_field="negativePromptDecoder",
)
"""The current form."""
MODELS = Api(
    name="text2image",
    listing="models",
    run="text2image/run",
    status="text2image/status/{}",
    availability="text2image/availability?model_id={}",
    model_field="model_id",
    negative_field="negativePromptUnclip",
)
"""The older form; servers of others that speak this API often have it only."""
APIS = {api.name: api for api in (PIPELINES, MODELS)}


@dataclass(frozen=True, kw_only=True)
class Model:
    """What makes pictures."""

    api: Api
    number: str
    label: str
    """Name and version, such as "Kandinsky 3.1"."""
    names: frozenset[str]
    """All that it may be called by, in small letters."""
    is_active: bool


def parse_models(api: Api, value: Any) -> tuple[Model, ...] | None:
    """Return the models for pictures from text that a list names, or None where it is no list."""
    if not isinstance(value, list):
        return None
    entries = [entry for entry in value if isinstance(entry, dict)]
    found = [_parse_model(api, e) for e in entries if e.get("type", KIND) == KIND]
    return tuple(model for model in found if model is not None)


def _parse_model(api: Api, entry: dict[str, Any]) -> Model | None:
    # The vendor's page says `uuid` where the service says `id`.
    number = entry.get("id", entry.get("uuid"))
    if not isinstance(number, str | int) or number == "":
        return None
    titles = [title for key in ("nameEn", "name") if isinstance(title := entry.get(key), str)]
    name, version = next(iter(titles), "Kandinsky"), entry.get("version")
    label = name if version is None else f"{name} {version}"
    return Model(
        api=api,
        number=str(number),
        label=label,
        names=frozenset(name.lower() for name in (str(number), label, *titles)),
        is_active=entry.get("status", ACTIVE) == ACTIVE,
    )


def choose_model(models: tuple[Model, ...], wanted: str, *, own: bool) -> Model:
    """Return the model of a name, or without a name the first that is active, else the first.

    Args:
        models: all that there are.
        wanted: number or name of one, with its version or without; empty for any.
        own: True when the post itself names it.

    Raises:
        InvalidPost, SetupError: there is none of that name, or none at all.
    """
    if not models:
        raise no_models()
    named = [model for model in models if not wanted or wanted.lower() in model.names]
    if not named:
        raise unknown_model(wanted, [model.label for model in models], own=own)
    return next((model for model in named if model.is_active), named[0])
