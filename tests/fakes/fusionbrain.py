"""A stand-in for Fusion Brain: Kandinsky behind the current and the older form of its API."""

import base64
import itertools
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from tests.fakes.forms import Part, read_form
from tests.fakes.huggingface import draw
from tests.fakes.server import Answer, Call, Journal, Request, StandIn

KEY, SECRET = "fb-key-stand-in", "fb-secret-stand-in"  # open nothing
PIPELINE_ID, MODEL_ID = "99d833d6-fec0-44fd-a1c2-35d6bf96b5c2", 4
LABEL = "Kandinsky 3.1"
REFUSED_WORD = "nsfw"
"""A prompt with this word is censored."""
FAILING_WORD = "impossible"
"""A prompt with this word becomes a job that fails."""
PLACEHOLDER = "a neutral placeholder"
"""What a censored picture shows instead."""
MAX_QUERY = 1_000
Form = Literal["pipeline", "text2image"]
_PREFIX = "/key/api/v1/"


@dataclass
class Made:
    """A job."""

    uuid: str
    prompt: str
    form: Form
    asked: int = 0


def refusal(status: int, message: str) -> Answer:
    """Return an error as Spring words it, for a fault."""
    body = {"timestamp": "2026-11-21T09:00:00Z", "status": status, "error": "x", "path": "/key"}
    return Answer.json({**body, "error": message[:12], "message": message}, status)


class FusionBrain(StandIn):
    """One account, one model; a finished job is told once and then forgotten.

    Calls are journalled as "list", "availability", "generate" (what begins a job), "full" (an order
    while the queue is full, which begins nothing) and "poll"; the last three about the prompt.
    Faults are ordered under the same names.
    """

    service = "fusionbrain"
    slow = ("generate",)

    def __init__(
        self,
        journal: Journal | None = None,
        latency: float = 0.0,
        port: int = 0,
        *,
        form: Form = "pipeline",
        flat: bool = False,
        size: int = 64,
        picture_bytes: int = 0,
        polls: int = 1,
    ) -> None:
        """Set up the account.

        Args:
            journal: where calls are written.
            latency: seconds before the answer to each order.
            port: where to listen; 0 for any.
            form: the form of the API that it speaks.
            flat: True answers as servers of the time between the forms: files outside of `result`.
            size: pixels of a picture's side.
            picture_bytes: bytes of a picture at least.
            polls: questions answered with "not yet" before a job is done.
        """
        super().__init__(journal, latency, port)
        self.form = form
        self.flat = flat
        self.size = size
        self.picture_bytes = picture_bytes
        self.polls = polls
        self.disabled = ""
        """While it is set, no orders are taken, with this as the reason."""
        self.listing: list[dict[str, Any]] = [_entry(form)]
        """The models, as the service lists them."""
        self.orders: list[dict[str, Any]] = []
        """The parameters of all orders that began a job."""
        self.forms: list[dict[str, Part]] = []
        """All forms that came, as they came."""
        self._made: dict[str, Made] = {}
        self._numbers = itertools.count(1)

    def environment(self) -> dict[str, str]:
        """Return the settings that lead Promptpress here."""
        return {
            "FUSION_BRAIN_API_KEY": KEY,
            "FUSION_BRAIN_SECRET_KEY": SECRET,
            "FUSION_BRAIN_API_URL": self.url,
        }

    def calls(self) -> list[str]:
        """Return the names of all calls so far, in order."""
        return [entry.call for entry in self.journal.entries(self.service)]

    def picture(self, prompt: str) -> bytes:
        """Return the bytes that a prompt is answered with."""
        return draw(prompt, 0, self.size, self.picture_bytes)

    def forget_jobs(self) -> None:
        """Let all jobs expire."""
        self._made.clear()

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        path = request.path.removeprefix(_PREFIX) if request.path.startswith(_PREFIX) else ""
        name = {"pipeline": "pipelines", "text2image": "models"}[self.form]
        if (request.method, path) == ("GET", name):
            return self._call("list", "", request, lambda: Answer.json(self.listing))
        if (request.method, path) == ("POST", f"{self.form}/run"):
            return self._route_order(request)
        job = re.fullmatch(rf"{self.form}/status/([\w-]+)", path)
        if request.method == "GET" and job:
            return self._route_question(request, job[1])
        if path in (f"pipeline/{PIPELINE_ID}/availability", "text2image/availability"):
            return self._call("availability", "", request, self._tell_state)
        return Call("unknown", "", lambda: refusal(404, "No static resource"))

    def _call(self, name: str, post: str, request: Request, act: Callable[[], Answer]) -> Call:
        keys = request.headers.get("x-key"), request.headers.get("x-secret")
        if keys != (f"Key {KEY}", f"Secret {SECRET}"):
            return Call(name, post, lambda: refusal(401, "Unauthorized"))
        return Call(name, post, act)

    def _tell_state(self) -> Answer:
        state = self.disabled or "ACTIVE"
        return Answer.json({"model_status" if self.disabled else "status": state})

    def _route_order(self, request: Request) -> Call:
        form = read_form(request)
        params = _read_params(form)
        generate = params.get("generateParams")
        prompt = str(generate.get("query", "")) if isinstance(generate, dict) else ""
        if self.disabled:
            field = "pipeline_status" if self.form == "pipeline" else "model_status"
            busy = Answer.json({field: self.disabled}, 201)
            return self._call("full", prompt, request, lambda: busy)
        return self._call("generate", prompt, request, lambda: self._generate(form, params, prompt))

    def _generate(self, form: dict[str, Part], params: dict[str, Any], prompt: str) -> Answer:
        problem = _find_problem(self.form, form, params, prompt)
        if problem is not None:
            return problem
        with self._lock:
            number = str(uuid.UUID(int=next(self._numbers), version=4))
            self._made[number] = Made(number, prompt, self.form)
            self.orders.append(params)
            self.forms.append(form)
        return Answer.json({"uuid": number, "status": "INITIAL", "status_time": 17}, 201)

    def _route_question(self, request: Request, number: str) -> Call:
        made = self._made.get(number)
        return self._call("poll", made.prompt if made else "", request, lambda: self._tell(number))

    def _tell(self, number: str) -> Answer:
        with self._lock:
            made = self._made.get(number)
            if made is None:
                return refusal(404, "Generation not found")
            made.asked += 1
            over = made.asked > self.polls
            if over:
                del self._made[number]
        if not over:
            status = "INITIAL" if made.asked == 1 else "PROCESSING"
            return Answer.json({"uuid": number, "status": status, "errorDescription": None})
        return Answer.json(self._tell_end(made))

    def _tell_end(self, made: Made) -> dict[str, Any]:
        known = {"uuid": made.uuid, "errorDescription": None, "generationTime": 12}
        if FAILING_WORD in made.prompt:
            return {**known, "status": "FAIL", "errorDescription": "out of memory"}
        censored = REFUSED_WORD in made.prompt
        content = self.picture(PLACEHOLDER if censored else made.prompt)
        files = [base64.b64encode(content).decode()]
        if made.form == "text2image":
            return {**known, "status": "DONE", "images": files, "censored": censored}
        result = {"files": files, "censored": censored}
        inner = result if self.flat else {"result": result}
        return {**known, "status": "DONE", **inner}


