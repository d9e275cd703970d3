"""A stand-in for ComfyUI: a queue of graphs, their history, and the pictures they saved."""

import base64
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.fakes.huggingface import draw
from tests.fakes.server import Answer, Call, Journal, Request, StandIn

MODELS = ["dream.safetensors", "v1-5-pruned.safetensors"]
NODES: dict[str, dict[str, Any]] = {
    "CheckpointLoaderSimple": {"ckpt_name": [MODELS, {}]},
    "UNETLoader": {"unet_name": ["COMBO", {"options": ["flux.safetensors"]}]},
    "CLIPTextEncode": {"text": ["STRING", {}], "clip": ["CLIP"]},
    "EmptyLatentImage": {
        "width": ["INT", {"min": 16, "max": 16384}],
        "height": ["INT", {"min": 16, "max": 16384}],
        "batch_size": ["INT", {"min": 1, "max": 4096}],
    },
    "KSampler": {"seed": ["INT", {"min": 0, "max": 2**64 - 1}]},
    "VAEDecode": {"samples": ["LATENT"], "vae": ["VAE"]},
    "SaveImage": {"images": ["IMAGE"], "filename_prefix": ["STRING", {}]},
    "PreviewImage": {"images": ["IMAGE"]},
}
"""Kinds of node and the inputs they must have."""


@dataclass
class Order:
    """A graph in the queue or in the history."""

    rank: float
    number: str
    graph: dict[str, Any]
    prompt: str
    asked: int = 0
    """How often somebody asked whether it is done."""
    status: dict[str, Any] | None = None
    """What the history says instead of a success."""
    outputs: dict[str, Any] = field(default_factory=dict)

    def item(self) -> list[Any]:
        """Return it as the queue lists it."""
        return [self.rank, self.number, self.graph, {}, []]


