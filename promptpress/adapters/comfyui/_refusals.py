"""The error map: what an answer that is no picture, or no answer, means for the post."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from promptpress.adapters._bodies import parse_json, read_page
from promptpress.adapters._http import NoReply, Reply, excerpt, read_retry_after
from promptpress.adapters.comfyui._answers import MAX_PICTURE
from promptpress.errors import (
    BadCredentials,
    BadPicture,
    ContentRefused,
    InvalidPost,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)

NAME = "comfyui"
_Kind = type[PromptpressError]
_LATER: tuple[_Kind, str] = (TransientError, "it is asked again later")
_NOT_HERE: tuple[_Kind, str] = (SetupError, "set COMFYUI_URL to the address of the server")
_ADVICE: Mapping[int, tuple[_Kind, str]] = {
    400: (SetupError, "correct the file in COMFYUI_WORKFLOW"),
    401: (
        BadCredentials,
        "put name and password of what stands before the server into COMFYUI_URL: "
        "http://name:password@host:8188",
    ),
    402: (QuotaExhausted, "pay whoever rents you the server, or name another in GENERATORS"),
    403: (BadCredentials, "make the server, or what stands before it, let COMFYUI_URL in"),
    404: _NOT_HERE,
    405: _NOT_HERE,
    407: (SetupError, "correct the proxy in HTTP_PROXY, or put the server into NO_PROXY"),
    408: _LATER,
    410: _NOT_HERE,
    413: (InvalidPost, "correct the post, then retry it"),
    422: (SetupError, "correct the file in COMFYUI_WORKFLOW"),
    425: _LATER,
    429: (RateLimited, "it is asked again when it allows"),
}
_RANGE = ("value_smaller_than_min", "value_bigger_than_max")
"""Types of error about a number: the sizes and the seed are the post's."""
_REFUSED = ("nsfw", "moderation", "moderated", "content policy", "safety system")
"""Signs, in small letters, that a node which asks a service was refused there."""
_TOLD = ("error", "message", "details", "detail", "errors", "node_errors")


def wrong_workflow(trouble: str) -> SetupError:
    """Return the error for a workflow that cannot be used."""
    return SetupError(f"the workflow {trouble}: correct the file in COMFYUI_WORKFLOW", NAME)


def no_node(kind: str) -> SetupError:
    """Return the error for a kind of node that the server lacks."""
    message = f"the server has no node {kind[:100]}: install it, or change COMFYUI_WORKFLOW"
    return SetupError(message, NAME)


def no_model(kind: str) -> SetupError:
    """Return the error for a server without any model for the workflow."""
    message = f"the server has no model for {kind[:100]}: put one into its folder of models"
    return SetupError(message, NAME)


def wrong_model(name: str, known: tuple[str, ...]) -> SetupError:
    """Return the error for a model that the server does not have."""
    others = ", ".join(known[:8])[:300]
    message = f"the server has no model {name[:100]!r}: name one that it has ({others}), or none"
    return SetupError(message, NAME)


def no_place(name: str) -> InvalidPost:
    """Return the error for a post with a model of its own and a workflow with its own."""
    message = (
        f"the workflow names its own model, so {name[:100]!r} has no place: take the model from "
        "the post, or write {model} into the file in COMFYUI_WORKFLOW"
    )
    return InvalidPost(message, NAME)


def unreachable(none: NoReply) -> PromptpressError:
    """Return the error for a call that got no answer, where repeating it is harmless."""
    if none.kind == "impossible":
        return SetupError(f"{none.reason}: correct COMFYUI_URL", NAME)
    return TransientError(f"no answer ({none.reason}): is it running? It is asked later", NAME)


def not_understood() -> TransientError:
    """Return the error for an answer that is no JSON, or cut."""
    return TransientError("something else than an answer came: if it stays, see COMFYUI_URL", NAME)


