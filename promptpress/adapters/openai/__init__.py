"""An ImageGenerator over OpenAI's images API, or any server that speaks it.

    order → the pictures in base64, or their addresses: a job → download

Where pictures come as addresses, those become the job: a crash or a failed download never pays
again. The package openai is not used: its timeouts count silence only, with no limit for the whole,
and its errors do not tell an order that surely was not delivered from one that is lost.

============  ===========================================================================
_models       what is known of OpenAI's models: ends, sizes, prices
_requests     an order as the service takes it
_client       sends; bounded in time and size, the key to its server only
_answers      what the answers say
_jobs         pictures that lie elsewhere, as a text
_refusals     the error map
============  ===========================================================================
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from promptpress.adapters._bodies import is_text
from promptpress.adapters._errors import BROKEN
from promptpress.adapters._http import NoReply, Reply
from promptpress.adapters.openai._answers import (
    MAX_PICTURE,
    Outcome,
    is_taken,
    parse_models,
    parse_outcome,
)
from promptpress.adapters.openai._client import Client, max_size
from promptpress.adapters.openai._jobs import Job, read_job
from promptpress.adapters.openai._models import ENDS, find_end, openai_name
from promptpress.adapters.openai._refusals import (
    NAME,
    Order,
    explain,
    gone,
    lost,
    no_picture,
    too_large,
    unreachable,
    wrong_model,
)
from promptpress.adapters.openai._requests import build_order, count_of, takes_seed
from promptpress.errors import PromptpressError, TransientError
from promptpress.ports import Generated, Generation, ImageRequest

OPENAI_URL = "https://api.openai.com/v1"
NOTICE = timedelta(days=60)
"""How long before the end of a model a check begins to say so."""
CHECK_TIME = 20.0
"""Seconds for the question of a check."""
_log = logging.getLogger(__name__)


class OpenAIGenerator:
    """Makes pictures by one order, up to ten at once, and pays for each once."""

    def __init__(
        self,
        key: str = "",
        *,
        model: str = "gpt-image-2",
        api_url: str = OPENAI_URL,
        timeout: float = 180.0,
        clock: Callable[[], datetime],
    ) -> None:
        """Keep the set-up; nothing is asked before it is needed.

        Args:
            key: of OpenAI or the other server; empty for a server that asks for none.
            model: what makes the pictures, where a post names nothing.
            api_url: address of the server, up to /v1.
            timeout: seconds for one call of a method, from first to last.
            clock: tells the time, aware and in UTC.
        """
        self._model = model
        self._timeout = timeout
        self._clock = clock
        self._client = Client(key, api_url)

    @property
    def name(self) -> str:
        """Its name in settings, audit and messages."""
        return NAME

    def check(self) -> None:
        """Ask for the list of models, which costs nothing; log a warning before a model's end.

        Raises:
            SetupError: the key is refused, or the model is not there or shut down.
            TransientError: the server does not answer.
        """
        known = self._list_models(time.monotonic() + min(CHECK_TIME, self._timeout))
        # Ollama lists a model with its tag, and takes its name without.
        about = known.get(self._model) or known.get(f"{self._model}:latest")
        if about is None:
            raise self._absent(known)
        told = about.get("shutdown_date")
        end = find_end(self._model, told, official=self._client.is_official)
        today = self._clock().date()
        if end is not None and end <= today:
            raise wrong_model(f"the model {self._model} was shut down on {end}", own=False)
        if end is not None and end - today <= NOTICE:
            _log.warning(
                "openai: the model %s is shut down on %s: change OPENAI_IMAGE_MODEL before",
                self._model,
                end,
            )

    def submit(self, request: ImageRequest) -> Generation:
        """Order the pictures; they come at once, or a job that `collect` fetches them by.

        Raises:
            TransientError, SetupError: surely not paid for.
            PermanentError: refused; BadPicture where it is paid for perhaps and no picture came.
            OutcomeUnknown: the answer was lost.
        """
        model = request.model or self._model
        count = count_of(request)
        reply = self._client.order(build_order(model, request), time.monotonic() + self._timeout)
        outcome = self._read_paid(reply, Order(model=model, own=bool(request.model)), count)
        seed = request.seed if takes_seed(model) else None
        if outcome.pictures:
            return _finish(outcome.pictures[:count], model, seed, outcome.cost)
        urls = outcome.urls[:count]
        return Generation(job=Job(model=model, urls=urls, seed=seed, cost=outcome.cost).text())

    def collect(self, job: str) -> Generation:
        """Fetch the pictures of a job; harmless to repeat.

        Raises:
            TransientError: they cannot be fetched now; the job stays good.
            PermanentError: none of them is to be had any more.
        """
        kept = read_job(job)
        ends = time.monotonic() + self._timeout
        pictures: list[bytes] = []
        trouble: PromptpressError | None = None
        for url in kept.urls:
            found = self._download(url, ends)
            if isinstance(found, TransientError):
                raise found
            if isinstance(found, bytes):
                pictures.append(found)
            else:
                trouble = found
        if not pictures and trouble is not None:
            raise trouble
        return _finish(tuple(pictures), kept.model, kept.seed, kept.cost)

    def _list_models(self, ends: float) -> dict[str, dict[str, Any]]:
        reply = self._client.list_models(ends)
        if isinstance(reply, NoReply):
            raise unreachable(reply)
        if reply.status >= 300:
            order = Order(model=self._model, paid=False)
            raise explain(reply, order, self._client.secrets, self._clock())
        known = parse_models(reply.body) if reply.whole else None
        if known is None:
            message = "something else than a list of models came: if it stays, see OPENAI_BASE_URL"
            raise TransientError(message, NAME)
        return known

    def _absent(self, known: dict[str, dict[str, Any]]) -> PromptpressError:
        """Return the error for a model that the server does not list."""
        end = ENDS.get(openai_name(self._model))
        past = end is not None and end <= self._clock().date()
        since = f", OpenAI shut it down on {end}" if past else ""
        # Names that sound of pictures come first: OpenAI lists a hundred others.
        names = sorted(known, key=lambda name: ("image" not in name, name))
        others = ", ".join(names[:8]) or "none"
        what = f"the server does not know the model {self._model}{since} (it knows {others[:300]})"
        return wrong_model(what, own=False)

    def _read_paid(self, reply: Reply | NoReply, order: Order, count: int) -> Outcome:
        """Return what the answer to an order says, which nobody may ask for a second time."""
        if isinstance(reply, NoReply):
            raise lost(reply.reason) if reply.kind == "lost" else unreachable(reply)
        if reply.status >= 300:
            raise explain(reply, order, self._client.secrets, self._clock())
        if len(reply.body) >= max_size(count):
            raise too_large(MAX_PICTURE)
        if not reply.whole:
            raise lost("it broke off")
        outcome = parse_outcome(order.model, reply.body)
        if outcome.pictures or outcome.urls:
            return outcome
        if outcome.too_large:
            raise too_large(MAX_PICTURE)
        raise no_picture(reply, self._client.secrets)

    def _download(self, url: str, ends: float) -> bytes | PromptpressError:
        """Return the bytes of a picture, or why there are none; no key goes to where it lies."""
        reply = self._client.fetch(url, ends)
        if isinstance(reply, NoReply):
            return unreachable(reply, "NO_PROXY")
        if reply.status >= 300:
            order = Order(model="", paid=False)
            error = explain(reply, order, self._client.secrets, self._clock())
            # Expired addresses are answered with 400, 401 or 403 as well: it is not our key.
            lasting = gone(f"the picture (status {reply.status})")
            return error if isinstance(error, TransientError) else lasting
        if not is_taken(reply.body):
            return too_large(MAX_PICTURE)
        if not reply.whole or is_text(reply.body):
            return unreachable(BROKEN, "NO_PROXY")
        return reply.body


def _finish(
    pictures: tuple[bytes, ...], model: str, seed: int | None, cost: float | None
) -> Generation:
    """Return the pictures with what is known about them; they share what was paid."""
    each = None if cost is None else cost / len(pictures)
    return Generation(
        pictures=tuple(
            Generated(content=content, model=model, seed=seed, cost=each) for content in pictures
        )
    )