class ComfyUI(StandIn):
    """One server that works its queue off as it is asked about it.

    Calls are journalled as "nodes", "generate" (what takes the time of the graphics card),
    "history", "queue" and "download"; the second and last about the prompt. Faults are ordered
    under the same names.
    """

    service = "comfyui"
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
        polls: int = 1,
        keeps_numbers: bool = True,
    ) -> None:
        """Set up the server.

        Args:
            journal: where calls are written.
            latency: seconds before each answer to an order.
            port: where to listen; 0 for any.
            login: `user:password` that something before it asks for; empty: anybody may come.
            size: pixels of a picture's side.
            picture_bytes: bytes of a picture at least.
            polls: looks into the queue before an order is done.
            keeps_numbers: False for a server of old, which numbers orders by itself.
        """
        super().__init__(journal, latency, port)
        self.login = login
        self.size = size
        self.picture_bytes = picture_bytes
        self.polls = polls
        self.keeps_numbers = keeps_numbers
        self.nodes = {kind: dict(inputs) for kind, inputs in NODES.items()}
        self.ends: list[dict[str, Any]] = []
        """What the next orders end in, instead of a success."""
        self.queued: dict[str, Order] = {}
        self.done: dict[str, Order] = {}
        self.graphs: list[dict[str, Any]] = []
        """Of all accepted orders."""
        self._ranks = itertools.count()
        self._made: dict[str, tuple[str, int]] = {}

    def environment(self) -> dict[str, str]:
        """Return the settings that lead Promptpress here."""
        named = f"http://{self.login}@" if self.login else "http://"
        return {"COMFYUI_URL": self.url.replace("http://", named)}

    def calls(self) -> list[str]:
        """Return the names of all calls so far, in order."""
        return [entry.call for entry in self.journal.entries(self.service)]

    def picture(self, prompt: str, seed: int) -> bytes:
        """Return the bytes that a prompt and seed are answered with."""
        return draw(prompt, seed, self.size, self.picture_bytes)

    def finish(self, number: str) -> None:
        """Move an order from the queue to the history."""
        with self._lock:
            order = self.queued.pop(number)
            self.done[number] = order
            order.status = self.ends.pop(0) if self.ends else None
            if order.status is None:
                order.outputs = self._work(order)

    def restart(self) -> None:
        """Forget everything but the files."""
        self.queued.clear()
        self.done.clear()

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        name, post, act = self._understand(request)
        wanted = "Basic " + base64.b64encode(self.login.encode()).decode()
        if self.login and request.headers.get("authorization") != wanted:
            return Call(name, post, lambda: Answer(401, b"<title>Authorization Required</title>"))
        return Call(name, post, act)

    def _understand(self, request: Request) -> tuple[str, str, Callable[[], Answer]]:
        first, _, rest = request.path[1:].partition("/")
        if (request.method, first) == ("POST", "prompt"):
            body = request.json()
            return "generate", _find_prompt(body["prompt"]), lambda: self._accept(body)
        if first == "object_info":
            return "nodes", "", lambda: self._tell_node(unquote(rest))
        if first == "history":
            return "history", "", lambda: self._tell_history(rest)
        if first == "queue":
            return "queue", "", self._tell_queue
        if first == "view":
            made = self._made.get("/".join((request.query["subfolder"], request.query["filename"])))
            return "download", made[0] if made else "", lambda: self._view(made)
        return "unknown", "", lambda: Answer(404, b"404: Not Found")

    def _tell_node(self, kind: str) -> Answer:
        if kind not in self.nodes:
            return Answer.json({})
        return Answer.json({kind: {"input": {"required": self.nodes[kind]}, "name": kind}})

    def _accept(self, body: dict[str, Any]) -> Answer:
        errors = {n: found for n, node in body["prompt"].items() if (found := self._check(node))}
        if errors:
            error = {"type": "prompt_outputs_failed_validation", "details": "", "extra_info": {}}
            error["message"] = "Prompt outputs failed validation"
            return Answer.json({"error": error, "node_errors": errors}, 400)
        with self._lock:
            rank = next(self._ranks)
            number = body["prompt_id"] if self.keeps_numbers else f"theirs-{rank}"
            self.graphs.append(body["prompt"])
            self.queued[number] = Order(rank, number, body["prompt"], _find_prompt(body["prompt"]))
        return Answer.json({"prompt_id": number, "number": rank, "node_errors": {}})

    def _check(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return what is wrong with a node, or an empty dict."""
        kind, errors = node["class_type"], []
        for name, (type_, *more) in self.nodes[kind].items():
            value, told = node["inputs"].get(name), more[0] if more else {}
            choices = type_ if isinstance(type_, list) else told.get("options")
            if value is None:
                errors.append(_error("required_input_missing", "Required input is missing", name))
            elif choices is not None and value not in choices:
                details = f"{name}: '{value}' not in {choices}"
                errors.append(_error("value_not_in_list", "Value not in list", details, value))
            elif type_ == "INT" and not told["min"] <= value <= told["max"]:
                error = _error("value_bigger_than_max", "Value out of range", name, value)
                errors.append(error)
        return {"errors": errors, "class_type": kind} if errors else {}

    def _tell_queue(self) -> Answer:
        with self._lock:
            orders = sorted(self.queued.values(), key=lambda order: order.rank)
        running = orders[:1]
        for order in running:
            order.asked += 1
            if order.asked >= self.polls:
                self.finish(order.number)
        # A heap: what comes next does not stand first.
        waiting = [order.item() for order in reversed(orders[1:])]
        queue = {"queue_running": [order.item() for order in running], "queue_pending": waiting}
        return Answer.json(queue)

    def _tell_history(self, number: str) -> Answer:
        order = self.done.get(number)
        if order is None:
            return Answer.json({})
        status = order.status or {"status_str": "success", "completed": True, "messages": []}
        told = {"prompt": order.item(), "outputs": order.outputs, "status": status}
        return Answer.json({number: told})

    def _work(self, order: Order) -> dict[str, Any]:
        """Return the outputs of a graph: every node that saves or shows has the same pictures."""
        latent = _find(order.graph, "batch_size", 1)
        seed = _find(order.graph, "seed", 0)
        outputs = {}
        for key, node in order.graph.items():
            kind = {"SaveImage": "output", "PreviewImage": "temp"}.get(node["class_type"])
            if kind is None:
                continue
            folder, _, stem = str(node["inputs"].get("filename_prefix", "x")).rpartition("/")
            names = [f"{kind}{stem}_{index:05}_.png" for index in range(latent)]
            for index, name in enumerate(names):
                self._made[f"{folder}/{name}"] = (order.prompt, seed + index)
            images = [{"filename": name, "subfolder": folder, "type": kind} for name in names]
            outputs[key] = {"images": images}
        return outputs

    def _view(self, made: tuple[str, int] | None) -> Answer:
        if made is None:
            return Answer(404)
        return Answer(200, self.picture(*made), {"Content-Type": "image/png"})


def _error(type_: str, message: str, details: str, value: object = None) -> dict[str, Any]:
    extra = {"received_value": value}
    return {"type": type_, "message": message, "details": details, "extra_info": extra}


def _find(graph: dict[str, Any], name: str, otherwise: int) -> int:
    """Return the first input of a name in a graph."""
    found = (node["inputs"][name] for node in graph.values() if name in node["inputs"])
    return next(found, otherwise)


def _find_prompt(graph: dict[str, Any]) -> str:
    """Return the first text in a graph."""
    texts = (node["inputs"]["text"] for node in graph.values() if "text" in node["inputs"])
    return str(next(texts, ""))