def lost(reason: str) -> OutcomeUnknown:
    """Return the error for an order whose answer is lost, and that nobody could ask for."""
    message = (
        f"the answer was lost ({reason}) and the server does not tell what became of the order: "
        "look at its queue, then retry the post"
    )
    return OutcomeUnknown(message, NAME)


def gone(what: str) -> PermanentError:
    """Return the error for something that was ordered and is no longer to be had."""
    message = f"the server no longer has {what}: retry the post, which makes a new picture"
    return PermanentError(message, NAME)


def failed(words: str, secrets: list[str]) -> PermanentError:
    """Return the error for an order that the server gave up, in its words."""
    said = excerpt(words, secrets)
    if any(sign in words.lower() for sign in _REFUSED):
        return ContentRefused(f"{said}: change the prompt, then retry the post", NAME)
    return PermanentError(f"no picture was made ({said}): retry the post", NAME)


def too_large() -> BadPicture:
    """Return the error for a picture of more bytes than are taken."""
    message = f"a picture of {MAX_PICTURE // 1_000_000} MB or more came: order a smaller one"
    return BadPicture(message, NAME)


def explain_order(reply: Reply, secrets: list[str], now: datetime, *, own: str) -> PromptpressError:
    """Return the error that an answer of status 300 to 499 to an order means.

    Args:
        reply: the answer.
        secrets: what its words must not show.
        now: the time.
        own: the model that the post itself names.
    """
    value = parse_json(reply.body)
    wrong = list(_find_errors(value.get("node_errors"))) if isinstance(value, dict) else []
    if reply.status != 400 or not wrong:
        return explain(reply, secrets, now)
    said = excerpt("; ".join(dict.fromkeys(words for words, _, _ in wrong)), secrets)
    for _, kind, received in wrong:
        if kind in _RANGE or (own and received == own):
            return InvalidPost(f"{said}: correct the post, then retry it", NAME)
    return SetupError(f"it does not take the workflow ({said}): correct COMFYUI_WORKFLOW", NAME)


def explain(reply: Reply, secrets: list[str], now: datetime) -> PromptpressError:
    """Return the error that an answer of status 300 or more means, where asking is harmless.

    Args:
        reply: the answer.
        secrets: what its words must not show.
        now: the time.
    """
    words = excerpt(_words(reply.body), secrets)
    said = f"it answers {reply.status}" + (f" ({words})" if words else "")
    if reply.status in _ADVICE:
        kind, advice = _ADVICE[reply.status]
    elif reply.status >= 500:
        kind, advice = _LATER
    elif reply.status < 400:
        kind, advice = SetupError, "set COMFYUI_URL to where it leads"
    else:
        kind, advice = PermanentError, "correct the post, then retry it"
    asked = read_retry_after(reply.headers.get("Retry-After"), now)
    return kind(f"{said}: {advice}", NAME, asked if issubclass(kind, TransientError) else None)


def _find_errors(nodes: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield words, type and the value that was refused of each error of a node."""
    for number, node in nodes.items() if isinstance(nodes, dict) else ():
        errors = node.get("errors") if isinstance(node, dict) else None
        for error in errors if isinstance(errors, list) else ():
            if isinstance(error, dict):
                where = f"node {number} ({node.get('class_type')})"
                told = [str(error[name]) for name in ("message", "details") if error.get(name)]
                extra = error.get("extra_info")
                received = extra.get("received_value") if isinstance(extra, dict) else None
                yield ": ".join((where, *told)), str(error.get("type")), received


def _words(body: bytes) -> str:
    """Return what an error's body tells a person: of JSON its words, of a page its title."""
    value = parse_json(body)
    if isinstance(value, dict):
        inner = value.get("error")
        told = inner if isinstance(inner, dict) else value
        return "; ".join(dict.fromkeys(str(told[name]) for name in _TOLD if told.get(name)))
    if value is not None:
        return value if isinstance(value, str) else json.dumps(value)[:1_000]
    return read_page(body)
