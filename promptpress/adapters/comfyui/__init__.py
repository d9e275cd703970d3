"""An ImageGenerator over ComfyUI, on a machine of one's own.

    workflow, filled in → queued under our own number → ask → download

The server queues a graph of nodes. It takes the number that we give an order, so after a lost
answer it is asked whether it has it. It does not refuse a number twice, so no order is repeated.

============  ===========================================================================
_workflow     the graph: a file of the user's or the one that lies here, and its places
_client       sends; bounded in time and size
_answers      what the answers say
_jobs         pictures that are in work, as a text
_refusals     the error map
============  ===========================================================================
"""

import time
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from promptpress.adapters._bodies import is_text, parse_json
from promptpress.adapters._http import NoReply, Reply
from promptpress.adapters.comfyui._answers import (
    MAX_PICTURE,
    File,
    Progress,
    parse_accepted,
    parse_ahead,
    parse_choices,
    parse_progress,
)
from promptpress.adapters.comfyui._client import Client
from promptpress.adapters.comfyui._jobs import Job, read_job
from promptpress.adapters.comfyui._refusals import (
    NAME,
    explain,
    explain_order,
    failed,
    gone,
    lost,
    no_model,
    no_node,
    no_place,
    not_understood,
    too_large,
    unreachable,
    wrong_model,
)
from promptpress.adapters.comfyui._workflow import Workflow, read_workflow
from promptpress.errors import PermanentError, PromptpressError, TransientError
from promptpress.ports import Generated, Generation, ImageRequest

CHECK_TIME = 30.0
"""Seconds for the questions of a check, and for an order: it is queued, not worked off."""
ORDER_SHARE = 0.5
"""Part of a call's time that an order may take: the rest is for asking what became of it."""
SECONDS_EACH = 5.0
"""What a picture that is before ours in the queue takes about."""
LONGEST_WAIT = 60.0
SEEDS = 2**48
"""Seeds that are chosen here, where a post names none: what JavaScript counts exactly."""


