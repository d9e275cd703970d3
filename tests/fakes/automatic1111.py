"""A stand-in for a Stable Diffusion web UI with its API."""

import base64
import itertools
import json
from collections.abc import Callable
from typing import Any

from tests.fakes.huggingface import draw
from tests.fakes.server import Answer, Call, Journal, Request, StandIn

MODELS = {
    "v1-5-pruned.safetensors [6ce0161689]": "v1-5-pruned",
    "xl/dream.ckpt [31e35c80fc]": "dream",
}
"""Titles of the checkpoints with their names; the first is loaded."""
FIELDS = {
    "prompt": str,
    "negative_prompt": str,
    "width": int,
    "height": int,
    "seed": int,
    "batch_size": int,
    "n_iter": int,
    "steps": int,
    "sampler_name": str,
    "send_images": bool,
    "save_images": bool,
    "override_settings": dict,
    "override_settings_restore_afterwards": bool,
}
"""Fields of an order, of those that matter here."""
SAMPLERS = ("Euler", "DPM++ 2M")


def refusal(status: int, detail: object, error: str = "HTTPException", errors: str = "") -> Answer:
    """Return an error as the server words it, for a fault."""
    return Answer.json({"error": error, "detail": detail, "body": "", "errors": errors}, status)


class Automatic1111(StandIn):
    """One server.

    Calls are journalled as "models", "progress" and "generate" (what takes the time of the
    graphics card), the latter about the prompt. Faults are ordered under the same names.
    """

    service = "automatic1111"
    slow = ("generate",)

    def __init__(
        self,
        journal: Journal | None = None,
        latency: float = 0.0,
        port: int = 0,
        *,
        login: str = "",
        size: int = 64,
        picture_bytes: int = 0,
    ) -> None:
        """Set up the server.

        Args:
            journal: where calls are written.
            latency: seconds before each answer to an order.
            port: where to listen; 0 for any.
            login: `user:password` that it was started with; empty: anybody may come.
            size: pixels of a picture's side.
            picture_bytes: bytes of a picture at least.
        """
        super().__init__(journal, latency, port)
        self.login = login
        self.size = size
        self.picture_bytes = picture_bytes
        self.models = dict(MODELS)
        self.seconds_left = 0.0
        """Of the work for others."""
        self.extra: tuple[bytes, ...] = ()
        """What an extension adds after the pictures."""
        self.with_grid = False
        """True: a grid of all pictures comes before them."""
        self.orders: list[dict[str, Any]] = []
        """The bodies of all accepted orders."""
        self._seeds = itertools.count(1_000)

    def environment(self) -> dict[str, str]:
        """Return the settings that lead Promptpress here."""
        named = f"http://{self.login}@" if self.login else "http://"
        return {"AUTOMATIC1111_URL": self.url.replace("http://", named)}

    def calls(self) -> list[str]:
        """Return the names of all calls so far, in order."""
        return [entry.call for entry in self.journal.entries(self.service)]

    def picture(self, prompt: str, seed: int) -> bytes:
        """Return the bytes that a prompt and seed are answered with."""
        return draw(prompt, seed, self.size, self.picture_bytes)

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        known = {
            ("GET", "/sdapi/v1/sd-models"): ("models", self._list_models),
            ("GET", "/sdapi/v1/progress"): ("progress", self._tell_progress),
        }
        if (request.method, request.path) in known:
            name, act = known[request.method, request.path]
            return Call(name, "", self._guarded(request, act))
        if (request.method, request.path) != ("POST", "/sdapi/v1/txt2img"):
            return Call("unknown", "", lambda: Answer.json({"detail": "Not Found"}, 404))
        body = request.json()
        act = self._guarded(request, lambda: self._generate(body))
        return Call("generate", str(body.get("prompt", "")), act)

    def _guarded(self, request: Request, act: Callable[[], Answer]) -> Callable[[], Answer]:
        wanted = "Basic " + base64.b64encode(self.login.encode()).decode()
        if not self.login or request.headers.get("authorization") == wanted:
            return act
        return lambda: refusal(401, "Incorrect username or password")

    def _list_models(self) -> Answer:
        return Answer.json(
            [
                {"title": title, "model_name": name, "hash": title[-11:-1], "config": None}
                for title, name in self.models.items()
            ]
        )

    def _tell_progress(self) -> Answer:
        state = {"job_count": int(self.seconds_left > 0), "sampling_step": 3}
        told = {"progress": 0.2, "eta_relative": self.seconds_left, "state": state}
        return Answer.json({**told, "current_image": None, "textinfo": None})

    def _generate(self, body: dict[str, Any]) -> Answer:
        for name, value in body.items():
            if not isinstance(value, FIELDS.get(name, type(None))):
                wrong = {"loc": ["body", name], "msg": "value is not valid", "type": "type_error"}
                return Answer.json({"detail": [wrong]}, 422)
        if body.get("sampler_name", "Euler") not in SAMPLERS:
            return refusal(404, "Sampler not found")
        named = body["override_settings"].get("sd_model_checkpoint")
        # A checkpoint that it does not know is ignored: the one that is loaded does the work.
        title = named if named in self.models else next(iter(self.models))
        with self._lock:
            first = next(self._seeds) if body["seed"] == -1 else body["seed"]
            self.orders.append(body)
        seeds = [first + index for index in range(body["n_iter"] * body["batch_size"])]
        pictures = [self.picture(body["prompt"], seed) for seed in seeds]
        grid = [self.picture("a grid", 0)] if self.with_grid else []
        info = {
            "seed": first,
            "all_seeds": seeds,
            "sd_model_name": self.models[title],
            "index_of_first_image": len(grid),
        }
        images = [base64.b64encode(one).decode() for one in (*grid, *pictures, *self.extra)]
        return Answer.json({"images": images, "parameters": body, "info": json.dumps(info)})
