"""How the API refuses: its error bodies."""

from tests.fakes.server import Answer


class Refused(Exception):
    """An error answer on its way out."""

    def __init__(self, status: int, word: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status, self.word, self.message, self.more = status, word, message, more

    def answer(self) -> Answer:
        """Return the answer."""
        error = {"code": self.status, "message": self.message, "status": self.word, **self.more}
        return Answer.json({"error": error}, self.status)


class Invalid(Refused):
    """A request that makes no sense: 400."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "INVALID_ARGUMENT", message)


def unauthenticated() -> Refused:
    """Return the refusal of a token."""
    return Refused(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
        "cookie or other valid authentication credential.",
    )


def forbidden() -> Refused:
    """Return the refusal of somebody with whom the spreadsheet is not, or not so far, shared."""
    return Refused(403, "PERMISSION_DENIED", "The caller does not have permission")


def unknown() -> Refused:
    """Return the refusal of an id that nothing has."""
    return Refused(404, "NOT_FOUND", "Requested entity was not found.")


def over_quota(kind: str, limit: int, project: str = "424242424242") -> Refused:
    """Return the refusal of a call too many; `kind` is read or write."""
    words = kind.capitalize()
    message = (
        f"Quota exceeded for quota metric '{words} requests' and limit '{words} requests per "
        "minute per user' of service 'sheets.googleapis.com' for consumer "
        f"'project_number:{project}'."
    )
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {
            "service": "sheets.googleapis.com",
            "quota_limit": f"{words}RequestsPerMinutePerUser",
            "quota_limit_value": str(limit),
            "quota_metric": f"sheets.googleapis.com/{kind}_requests",
            "quota_location": "global",
            "consumer": f"projects/{project}",
        },
    }
    link = {
        "description": "Request a higher quota limit.",
        "url": "https://cloud.google.com/docs/quotas/help/request_increase",
    }
    more = {"@type": "type.googleapis.com/google.rpc.Help", "links": [link]}
    return Refused(429, "RESOURCE_EXHAUSTED", message, details=[info, more])
