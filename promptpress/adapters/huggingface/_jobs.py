"""What is paid for and not here yet, as a text that the queue keeps."""

import json
from dataclasses import asdict, dataclass, replace

from promptpress.adapters._bodies import is_address, parse_json
from promptpress.adapters.huggingface._kinds import Kind
from promptpress.adapters.huggingface._outcomes import Outcome
from promptpress.errors import PermanentError


@dataclass(frozen=True, kw_only=True)
class Job:
    """Where it is to be had, and what is known about it. Holds no secret."""

    provider: str
    model: str
    seed: int | None = None
    unsafe: bool = False
    url: str = ""
    """Where it lies; empty while it is in work."""
    poll: str = ""
    """Where below the provider's part of the router to ask for it."""

    def learn(self, outcome: Outcome) -> "Job":
        """Return the job with what an answer adds to it."""
        return replace(
            self,
            seed=self.seed if outcome.seed is None else outcome.seed,
            unsafe=self.unsafe or outcome.unsafe,
            url=outcome.url,
            poll=outcome.poll or self.poll,
        )

    def text(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps({k: v for k, v in asdict(self).items() if v is not None and v != ""})


def read_job(text: str, kind: Kind) -> Job:
    """Return the job that a text says; PermanentError if it says none."""
    value = parse_json(text.encode("utf-8", "replace"))
    known = isinstance(value, dict) and value.get("provider") in kind.providers
    try:
        job = Job(**value) if known else None
    except TypeError:
        job = None
    if job is None or not (is_address(job.url) or str(job.poll).startswith("/")):
        message = "the job kept with the post is none of ours: retry the post, it begins anew"
        raise PermanentError(message, kind.name)
    return job
