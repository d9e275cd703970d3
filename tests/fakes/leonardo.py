"""A stand-in for Leonardo.Ai: one account, models of v1 and v2, and what keeps their pictures."""

import itertools
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fakes.huggingface import draw
from tests.fakes.server import Answer, Call, Journal, Request, StandIn

KEY = "5ca1ab1e-0000-4000-8000-00000000cafe"  # opens nothing
MODEL = "b24e16ff-06e3-43eb-8d33-4416c2d75876"
PHOENIX = "de7d3faf-762f-48e0-b3b7-9d0ac3a3fcf3"
LUCID = "7b592283-e8a7-4c5a-9ba6-d18c31f258b9"
MODEL_V2 = "flux-schnell"
MODELS_V2 = (MODEL_V2, "nano-banana-2", "gpt-image-2")
REFUSED_WORD = "nsfw"
"""A prompt with this word is refused."""
WITHHELD_WORD = "borderline"
"""A prompt with this word becomes a job without pictures."""
FLAGGED_WORD = "bare"
"""A prompt with this word becomes flagged pictures."""
FAILING_WORD = "impossible"
"""A prompt with this word becomes a job that fails."""
PRICE = 0.0147
"""US dollars of an order."""
FIELDS_V1 = {
    "alchemy", "contrast", "height", "modelId", "negative_prompt", "num_images", "presetStyle",
    "prompt", "public", "seed", "styleUUID", "width",
}  # fmt: skip
FIELDS_V2 = {"height", "prompt", "quantity", "seed", "style_ids", "width"}
_HOOK_500 = "Invalid response from authorization hook"
_HOOK_401 = "Authentication hook unauthorized this request"
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@dataclass
class Made:
    """A job."""

    id: str
    prompt: str
    seed: int
    count: int
    asked: int = 0


def refusal(status: int, message: str, code: str = "unexpected", **headers: str) -> Answer:
    """Return an error as the service words it, for a fault."""
    return Answer.json({"error": message, "path": "$", "code": code}, status, **headers)


def graphql(message: str, code: str = "VALIDATION_ERROR") -> Answer:
    """Return what v2 says, with a good status, to an order that it does not take."""
    return Answer.json([{"message": message, "extensions": {"code": code}}])


