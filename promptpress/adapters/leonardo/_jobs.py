"""Pictures that are ordered and not here yet, as a text that the queue keeps."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from promptpress.adapters._bodies import parse_json
from promptpress.adapters.leonardo._models import UUID
from promptpress.adapters.leonardo._refusals import NAME
from promptpress.errors import PermanentError


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to ask after, whichever API took the order. Holds no secret."""

    id: str
    model: str
    count: int
    """Pictures that were ordered."""
    begun: int
    """When, in whole seconds since 1970."""
    seed: int | None = None
    cost: float | None = None
    """US dollars for all of them together."""

    @property
    def path(self) -> str:
        """Where to ask: v2 has no such question of its own."""
        return f"/v1/generations/{self.id}"

    def text(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps({k: v for k, v in asdict(self).items() if v is not None})


def is_job(number: str) -> bool:
    """Tell whether a job can be asked after by this number."""
    return UUID.fullmatch(number) is not None


def read_job(text: str) -> Job:
    """Return the job that a text says; PermanentError if it says none."""
    value = parse_json(text.encode("utf-8", "replace"))
    if not isinstance(value, dict) or not _is_sound(value):
        message = "the job kept with the post is none of ours: retry the post, it begins anew"
        raise PermanentError(message, NAME)
    return Job(**value)


def _is_sound(value: dict[str, Any]) -> bool:
    needed = {"id": str, "model": str, "count": int, "begun": int}
    if not set(needed) <= set(value) <= {*needed, "seed", "cost"}:
        return False
    known = all(isinstance(value[name], kind) for name, kind in needed.items())
    extra = isinstance(value.get("seed", 0), int) and isinstance(value.get("cost", 0), int | float)
    return known and extra and is_job(value["id"]) and value["count"] >= 1
