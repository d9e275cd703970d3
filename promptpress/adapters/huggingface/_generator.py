"""Orders one of a kind from an inference provider, and fetches it; paid for once."""

import time
from collections.abc import Callable
from datetime import datetime

from promptpress.adapters._bodies import is_text, parse_json
from promptpress.adapters._errors import BROKEN
from promptpress.adapters._http import NoReply, Reply
from promptpress.adapters.huggingface._client import Client
from promptpress.adapters.huggingface._hub import Hub
from promptpress.adapters.huggingface._jobs import Job, read_job
from promptpress.adapters.huggingface._kinds import Kind
from promptpress.adapters.huggingface._outcomes import Outcome
from promptpress.adapters.huggingface._refusals import (
    explain,
    failed,
    gone,
    lost,
    nothing_came,
    refused,
    too_large,
    unreachable,
    wrong_model,
)
from promptpress.adapters.huggingface._requests import build_request
from promptpress.adapters.huggingface._routes import Route, check_provider, choose_route
from promptpress.errors import InvalidPost, PromptpressError, TransientError
from promptpress.ports import Generated, Generation, ImageRequest

LOOKUP_TIME = 20.0
"""Seconds for the questions before an order, from first to last."""
LOOKUP_SHARE = 0.25
"""Part of a call's time that they may take at most: the order itself must not run out of it."""
MAX_QUESTIONS = 2
"""About a job in one call: where its state says that it is done, the next brings the address."""
_ROUTER = "HUGGINGFACE_API_URL"


