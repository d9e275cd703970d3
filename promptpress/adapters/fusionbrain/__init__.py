"""An ImageGenerator over Fusion Brain's API of Kandinsky, or any server that speaks it.

    which form of the API, which model → order → a job → ask, until the picture is in the answer

The end of a job, a picture or a refusal, is told **once**: the next question finds nothing. This
is what it means for the promise that `collect` is harmless to repeat:

- In this process it holds: how a job ended is remembered, within a limit of size, and told again.
- When the answer to a question is lost, the picture may have been in it. It is a TransientError
  all the same: nothing is paid for by asking again, and only asking tells. The next question finds
  the job, or nothing: then PermanentError says that the picture is gone.
- When the process dies between the answer and the store, the picture is gone in the same way. Also
  when nobody asks for minutes: 290 to 500 seconds were seen before an unfetched picture was gone.

A new picture is then made only by retrying the post, which a person does.

============  ===========================================================================
_apis         the two forms of the API; which models there are
_catalog      asks for that, and remembers it for a while
_requests     an order as the service takes it
_client       sends; bounded in time and size, the keys to its server only
_answers      what the answers say
_jobs         a job as a text; how jobs ended
_refusals     the error map
============  ===========================================================================
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime

from promptpress.adapters._bodies import is_text, parse_json
from promptpress.adapters._http import NoReply, Reply, read_retry_after
from promptpress.adapters.fusionbrain._answers import (
    MAX_PICTURE,
    Progress,
    parse_begun,
    parse_disabled,
    parse_progress,
)
from promptpress.adapters.fusionbrain._apis import Model
from promptpress.adapters.fusionbrain._catalog import Catalog
from promptpress.adapters.fusionbrain._client import MAX_RESULT, Client
from promptpress.adapters.fusionbrain._jobs import Ended, Job, is_number, read_job
from promptpress.adapters.fusionbrain._refusals import (
    NAME,
    censored,
    disabled,
    dropped_model,
    explain,
    explain_order,
    failed,
    gone,
    lost,
    no_picture,
    not_begun,
    unreachable,
    untold,
)
from promptpress.adapters.fusionbrain._requests import build_order
from promptpress.errors import PromptpressError, RateLimited
from promptpress.ports import Generated, Generation, ImageRequest

LOOKUP_TIME = 20.0
"""Seconds for the questions before an order, from first to last."""
LOOKUP_SHARE = 0.25
"""Part of a call's time that they may take at most: the order itself must not run out of it."""
_TOO_LARGE = f"its picture has {MAX_PICTURE // 1_000_000} MB or more"
_log = logging.getLogger(__name__)