def _entry(form: Form) -> dict[str, Any]:
    entry = {"name": "Kandinsky", "version": 3.1, "type": "TEXT2IMAGE"}
    if form == "text2image":
        return {"id": MODEL_ID, **entry}
    return {"id": PIPELINE_ID, **entry, "nameEn": "Kandinsky", "tags": [], "status": "ACTIVE"}


def _read_params(form: dict[str, Part]) -> dict[str, Any]:
    try:
        value = json.loads(form["params"].content)
    except (KeyError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _find_problem(
    kind: Form, form: dict[str, Part], params: dict[str, Any], prompt: str
) -> Answer | None:
    """Return what the service has against an order."""
    if "params" not in form or form["params"].content_type != "application/json":
        return refusal(415, "Content type 'application/octet-stream' not supported")
    field, number = ("pipeline_id", PIPELINE_ID) if kind == "pipeline" else ("model_id", MODEL_ID)
    if form.get(field, Part(b"")).text != str(number):
        return refusal(404, f"{field} not found")
    # As Java counts: half of a pair in UTF-16 is one.
    if not 1 <= len(prompt.encode("utf-16-le")) // 2 <= MAX_QUERY:
        return refusal(400, "query: size must be between 1 and 1000")
    if not all(0 < params.get(side, 0) <= 1_024 for side in ("width", "height")):
        return refusal(400, "size must not be more than 1024")
    if params.get("type") != "GENERATE" or params.get("numImages", 1) != 1:
        return refusal(400, "only one picture at a time")
    return None
