"""What the tests of links share: a web of files, and looks at it."""

import datetime as dt
import hashlib
import pickle
import traceback
from dataclasses import replace
from typing import Any

import pytest

from promptpress.adapters._http import Limits
from promptpress.adapters.links import LinkCheck
from promptpress.errors import PromptpressError
from tests.fakes.server import Answer, Call, Request, StandIn

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
PATIENT = Limits(connect=60.0, read=60.0, total=120.0, max_answer=5_000)
BRIEF = replace(PATIENT, connect=2.0, read=0.2, total=0.25)
SIGNATURE = "CANARYofTheSignature0123456789"
SIGNED = f"X-Amz-Credential=AKIA%2F20261120&X-Amz-Signature={SIGNATURE}"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
MP4 = b"\0\0\0\x20ftypisom" + bytes(range(200))
PAGE = b"<!DOCTYPE html><title>Sign in</title>"
HTML = {"Content-Type": "text/html; charset=utf-8"}


def file(content: bytes = PNG, mime: str = "image/png", status: int = 200) -> Answer:
    """Return an answer with a file."""
    return Answer(status, content, {"Content-Type": mime})


class Web(StandIn):
    """Answers each path with what lies there, and remembers who asked."""

    service = "web"

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, Answer] = {"/a.png": file()}
        self.requests: list[Request] = []

    def route(self, request: Request) -> Call:
        self.requests.append(request)
        answer = self.files.get(request.path, Answer(404, PAGE, HTML))
        return Call("get", request.path, lambda: answer)


def look_up(host: str) -> list[str]:
    """Return what the tests' names stand for; nobody outside is asked."""
    return {
        "inside.example.org": ["10.0.0.7"],
        "both.example.org": ["10.0.0.7", "93.184.215.14"],
        "six.example.org": ["fd00::1"],
    }.get(host, ["93.184.215.14"])


def check_of(**changes: Any) -> LinkCheck:
    """Return a look at links that may lie on this machine."""
    usual: dict[str, Any] = {"allow_private": True, "limits": PATIENT, "clock": lambda: NOW}
    return LinkCheck(**{**usual, "look_up": look_up, **changes})


def sha(content: bytes = PNG) -> str:
    return hashlib.sha256(content).hexdigest()


def failure_of(link: str, sha256: str = "", **changes: Any) -> PromptpressError:
    """Return the error that a look ends in."""
    with pytest.raises(PromptpressError) as caught:
        check_of(**changes).require_public(link, sha256)
    error = caught.value
    shown = "".join(traceback.format_exception(error)) + repr(error)
    assert SIGNATURE not in shown
    assert error.service == "links"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    return error
