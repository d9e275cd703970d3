"""An ImageGenerator over Stability AI's Stable Image API (v2beta).

    order → the picture; there are no jobs

============  ===========================================================================
_orders       an order as the service takes it, models and prices
_answers      what the answers say
_refusals     the error map
============  ===========================================================================
"""

import logging
from collections.abc import Callable
from datetime import datetime

import requests

from promptpress.adapters._http import Limits, NoReply, Reply, exchange
from promptpress.adapters.stability._answers import (
    MAX_PICTURE,
    Outcome,
    parse_credits,
    parse_outcome,
)
from promptpress.adapters.stability._orders import (
    CREDITS,
    Order,
    build_order,
    find_cost,
    model_name,
)
from promptpress.adapters.stability._refusals import (
    NAME,
    explain,
    filtered,
    lost,
    no_credit,
    no_job,
    no_picture,
    too_large,
    unreachable,
    wrong_model,
)
from promptpress.errors import BadCredentials, TransientError
from promptpress.ports import Generated, Generation, ImageRequest

CONNECT_TIMEOUT = 10.0
CHECK_TIME = 20.0
"""Seconds for the question of a check."""
MAX_ANSWER = MAX_PICTURE // 3 * 4 + 100_000
"""Bytes of an answer: the largest picture in base64, and what is around it."""
_log = logging.getLogger(__name__)


class StabilityGenerator:
    """Makes one picture per order and pays for it once."""

    def __init__(
        self,
        key: str,
        *,
        model: str = "core",
        api_url: str = "https://api.stability.ai",
        timeout: float = 180.0,
        clock: Callable[[], datetime],
    ) -> None:
        """Keep the set-up; nothing is asked before it is needed.

        Args:
            key: of the account.
            model: core, ultra or one of the sd3.5 family, where a post names none.
            api_url: address of the service.
            timeout: seconds for one call of a method, from first to last.
            clock: tells the time, aware and in UTC.
        """
        self._key = key.strip()
        self._model = model
        self._api_url = api_url.rstrip("/")
        self._timeout = timeout
        self._clock = clock

    @property
    def name(self) -> str:
        """Its name in settings, audit and messages."""
        return NAME

    def check(self) -> None:
        """Ask for the credits left, which costs none.

        Raises:
            SetupError: the key is refused, the model is none, or no credit is left.
            TransientError: the service does not answer.
        """
        model = self._choose("")
        request = requests.Request("GET", f"{self._api_url}/v1/user/balance")
        reply = self._send(request, min(CHECK_TIME, self._timeout))
        if isinstance(reply, NoReply):
            raise unreachable(reply)
        if reply.status in (404, 410):
            # The balance belongs to the old API (v1), pictures to the new one: orders may work.
            _log.warning("stability: it tells no balance: if orders fail, see STABILITY_API_URL")
            return
        if reply.status >= 300:
            raise explain(reply, [self._key], self._clock(), paid=False)
        left = parse_credits(reply.body) if reply.whole else None
        if left is None:
            message = "something else than a balance came: if it stays, see STABILITY_API_URL"
            raise TransientError(message, NAME)
        if left <= 0 or left < CREDITS.get(model, 0):
            raise no_credit(left)

    def submit(self, request: ImageRequest) -> Generation:
        """Order one picture, whatever the count; it comes at once.

        Raises:
            TransientError, SetupError: surely not paid for.
            PermanentError: refused or filtered; BadPicture where no picture came.
            OutcomeUnknown: the answer was lost.
        """
        model = self._choose(request.model)
        outcome = self._read_paid(self._order(build_order(model, request)))
        return Generation(
            pictures=(
                Generated(
                    content=outcome.content,
                    model=model,
                    seed=outcome.seed,
                    cost=find_cost(model),
                ),
            )
        )

    def collect(self, job: str) -> Generation:  # noqa: ARG002  there is no job that it could ask for
        """Raise PermanentError: the service hands its pictures over at once."""
        raise no_job()

    def _choose(self, own: str) -> str:
        name = own or self._model
        model = model_name(name)
        if not model:
            raise wrong_model(name, own=bool(own))
        return model

    def _order(self, order: Order) -> Reply | NoReply:
        # Fields without a file name make it multipart/form-data, the only form that is taken.
        files = {name: (None, value) for name, value in order.fields.items()}
        url = self._api_url + order.path
        return self._send(requests.Request("POST", url, files=files), self._timeout)

    def _send(self, request: requests.Request, seconds: float) -> Reply | NoReply:
        """Send the request once with the key; redirects are not followed."""
        if not self._key.isascii() or len(self._key.split()) != 1:
            message = "the key is empty or no key: copy it into STABILITY_API_KEY again"
            raise BadCredentials(message, NAME)
        request.headers = {
            "Authorization": f"Bearer {self._key}",
            # JSON tells of the content filter in the body; a proxy may drop the headers that do.
            "Accept": "application/json",
            "User-Agent": "promptpress",
        }
        connect = min(CONNECT_TIMEOUT, seconds)
        limits = Limits(connect=connect, read=seconds, total=seconds, max_answer=MAX_ANSWER)
        return exchange(request, limits)

    def _read_paid(self, reply: Reply | NoReply) -> Outcome:
        """Return what the answer to an order says, which nobody may ask for a second time."""
        if isinstance(reply, NoReply):
            raise lost(reply.reason) if reply.kind == "lost" else unreachable(reply)
        if reply.status >= 300:
            raise explain(reply, [self._key], self._clock(), paid=True)
        if len(reply.body) >= MAX_ANSWER:
            raise too_large()
        if not reply.whole:
            raise lost("it broke off")
        outcome = parse_outcome(reply.headers, reply.body)
        if outcome.filtered:
            raise filtered()
        if not outcome.content:
            raise no_picture(reply, [self._key])
        if len(outcome.content) >= MAX_PICTURE:
            raise too_large()
        return outcome
