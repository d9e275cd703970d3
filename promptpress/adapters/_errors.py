"""Errors that services over HTTP have in common."""

from promptpress.adapters._http import NoReply
from promptpress.errors import PromptpressError, SetupError, TransientError

BROKEN = NoReply(reason="the answer is cut short or a page in its place", kind="lost")
"""What came is no answer; where it was free of charge, it is asked for again."""


def unreachable(none: NoReply, service: str, setting: str) -> PromptpressError:
    """Return the error for a call that got no answer, where asking again does no harm.

    Args:
        none: what is known.
        service: who was asked.
        setting: the setting that decides where it went.
    """
    if none.kind == "impossible":
        message = f"{none.reason}: correct {setting}, HTTPS_PROXY or SSL_CERT_FILE"
        return SetupError(message, service)
    return TransientError(f"no answer ({none.reason}): it is asked again later", service)
