"""A stand-in for Stability AI's Stable Image API."""

import base64
import itertools
import re
from collections.abc import Callable

from tests.fakes.forms import read_form
from tests.fakes.huggingface import draw
from tests.fakes.server import Answer, Call, Journal, Request, StandIn

KEY = "sk-stand-in"  # opens nothing
REFUSED_WORD = "nsfw"
"""A prompt with this word is refused."""
BLURRED_WORD = "gore"
"""A prompt with this word is answered with a blurred picture that costs nothing."""
MODELS = ("sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium")
"""What the form may name at /sd3."""
RATIOS = ("16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21")
FIELDS = {"prompt", "negative_prompt", "aspect_ratio", "seed", "output_format"}
MORE_FIELDS = {"core": {"style_preset"}, "ultra": set[str](), "sd3": {"model", "mode"}}
PRICES = {"core": 3.0, "ultra": 8.0, "sd3": 6.5}


def refusal(status: int, name: str, *errors: str, **headers: str) -> Answer:
    """Return an error as the service words it, for a fault."""
    return Answer.json({"id": "5f1c", "name": name, "errors": list(errors)}, status, **headers)


class Stability(StandIn):
    """One account.

    Calls are journalled as "balance" and "generate" (what is paid for), the latter about the
    prompt. Faults are ordered under the same names.
    """

    service = "stability"
    slow = ("generate",)

    def __init__(
        self,
        journal: Journal | None = None,
        latency: float = 0.0,
        port: int = 0,
        *,
        key: str = KEY,
        size: int = 64,
        picture_bytes: int = 0,
    ) -> None:
        """Set up the account.

        Args:
            journal: where calls are written.
            latency: seconds before each picture.
            port: where to listen; 0 for any.
            key: the only one that is taken.
            size: pixels of a picture's side.
            picture_bytes: bytes of a picture at least.
        """
        super().__init__(journal, latency, port)
        self.key = key
        self.size = size
        self.picture_bytes = picture_bytes
        self.credits = 1_000_000.0
        self.as_json = True
        """False: it sends the picture itself, whatever is asked for."""
        self.orders: list[tuple[str, dict[str, str]]] = []
        """Endpoint and form of all paid orders."""
        self._seeds = itertools.count(1_000)

    def environment(self) -> dict[str, str]:
        """Return the settings that lead Promptpress here."""
        return {"STABILITY_API_KEY": self.key, "STABILITY_API_URL": self.url}

    def calls(self) -> list[str]:
        """Return the names of all calls so far, in order."""
        return [entry.call for entry in self.journal.entries(self.service)]

    def picture(self, prompt: str, seed: int) -> bytes:
        """Return the bytes that a prompt and seed are answered with."""
        return draw(prompt, seed, self.size, self.picture_bytes)

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        if (request.method, request.path) == ("GET", "/v1/user/balance"):
            act = self._guarded(request, lambda: Answer.json({"credits": self.credits}))
            return Call("balance", "", act)
        match = re.fullmatch(r"/v2beta/stable-image/generate/(core|ultra|sd3)", request.path)
        if request.method != "POST" or match is None:
            return Call("unknown", "", lambda: Answer.json({"message": "no such route"}, 404))
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            form: dict[str, str] = {}
        else:
            form = {name: part.text for name, part in read_form(request).items()}
        act = self._guarded(request, lambda: self._generate(match[1], form))
        return Call("generate", form.get("prompt", ""), act)

    def _guarded(self, request: Request, act: Callable[[], Answer]) -> Callable[[], Answer]:
        if request.headers.get("authorization") == f"Bearer {self.key}":
            return act
        return lambda: Answer.json({"message": "Incorrect API key provided"}, 401)

    def _generate(self, endpoint: str, form: dict[str, str]) -> Answer:
        problem = _find_problem(endpoint, form)
        if problem:
            return refusal(400, "bad_request", problem)
        if REFUSED_WORD in form["prompt"]:
            flagged = "Your request was flagged by our content moderation system"
            return refusal(403, "content_moderation", flagged)
        filtered = BLURRED_WORD in form["prompt"]
        with self._lock:
            if not filtered and self.credits < PRICES[endpoint]:
                return refusal(402, "payment_required", "You lack sufficient credits")
            self.credits -= 0 if filtered else PRICES[endpoint]
            self.orders.append((endpoint, form))
            seed = int(form.get("seed", "0")) or next(self._seeds)
        content = self.picture(form["prompt"], seed)
        reason = "CONTENT_FILTERED" if filtered else "SUCCESS"
        if not self.as_json:
            headers = {"finish-reason": reason, "seed": str(seed), "Content-Type": "image/png"}
            return Answer(200, content, headers)
        image = base64.b64encode(content).decode()
        return Answer.json({"image": image, "finish_reason": reason, "seed": seed})


def _find_problem(endpoint: str, form: dict[str, str]) -> str:
    """Return what is wrong with a form, or an empty string."""
    if unknown := set(form) - FIELDS - MORE_FIELDS[endpoint]:
        return f"unknown: {', '.join(sorted(unknown))}"
    if not 1 <= len(form.get("prompt", "")) <= 10_000:
        return "prompt: must be between 1 and 10000 characters"
    if len(form.get("negative_prompt", "")) > 10_000:
        return "negative_prompt: must be at most 10000 characters"
    if form.get("aspect_ratio", "1:1") not in RATIOS:
        return "aspect_ratio: must be one of those known"
    if not 0 <= int(form.get("seed", "0")) <= 4_294_967_294:
        return "seed: must be between 0 and 4294967294"
    known = endpoint != "sd3" or form.get("model", "sd3.5-large") in MODELS
    return "" if known else "model: must be one of those known"
