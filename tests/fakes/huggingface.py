"""A stand-in for Hugging Face: the Hub, the router, seven providers and what keeps their files."""

import base64
import io
import itertools
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from tests.fakes.server import Answer, Call, Journal, Request, StandIn

TOKEN = "hf_stand_in"  # opens nothing
MODEL = "black-forest-labs/FLUX.1-schnell"
PROVIDER_IDS = {
    "hf-inference": MODEL,
    "fal-ai": "fal-ai/flux/schnell",
    "replicate": "black-forest-labs/flux-schnell",
    "together": "black-forest-labs/FLUX.1-schnell-Free",
    "nscale": "flux-schnell",
    "wavespeed": "wavespeed-ai/flux-schnell",
    "zai-org": "cogview-4-250304",
}
"""What each provider calls the model."""
PERMISSION = "inference.serverless.write"
REFUSED_WORD = "nsfw"
"""A prompt with this word is refused, or by fal-ai answered with a flagged black picture."""
_ORDERS = {
    "hf-inference": r"/models/(?P<model>.+)",
    "fal-ai": r"/(?P<model>.+)",
    "replicate": r"/v1/models/(?P<model>.+)/predictions",
    "together": r"/v1/images/generations",
    "nscale": r"/v1/images/generations",
    "wavespeed": r"/api/v3/(?P<model>.+)",
    "zai-org": r"/api/paas/v4/async/images/generations",
}
_QUESTIONS = {
    "replicate": r"/v1/predictions/(?P<job>\w+)",
    "wavespeed": r"/api/v3/predictions/(?P<job>\w+)/result",
    "zai-org": r"/api/paas/v4/async-result/(?P<job>\w+)",
}


@dataclass
class Made:
    """A picture that was paid for."""

    number: str
    prompt: str
    seed: int
    asked: int = 0
    """How often somebody asked whether it is done."""

    @property
    def flagged(self) -> bool:
        return REFUSED_WORD in self.prompt


def entry(provider_id: str, status: str = "live", task: str = "text-to-image") -> dict[str, str]:
    """Return what the Hub says about a model at one provider."""
    return {"status": status, "providerId": provider_id, "task": task}


def refusal(status: int, words: str, **headers: str) -> Answer:
    """Return an error as the router words it, for a fault."""
    return Answer.json({"error": words}, status, **headers)


def draw(prompt: str, seed: int, size: int, at_least: int = 0) -> bytes:
    """Return a PNG that is another for every prompt and seed, of at least so many bytes."""
    rng = random.Random(f"{seed}\0{prompt}")
    image = Image.new("RGB", (size, size), (20, 30, 60))
    brush = ImageDraw.Draw(image)
    for shade in (40, 90, 140, 190, 240):
        x, y, radius = rng.randrange(size), rng.randrange(size), rng.randrange(size // 8, size // 2)
        color = (shade, rng.randrange(256), rng.randrange(256))
        brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)
    info = PngInfo()
    if at_least:
        info.add(b"paDd", bytes(at_least))
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=info)
    return file.getvalue()


