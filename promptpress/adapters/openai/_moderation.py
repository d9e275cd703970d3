"""What a moderation is asked, and what its answer says. Pure; any bytes at all may come in."""

import base64
import io
import json
from dataclasses import dataclass
from typing import Any

from PIL import Image

MAX_PICTURE = 15_000_000
"""Bytes of a picture that is sent as it is. Files may have 20 MB (OpenAI's guide to moderation);
in base64 that is what these have, in case it is meant so."""
MAX_PIXELS = 100_000_000
"""Pixels of a picture that is opened to make it smaller: 300 MB once decoded."""
SIDE = 2048
"""Pixels of the longer side of a picture that is made smaller."""
MAX_NAMED = 10
"""Categories that a refusal names; OpenAI has thirteen."""
_TAKEN = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF8": "gif",
}
"""How pictures begin that the service takes, WebP besides."""
_OPENED = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP")
"""Formats of pictures that Promptpress has."""
_WORDS = {
    "harassment/threatening": "threatening harassment",
    "hate/threatening": "threatening hate",
    "illicit": "advice on wrongdoing",
    "illicit/violent": "advice on violent wrongdoing",
    "self-harm/intent": "intent of self-harm",
    "self-harm/instructions": "instructions for self-harm",
    "sexual": "sexual content",
    "sexual/minors": "sexual content with minors",
    "violence/graphic": "graphic violence",
}
"""Names of categories that do not say it themselves."""
Input = str | list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the service thinks of one text or picture."""

    flagged: bool
    categories: tuple[str, ...] = ()
    """By what it is flagged, in words."""


def ask_text(text: str) -> Input:
    """Return the input for a text: plain, which older models and servers take too."""
    # A lone half of a surrogate pair is no text to a server.
    return text.encode("utf-8", "replace").decode()


def ask_picture(content: bytes) -> Input:
    """Return the input for a picture; one that is too large or of another format is converted."""
    kind = _sniff(content)
    if not kind or len(content) > MAX_PICTURE:
        small = _convert(content)
        # What cannot be opened goes as it came: the service says best what it has against it.
        kind, content = ("jpeg", small) if small else (kind or "png", content)
    url = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    return [{"type": "image_url", "image_url": {"url": url}}]


def parse_verdict(body: bytes) -> Verdict | None:
    """Return what an answer of status 200 says; None: it is no verdict, whatever else it is."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    results = value.get("results") if isinstance(value, dict) else None
    if not isinstance(results, list) or not results:
        return None
    named: dict[str, None] = {}
    flags = []
    for result in results:
        if not _is_result(result):
            return None
        flags.append(result["flagged"])
        named |= {put(name): None for name, hit in result["categories"].items() if hit}
    # A category that is hit counts, whatever the sum of them says.
    return Verdict(flagged=any(flags) or bool(named), categories=tuple(named)[:MAX_NAMED])


def put(category: str) -> str:
    """Return a category in words; one that we do not know by its own name."""
    known = _WORDS.get(category)
    if known:
        return known
    kind, _, part = " ".join(category.replace("_", " ").replace(":", " ").split()).partition("/")
    return f"{kind} ({part})"[:60] if part else kind[:60]


def _is_result(result: Any) -> bool:
    """Tell whether a result is as documented; a category that a model does not judge is null."""
    if not isinstance(result, dict) or not isinstance(result.get("flagged"), bool):
        return False
    hits = result.get("categories")
    return isinstance(hits, dict) and all(isinstance(hit, bool | None) for hit in hits.values())


def _sniff(content: bytes) -> str:
    """Return the format as a media type ends, or "" for one that the service does not take."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return next((kind for magic, kind in _TAKEN.items() if content.startswith(magic)), "")


def _convert(content: bytes) -> bytes | None:
    """Return a smaller copy as JPEG, or None where the bytes cannot be opened."""
    file = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content), formats=_OPENED) as image:
            if image.width * image.height > MAX_PIXELS:
                return None
            image.draft("RGB", (SIDE, SIDE))
            image.thumbnail((SIDE, SIDE))
            _on_white(image).save(file, "JPEG", quality=90)
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError):
        return None
    return file.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    """Return the picture as RGB; white shows where it is transparent, and no hidden colours."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