class FusionBrainGenerator:
    """Makes pictures with Kandinsky, one per order, and fetches each in the one answer it has."""

    def __init__(
        self,
        key: str,
        secret: str,
        *,
        model: str = "",
        api_url: str = "https://api-key.fusionbrain.ai",
        timeout: float = 180.0,
        interval: float = 10.0,
        clock: Callable[[], datetime],
    ) -> None:
        """Keep the set-up; nothing is asked before it is needed.

        Args:
            key: the API key.
            secret: the secret key that belongs to it.
            model: number or name of what makes the pictures, where a post names nothing; empty
                for the service's first.
            api_url: address of the server, up to what stands before /key/.
            timeout: seconds for one call of a method, from first to last.
            interval: seconds between two questions after a job; the vendor's sample takes 10.
            clock: tells the time, aware and in UTC.
        """
        self._model = model
        self._timeout = timeout
        self._interval = interval
        self._clock = clock
        self._client = Client(key, secret, api_url)
        self._catalog = Catalog(self._client, clock)
        self._ended = Ended()

    @property
    def name(self) -> str:
        """Its name in settings, audit and messages."""
        return NAME

    def check(self) -> None:
        """Ask for the models, and whether ours takes orders; log a warning where its queue is full.

        Raises:
            SetupError: the keys or the address will not do, or there is no such model.
            TransientError: the service does not answer, or is switched off.
        """
        ends = time.monotonic() + min(LOOKUP_TIME, self._timeout)
        self._catalog.forget()
        model = self._catalog.find(self._model, ends, own=False)
        reply = self._client.get(model.api.availability.format(model.number), ends)
        if isinstance(reply, NoReply):
            raise unreachable(reply)
        # What is no good answer tells nothing: not every server has this question.
        status = parse_disabled(parse_json(reply.body)) if reply.status < 300 else ""
        trouble = disabled(status) if status else None
        if isinstance(trouble, RateLimited):
            _log.warning("fusionbrain: the queue of %s is full now: orders wait", model.label)
        elif trouble is not None:
            raise trouble

    def submit(self, request: ImageRequest) -> Generation:
        """Order one picture; there is a job then, and never the picture at once.

        Raises:
            TransientError, SetupError: surely not begun; RateLimited where the queue is full.
            PermanentError: refused.
            OutcomeUnknown: the answer was lost, and with it the number of the job.
        """
        begun = time.monotonic()
        before = begun + min(LOOKUP_TIME, LOOKUP_SHARE * self._timeout)
        own = bool(request.model)
        model = self._catalog.find(request.model or self._model, before, own=own)
        order = build_order(model, request)
        reply = self._client.order(model.api.run, order, begun + self._timeout)
        uuid = self._read_order(reply, model)
        job = Job(uuid=uuid, api=model.api.name, model=model.label)
        return Generation(job=job.text(), wait=self._interval)

    def collect(self, job: str) -> Generation:
        """Ask after a job once; what repeating it means stands at the top of this file.

        Raises:
            TransientError, SetupError: no answer now; the next one tells.
            PermanentError: it failed or is gone; ContentRefused where the picture is censored.
        """
        kept = read_job(job)
        progress = self._ended.find(kept)
        if progress is None:
            progress = self._ask(kept)
            if progress.is_over:
                self._ended.keep(kept, progress)
        if not progress.is_over:
            return Generation(job=job, wait=self._interval)
        return Generation(pictures=(self._take(kept, progress),))

    def _read_order(self, reply: Reply | NoReply, model: Model) -> str:
        """Return the number of the job that the answer to an order names."""
        if isinstance(reply, NoReply):
            raise lost(reply.reason) if reply.kind == "lost" else unreachable(reply)
        if reply.status in (404, 410):
            self._catalog.forget()
        if reply.status >= 300:
            missing = dropped_model(model.label)
            raise explain_order(reply, missing, self._client.secrets, self._clock())
        begun = parse_begun(reply.body) if reply.whole else None
        if begun is None:
            raise lost("it is cut short, or a page in its place")
        if is_number(begun.uuid):
            return begun.uuid
        if begun.disabled:
            asked = read_retry_after(reply.headers.get("Retry-After"), self._clock())
            raise disabled(begun.disabled, asked)
        raise not_begun(begun.words, self._client.secrets)

    def _ask(self, job: Job) -> Progress:
        """Return how far a job is."""
        reply = self._client.get(job.path, time.monotonic() + self._timeout, MAX_RESULT)
        if isinstance(reply, NoReply):
            raise untold(reply.reason) if reply.kind == "lost" else unreachable(reply)
        if reply.status >= 300:
            raise explain(reply, gone(), self._client.secrets, self._clock())
        if len(reply.body) >= MAX_RESULT:
            raise no_picture(_TOO_LARGE)
        progress = parse_progress(reply.body) if reply.whole else None
        if progress is None:
            raise untold("it is cut short, or a page in its place")
        return progress

    def _take(self, job: Job, progress: Progress) -> Generated:
        """Return the picture of a job that is over.

        Raises:
            PermanentError: there is none.
        """
        trouble: PromptpressError | None = None
        if progress.is_censored:
            trouble = censored(progress.words, self._client.secrets)
        elif progress.status == "FAIL":
            trouble = failed(progress.words, self._client.secrets)
        elif not progress.has_file:
            trouble = no_picture("no picture came with it")
        elif is_text(progress.picture):
            trouble = no_picture("something else came than a picture")
        elif len(progress.picture) >= MAX_PICTURE:
            trouble = no_picture(_TOO_LARGE)
        if trouble is not None:
            raise trouble
        return Generated(content=progress.picture, model=job.model)
