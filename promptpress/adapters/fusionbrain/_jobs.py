"""A picture that was ordered and is not here yet, as a text; and those that came, for a while."""

import json
import re
import threading
from dataclasses import asdict, dataclass

from promptpress.adapters._bodies import parse_json
from promptpress.adapters.fusionbrain._answers import Progress
from promptpress.adapters.fusionbrain._apis import APIS, Api
from promptpress.adapters.fusionbrain._refusals import NAME
from promptpress.errors import PermanentError

MAX_KEPT = 32_000_000
"""Bytes of pictures that are remembered at the most: about a hundred of 1024 × 1024."""
_NUMBER = re.compile(r"[A-Za-z0-9][\w-]{0,199}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to ask after. Holds no secret."""

    uuid: str
    api: str
    """Name of the form of the API that took the order: the other does not know the job."""
    model: str

    @property
    def path(self) -> str:
        """Where to ask."""
        api: Api = APIS[self.api]
        return api.status.format(self.uuid)

    def text(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(asdict(self))


def is_number(uuid: str) -> bool:
    """Tell whether a job can be asked after by this number."""
    return _NUMBER.fullmatch(uuid) is not None


def read_job(text: str) -> Job:
    """Return the job that a text says; PermanentError if it says none."""
    value = parse_json(text.encode("utf-8", "replace"))
    known = isinstance(value, dict) and set(value) == {"uuid", "api", "model"}
    if known and all(isinstance(part, str) for part in value.values()):
        job = Job(**value)
        if job.api in APIS and is_number(job.uuid):
            return job
    message = "the job kept with the post is none of ours: retry the post, it begins anew"
    raise PermanentError(message, NAME)


class Ended:
    """How jobs ended that this process has asked after: the service itself tells it once only."""

    def __init__(self) -> None:
        """Begin with none."""
        self._known: dict[Job, Progress] = {}
        self._lock = threading.Lock()

    def find(self, job: Job) -> Progress | None:
        """Return how a job ended, if it is remembered."""
        with self._lock:
            return self._known.get(job)

    def keep(self, job: Job, progress: Progress) -> None:
        """Remember it, and forget the oldest where all together are too large."""
        with self._lock:
            self._known[job] = progress
            size = sum(len(one.picture) for one in self._known.values())
            for old in list(self._known)[:-1]:
                if size <= MAX_KEPT:
                    break
                size -= len(self._known.pop(old).picture)
