"""Errors as Meta words them: a code, mostly a subcode, and nearly always status 400."""

import json
from typing import Any

from tests.fakes.server import Answer

WORDS = {
    (1, 0): "An unknown error has occurred.",
    (2, 0): "An unexpected error has occurred. Please retry your request later.",
    (4, 0): "Application request limit reached",
    (4, 2207051): "Application request limit reached",
    (9, 2207042): "Application request limit reached",
    (10, 0): "Application does not have permission for this action",
    (24, 2207006): "The requested resource does not exist",
    (24, 2207008): "The requested resource does not exist",
    (25, 2207050): "User account is restricted",
    (-1, 2207001): "An unknown error has occurred.",
    (-1, 2207032): "Media creation failed",
    (-1, 2207053): "Unknown upload error",
    (-2, 2207003): "Timeout",
    (-2, 2207020): "The media is expired",
    (100, 0): "Invalid parameter",
    (100, 33): "Unsupported get request. Object does not exist, cannot be loaded due to missing "
    "permissions, or does not support this operation",
    (100, 2207023): "The media type is unknown",
    (100, 2207028): "Carousels need between 2 and 10 items",
    (100, 2207040): "Cannot use more than 20 @ tags",
    (104, 0): "An access token is required to request this resource.",
    (190, 0): "Invalid OAuth access token - Cannot parse access token",
    (190, 460): "Error validating access token: The session has been invalidated because the user "
    "changed their password or Facebook has changed the session for security reasons.",
    (190, 463): "Error validating access token: Session has expired",
    (190, 467): "Error validating access token: The session is invalid",
    (200, 0): "Permissions error",
    (352, 2207026): "The video format is not supported",
    (9004, 2207052): "Only photo or video can be accepted as media type.",
    (9007, 2207027): "Media ID is not available",
    (36000, 2207004): "The image size is too large",
    (36001, 2207005): "The image format is not supported",
    (36003, 2207009): "The aspect ratio is not supported.",
    (36004, 2207010): "The caption is too long",
    (80002, 0): "There have been too many calls to this Instagram account. "
    "Wait a bit and try again.",
}


class Refused(Exception):
    """An error answer on its way out."""

    def __init__(
        self,
        code: int,
        subcode: int = 0,
        words: str = "",
        *,
        status: int = 400,
        transient: bool = False,
    ) -> None:
        super().__init__(code, subcode, words)
        self.code, self.subcode, self.status = code, subcode, status
        self.words = words or WORDS.get((code, subcode), "An error has occurred.")
        self.transient = transient

    def answer(self) -> Answer:
        error: dict[str, Any] = {
            "message": self.words,
            "type": "OAuthException",
            "code": self.code,
            "is_transient": self.transient,
            "fbtrace_id": "AstandInTraceOfNothing",
        }
        if self.subcode:
            error |= {
                "error_subcode": self.subcode,
                "error_user_title": self.words,
                "error_user_msg": f"{self.words} (as a person is told)",
            }
        return Answer.json({"error": error}, self.status)


def refusal(
    code: int, subcode: int = 0, words: str = "", *, status: int = 400, transient: bool = False
) -> Answer:
    """Return an error as Meta words it, for a fault."""
    return Refused(code, subcode, words, status=status, transient=transient).answer()


def throttled(account: str, minutes: int, code: int = 80002) -> Answer:
    """Return the answer to calls that come too often, with the header that says for how long."""
    answer = refusal(code)
    usage = {
        "type": "instagram",
        "call_count": 100,
        "total_cputime": 20,
        "total_time": 20,
        "estimated_time_to_regain_access": minutes,
    }
    answer.headers["X-Business-Use-Case-Usage"] = json.dumps({account: [usage]})
    return answer
