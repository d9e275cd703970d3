"""An ImageGenerator over a Stable Diffusion web UI: AUTOMATIC1111's, Forge or SD.Next.

    is it free? → order → the pictures; there are no jobs

The server makes one picture after the other and keeps the connection open meanwhile. It has no key
for an order and keeps nothing: an answer that is lost is lost for good, but costs time only.

============  ===========================================================================
_requests     an order as the server takes it
_answers      what the answers say
_refusals     the error map
============  ===========================================================================
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import requests

from promptpress.adapters._calls import limits_until, secrets_in
from promptpress.adapters._http import NoReply, Reply, exchange
from promptpress.adapters.automatic1111._answers import (
    MAX_PICTURE,
    Outcome,
    parse_models,
    parse_outcome,
    parse_seconds_left,
)
from promptpress.adapters.automatic1111._refusals import (
    NAME,
    busy,
    explain,
    lost,
    no_job,
    no_picture,
    too_large,
    unreachable,
    wrong_model,
)
from promptpress.adapters.automatic1111._requests import build_order, find_title
from promptpress.errors import SetupError, TransientError
from promptpress.ports import Generated, Generation, ImageRequest

CHECK_TIME = 20.0
"""Seconds for a question that makes nothing, from first to last."""
MAX_LIST = 4_000_000
"""Bytes of a list of models."""


class Automatic1111Generator:
    """Makes pictures by one order, one after the other, on a machine of one's own."""

    def __init__(
        self,
        *,
        model: str = "",
        api_url: str = "http://127.0.0.1:7860",
        timeout: float = 180.0,
        clock: Callable[[], datetime],
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the set-up; nothing is asked before it is needed.

        Args:
            model: name of a checkpoint, where a post names none; empty for the one that is loaded.
            api_url: address of the server; with `user:password@` where it was started with
                `--api-auth`.
            timeout: seconds for one call of a method, from first to last.
            clock: tells the time, aware and in UTC.
            options: further fields of every order, such as `steps` or `sampler_name`.
        """
        self._model = model
        self._api_url = api_url.rstrip("/")
        self._timeout = timeout
        self._clock = clock
        self._options = dict(options or {})

    @property
    def name(self) -> str:
        """Its name in settings, audit and messages."""
        return NAME

    def check(self) -> None:
        """Ask for the list of checkpoints, which makes nothing.

        Raises:
            SetupError: the server refuses, its API is off, or the checkpoint is not there.
            TransientError: the server does not answer.
        """
        known = self._list_models(time.monotonic() + min(CHECK_TIME, self._timeout))
        if not known:
            message = "the server has no checkpoint: put one into its folder of models"
            raise SetupError(message, NAME)
        if self._model and not find_title(known, self._model):
            raise wrong_model(self._model, list(known), own=False)

    def submit(self, request: ImageRequest) -> Generation:
        """Order the pictures; they come at once.

        Raises:
            TransientError, SetupError: surely nothing was made.
            PermanentError: refused; BadPicture where no picture came.
            OutcomeUnknown: the answer was lost.
        """
        ends = time.monotonic() + self._timeout
        self._await_turn(ends)
        order = build_order(request, self._choose(request, ends), self._options)
        limit = request.count * (MAX_PICTURE // 3 * 4) + MAX_LIST
        outcome = self._read_made(self._send("POST", "txt2img", ends, limit, order), limit)
        pictures = outcome.pictures[: request.count]
        return Generation(
            pictures=tuple(
                Generated(content=content, model=outcome.model, seed=seed, cost=0.0)
                for content, seed in pictures
            )
        )

    def collect(self, job: str) -> Generation:  # noqa: ARG002  there is no job that it could ask for
        """Raise PermanentError: the server hands its pictures over at once."""
        raise no_job()

    def _await_turn(self, ends: float) -> None:
        """Raise TransientError while the server's work for others outlasts our own time."""
        before = min(ends, time.monotonic() + CHECK_TIME)
        reply = self._send("GET", "progress?skip_current_image=true", before, MAX_LIST)
        if isinstance(reply, NoReply):
            raise unreachable(reply)
        # Some forks have no such page, and what is refused here is refused to the order as well.
        left = parse_seconds_left(reply.body) if reply.status < 300 else 0.0
        if left >= self._timeout:
            raise busy(left)

    def _choose(self, request: ImageRequest, ends: float) -> str:
        """Return the title of the checkpoint to use, or nothing for the one that is loaded.

        The server ignores a name that it does not know, and makes the picture with another.
        """
        name = request.model or self._model
        if not name:
            return ""
        known = self._list_models(min(ends, time.monotonic() + CHECK_TIME))
        title = find_title(known, name)
        if not title:
            raise wrong_model(name, list(known), own=bool(request.model))
        return title

    def _list_models(self, ends: float) -> dict[str, tuple[str, ...]]:
        reply = self._send("GET", "sd-models", ends, MAX_LIST)
        if isinstance(reply, NoReply):
            raise unreachable(reply)
        if reply.status >= 300:
            raise explain(reply, self._secrets(), self._clock(), begun=False)
        known = parse_models(reply.body) if reply.whole else None
        if known is None:
            message = "something else than a list of models came: if it stays, see "
            raise TransientError(f"{message}AUTOMATIC1111_URL", NAME)
        return known

    def _send(
        self, method: str, path: str, ends: float, limit: int, body: Any = None
    ) -> Reply | NoReply:
        """Send the request once; redirects are not followed."""
        request = requests.Request(method, f"{self._api_url}/sdapi/v1/{path}", json=body)
        request.headers = {"Accept": "application/json", "User-Agent": "promptpress"}
        silence = ends - time.monotonic()
        return exchange(request, limits_until(ends, limit, silence))

    def _secrets(self) -> list[str]:
        """Return what no message may show: the password in the address, in all its forms."""
        return secrets_in(self._api_url)

    def _read_made(self, reply: Reply | NoReply, limit: int) -> Outcome:
        """Return what the answer to an order says, which nobody may ask for a second time."""
        if isinstance(reply, NoReply):
            raise lost(reply.reason) if reply.kind == "lost" else unreachable(reply)
        if reply.status >= 300:
            raise explain(reply, self._secrets(), self._clock(), begun=True)
        if len(reply.body) >= limit:
            raise too_large()
        if not reply.whole:
            raise lost("it broke off")
        outcome = parse_outcome(reply.body)
        if outcome.pictures:
            return outcome
        if outcome.too_large:
            raise too_large()
        raise no_picture(reply, self._secrets())
