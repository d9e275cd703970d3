"""What each generator makes of each bad answer, and why services differ.

A row that is missing in OTHERWISE follows USUAL.
"""

from collections.abc import Mapping

from promptpress.errors import (
    BadCredentials,
    BadPicture,
    InvalidPost,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)
from tests.contracts.trouble_scenes import Place, Stage
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Sign in</title></html>")
Kinds = Mapping[int, type[PromptpressError] | None]
_SETUP: Kinds = {401: BadCredentials, 402: QuotaExhausted, 403: BadCredentials}
_LATER: Kinds = {408: TransientError, 429: RateLimited, 500: TransientError, 503: TransientError}
USUAL: Mapping[Stage, Kinds] = {
    # A failure of the server may come after the picture: nobody knows whether it is paid for.
    "order": {
        **_SETUP,
        **_LATER,
        404: SetupError,
        422: InvalidPost,
        500: OutcomeUnknown,
        503: OutcomeUnknown,
    },
    # What was paid for is only given up where the service surely does not have it.
    "question": {**_SETUP, **_LATER, 404: PermanentError, 422: PermanentError},
    # An address that is over is answered with any of them, and no key of ours was sent.
    "download": {**_LATER, **dict.fromkeys((401, 402, 403, 404, 422), PermanentError)},
}
OTHERWISE: Mapping[tuple[str, Stage], Kinds] = {
    # Nothing but 2xx and 3xx is charged (huggingface.co, register as a provider).
    ("huggingface", "order"): {500: TransientError, 503: TransientError},
    ("huggingface_video", "order"): {500: TransientError, 503: TransientError},
    # The address was asked for its models just before: it is the model that is gone meanwhile.
    ("fusionbrain", "order"): {404: TransientError},
    # A job that has just been ordered may not be known yet; later it is gone: test_a_vanished_job.
    ("leonardo", "question"): {404: None, 422: SetupError},
    # A server of one's own: what it does not take is the workflow, or it is another server.
    ("comfyui", "order"): {422: SetupError},
    ("comfyui", "question"): {404: SetupError, 422: SetupError},
    # Its pictures lie on the server itself, behind the same password.
    ("comfyui", "download"): {**_SETUP, 422: SetupError},
}
OWN_WAITS: Mapping[str, float] = {"leonardo": 60.0, "stability": 60.0}
"""Seconds to wait where the service names none: their limits are counted by the minute."""
STATUSES = {
    **{str(status): (status, None) for status in (401, 402, 403, 404, 408, 422, 429, 500, 503)},
    "429 with a wait": (429, "17"),
}
LOST: Mapping[str, Fault] = {
    "no answer": Fault("after"),
    "cut short": Fault("after", cut_at=20),
    "slow drip": Fault("after", drip=0.1),
    "a gateway's page": Fault("after", Answer(502, b"<html><title>Bad Gateway</title></html>")),
    "a page in its place": Fault("after", PAGE),
}
LOST_KINDS: Mapping[tuple[str, str], type[PromptpressError] | None] = {
    # It is asked whether it has the order, under the number that we gave: it has.
    **{("comfyui", trouble): None for trouble in LOST},
    # The answer is the picture, and none will come: BadPicture says that it is paid for perhaps.
    # Elsewhere a page hides the number of a job that goes on.
    **{
        (service, "a page in its place"): BadPicture
        for service in ("huggingface", "openai", "stability", "automatic1111")
    },
    # Nothing but 2xx and 3xx is charged.
    ("huggingface", "a gateway's page"): TransientError,
    ("huggingface_video", "a gateway's page"): TransientError,
}
"""Where a lost answer to an order is no OutcomeUnknown; None: the job is found."""


def expected(place: Place, status: int) -> type[PromptpressError] | None:
    """Return the error that a status means at a place; None: the job is asked after again."""
    own = OTHERWISE.get((place.scene.service, place.stage), {})
    return {**USUAL[place.stage], **own}[status]