class ComfyUIGenerator:
    """Makes pictures by a workflow, as many as it makes at once."""

    def __init__(
        self,
        *,
        model: str = "",
        workflow: Path | None = None,
        api_url: str = "http://127.0.0.1:8188",
        timeout: float = 180.0,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """Keep the set-up; nothing is read or asked before it is needed.

        Args:
            model: what stands in the workflow's place {model}, where a post names none; empty for
                the first that the server has.
            workflow: file of a workflow in API format, with named places; None for a plain one.
            api_url: address of the server; with `user:password@` where something before it asks.
            timeout: seconds for one call of a method, from first to last.
            clock: tells the time, aware and in UTC.
            new_id: gives 32 hexadecimal digits that nobody else has.
        """
        self._model = model
        self._workflow = workflow
        self._timeout = timeout
        self._clock = clock
        self._new_id = new_id
        self._client = Client(api_url)

    @property
    def name(self) -> str:
        """Its name in settings, audit and messages."""
        return NAME

    def check(self) -> None:
        """Ask whether the server has every node of the workflow, and the model; makes nothing.

        Raises:
            SetupError: the workflow cannot be used, or the server lacks what it names.
            TransientError: the server does not answer.
        """
        workflow = read_workflow(self._workflow)
        ends = time.monotonic() + min(CHECK_TIME, self._timeout)
        for kind in workflow.kinds:
            if kind not in self._ask_node(kind, ends):
                raise no_node(kind)
        if workflow.model_place is not None:
            choices = self._ask_models(workflow, ends)
            if self._model and self._model not in choices:
                raise wrong_model(self._model, choices)

    def submit(self, request: ImageRequest) -> Generation:
        """Queue the order; return the job that `collect` fetches the pictures by.

        Raises:
            TransientError, SetupError: surely not queued.
            InvalidPost: the workflow does not take what the post asks for.
            OutcomeUnknown: the answer was lost, and the server could not tell what became of it.
        """
        begun = time.monotonic()
        workflow = read_workflow(self._workflow)
        if request.model and workflow.model_place is None:
            raise no_place(request.model)
        until = begun + min(CHECK_TIME, ORDER_SHARE * self._timeout)
        model = request.model or self._model or self._first_model(workflow, until)
        number = uuid.UUID(hex=self._new_id())
        seed = number.int % SEEDS if request.seed is None else request.seed
        graph = workflow.fill(request, model=model, seed=seed, number=str(number))
        job = Job(
            id=str(number),
            model=model or workflow.model_name or NAME,
            seed=seed if workflow.has("seed") else None,
            count=max(1, request.count),
        )
        order = {"prompt": graph, "prompt_id": job.id}
        reply = self._client.post("prompt", order, until)
        return Generation(job=self._accept(job, reply, request, begun + self._timeout).text())

    def collect(self, job: str) -> Generation:
        """Fetch the pictures of a job, if they are done; harmless to repeat.

        Raises:
            TransientError, SetupError: they cannot be fetched now; the job stays good.
            PermanentError: it failed, or is gone.
        """
        kept = read_job(job)
        ends = time.monotonic() + self._timeout
        progress = self._ask_history(kept.id, ends)
        if progress is None:
            ahead = self._ask_queue(kept.id, ends)
            if ahead is not None:
                return Generation(job=job, wait=min(ahead * SECONDS_EACH, LONGEST_WAIT))
            # Between the two questions it may have left the queue for the history.
            progress = self._ask_history(kept.id, ends)
        if progress is None:
            raise gone("the job (was it restarted, or its queue cleared?)")
        if progress.failure:
            raise failed(progress.failure, self._client.secrets)
        if not progress.done:
            return Generation(job=job)
        return self._finish(kept, progress.files[: kept.count], ends)

    def _accept(self, job: Job, reply: Reply | NoReply, request: ImageRequest, ends: float) -> Job:
        """Return the job under the number that the server gave it.

        Where the answer to the order is lost, the server is asked for the number that we gave.
        """
        if isinstance(reply, NoReply):
            if reply.kind != "lost":
                raise unreachable(reply)
            reason = reply.reason
        elif 300 <= reply.status < 500:
            raise explain_order(reply, self._client.secrets, self._clock(), own=request.model)
        else:
            theirs = parse_accepted(reply.body) if reply.whole and reply.status < 300 else ""
            if theirs:
                return job.renumber(theirs)
            reason = f"it answers {reply.status} and no number of a job"
        if self._has(job.id, ends):
            return job
        raise lost(reason)

    def _has(self, number: str, ends: float) -> bool:
        """Tell whether the server surely has the order; False where nobody knows."""
        try:
            queued = self._ask_queue(number, ends) is not None
            return queued or self._ask_history(number, ends) is not None
        except PromptpressError:
            return False

    def _first_model(self, workflow: Workflow, ends: float) -> str:
        if workflow.model_place is None:
            return ""
        return self._ask_models(workflow, ends)[0]

    def _ask_models(self, workflow: Workflow, ends: float) -> tuple[str, ...]:
        """Return what the server has for the workflow's place {model}."""
        kind, name = workflow.model_place or ("", "")
        choices = parse_choices(self._ask_node(kind, ends), kind, name)
        if not choices:
            raise no_model(kind)
        return choices

    def _ask_node(self, kind: str, ends: float) -> dict[str, Any]:
        return self._ask(f"object_info/{quote(kind, safe='')}", ends)

    def _ask_history(self, number: str, ends: float) -> Progress | None:
        """Return how far an order is that has left the queue, or None."""
        return parse_progress(self._ask(f"history/{number}", ends), number)

    def _ask_queue(self, number: str, ends: float) -> int | None:
        """Return how many orders are before one in the queue, or None where it is not there."""
        return parse_ahead(self._ask("queue", ends), number)

    def _ask(self, path: str, ends: float) -> dict[str, Any]:
        reply = self._client.get(path, ends)
        if isinstance(reply, NoReply):
            raise unreachable(reply)
        if reply.status >= 300:
            raise explain(reply, self._client.secrets, self._clock())
        value = parse_json(reply.body) if reply.whole else None
        if not isinstance(value, dict):
            raise not_understood()
        return value

    def _finish(self, job: Job, files: tuple[File, ...], ends: float) -> Generation:
        """Return the pictures that are still there; if none is, say why."""
        pictures: list[bytes] = []
        troubles: list[PermanentError] = []
        for file in files:
            try:
                pictures.append(self._download(file, ends))
            except PermanentError as error:
                troubles.append(error)
        if not pictures:
            raise troubles[0]
        return Generation(
            pictures=tuple(
                Generated(content=content, model=job.model, seed=job.seed, cost=0.0)
                for content in pictures
            )
        )

    def _download(self, file: File, ends: float) -> bytes:
        reply = self._client.get(f"view?{file.query()}", ends)
        if isinstance(reply, NoReply):
            raise unreachable(reply)
        if reply.status in (404, 410):
            raise gone("the picture's file")
        if reply.status >= 300:
            raise explain(reply, self._client.secrets, self._clock())
        if len(reply.body) >= MAX_PICTURE:
            raise too_large()
        if not reply.whole or is_text(reply.body):
            raise TransientError("the picture came cut short or not at all: asked again", NAME)
        return reply.body
