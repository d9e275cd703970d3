"""How the Bot API words its errors."""

from typing import Any

from tests.fakes.server import Answer


class Refused(Exception):
    """An error answer on its way out."""

    def __init__(self, status: int, words: str, **parameters: int) -> None:
        super().__init__(words)
        self.status, self.words, self.parameters = status, words, parameters

    def answer(self) -> Answer:
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.status,
            "description": self.words,
        }
        if self.parameters:
            body["parameters"] = self.parameters
        answer = Answer.json(body, self.status)
        if "retry_after" in self.parameters:
            answer.headers["Retry-After"] = str(self.parameters["retry_after"])
        return answer


def bad(words: str, **parameters: int) -> Refused:
    """Return the error for a request that cannot be done."""
    return Refused(400, f"Bad Request: {words}", **parameters)


def refusal(status: int, words: str, **parameters: int) -> Answer:
    """Return an error as the Bot API words it, for a fault; 429 carries its header as well."""
    return Refused(status, words, **parameters).answer()


def flood(seconds: int) -> Answer:
    """Return the answer of flood control."""
    return refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
