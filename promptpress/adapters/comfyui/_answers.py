"""What the server's answers say. Pure; any bytes at all may come in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from promptpress.adapters._bodies import parse_json

MAX_PICTURE = 60_000_000
"""Bytes: a picture of so many is not taken, the largest that is made has a tenth of it."""
NO_OUTPUT = (
    "the workflow saved no picture: it needs a SaveImage node, with {id} in its filename_prefix"
)


@dataclass(frozen=True, kw_only=True)
class File:
    """A picture that lies at the server."""

    filename: str
    subfolder: str

    def query(self) -> str:
        """Return what to ask for it with."""
        named = {"filename": self.filename, "subfolder": self.subfolder, "type": "output"}
        return urlencode(named, errors="replace")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What the history says of an order."""

    files: tuple[File, ...] = ()
    failure: str = ""
    """Why there will be no picture, in the server's words."""
    done: bool = True


def parse_accepted(body: bytes) -> str:
    """Return the number under which an order is queued, or an empty string."""
    number = _dict(parse_json(body)).get("prompt_id")
    return number if isinstance(number, str) else ""


def parse_choices(value: dict[str, Any], kind: str, name: str) -> tuple[str, ...]:
    """Return what an input of a kind of node may be.

    Args:
        value: what the server says of that kind.
        kind: of the node.
        name: of the input.
    """
    inputs = _dict(_dict(value.get(kind)).get("input"))
    for group in ("required", "optional"):
        told = _dict(inputs.get(group)).get(name)
        if not isinstance(told, list) or not told:
            continue
        # ["COMBO", {"options": [...]}] of newer servers, [[...], {...}] of older ones.
        options = told[0]
        if isinstance(options, str) and len(told) > 1:
            options = _dict(told[1]).get("options")
        if isinstance(options, list):
            return tuple(option for option in options if isinstance(option, str))
    return ()


def parse_ahead(value: dict[str, Any], number: str) -> int | None:
    """Return how many orders are before one in the queue, or None where it is not in it.

    What waits is a heap: its order is that of the ranks, not that of the list.
    """
    running = {theirs for theirs, _ in _read_queue(value.get("queue_running"))}
    if number in running:
        return 0
    ranks = dict(_read_queue(value.get("queue_pending")))
    if number not in ranks:
        return None
    return len(running) + sum(rank < ranks[number] for rank in ranks.values())


def parse_progress(value: dict[str, Any], number: str) -> Progress | None:
    """Return what the history says of an order, or None where it does not have it."""
    entry = value.get(number)
    if not isinstance(entry, dict):
        return None
    status = _dict(entry.get("status"))
    failure = _find_failure(status)
    files = tuple(_find_files(entry.get("outputs")))
    if failure or files:
        return Progress(failure=failure, files=files)
    # Older servers tell no status; a newer one may know more words than these.
    done = not status or status.get("completed") is True or status.get("status_str") == "success"
    return Progress(failure=NO_OUTPUT if done else "", done=done)


def _read_queue(items: Any) -> Iterator[tuple[str, float]]:
    """Yield number and rank of each order in a part of the queue."""
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, list) or len(item) < 2:
            continue
        rank, number = item[:2]
        if isinstance(rank, int | float) and isinstance(number, str):
            yield number, rank


def _find_failure(status: dict[str, Any]) -> str:
    messages = status.get("messages")
    told = [one for one in messages if _is_message(one)] if isinstance(messages, list) else []
    for event, detail in told:
        if event == "execution_error":
            node = f"node {detail.get('node_id')} ({detail.get('node_type')})"
            return f"{node}: {detail.get('exception_message') or detail.get('exception_type')}"
    # An order that somebody stops may be called a success all the same.
    if "execution_interrupted" in [event for event, _ in told]:
        return "somebody interrupted it"
    return "the server gives no reason" if status.get("status_str") == "error" else ""


def _is_message(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict)


def _find_files(outputs: Any) -> Iterator[File]:
    """Yield the pictures that were saved; what a node only shows is of another type."""
    for output in _dict(outputs).values():
        images = _dict(output).get("images")
        for image in map(_dict, images if isinstance(images, list) else ()):
            name, folder = image.get("filename"), image.get("subfolder") or ""
            if image.get("type") == "output" and isinstance(name, str) and isinstance(folder, str):
                yield File(filename=name, subfolder=folder)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
