"""What the service's answers say, in either form of the API. Pure; any bytes may come in."""

import base64
from dataclasses import dataclass, field
from typing import Any

from promptpress.adapters._bodies import find_texts, parse_json

MAX_PICTURE = 60_000_000
"""Bytes: a picture of so many is not taken; one of 1024 × 1024 has a thousandth of it."""
_DISABLED = ("DISABLED_BY_QUEUE", "DISABLED_MANUALLY")
_STATUS_FIELDS = ("pipeline_status", "model_status", "status")
"""The forms of the API, and its SDK, name the state of a model differently."""
_TOLD = ("errorDescription", "message", "error", "detail", "errors", "msg")
"""Where words for people stand: the service's own, and those of the server it runs in (Spring)."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What became of an order; all empty: the answer says nothing of it."""

    uuid: str = ""
    """The job's number."""
    disabled: str = ""
    """Why no orders are taken now."""
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a job is; the service tells the end of a job once, and then forgets it."""

    status: str = ""
    """INITIAL, PROCESSING, DONE or FAIL, as far as is known."""
    is_censored: bool = False
    """True: the picture is a neutral placeholder, not what was ordered."""
    picture: bytes = field(default=b"", repr=False)
    has_file: bool = False
    """True when something came where the picture belongs, whatever it is."""
    words: str = ""

    @property
    def is_over(self) -> bool:
        """True when asking again is of no use."""
        # An unknown word with a file beside it: the file would not come a second time.
        working = self.status in ("INITIAL", "PROCESSING")
        return self.status in ("DONE", "FAIL") or (self.has_file and not working)


def parse_begun(body: bytes) -> Begun | None:
    """Return what the answer of status 2xx to an order says, or None where it is no such answer."""
    value = parse_json(body)
    if not isinstance(value, dict):
        return None
    uuid = value.get("uuid")
    number = uuid if isinstance(uuid, str) else ""
    return Begun(uuid=number, disabled=parse_disabled(value), words=find_words(value))


def parse_disabled(value: Any) -> str:
    """Return why a model takes no orders now, as far as an answer says so, else nothing."""
    stated = [value.get(name) for name in _STATUS_FIELDS] if isinstance(value, dict) else []
    return next((status for status in stated if status in _DISABLED), "")


def parse_progress(body: bytes) -> Progress | None:
    """Return what the answer of status 2xx about a job says, or None where it is no such answer."""
    value = parse_json(body)
    if not isinstance(value, dict) or not isinstance(value.get("status"), str):
        return None
    # The current form has the result inside; older servers, and those of the time between, outside.
    inner = value.get("result")
    result = {**value, **inner} if isinstance(inner, dict) else value
    files = next((f for key in ("files", "images") if isinstance(f := result.get(key), list)), [])
    return Progress(
        status=value["status"].upper(),
        is_censored=_is_true(result.get("censored")),
        picture=decode_picture(files[0]) if files else b"",
        has_file=bool(files),
        words=find_words(value),
    )


def decode_picture(value: Any) -> bytes:
    """Return the bytes that a text is in base64, none where it is not.

    A head such as `data:image/png;base64,`, line breaks and missing padding are harmless.
    """
    if not isinstance(value, str):
        return b""
    text = "".join(value.split())
    text = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return b""


def find_words(value: Any) -> str:
    """Return what an answer tells a person."""
    return "; ".join(find_texts(value, _TOLD))


def _is_true(value: Any) -> bool:
    # Anything that may mean true does: a placeholder must not pass for a picture.
    return value is not None and str(value).lower() not in ("false", "0", "")