class Leonardo(StandIn):
    """One account.

    Calls are journalled as "me", "generate" (what begins a job and is paid for), "refused" (what v2
    refuses with a good status), "poll" and "download"; the last four about the prompt. Faults are
    ordered under the same names.
    """

    service = "leonardo"
    slow = ("generate",)

    def __init__(
        self,
        journal: Journal | None = None,
        latency: float = 0.0,
        port: int = 0,
        *,
        model: str = MODEL,
        size: int = 64,
        picture_bytes: int = 0,
        polls: int = 1,
        slots: int = 210,
    ) -> None:
        """Set up the account.

        Args:
            journal: where calls are written.
            latency: seconds before the answer to each order.
            port: where to listen; 0 for any.
            model: the one that `environment` names.
            size: pixels of a picture's side.
            picture_bytes: bytes of a picture at least.
            polls: questions answered with "not yet" before a job is done.
            slots: jobs in work and waiting at most.
        """
        super().__init__(journal, latency, port)
        self.model = model
        self.size = size
        self.picture_bytes = picture_bytes
        self.polls = polls
        self.slots = slots
        self.tokens = 100_000.0
        """What is left for the API."""
        self.orders: list[dict[str, Any]] = []
        """The bodies of all orders that began a job."""
        self._jobs: dict[str, Made] = {}
        self._numbers = itertools.count(1)

    def environment(self) -> dict[str, str]:
        """Return the settings that lead Promptpress here."""
        return {
            "LEONARDO_API_KEY": KEY,
            "LEONARDO_MODEL": self.model,
            "LEONARDO_API_URL": f"{self.url}/api/rest",
        }

    def calls(self) -> list[str]:
        """Return the names of all calls so far, in order."""
        return [entry.call for entry in self.journal.entries(self.service)]

    def picture(self, prompt: str, seed: int = 0, place: int = 0) -> bytes:
        """Return the bytes of a job's picture at a place."""
        return draw(prompt, seed + place, self.size, self.picture_bytes)

    def forget_jobs(self) -> None:
        """Let somebody delete all jobs, with their pictures."""
        self._jobs.clear()

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        path = request.path.removeprefix("/api/rest")
        if (request.method, path) == ("GET", "/v1/me"):
            return Call("me", "", self._guarded(request, self._tell_account))
        if request.method == "POST" and path in ("/v1/generations", "/v2/generations"):
            return self._route_order(request, v2=path.startswith("/v2"))
        job = re.fullmatch(rf"/v1/generations/({_UUID})", path)
        if request.method == "GET" and job:
            made = self._jobs.get(job[1])
            act = self._guarded(request, lambda: self._tell(made))
            return Call("poll", made.prompt if made else "", act)
        file = re.fullmatch(rf"/cdn/({_UUID})/(\d)\.png", request.path)
        if request.method == "GET" and file:
            return self._route_file(request, self._jobs.get(file[1]), int(file[3]))
        return Call("unknown", "", lambda: refusal(404, "Endpoint not found", "not-found"))

    def _guarded(self, request: Request, act: Callable[[], Answer]) -> Callable[[], Answer]:
        given = request.headers.get("authorization", "")
        if given == f"Bearer {KEY}":
            return act
        if not re.fullmatch(rf"Bearer {_UUID}", given):
            return lambda: refusal(500, _HOOK_500)
        return lambda: refusal(401, _HOOK_401, "access-denied")

    def _tell_account(self) -> Answer:
        details = {
            "user": {"id": "u-1", "username": "stand-in"},
            "paidTokens": 0,
            "subscriptionTokens": 8_500,
            "apiConcurrencySlots": 10,
            "apiPaidTokens": self.tokens,
            "apiSubscriptionTokens": None,
        }
        return Answer.json({"user_details": [details]})

    def _route_order(self, request: Request, *, v2: bool) -> Call:
        body = request.json()
        asked = body.get("parameters", {}) if v2 else body
        prompt = str(asked.get("prompt"))
        problem = _find_problem_v2(body, asked) if v2 else None
        if problem is not None:
            return Call("refused", prompt, self._guarded(request, lambda: problem))
        act = self._guarded(request, lambda: self._generate(body, asked, v2=v2))
        return Call("generate", prompt, act)

    def _generate(self, body: dict[str, Any], asked: dict[str, Any], *, v2: bool) -> Answer:
        # What v1 is not told it decides itself, and takes money for.
        count = asked.get("quantity", 1) if v2 else asked.get("num_images", 4)
        problem = None if v2 else _find_problem_v1(asked)
        if problem is None and REFUSED_WORD in asked["prompt"]:
            problem = refusal(403, f"content moderation filter: {REFUSED_WORD}")
        if problem is not None:
            return problem
        with self._lock:
            if self.tokens < count:
                return refusal(400, "not enough api tokens userId: u-1")
            if sum(job.asked <= self.polls for job in self._jobs.values()) >= self.slots:
                return refusal(429, "Too many pending jobs")
            self.tokens -= count
            number = str(uuid.UUID(int=next(self._numbers), version=4))
            seed = int(asked.get("seed", 11))
            self._jobs[number] = Made(number, asked["prompt"], seed, count)
            self.orders.append(body)
        cost = {"amount": str(PRICE), "unit": "DOLLARS"}
        begun = {"generationId": number, "apiCreditCost": 16, "cost": cost}
        return Answer.json({"generate" if v2 else "sdGenerationJob": begun})

    def _tell(self, made: Made | None) -> Answer:
        if made is None:
            return Answer.json({"generations_by_pk": None})
        with self._lock:
            made.asked += 1
            status = "COMPLETE" if made.asked > self.polls else "PENDING"
        if status == "COMPLETE" and FAILING_WORD in made.prompt:
            status = "FAILED"
        is_done = status == "COMPLETE" and WITHHELD_WORD not in made.prompt
        row = {
            "id": made.id,
            "status": status,
            "prompt": made.prompt,
            "seed": made.seed,
            "public": False,
            "generated_images": [
                {
                    "id": f"{made.id}-{place}",
                    "url": f"{self.url}/cdn/{made.id}/{place}.png",
                    "nsfw": FLAGGED_WORD in made.prompt,
                    "motionMP4URL": None,
                }
                for place in range(made.count if is_done else 0)
            ],
        }
        return Answer.json({"generations_by_pk": row})

    def _route_file(self, request: Request, made: Made | None, place: int) -> Call:
        def act() -> Answer:
            if "authorization" in request.headers:
                # As the stores behind signed addresses do: two ways to sign are one too many.
                return Answer(400, b"<Error><Code>InvalidArgument</Code></Error>")
            if made is None:
                return Answer(403, b"<Error><Code>AccessDenied</Code></Error>")
            content = self.picture(made.prompt, made.seed, place)
            return Answer(200, content, {"Content-Type": "image/png"})

        return Call("download", made.prompt if made else "", act)


def _length(text: object) -> int:
    return len(str(text).encode("utf-16-le", "surrogatepass")) // 2


def _find_problem_v1(order: dict[str, Any]) -> Answer | None:
    """Return what v1 has against an order."""
    if unknown := sorted(set(order) - FIELDS_V1):
        return refusal(400, f"Unexpected variable {unknown[0]}")
    if order.get("modelId", MODEL) not in (MODEL, PHOENIX, LUCID):
        return refusal(400, f"{order['modelId']} is not supported within the Production API")
    if not 1 <= _length(order["prompt"]) <= 1_500:
        return refusal(400, "prompt must be between 1 and 1500 characters")
    sides = order.get("width", 1_024), order.get("height", 768)
    most = 1_024 if order.get("alchemy", True) else 1_536
    if not all(side % 8 == 0 and 32 <= side <= most for side in sides):
        return refusal(400, "invalid dimensions")
    if not 1 <= order.get("num_images", 4) <= (4 if max(sides) > 768 else 8):
        return refusal(400, "Too many images requested")
    return None


def _find_problem_v2(body: dict[str, Any], asked: dict[str, Any]) -> Answer | None:
    """Return what v2 has against an order: with status 200."""
    if body.get("model") not in MODELS_V2:
        return graphql(f"Unknown model {body.get('model')}")
    if unknown := sorted(set(asked) - FIELDS_V2):
        return graphql(f"must NOT have additional property {unknown[0]}")
    if body["model"] == "gpt-image-2" and "seed" in asked:
        return graphql("must NOT have additional property seed")
    if not 1 <= _length(asked["prompt"]) <= 1_500:
        return graphql("prompt must NOT have more than 1500 characters")
    if not all(asked.get(side, 1_024) % 8 == 0 for side in ("width", "height")):
        return graphql("width and height must be multiples of 8")
    return None if 1 <= asked.get("quantity", 1) <= 4 else graphql("quantity must be <= 4")