class HuggingFace(StandIn):
    """One account, one model at seven providers.

    Calls are journalled as "whoami", "lookup", "reach", "generate" (what is paid for), "poll" and
    "download"; the last three about the prompt. Faults are ordered under the same names.
    """

    service = "huggingface"
    slow = ("generate",)

    def __init__(
        self,
        journal: Journal | None = None,
        latency: float = 0.0,
        port: int = 0,
        *,
        token: str = TOKEN,
        provider: str = "hf-inference",
        size: int = 64,
        picture_bytes: int = 0,
        polls: int = 1,
    ) -> None:
        """Set up the account.

        Args:
            journal: where calls are written.
            latency: seconds before each answer.
            port: where to listen; 0 for any.
            token: the only one that is taken.
            provider: the one that `environment` names.
            size: pixels of a picture's side.
            picture_bytes: bytes of a picture at least.
            polls: questions answered with "not yet" before a job is done.
        """
        super().__init__(journal, latency, port)
        self.token = token
        self.provider = provider
        self.size = size
        self.picture_bytes = picture_bytes
        self.polls = polls
        self.permissions: list[str] | None = None
        """Of a fine-grained token; None: an ordinary one."""
        self.models: dict[str, dict[str, Any]] = {
            MODEL: {
                "pipeline_tag": "text-to-image",
                "inferenceProviderMapping": {
                    provider: entry(theirs) for provider, theirs in PROVIDER_IDS.items()
                },
            }
        }
        self.orders: list[dict[str, Any]] = []
        """The bodies of all paid orders."""
        self._made: dict[str, Made] = {}
        self._numbers = itertools.count(1)

    def environment(self) -> dict[str, str]:
        """Return the settings that lead Promptpress here."""
        return {
            "HF_TOKEN": self.token,
            "HF_ENDPOINT": self.url,
            "HUGGINGFACE_API_URL": self.url,
            "HF_PROVIDER": self.provider,
        }

    def calls(self) -> list[str]:
        """Return the names of all calls so far, in order."""
        return [entry.call for entry in self.journal.entries(self.service)]

    def picture(self, prompt: str, seed: int = 0) -> bytes:
        """Return the bytes that a prompt and seed are answered with."""
        return draw(prompt, seed, self.size, self.picture_bytes)

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        if request.method == "HEAD":
            return Call("reach", "", Answer)
        if request.path == "/api/whoami-v2":
            return Call("whoami", "", self._guarded(request, self._whoami))
        if request.path.startswith("/api/models/"):
            model = request.path.removeprefix("/api/models/")
            return Call("lookup", model, self._guarded(request, lambda: self._look_up(model)))
        if request.path.startswith("/files/"):
            return self._route_file(request)
        return self._route_provider(request)

    def _guarded(self, request: Request, act: Callable[[], Answer]) -> Callable[[], Answer]:
        if request.headers.get("authorization") == f"Bearer {self.token}":
            return act
        return lambda: refusal(401, "Invalid credentials in Authorization header")

    def _whoami(self) -> Answer:
        token: dict[str, Any] = {"displayName": "stand-in", "role": "read"}
        if self.permissions is not None:
            scoped = [{"entity": {"type": "user"}, "permissions": self.permissions}]
            token |= {"role": "fineGrained", "fineGrained": {"global": [], "scoped": scoped}}
        return Answer.json({"type": "user", "name": "stand-in", "auth": {"accessToken": token}})

    def _look_up(self, model: str) -> Answer:
        if model not in self.models:
            return refusal(404, "Repository not found")
        return Answer.json({"id": model, **self.models[model]})

    def _route_file(self, request: Request) -> Call:
        made = self._made.get(request.path.removeprefix("/files/").removesuffix(".png"))

        def act() -> Answer:
            if "authorization" in request.headers:
                # As the stores behind signed addresses do: two ways to sign are one too many.
                return Answer(400, b"<Error><Code>InvalidArgument</Code></Error>")
            if made is None:
                return Answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return Answer(200, self._render(made), {"Content-Type": "image/png"})

        return Call("download", made.prompt if made else "", act)

    def _route_provider(self, request: Request) -> Call:
        provider, _, path = request.path[1:].partition("/")
        wanted = _ORDERS if request.method == "POST" else _QUESTIONS
        match = re.fullmatch(wanted.get(provider, "unknown"), f"/{path}")
        if match is None:
            return Call("unknown", "", lambda: refusal(404, "Not Found"))
        if request.method == "POST":
            body = request.json()
            prompt = str(body.get("inputs") or body.get("input", body).get("prompt") or "")
            theirs = match.groupdict().get("model") or body.get("model")
            act = self._guarded(request, lambda: self._generate(provider, theirs, prompt, body))
            return Call("generate", prompt, act)
        made = self._made.get(match["job"])
        act = self._guarded(request, lambda: self._tell(provider, made))
        return Call("poll", made.prompt if made else "", act)

    def _generate(self, provider: str, theirs: str, prompt: str, body: dict[str, Any]) -> Answer:
        if theirs != PROVIDER_IDS[provider]:
            return refusal(404, f"Model {theirs} is not supported by provider {provider}")
        if not prompt.strip():
            missing = {"loc": ["body", "prompt"], "msg": "Field required", "type": "missing"}
            return Answer.json({"detail": [missing]}, 422)
        if REFUSED_WORD in prompt and provider != "fal-ai":
            said = {"message": "rejected by the safety system", "code": "content_policy_violation"}
            return Answer.json({"error": said}, 400)
        asked = {**body, **body.get("parameters", {}), **body.get("input", {})}
        with self._lock:
            number = f"j{next(self._numbers)}"
            made = self._made[number] = Made(number, prompt, int(asked.get("seed") or 0))
            self.orders.append(body)
        if provider == "hf-inference":
            return Answer(200, self._render(made), {"Content-Type": "image/png"})
        return self._tell(provider, made, first=True)

    def _render(self, made: Made) -> bytes:
        if not made.flagged:
            return self.picture(made.prompt, made.seed)
        file = io.BytesIO()
        Image.new("RGB", (self.size, self.size)).save(file, "PNG")
        return file.getvalue()

    def _tell(self, provider: str, made: Made | None, *, first: bool = False) -> Answer:
        if made is None:
            return refusal(404, "no such job")
        # Replicate keeps the order waiting until the picture is done, if that takes no longer
        # than a minute; wavespeed and zai-org never do.
        waits = provider in ("wavespeed", "zai-org") or self.polls > 1
        done = made.asked >= self.polls or not waits
        made.asked += not first
        return Answer.json(_SAYERS[provider](self, made, done and not (first and waits)))

    def _address(self, made: Made) -> str:
        return f"{self.url}/files/{made.number}.png"

    def _say_base64(self, made: Made, done: bool) -> dict[str, Any]:
        return {"data": [{"b64_json": base64.b64encode(self._render(made)).decode()}]}

    def _say_fal(self, made: Made, done: bool) -> dict[str, Any]:
        picture = {"url": self._address(made), "content_type": "image/png"}
        return {"images": [picture], "seed": made.seed, "has_nsfw_concepts": [made.flagged]}

    def _say_replicate(self, made: Made, done: bool) -> dict[str, Any]:
        known = {"id": made.number, "input": {"prompt": made.prompt, "seed": made.seed}}
        if done:
            return {**known, "status": "succeeded", "output": [self._address(made)]}
        return {**known, "status": "processing", "output": None}

    def _say_wavespeed(self, made: Made, done: bool) -> dict[str, Any]:
        theirs = f"https://api.wavespeed.ai/api/v3/predictions/{made.number}/result"
        status = "completed" if done else "created"
        outputs = [self._address(made)] if done else []
        data = {"id": made.number, "status": status, "outputs": outputs, "urls": {"get": theirs}}
        return {"code": 200, "message": "success", "data": data}

    def _say_zai(self, made: Made, done: bool) -> dict[str, Any]:
        if done:
            return {"task_status": "SUCCESS", "image_result": [{"url": self._address(made)}]}
        return {"id": made.number, "task_status": "PROCESSING", "model": PROVIDER_IDS["zai-org"]}


_SAYERS: dict[str, Callable[[HuggingFace, Made, bool], dict[str, Any]]] = {
    "fal-ai": HuggingFace._say_fal,
    "nscale": HuggingFace._say_base64,
    "replicate": HuggingFace._say_replicate,
    "together": HuggingFace._say_base64,
    "wavespeed": HuggingFace._say_wavespeed,
    "zai-org": HuggingFace._say_zai,
}
