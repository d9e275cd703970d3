"""The service itself: one account at the Hub, the router, and a store of files."""

import io
import itertools
import re
from collections.abc import Callable
from typing import Any

from PIL import Image

from tests.fakes.huggingface.made import REFUSED_WORD, Made, draw, film
from tests.fakes.huggingface.providers import (
    ALWAYS_WAITED_FOR,
    MODEL,
    ORDERS,
    PROVIDER_IDS,
    QUESTIONS,
    VIDEO_IDS,
    VIDEO_MODEL,
    mapping,
    tell,
    tell_result,
)
from tests.fakes.server import Answer, Call, Journal, Request, StandIn

TOKEN = "hf_stand_in"  # opens nothing
PERMISSION = "inference.serverless.write"


def refusal(status: int, words: str, **headers: str) -> Answer:
    """Return an error as the router words it, for a fault."""
    return Answer.json({"error": words}, status, **headers)


class HuggingFace(StandIn):
    """One account, a model of pictures at seven providers and one of videos at five.

    Calls are journalled as "whoami", "lookup", "reach", "generate" (what is paid for), "poll",
    "result" (of a place in fal-ai's queue) and "download"; the last four about the prompt. Faults
    are ordered under the same names.
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
            picture_bytes: bytes of a picture or video at least.
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
                "inferenceProviderMapping": mapping(PROVIDER_IDS, "text-to-image"),
            },
            VIDEO_MODEL: {
                "pipeline_tag": "text-to-video",
                "inferenceProviderMapping": mapping(VIDEO_IDS, "text-to-video"),
            },
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

    def video(self, prompt: str, seed: int = 0) -> bytes:
        """Return the video that a prompt and seed are answered with."""
        return film(prompt, seed, self.picture_bytes)

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
        made = self._made.get(request.path.removeprefix("/files/").partition(".")[0])

        def act() -> Answer:
            if "authorization" in request.headers:
                # As the stores behind signed addresses do: two ways to sign are one too many.
                return Answer(400, b"<Error><Code>InvalidArgument</Code></Error>")
            if made is None:
                return Answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            told = "video/mp4" if made.moves else "image/png"
            return Answer(200, self._render(made), {"Content-Type": told})

        return Call("download", made.prompt if made else "", act)

    def _route_provider(self, request: Request) -> Call:
        provider, _, path = request.path[1:].partition("/")
        wanted = ORDERS if request.method == "POST" else QUESTIONS
        found = (re.fullmatch(one, f"/{path}") for one in wanted.get(provider, ()))
        match = next(filter(None, found), None)
        if match is None:
            return Call("unknown", "", lambda: refusal(404, "Not Found"))
        known = match.groupdict()
        if request.method == "POST":
            body = request.json()
            prompt = str(body.get("inputs") or body.get("input", body).get("prompt") or "")
            theirs = known.get("model") or body.get("model")
            act = self._guarded(request, lambda: self._generate(request, provider, theirs, prompt))
            return Call("generate", prompt, act)
        made = self._made.get(match["job"])
        name = "poll"
        if provider == "fal-ai":
            if request.query.get("_subdomain") != "queue":
                return Call("unknown", "", lambda: refusal(404, "Not Found"))
            name = "poll" if known["state"] else "result"
        act = self._guarded(request, lambda: self._tell(provider, made, name))
        return Call(name, made.prompt if made else "", act)

    def _generate(self, request: Request, provider: str, theirs: str, prompt: str) -> Answer:
        body = request.json()
        moves = theirs == VIDEO_IDS.get(provider)
        # Without this the router waits for the whole video at another host, as for a picture.
        queued = provider != "fal-ai" or (request.query.get("_subdomain") == "queue") == moves
        if not (moves or theirs == PROVIDER_IDS.get(provider)) or not queued:
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
            made = Made(number, prompt, int(asked.get("seed") or 0), moves=moves)
            self._made[number] = made
            self.orders.append(body)
        if provider == "hf-inference":
            return Answer(200, self._render(made), {"Content-Type": "image/png"})
        return self._tell(provider, made, "generate")

    def _render(self, made: Made) -> bytes:
        if made.moves:
            return self.video(made.prompt, made.seed)
        if not made.flagged:
            return self.picture(made.prompt, made.seed)
        file = io.BytesIO()
        Image.new("RGB", (self.size, self.size)).save(file, "PNG")
        return file.getvalue()

    def _tell(self, provider: str, made: Made | None, call: str) -> Answer:
        if made is None:
            return refusal(404, "no such job")
        url = f"{self.url}/files/{made.number}.{'mp4' if made.moves else 'png'}"
        if call == "result":
            return self._tell_result(made, url)
        # Replicate keeps the order waiting until it is done, if that takes no longer than a
        # minute.
        waits = (provider, made.moves) in ALWAYS_WAITED_FOR or self.polls > 1
        done = made.asked >= self.polls or not waits
        first = call == "generate"
        done = done and not (first and waits)
        said = tell(provider, made, url, lambda: self._render(made), done=done)
        made.asked += not first
        return Answer.json(said)

    def _tell_result(self, made: Made, url: str) -> Answer:
        if made.asked <= self.polls:
            return refusal(400, "Request is still in progress")
        if made.flagged:
            policy = {
                "loc": ["body", "prompt"],
                "msg": "flagged",
                "type": "content_policy_violation",
            }
            return Answer.json({"detail": [policy]}, 422)
        return Answer.json(tell_result(made, url))
