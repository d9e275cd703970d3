"""An ImageGenerator that runs a model in this very process, by the library diffusers.

    wait for the turn → read the model, once → picture after picture; there are no jobs

The library is an extra of several gigabytes: it is imported when the first picture is made, and no
part of Promptpress needs it otherwise. Nothing is downloaded here: models are there before.

============  ===========================================================================
_models       where a model lies
_pipelines    the library, and the pipeline that is in memory
_orders       a request as pipelines take it
_refusals     the error map
============  ===========================================================================
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from promptpress.adapters.diffusers._models import find_model, title
from promptpress.adapters.diffusers._orders import build_order, build_seeds
from promptpress.adapters.diffusers._pipelines import Pipelines, Stopped, draw, require_library
from promptpress.adapters.diffusers._refusals import NAME, busy, flagged, no_job, too_slow
from promptpress.ports import Generated, Generation, ImageRequest


class DiffusersGenerator:
    """Makes pictures on this machine, one at a time, by one model that stays in memory."""

    def __init__(
        self,
        *,
        model: str,
        device: str = "auto",
        timeout: float = 180.0,
        new_id: Callable[[], str],
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the set-up; nothing is imported or read before it is needed.

        Args:
            model: folder of a model in the form of diffusers, or the name at the Hub of one that
                was downloaded before, where a post names none.
            device: cpu, cuda, cuda:1, mps …; auto for the fastest there is.
            timeout: seconds for the pictures of one order, and for waiting for its turn; what it
                takes to read the model comes on top, once.
            new_id: gives 32 hexadecimal digits that nobody else has.
            options: further arguments of every call, such as `num_inference_steps`.
        """
        self._model = model
        self._timeout = timeout
        self._new_id = new_id
        self._options = dict(options or {})
        self._turn = threading.Lock()
        self._pipelines = Pipelines(device)

    @property
    def name(self) -> str:
        """Its name in settings, audit and messages."""
        return NAME

    def check(self) -> None:
        """Look whether library, model and device are there; no model is read into memory.

        Raises:
            SetupError: one of them is not.
        """
        require_library()
        find_model(self._model, own=False)
        self._pipelines.check_device()

    def submit(self, request: ImageRequest) -> Generation:
        """Make the pictures; they come at once, and cost nothing but time.

        Raises:
            TransientError: too slow, too little memory, or others were before; nothing was made.
            SetupError: library, model or device are not there, or do not work.
            ContentRefused: the model's own check withheld every picture.
            PermanentError: the model fails.
        """
        require_library()
        own = bool(request.model)
        model = find_model(request.model or self._model, own=own)
        if not self._turn.acquire(timeout=self._timeout):
            raise busy(self._timeout)
        try:
            made = list(self._make(self._pipelines.get(model, own=own), request))
        finally:
            self._turn.release()
        if not made:
            raise too_slow(self._timeout)
        pictures = tuple(
            Generated(content=content, model=title(model), seed=seed, cost=0.0)
            for seed, content in made
            if content is not None
        )
        if not pictures:
            raise flagged()
        return Generation(pictures=pictures)

    def collect(self, job: str) -> Generation:  # noqa: ARG002  there is no job that it could ask for
        """Raise PermanentError: pictures are there at once."""
        raise no_job()

    def _make(self, pipeline: Any, request: ImageRequest) -> Iterator[tuple[int, bytes | None]]:
        """Yield each picture, None for one that was withheld, with its seed, until time is over.

        One after the other: side by side they may not fit into the memory.
        """
        ends = time.monotonic() + self._timeout

        def stop_in_time() -> None:
            if time.monotonic() > ends:
                raise Stopped

        order = build_order(pipeline, request, self._options)
        for seed in build_seeds(request, self._new_id):
            try:
                yield seed, draw(pipeline, order, seed, stop_in_time)
            except Stopped:
                return
