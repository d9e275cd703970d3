"""A stand-in for OpenAI's moderations, and for servers of one's own that have them."""

import base64
import binascii
import io
from collections.abc import Callable
from typing import Any

from PIL import Image

from tests.fakes.openai import refusal
from tests.fakes.server import Answer, Call, Journal, Request, StandIn

KEY = "sk-moderation-stand-in"  # opens nothing
MODEL = "omni-moderation-latest"
FLAGGED_WORDS = {"nsfw": "sexual", "gore": "violence/graphic", "threat": "harassment/threatening"}
"""A text with one of these words is flagged by that category."""
CATEGORIES = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
MAX_PICTURE = 20_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def verdict(*hits: str, flagged: bool | None = None, kind: str = "text") -> Answer:
    """Return an answer that names categories.

    Args:
        hits: categories that are hit.
        flagged: what the sum of them says; by default what follows from them.
        kind: what was judged, text or image.
    """
    result = {
        "flagged": bool(hits) if flagged is None else flagged,
        "categories": {name: name in hits for name in dict.fromkeys((*CATEGORIES, *hits))},
        "category_scores": {name: 0.98 if name in hits else 0.0001 for name in CATEGORIES},
        "category_applied_input_types": {name: [kind] for name in CATEGORIES},
    }
    return Answer.json({"id": "modr-1", "model": MODEL, "results": [result]})


class Moderations(StandIn):
    """One account.

    Calls are journalled as "moderate", about the text or the format of the picture. Faults are
    ordered under that name.
    """

    service = "openai-moderation"
    slow = ("moderate",)

    def __init__(
        self,
        journal: Journal | None = None,
        latency: float = 0.0,
        port: int = 0,
        *,
        key: str = KEY,
    ) -> None:
        """Set up the account.

        Args:
            journal: where calls are written.
            latency: seconds before each verdict.
            port: where to listen; 0 for any.
            key: the only one that is taken; empty: a server of one's own that asks for none.
        """
        super().__init__(journal, latency, port)
        self.key = key
        self.flagged: dict[bytes, str] = {}
        """Pictures that are flagged, each by a category."""
        self.seen: list[bytes] = []
        """The pictures that came, as they came."""
        self.questions: list[dict[str, Any]] = []
        """The bodies of all questions."""

    def environment(self) -> dict[str, str]:
        """Return the settings that lead Promptpress here."""
        return {
            "MODERATION": "openai",
            "MODERATION_API_URL": f"{self.url}/v1",
            "OPENAI_API_KEY": self.key,
        }

    def calls(self) -> list[str]:
        """Return what all calls so far were about, in order."""
        return [entry.post for entry in self.journal.entries(self.service)]

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        if (request.method, request.path) != ("POST", "/v1/moderations"):
            return Call("unknown", "", lambda: Answer.json({"detail": "Not Found"}, 404))
        question = request.json()
        texts, pictures = _read_input(question.get("input"))
        about = " ".join([*texts, *(_format(content) for content in pictures)])
        judge = self._guarded(request, lambda: self._judge(question, texts, pictures))
        return Call("moderate", about, judge)

    def _guarded(self, request: Request, act: Callable[[], Answer]) -> Callable[[], Answer]:
        if not self.key or request.headers.get("authorization") == f"Bearer {self.key}":
            return act
        return lambda: refusal(401, "Incorrect API key provided", "invalid_api_key")

    def _judge(self, question: dict[str, Any], texts: list[str], pictures: list[bytes]) -> Answer:
        with self._lock:
            self.questions.append(question)
            self.seen += pictures
        if question.get("model") != MODEL:
            return refusal(404, "The model does not exist", "model_not_found")
        problem = _find_problem(texts, pictures)
        if problem is not None:
            return problem
        hits = [hit for word, hit in FLAGGED_WORDS.items() if any(word in text for text in texts)]
        hits += [self.flagged[content] for content in pictures if content in self.flagged]
        return verdict(*hits, kind="image" if pictures else "text")


def _read_input(value: Any) -> tuple[list[str], list[bytes]]:
    """Return the texts and pictures of a question: words, or a list of parts."""
    parts: Any = [{"type": "text", "text": value}] if isinstance(value, str) else value
    texts = [part["text"] for part in parts if part["type"] == "text"]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    return texts, [_decode(url) for url in urls]


def _decode(url: str) -> bytes:
    head, _, data = url.partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        return b""
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return b""


def _find_problem(texts: list[str], pictures: list[bytes]) -> Answer | None:
    """Return what the service has against the input."""
    if not texts and not pictures:
        return refusal(400, "Input is empty", "invalid_input", param="input")
    if len(pictures) > 1:
        message = f"Number of images ({len(pictures)}) exceeds maximum of 1"
        return refusal(400, message, "too_many_images", param="input")
    if any(len(content) > MAX_PICTURE for content in pictures):
        return refusal(400, "The image is too large", "image_too_large", param="input")
    if any(_format(content) not in FORMATS for content in pictures):
        return refusal(400, "You uploaded an unsupported image", "invalid_image", param="input")
    return None


def _format(content: bytes) -> str:
    try:
        return str(Image.open(io.BytesIO(content)).format)
    except OSError:
        return "nothing"
