"""Prefect's server says no, or what we bring to it is wrong: each is told as what it is."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import prefect
import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import ValidationError

from deployments.prefect_server import connected, place
from deployments.provision.automations import resolve
from promptpress.errors import SetupError, TransientError
from tasks.server import shown
from tasks.vault import read_blocks
from tests.fakes.server import Answer, Call, Request, StandIn
from tests.programs import free_port


class _Server(StandIn):
    """Says its version, and answers everything else with a code."""

    code = 401

    def route(self, request: Request) -> Call:
        if request.path.endswith("/version"):
            return Call("version", request.path, lambda: Answer.json(prefect.__version__))
        return Call("other", request.path, lambda: Answer.json({}, self.code))


def test_a_mistake_in_our_own_file_is_no_fault_of_the_server() -> None:
    """What is wrong with an automation is told; before, it was \"no Prefect server\"."""
    wrong = {"name": "x", "trigger": {"type": "event", "posture": "Reactve"}, "actions": []}
    with _Server() as server, temporary_settings({PREFECT_API_URL: f"{server.url}/api"}):
        with pytest.raises(ValidationError, match="posture"), connected() as client:
            resolve(client, wrong)
        with pytest.raises(FileNotFoundError), connected():
            Path("nowhere.yaml").read_text("utf-8")
        with pytest.raises(SetupError, match="refuses us"), connected() as client:
            client.read_deployments()


@pytest.mark.parametrize("code", [401, 403])
def test_a_server_that_refuses_its_blocks_is_something_to_mend(code: int) -> None:
    """To ask again later would not help: it is told what to set."""
    with _Server() as server, temporary_settings({PREFECT_API_URL: f"{server.url}/api"}):
        server.code = code
        with pytest.raises(SetupError, match=f"{code}.*PREFECT_API_AUTH_STRING"):
            read_blocks(["TELEGRAM_TOKEN"])


def test_a_server_in_trouble_is_asked_for_its_blocks_again() -> None:
    """Its own faults pass."""
    with _Server() as server, temporary_settings({PREFECT_API_URL: f"{server.url}/api"}):
        server.code = 500
        with pytest.raises(TransientError):
            read_blocks(["TELEGRAM_TOKEN"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://me:hunter2@127.0.0.1:4200/api", "http://127.0.0.1:4200/api"),
        ("http://me:hunt@er2@[::1]:4200/api", "http://[::1]:4200/api"),
        (
            "'503' for url 'http://me@host/api' (me@host)",
            "'503' for url 'http://host/api' (me@host)",
        ),
        ("http://host/api?who=me@host", "http://host/api?who=me@host"),
    ],
)
def test_a_login_in_an_address_is_not_shown(text: str, expected: str) -> None:
    """Neither in the address alone nor in a sentence."""
    assert shown(text) == expected
    with temporary_settings({PREFECT_API_URL: text}):
        assert place() == expected


def test_make_serve_shows_no_password(project: Path, tmp_path: Path) -> None:
    """The address of a server that runs elsewhere may hold one."""
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "deployments.serve"],
        cwd=project,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PREFECT_HOME": str(tmp_path / "prefect"),
            "PREFECT_API_URL": f"http://me:hunter2@127.0.0.1:{port}/api",
            "DO_NOT_TRACK": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()

    assert first == f"Prefect's page: http://127.0.0.1:{port} (stop with Ctrl-C)\n"
    assert "hunter2" not in rest