class ProviderGenerator:
    """Makes one of a kind per call; safe for any number of threads."""

    def __init__(
        self,
        kind: Kind,
        token: str,
        *,
        provider: str,
        model: str,
        endpoint: str,
        api_url: str,
        timeout: float,
        max_answer: int,
        clock: Callable[[], datetime],
    ) -> None:
        """Keep the set-up; nothing is asked before it is needed.

        Args:
            kind: what is made.
            token: of Hugging Face, with the permission to call Inference Providers.
            provider: who makes it, or `auto`.
            model: name of the model at the Hub, where a post names none.
            endpoint: address of the Hub.
            api_url: address of the router to the providers.
            timeout: seconds for one call of a method, from first to last.
            max_answer: bytes of an answer, and of what is made, at most.
            clock: tells the time, aware and in UTC.
        """
        self._kind = kind
        self._provider = provider
        self._model = model
        self._api_url = api_url.rstrip("/")
        self._timeout = timeout
        self._clock = clock
        self._client = Client(token, kind, max_answer)
        self._hub = Hub(self._client, kind, endpoint, clock)

    @property
    def name(self) -> str:
        """Its name in settings, audit and messages."""
        return self._kind.name

    def check(self) -> None:
        """Ask the Hub about token and model, and the router whether it is there; costs nothing.

        Raises:
            SetupError: the token, model or provider will not do, or the library has changed.
            TransientError: one of them does not answer.
        """
        check_provider(self._kind, self._provider)
        ends = time.monotonic() + min(LOOKUP_TIME, self._timeout)
        self._hub.check_token(ends)
        self._hub.forget(self._model)
        route = self._choose(self._model, ends, own=False)
        trial = ImageRequest(prompt="a", width=64, height=64)
        build_request(self._kind, self._api_url, route, trial)
        reply = self._client.reach(self._api_url, ends)
        if isinstance(reply, NoReply):
            raise unreachable(self._kind, reply, _ROUTER)

    def submit(self, request: ImageRequest) -> Generation:
        """Order one; it comes at once, or a job that `collect` fetches it by.

        Raises:
            TransientError, SetupError: surely not paid for.
            PermanentError: refused; BadPicture where it is paid for perhaps and none came.
            OutcomeUnknown: the answer was lost.
        """
        check_provider(self._kind, self._provider)
        begun = time.monotonic()
        model, own = request.model or self._model, bool(request.model)
        before = begun + min(LOOKUP_TIME, LOOKUP_SHARE * self._timeout)
        route = self._choose(model, before, own=own)
        order = build_request(self._kind, self._api_url, route, request)
        reply = self._client.order(order, begun + self._timeout)
        what = f"{route.provider} does not know the model {model}"
        missing = wrong_model(self._kind, what, own=own)
        job = Job(provider=route.provider, model=model, seed=request.seed)
        return self._accept(job, self._read_paid(reply, route.provider, missing))

    def collect(self, job: str) -> Generation:
        """Fetch what a job made, if it is done; harmless to repeat.

        Raises:
            TransientError, SetupError: it cannot be fetched now; the job stays good.
            PermanentError: it failed, or is gone.
        """
        kept = read_job(job, self._kind)
        ends = time.monotonic() + self._timeout
        for _ in range(MAX_QUESTIONS):
            if kept.url:
                break
            outcome, asked = self._ask(kept, ends), kept.poll
            kept = kept.learn(outcome)
            if outcome.content or outcome.failure:
                return self._accept(kept, outcome)
            if kept.poll == asked:
                break
        if not kept.url:
            return Generation(job=job)
        return self._accept(kept, Outcome(content=self._download(kept.url, ends)))

    def _choose(self, model: str, ends: float, *, own: bool) -> Route:
        routes = self._hub.find_routes(model, ends, own=own)
        return choose_route(self._kind, routes, model, self._provider, own=own)

    def _accept(self, job: Job, outcome: Outcome) -> Generation:
        """Make of an outcome what the port wants: pictures, a job or a refusal."""
        job = job.learn(outcome)
        if outcome.failure:
            raise failed(self._kind, outcome.failure, self._client.secrets)
        if not outcome.content:
            return Generation(job=job.text())
        picture = Generated(
            content=outcome.content, model=job.model, seed=job.seed, unsafe=job.unsafe
        )
        return Generation(pictures=(picture,))

    def _read_paid(
        self, reply: Reply | NoReply, provider: str, missing: PromptpressError
    ) -> Outcome:
        """Return what the answer to an order says, which nobody may ask for a second time."""
        if isinstance(reply, NoReply):
            if reply.kind == "lost":
                raise lost(self._kind, reply.reason)
            raise unreachable(self._kind, reply, _ROUTER)
        if reply.status >= 300:
            raise explain(reply, missing, self._client.secrets, self._clock())
        if len(reply.body) >= self._client.max_answer:
            raise too_large(self._kind, self._client.max_answer)
        if not reply.whole:
            raise lost(self._kind, "it broke off")
        outcome = self._kind.parse(provider, reply.body, "")
        if outcome.is_blank:
            raise nothing_came(self._kind, reply, self._client.secrets)
        return outcome

    def _ask(self, job: Job, ends: float) -> Outcome:
        """Return how far a job is."""
        url = f"{self._api_url}/{job.provider}{job.poll}"
        reply = self._client.get(url, ends, known=True)
        if isinstance(reply, NoReply):
            raise unreachable(self._kind, reply, _ROUTER)
        if reply.status >= 300:
            secrets, missing = self._client.secrets, gone("its job", self._kind)
            error = explain(reply, missing, secrets, self._clock())
            # The post was taken with the order: a question that is refused is not its fault.
            spoilt = isinstance(error, InvalidPost)
            raise refused(self._kind, reply, secrets) if spoilt else error
        page = is_text(reply.body) and not isinstance(parse_json(reply.body), dict)
        if page or not reply.whole:
            raise unreachable(self._kind, BROKEN, _ROUTER)
        return self._kind.parse(job.provider, reply.body, job.poll)

    def _download(self, url: str, ends: float) -> bytes:
        """Return the bytes of what is finished; no token goes to where it lies."""
        reply = self._client.get(url, ends, known=False)
        if isinstance(reply, NoReply):
            raise unreachable(self._kind, reply, "NO_PROXY")
        if reply.status >= 300:
            lasting = gone(f"the {self._kind.thing} (status {reply.status})", self._kind)
            error = explain(reply, lasting, self._client.secrets, self._clock())
            # Expired addresses are answered with 400, 401 or 403 as well: it is not our token.
            raise error if isinstance(error, TransientError) else lasting
        if len(reply.body) >= self._client.max_answer:
            raise too_large(self._kind, self._client.max_answer)
        if not reply.whole or is_text(reply.body):
            raise unreachable(self._kind, BROKEN, "NO_PROXY")
        return reply.body
