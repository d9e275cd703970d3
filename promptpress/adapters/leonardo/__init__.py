"""An ImageGenerator over Leonardo.Ai's production API.

    which API has the model → order → a job → ask → download

Models with a number (a UUID) are ordered in v1, those with a name in v2; jobs of both are asked
after in v1. A finished job stays with the service and can be asked for again.

The service works on ten jobs at a time, keeps two hundred waiting, and takes a hundred orders a
minute (docs.leonardo.ai, guide to concurrency, queue and rate limit); what is more it refuses, and
that is a wait.

============  ===========================================================================
_models       what is known of the models: sizes, styles, numbers of pictures
_orders       an order as the service takes it
_client       sends; bounded in time and size, the key to its server only
_answers      what the answers say
_jobs         a job as a text
_refusals     the error map
============  ===========================================================================
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime

from promptpress.adapters._bodies import is_text
from promptpress.adapters._errors import BROKEN
from promptpress.adapters._http import NoReply, Reply
from promptpress.adapters.leonardo._answers import (
    MAX_PICTURE,
    Begun,
    Progress,
    parse_begun,
    parse_budget,
    parse_progress,
)
from promptpress.adapters.leonardo._client import Client
from promptpress.adapters.leonardo._jobs import Job, is_job, read_job
from promptpress.adapters.leonardo._models import is_model
from promptpress.adapters.leonardo._orders import build_order
from promptpress.adapters.leonardo._refusals import (
    NAME,
    explain,
    explain_download,
    explain_order,
    failed,
    gone,
    lost,
    no_address,
    no_budget,
    no_credit,
    not_begun,
    not_found,
    too_large,
    unreachable,
    withheld,
    wrong_model,
)
from promptpress.errors import PromptpressError, TransientError
from promptpress.ports import Generated, Generation, ImageRequest

LIGHTNING_XL = "b24e16ff-06e3-43eb-8d33-4416c2d75876"
"""The model that the service itself takes where none is named."""
CHECK_TIME = 20.0
"""Seconds for the question of a check."""
GRACE = 60.0
"""Seconds after an order in which it is no wonder that the job is not known yet."""
_log = logging.getLogger(__name__)


class LeonardoGenerator:
    """Makes pictures by one order, up to eight at once, and pays for each once."""

    def __init__(
        self,
        key: str,
        *,
        model: str = LIGHTNING_XL,
        api_url: str = "https://cloud.leonardo.ai/api/rest",
        alchemy: bool = False,
        timeout: float = 180.0,
        interval: float = 5.0,
        clock: Callable[[], datetime],
    ) -> None:
        """Keep the set-up; nothing is asked before it is needed.

        Args:
            key: of the production API.
            model: number of a model of v1 or name of one of v2, where a post names none.
            api_url: address of the service, up to what stands before /v1 and /v2.
            alchemy: True orders with Alchemy, for more money, from models of v1 that have it.
            timeout: seconds for one call of a method, from first to last.
            interval: seconds between two questions after a job.
            clock: tells the time, aware and in UTC.
        """
        self._model = model
        self._alchemy = alchemy
        self._timeout = timeout
        self._interval = interval
        self._clock = clock
        self._client = Client(key, api_url)

    @property
    def name(self) -> str:
        """Its name in settings, audit and messages."""
        return NAME

    def check(self) -> None:
        """Ask for the account, which costs nothing; log how many API tokens are left.

        Raises:
            SetupError: the key is refused, the model is none, or nothing is left.
            TransientError: the service does not answer.
        """
        self._choose("")
        reply = self._client.get("/v1/me", time.monotonic() + min(CHECK_TIME, self._timeout))
        if isinstance(reply, NoReply):
            raise unreachable(reply)
        if reply.status >= 300:
            raise explain(reply, not_found(), self._client.secrets, self._clock())
        left = parse_budget(reply.body)
        if left is None:
            raise no_budget()
        if left <= 0:
            raise no_credit(left)
        _log.info("leonardo: %g API tokens are left", left)

    def submit(self, request: ImageRequest) -> Generation:
        """Order the pictures; there is a job then, and never a picture at once.

        Raises:
            TransientError, SetupError: surely not begun and not paid for.
            PermanentError: refused.
            OutcomeUnknown: the answer was lost, and with it the number of the job.
        """
        model = self._choose(request.model)
        order = build_order(model, request, alchemy=self._alchemy)
        reply = self._client.order(order.path, order.body, time.monotonic() + self._timeout)
        begun = self._read_order(reply, model, own=bool(request.model))
        job = Job(
            id=begun.id,
            model=model,
            count=order.count,
            begun=int(self._clock().timestamp()),
            seed=order.seed,
            cost=begun.cost,
        )
        return Generation(job=job.text(), wait=self._interval)

    def collect(self, job: str) -> Generation:
        """Ask after a job once, and fetch its pictures when it is done; harmless to repeat.

        Raises:
            TransientError, SetupError: no answer now; the job stays good.
            PermanentError: it failed, or is gone; ContentRefused where the pictures are withheld.
        """
        kept = read_job(job)
        ends = time.monotonic() + self._timeout
        progress = self._ask(kept, ends)
        if not progress.known and self._clock().timestamp() - kept.begun >= GRACE:
            raise gone("the job")
        if progress.status == "FAILED":
            raise failed(progress.words, self._client.secrets)
        if progress.withheld:
            raise withheld()
        if progress.status != "COMPLETE":
            return Generation(job=job, wait=self._interval)
        if not progress.images:
            raise no_address()
        return Generation(pictures=self._fetch(kept, progress, ends))

    def _choose(self, own: str) -> str:
        name = own or self._model
        if not is_model(name):
            raise wrong_model(f"{name[:100]!r} is no number or name of a model", own=bool(own))
        return name

    def _read_order(self, reply: Reply | NoReply, model: str, *, own: bool) -> Begun:
        """Return what the answer to an order says, which nobody may ask for a second time."""
        secrets = self._client.secrets
        if isinstance(reply, NoReply):
            raise lost(reply.reason) if reply.kind == "lost" else unreachable(reply)
        if reply.status >= 300:
            raise explain_order(reply, model, own=own, secrets=secrets, now=self._clock())
        # Where the job's number came nothing is lost, even if the answer broke off after it.
        begun = parse_begun(reply.body)
        if begun.id and not is_job(begun.id):
            raise lost("it names no job that can be asked after")
        if not begun.id:
            raise not_begun(begun.words, model, own=own, secrets=secrets)
        return begun

    def _ask(self, job: Job, ends: float) -> Progress:
        """Return how far a job is."""
        reply = self._client.get(job.path, ends)
        if isinstance(reply, NoReply):
            raise unreachable(reply)
        if reply.status in (404, 410):
            return Progress(known=False)
        if reply.status >= 300:
            raise explain(reply, not_found(), self._client.secrets, self._clock())
        progress = parse_progress(reply.body)
        if progress is None:
            raise unreachable(BROKEN)
        return progress

    def _fetch(self, job: Job, progress: Progress, ends: float) -> tuple[Generated, ...]:
        """Return the pictures of a job that are still to be had."""
        made: list[Generated] = []
        trouble: PromptpressError | None = None
        seed = job.seed if progress.seed is None else progress.seed
        images = progress.images[: job.count]
        for image in images:
            found = self._download(image.url, ends)
            if isinstance(found, TransientError):
                raise found
            if isinstance(found, PromptpressError):
                trouble = found
                continue
            cost = None if job.cost is None else job.cost / len(images)
            made.append(
                Generated(content=found, model=job.model, seed=seed, cost=cost, unsafe=image.unsafe)
            )
        if not made and trouble is not None:
            raise trouble
        return tuple(made)

    def _download(self, url: str, ends: float) -> bytes | PromptpressError:
        """Return the bytes of a picture, or why there are none; no key goes to where it lies."""
        reply = self._client.fetch(url, ends)
        if isinstance(reply, NoReply):
            return unreachable(reply, "NO_PROXY")
        if reply.status >= 300:
            return explain_download(reply, self._clock())
        if len(reply.body) >= MAX_PICTURE:
            return too_large()
        if not reply.whole or is_text(reply.body):
            return unreachable(BROKEN, "NO_PROXY")
        return reply.body
