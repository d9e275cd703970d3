"""An ImageGenerator over the inference providers of Hugging Face (huggingface.co).

    who serves the model → order from the router → the picture, or a job → ask, download

Where a provider answers with an address or a number, that becomes the job: a crash or a failed
download never pays for the picture again.

============  ===========================================================================
_hub          what a token may do, who serves a model
_routes       the provider chosen from that
_requests     an order as huggingface_hub writes it
_client       sends; bounded in time and size, the token to its hosts only
_answers      what each provider's answer says
_jobs         a picture that is paid for and not here yet, as a text
_refusals     the error map
============  ===========================================================================
"""

import time
from collections.abc import Callable
from datetime import datetime

from promptpress.adapters._http import NoReply, Reply
from promptpress.adapters.huggingface._answers import Outcome, is_text, parse_outcome
from promptpress.adapters.huggingface._client import MAX_ANSWER, Client
from promptpress.adapters.huggingface._hub import Hub
from promptpress.adapters.huggingface._jobs import Job, read_job
from promptpress.adapters.huggingface._refusals import (
    NAME,
    explain,
    failed,
    gone,
    lost,
    no_picture,
    too_large,
    unreachable,
    wrong_model,
)
from promptpress.adapters.huggingface._requests import build_request
from promptpress.adapters.huggingface._routes import AUTO, Route, check_provider, choose_route
from promptpress.errors import PromptpressError, TransientError
from promptpress.ports import Generated, Generation, ImageRequest

LOOKUP_TIME = 20.0
"""Seconds for the questions before an order, from first to last."""
LOOKUP_SHARE = 0.25
"""Part of a call's time that they may take at most: the order itself must not run out of it."""
_ROUTER = "HUGGINGFACE_API_URL"
_BROKEN = NoReply(reason="the answer is cut short or a page in its place", kind="lost")


class HuggingFaceGenerator:
    """Makes pictures by an inference provider, one per call, and pays for each once."""

    def __init__(
        self,
        token: str,
        *,
        provider: str = AUTO,
        model: str,
        endpoint: str = "https://huggingface.co",
        api_url: str = "https://router.huggingface.co",
        timeout: float = 180.0,
        clock: Callable[[], datetime],
    ) -> None:
        """Keep the set-up; nothing is asked before it is needed.

        Args:
            token: of Hugging Face, with the permission to call Inference Providers.
            provider: who makes the pictures, or `auto`.
            model: name of the model at the Hub, where a post names none.
            endpoint: address of the Hub.
            api_url: address of the router to the providers.
            timeout: seconds for one call of a method, from first to last.
            clock: tells the time, aware and in UTC.
        """
        self._provider = provider
        self._model = model
        self._api_url = api_url.rstrip("/")
        self._timeout = timeout
        self._clock = clock
        self._client = Client(token)
        self._hub = Hub(self._client, endpoint, clock)

    @property
    def name(self) -> str:
        """Its name in settings, audit and messages."""
        return NAME

    def check(self) -> None:
        """Ask the Hub about token and model, and the router whether it is there; costs nothing.

        Raises:
            SetupError: the token, model or provider will not do, or the library has changed.
            TransientError: one of them does not answer.
        """
        check_provider(self._provider)
        ends = time.monotonic() + min(LOOKUP_TIME, self._timeout)
        self._hub.check_token(ends)
        self._hub.forget(self._model)
        route = self._choose(self._model, ends, own=False)
        build_request(self._api_url, route, ImageRequest(prompt="a", width=64, height=64))
        reply = self._client.reach(self._api_url, ends)
        if isinstance(reply, NoReply):
            raise unreachable(reply, _ROUTER)

    def submit(self, request: ImageRequest) -> Generation:
        """Order one picture; it comes at once, or a job that `collect` fetches it by.

        Raises:
            TransientError, SetupError: surely not paid for.
            PermanentError: refused; BadPicture where it is paid for perhaps and no picture came.
            OutcomeUnknown: the answer was lost.
        """
        check_provider(self._provider)
        begun = time.monotonic()
        model, own = request.model or self._model, bool(request.model)
        before = begun + min(LOOKUP_TIME, LOOKUP_SHARE * self._timeout)
        route = self._choose(model, before, own=own)
        order = build_request(self._api_url, route, request)
        reply = self._client.order(order, begun + self._timeout)
        missing = wrong_model(f"{route.provider} does not know the model {model}", own=own)
        job = Job(provider=route.provider, model=model, seed=request.seed)
        return self._accept(job, self._read_paid(reply, route.provider, missing))

    def collect(self, job: str) -> Generation:
        """Fetch the picture of a job, if it is done; harmless to repeat.

        Raises:
            TransientError, SetupError: it cannot be fetched now; the job stays good.
            PermanentError: it failed, or is gone.
        """
        kept = read_job(job)
        ends = time.monotonic() + self._timeout
        if not kept.url:
            outcome = self._ask(kept, ends)
            kept = kept.learn(outcome)
            if outcome.content or outcome.failure:
                return self._accept(kept, outcome)
        if not kept.url:
            return Generation(job=job)
        return self._accept(kept, Outcome(content=self._download(kept.url, ends)))

    def _choose(self, model: str, ends: float, *, own: bool) -> Route:
        routes = self._hub.find_routes(model, ends, own=own)
        return choose_route(routes, model, self._provider, own=own)

    def _accept(self, job: Job, outcome: Outcome) -> Generation:
        """Make of an outcome what the port wants: pictures, a job or a refusal."""
        job = job.learn(outcome)
        if outcome.failure:
            raise failed(outcome.failure, self._client.secrets)
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
            raise lost(reply.reason) if reply.kind == "lost" else unreachable(reply, _ROUTER)
        if reply.status >= 300:
            raise explain(reply, missing, self._client.secrets, self._clock())
        if len(reply.body) >= MAX_ANSWER:
            raise too_large(MAX_ANSWER)
        if not reply.whole:
            raise lost("it broke off")
        outcome = parse_outcome(provider, reply.body)
        if outcome.is_blank:
            raise no_picture(reply, self._client.secrets)
        return outcome

    def _ask(self, job: Job, ends: float) -> Outcome:
        """Return how far a job is."""
        url = f"{self._api_url}/{job.provider}{job.poll}"
        reply = self._client.get(url, ends, known=True)
        if isinstance(reply, NoReply):
            raise unreachable(reply, _ROUTER)
        if reply.status >= 300:
            raise explain(reply, gone("its job"), self._client.secrets, self._clock())
        if not reply.whole:
            raise unreachable(_BROKEN, _ROUTER)
        return parse_outcome(job.provider, reply.body)

    def _download(self, url: str, ends: float) -> bytes:
        """Return the bytes of a finished picture; no token goes to where it lies."""
        reply = self._client.get(url, ends, known=False)
        if isinstance(reply, NoReply):
            raise unreachable(reply, "NO_PROXY")
        if reply.status >= 300:
            lasting = gone(f"the picture (status {reply.status})")
            error = explain(reply, lasting, self._client.secrets, self._clock())
            # Expired addresses are answered with 400, 401 or 403 as well: it is not our token.
            raise error if isinstance(error, TransientError) else lasting
        if len(reply.body) >= MAX_ANSWER:
            raise too_large(MAX_ANSWER)
        if not reply.whole or is_text(reply.body):
            raise unreachable(_BROKEN, "NO_PROXY")
        return reply.body
