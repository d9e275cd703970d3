"""What the tests of the shared HTTP pieces share: a plain call and a service that echoes it."""

import requests

from promptpress.adapters._http import Limits, NoReply, Reply, exchange
from tests.fakes.server import Answer, Call, Request, StandIn

PLENTY = Limits(connect=60.0, read=60.0, total=120.0)
BRIEF = Limits(connect=2.0, read=1.0, total=0.4)
SECRET = "CANARY-in-the-address"
LARGE = b"x" * 20_000_000
"""More than the buffers of two sockets hold."""


class Echo(StandIn):
    """Answers every request with its headers and remembers it."""

    service = "echo"

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []

    def route(self, request: Request) -> Call:
        self.requests.append(request)
        answer = Answer.json({"path": request.path, "size": len(request.body)})
        return Call("echo", "", lambda: answer)


def post(address: str, content: bytes = b"hello", limits: Limits = PLENTY) -> Reply | NoReply:
    """Post the content to the address, with the secret in it."""
    return exchange(requests.Request("POST", f"{address}/{SECRET}", data=content), limits)


def kind_of(outcome: Reply | NoReply) -> str:
    """Return why there was no reply."""
    assert isinstance(outcome, NoReply), outcome
    return outcome.kind
