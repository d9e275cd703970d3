"""A stand-in for OpenAI's images API, and for servers of one's own that speak it."""

import base64
import itertools
import re
from collections.abc import Callable
from typing import Any, Literal

from tests.fakes.huggingface import draw
from tests.fakes.server import Answer, Call, Journal, Request, StandIn

KEY = "sk-stand-in"  # opens nothing
MODEL = "gpt-image-2"
OWN_MODEL = "flux.1-dev-ggml"
"""What a server of one's own has; it takes fields that OpenAI refuses."""
REFUSED_WORD = "nsfw"
"""A prompt with this word is refused."""
FIELDS = {"model", "prompt", "n", "size", "quality", "background", "output_format", "moderation"}
"""Fields that OpenAI's models know, of those that matter here."""
STANDARD = ("1024x1024", "1536x1024", "1024x1536")


def refusal(status: int, message: str, code: str = "", *, type: str = "", **more: Any) -> Answer:  # noqa: A002  the field's name
    """Return an error as OpenAI words it, for a fault."""
    error = {"message": message, "type": type or "invalid_request_error", "param": None}
    return Answer.json({"error": {**error, "code": code or None, **more}}, status)


def blocked(*categories: str) -> Answer:
    """Return the refusal of a prompt."""
    return refusal(
        400,
        "Your request was rejected by the safety system.",
        "moderation_blocked",
        type="image_generation_user_error",
        moderation_details={"moderation_stage": "input", "categories": list(categories)},
    )


class OpenAI(StandIn):
    """One account.

    Calls are journalled as "models", "generate" (what is paid for) and "download"; the last two
    about the prompt. Faults are ordered under the same names.
    """

    service = "openai"
    slow = ("generate",)

    def __init__(
        self,
        journal: Journal | None = None,
        latency: float = 0.0,
        port: int = 0,
        *,
        key: str = KEY,
        model: str = MODEL,
        answers: Literal["b64_json", "url"] = "b64_json",
        size: int = 64,
        picture_bytes: int = 0,
    ) -> None:
        """Set up the account.

        Args:
            journal: where calls are written.
            latency: seconds before each picture.
            port: where to listen; 0 for any.
            key: the only one that is taken; empty: a server of one's own that asks for none.
            model: the one that `environment` names.
            answers: how pictures are handed over.
            size: pixels of a picture's side.
            picture_bytes: bytes of a picture at least.
        """
        super().__init__(journal, latency, port)
        self.key = key
        self.model = model
        self.answers = answers
        self.size = size
        self.picture_bytes = picture_bytes
        self.models: dict[str, str | None] = {
            "gpt-6-luna": None,
            "gpt-image-1.5": "2026-12-01",
            MODEL: None,
            OWN_MODEL: None,
        }
        """When each model is shut down."""
        self.orders: list[dict[str, Any]] = []
        """The bodies of all paid orders."""
        self._files: dict[str, tuple[str, bytes]] = {}
        self._numbers = itertools.count(1)

    def environment(self) -> dict[str, str]:
        """Return the settings that lead Promptpress here."""
        return {
            "OPENAI_API_KEY": self.key,
            "OPENAI_BASE_URL": f"{self.url}/v1",
            "OPENAI_IMAGE_MODEL": self.model,
        }

    def calls(self) -> list[str]:
        """Return the names of all calls so far, in order."""
        return [entry.call for entry in self.journal.entries(self.service)]

    def picture(self, prompt: str, seed: int = 0) -> bytes:
        """Return the bytes that a prompt and seed (the place in the order is added) give."""
        return draw(prompt, seed, self.size, self.picture_bytes)

    def forget_files(self) -> None:
        """Let the addresses of all pictures expire."""
        self._files.clear()

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        if (request.method, request.path) == ("GET", "/v1/models"):
            return Call("models", "", self._guarded(request, self._list))
        if (request.method, request.path) == ("POST", "/v1/images/generations"):
            order = request.json()
            act = self._guarded(request, lambda: self._generate(order))
            return Call("generate", str(order.get("prompt")), act)
        if request.path.startswith("/files/"):
            prompt, content = self._files.get(request.path, ("", b""))
            return Call("download", prompt, lambda: self._hand_out(request, content))
        return Call("unknown", "", lambda: Answer.json({"detail": "Not Found"}, 404))

    def _guarded(self, request: Request, act: Callable[[], Answer]) -> Callable[[], Answer]:
        if not self.key or request.headers.get("authorization") == f"Bearer {self.key}":
            return act
        return lambda: refusal(401, "Incorrect API key provided", "invalid_api_key")

    def _list(self) -> Answer:
        entries = [
            {"id": name, "object": "model", "owned_by": "system", "shutdown_date": end}
            for name, end in self.models.items()
        ]
        return Answer.json({"object": "list", "data": entries})

    def _generate(self, order: dict[str, Any]) -> Answer:
        problem = self._find_problem(order)
        if problem is not None:
            return problem
        seeds = [int(order.get("seed") or 0) + place for place in range(order["n"])]
        with self._lock:
            self.orders.append(order)
            data = [self._hand_over(order["prompt"], seed) for seed in seeds]
        answer = {"created": 1_763_700_000, "data": data}
        if "gpt-image" in order["model"]:
            used = {"input_tokens": 20, "output_tokens": 1_000 * len(data)}
            answer["usage"] = {**used, "total_tokens": sum(used.values())}
        return Answer.json(answer)

    def _find_problem(self, order: dict[str, Any]) -> Answer | None:
        name = order["model"]
        if name not in self.models:
            return refusal(404, f"The model '{name}' does not exist", "model_not_found")
        if REFUSED_WORD in order["prompt"]:
            return blocked("sexual")
        return None if "gpt-image" not in name else _find_bad_value(order)

    def _hand_over(self, prompt: str, seed: int) -> dict[str, str]:
        content = self.picture(prompt, seed)
        if self.answers == "b64_json":
            return {"b64_json": base64.b64encode(content).decode()}
        path = f"/files/{next(self._numbers)}.png"
        self._files[path] = prompt, content
        return {"url": self.url + path}

    def _hand_out(self, request: Request, content: bytes) -> Answer:
        if "authorization" in request.headers:
            # As the stores behind signed addresses do: two ways to sign are one too many.
            return Answer(400, b"<Error><Code>InvalidArgument</Code></Error>")
        if not content:
            return Answer(404, b"<Error><Code>BlobNotFound</Code></Error>")
        return Answer(200, content, {"Content-Type": "image/png"})


def _find_bad_value(order: dict[str, Any]) -> Answer | None:
    """Return what a model of OpenAI's has against an order."""
    if unknown := sorted(set(order) - FIELDS):
        return refusal(400, f"Unknown parameter: '{unknown[0]}'.", "unknown_parameter")
    if not 1 <= len(order["prompt"]) <= 32_000 or not 1 <= order["n"] <= 10:
        return refusal(400, "Invalid value.", "invalid_value")
    if not _is_size(order["size"], free="-2" in order["model"]):
        return refusal(400, f"Invalid size {order['size']}", "invalid_value")
    return None


def _is_size(size: str, *, free: bool) -> bool:
    """Tell whether a size is within the rules (developers.openai.com, image generation)."""
    found = re.fullmatch(r"(\d+)x(\d+)", size)
    if found is None or not free:
        return size in STANDARD
    width, height = int(found[1]), int(found[2])
    return (
        width % 16 == height % 16 == 0
        and max(width, height) <= 3840
        and max(width, height) <= 3 * min(width, height)
        and 655_360 <= width * height <= 8_294_400
    )
