"""Pictures that are in work at the server, as a text that the queue keeps."""

import json
import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from promptpress.adapters._bodies import parse_json
from promptpress.adapters.comfyui._refusals import NAME
from promptpress.errors import PermanentError


@dataclass(frozen=True, kw_only=True)
class Job:
    """An order that is queued, and what is known about it. Holds no secret."""

    id: str
    model: str
    seed: int | None = None
    count: int = 1
    """How many pictures at the most."""

    def renumber(self, number: str) -> "Job":
        """Return the job under another number: older servers give their own."""
        return replace(self, id=number)

    def text(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(
            {name: value for name, value in asdict(self).items() if value is not None}
        )


def read_job(text: str) -> Job:
    """Return the job that a text says; PermanentError if it says none."""
    value = parse_json(text.encode("utf-8", "replace"))
    try:
        job = Job(**value) if isinstance(value, dict) and _is_sane(value) else None
    except TypeError:
        job = None
    if job is None:
        message = "the job kept with the post is none of ours: retry the post, it begins anew"
        raise PermanentError(message, NAME)
    return job


def _is_sane(value: dict[str, Any]) -> bool:
    number, count = value.get("id"), value.get("count", 1)
    return (
        isinstance(number, str)
        and re.fullmatch(r"[\w-]{1,200}", number, re.ASCII) is not None
        and isinstance(value.get("model"), str)
        and isinstance(value.get("seed"), int | None)
        and isinstance(count, int)
        and count >= 1
    )
