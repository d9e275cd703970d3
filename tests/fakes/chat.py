"""A stand-in for OpenAI's chat completions, and for servers of one's own that speak them."""

import itertools
import json
from collections.abc import Callable
from typing import Any

from tests.fakes.openai import refusal
from tests.fakes.server import Answer, Call, Journal, Request, StandIn

KEY = "sk-chat-stand-in"  # opens nothing
MODEL = "gpt-6-luna"
REFUSED_WORD = "nsfw"
"""What has this word in it is refused."""
TOKENS = 42
"""What every answer says that it took."""
SUBJECTS = ("red fox", "lighthouse", "old tram", "paper boat", "snow owl", "glass whale")
PLACES = ("in deep snow", "above the clouds", "on a quiet harbour", "under a bridge", "at a fair")
LIGHTS = ("at dawn", "by lantern light", "in heavy rain", "under northern lights")


def completion(content: Any, *, finish: str = "stop", refused: str | None = None) -> Answer:
    """Return an answer as OpenAI words it.

    Args:
        content: the text of the message; anything but text or None becomes JSON.
        finish: why it ended.
        refused: the words of a refusal.
    """
    text = content if isinstance(content, str | None) else json.dumps(content)
    message = {"role": "assistant", "content": text, "refusal": refused}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    told = {"object": "chat.completion", "model": MODEL, "choices": [choice]}
    return Answer.json({**told, "usage": {"total_tokens": TOKENS}})


class Chat(StandIn):
    """One account.

    Calls are journalled as "models", "chat", "outline" and "compose", about the prompt, theme or
    topic. Faults are ordered under the same names.
    """

    service = "openai-text"
    slow = ("chat", "outline", "compose")

    def __init__(
        self,
        journal: Journal | None = None,
        latency: float = 0.0,
        port: int = 0,
        *,
        key: str = KEY,
        model: str = MODEL,
        takes_schema: bool = True,
        has_list: bool = True,
        wrap: str = "{}",
    ) -> None:
        """Set up the account.

        Args:
            journal: where calls are written.
            latency: seconds before each text.
            port: where to listen; 0 for any.
            key: the only one that is taken; empty: a server of one's own that asks for none.
            model: the one that `environment` names.
            takes_schema: False: it answers `response_format` with 400.
            has_list: False: it does not know /models.
            wrap: what stands around its JSON, such as a fence; {} is the JSON.
        """
        super().__init__(journal, latency, port)
        self.key = key
        self.model = model
        self.takes_schema = takes_schema
        self.has_list = has_list
        self.wrap = wrap
        self.models: dict[str, str | None] = {MODEL: None, "gpt-4.1-mini": "2027-01-14"}
        """When each model is shut down."""
        self.questions: list[dict[str, Any]] = []
        """The bodies of all questions."""
        self.repeats: list[str] = []
        """Prompts that it proposes again each time, before new ones."""
        self._ideas = itertools.cycle(itertools.product(LIGHTS, PLACES, SUBJECTS))

    def environment(self) -> dict[str, str]:
        """Return the settings that lead Promptpress here."""
        return {
            "TEXT_API_URL": f"{self.url}/v1",
            "TEXT_API_KEY": self.key,
            "TEXT_MODEL": self.model,
        }

    def calls(self) -> list[str]:
        """Return the names of all calls so far, in order."""
        return [entry.call for entry in self.journal.entries(self.service)]

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        if (request.method, request.path) == ("GET", "/v1/models") and self.has_list:
            return Call("models", "", self._guarded(request, self._list))
        if (request.method, request.path) == ("POST", "/v1/chat/completions"):
            question = request.json()
            told = _read_material(question)
            about = str(told.get("prompt") or told.get("theme") or told.get("topic") or "")
            named = "compose" if "outline" in told else "outline" if "topic" in told else "chat"
            return Call(named, about, self._guarded(request, lambda: self._answer(question, told)))
        name = "models" if request.path == "/v1/models" else "unknown"
        return Call(name, "", lambda: Answer(404, b"404 page not found"))

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

    def _answer(self, question: dict[str, Any], told: dict[str, Any]) -> Answer:
        with self._lock:
            self.questions.append(question)
        if question["model"] not in self.models:
            name = question["model"]
            return refusal(404, f"The model '{name}' does not exist", "model_not_found")
        problem = _find_bad_format(question.get("response_format"), self.takes_schema)
        if problem:
            return refusal(400, problem, "invalid_request_error", param="response_format")
        if REFUSED_WORD in json.dumps(told):
            return completion(None, refused="I'm sorry, I can't help with that.")
        value = self._propose(told) if "theme" in told else _write(told)
        return completion(self.wrap.replace("{}", json.dumps(value, ensure_ascii=False)))

    def _propose(self, told: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            new = [self._think(told["theme"]) for _ in range(int(told["count"]))]
        return {"prompts": [*self.repeats, *new][: int(told["count"])]}

    def _think(self, theme: str) -> str:
        light, place, subject = next(self._ideas)
        return f"{theme}: a {subject} {place} {light}"


def _write(told: dict[str, Any]) -> dict[str, Any]:
    if "outline" in told:
        headings = told["outline"]["sections"]
        return {"texts": [f"All of **{heading}**.\n\nAnd more." for heading in headings]}
    return _plan(told["topic"], told["pictures"]) if "topic" in told else _describe(told)


def _plan(topic: str, pictures: int) -> dict[str, Any]:
    sections = [
        {
            "heading": f"Part {number}",
            "picture": f"{topic}, view {number}" if number < pictures else "",
            "alt_text": f"View {number} of {topic}" if number < pictures else "",
        }
        for number in range(1, 5)
    ]
    return {
        "title": f"On {topic}",
        "summary": f"What there is to know of {topic}.",
        "tags": ["#seen", "well known"],
        "cover": f"{topic}, from afar",
        "cover_alt": f"The whole of {topic}",
        "sections": sections,
    }


def _describe(told: dict[str, Any]) -> dict[str, Any]:
    prompt = told["prompt"]
    return {
        "caption": f"Look: {prompt}.",
        "alt_text": f"A picture of {prompt}.",
        "hashtags": ["#art", "quiet morning"],
    }


def _read_material(question: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON in the user's message."""
    said = [one["content"] for one in question["messages"] if one["role"] == "user"]
    value = json.loads(said[-1])
    return value if isinstance(value, dict) else {}


def _find_bad_format(form: Any, takes_schema: bool) -> str:
    """Return what OpenAI has against a `response_format`, or an empty string."""
    if form is None:
        return ""
    if not takes_schema:
        return "response_format is not supported by this server"
    inner = form.get("json_schema", {})
    schema = inner.get("schema", {})
    if (
        form.get("type") != "json_schema"
        or not inner.get("name")
        or inner.get("strict") is not True
    ):
        return "Invalid value: 'response_format'."
    for part in (schema, *schema.get("$defs", {}).values()):
        if part.get("additionalProperties") is not False:
            return "Invalid schema: 'additionalProperties' is required to be supplied, and false."
        if sorted(part.get("required", [])) != sorted(part["properties"]):
            return "Invalid schema: 'required' is required to include every key in properties."
    return ""
