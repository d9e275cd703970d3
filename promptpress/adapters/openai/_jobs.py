"""Pictures that are made and lie elsewhere, as a text that the queue keeps."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from promptpress.adapters._bodies import is_address, parse_json
from promptpress.adapters.openai._refusals import NAME
from promptpress.errors import PermanentError


@dataclass(frozen=True, kw_only=True)
class Job:
    """Where the pictures lie, and what is known about them. Holds no key."""

    model: str
    urls: tuple[str, ...]
    seed: int | None = None
    cost: float | None = None
    """US dollars for all of them together."""

    def text(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps({k: v for k, v in asdict(self).items() if v is not None})


def read_job(text: str) -> Job:
    """Return the job that a text says; PermanentError if it says none."""
    value = parse_json(text.encode("utf-8", "replace"))
    if not isinstance(value, dict) or not _is_sound(value):
        message = "the job kept with the post is none of ours: retry the post, it begins anew"
        raise PermanentError(message, NAME)
    return Job(
        model=value["model"],
        urls=tuple(value["urls"]),
        seed=value.get("seed"),
        cost=value.get("cost"),
    )


def _is_sound(value: dict[str, Any]) -> bool:
    urls = value.get("urls")
    if not isinstance(urls, list) or not urls or not all(is_address(url) for url in urls):
        return False
    known = isinstance(value.get("model"), str)
    return known and all(
        value.get(name) is None or isinstance(value[name], kind)
        for name, kind in (("seed", int), ("cost", int | float))
    )
