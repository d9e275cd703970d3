"""The example of promptpress/adapters/README.md: pasted into the project, it makes pictures."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.fakes.huggingface import draw
from tests.fakes.server import Answer, Call, Fault, Journal, Request, StandIn
from tests.programs import provide_database

pytestmark = pytest.mark.flow

ROOT = Path(__file__).parents[2]
README = ROOT / "promptpress" / "adapters" / "README.md"
KEY = "sk_stand-in"  # opens nothing
ROOMS = ("promptpress", "tasks", "flows")


class Pollinations(StandIn):
    """One account; calls are journalled as "models" and "generate"."""

    service = "pollinations"

    def route(self, request: Request) -> Call:
        """Say what a request means."""
        path = urlsplit(request.path).path
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Call("refused", "", lambda: Answer(401, b"no such key"))
        if path == "/image/models":
            return Call("models", "", lambda: Answer.json(["flux"]))
        prompt = unquote(path.removeprefix("/image/"))
        return Call("generate", prompt, lambda: Answer(200, draw(prompt, 1, 64)))


@pytest.fixture
def service() -> Iterator[Pollinations]:
    """The service that the example speaks to."""
    with Pollinations(Journal()) as running:
        yield running


def blocks() -> list[str]:
    """Return the pieces of code in the order of the page."""
    return re.findall(
        r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the example pasted in as its page says."""
    folder = tmp_path_factory.mktemp("pasted")
    for room in ROOMS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / room, folder / room, ignore=ignored)
    for name in ("pyproject.toml", "prefect.toml"):
        shutil.copy(ROOT / name, folder)
    adapter, maker, line, settings = blocks()
    (folder / "promptpress/adapters/pollinations.py").write_text(adapter, "utf-8")
    wiring = folder / "promptpress/wiring/generators.py"
    head, table = wiring.read_text("utf-8").split("GENERATORS: Mapping[str, Maker] = {\n")
    text = f"{head}{maker}\n\nGENERATORS: Mapping[str, Maker] = {{\n{line}{table}"
    wiring.write_text(text, "utf-8")
    with (folder / "promptpress/settings/_generators.py").open("a", encoding="utf-8") as file:
        file.write(settings)
    return folder


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def call(project: Path, service: Pollinations, tmp_path: Path) -> Run:
    """Run Python in the copy, as its user would."""
    provide_database(tmp_path / "prefect")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "DATA_DIR": str(tmp_path / "data"),
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "GENERATORS": "pollinations",
        "POLLINATIONS_API_KEY": KEY,
        "POLLINATIONS_API_URL": service.url,
        "DEFAULT_IMAGE_WIDTH": "64",
        "DEFAULT_IMAGE_HEIGHT": "64",
    }

    def run(*arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=project,
            env={**environment, **changes},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run


def test_the_pasted_example_makes_a_picture(call: Run, service: Pollinations) -> None:
    """A prompt becomes a post that is ready; the service was paid once."""
    assert call("-m", "promptpress", "add", "a fox").returncode == 0
    made = call("-m", "flows.generate_media")
    shown = call("-m", "promptpress", "list")

    assert made.returncode == 0, made.stderr
    assert "ready" in shown.stdout
    assert service.journal.accepted("generate") == ["a fox"]


PROBE = """
import json, os, sys
from datetime import UTC, datetime
from promptpress.adapters.pollinations import PollinationsGenerator
from promptpress.errors import PromptpressError
from promptpress.ports import ImageRequest

generator = PollinationsGenerator(
    os.environ["POLLINATIONS_API_KEY"], api_url=os.environ["POLLINATIONS_API_URL"],
    timeout=3, clock=lambda: datetime.now(UTC))
try:
    generator.submit(ImageRequest(prompt="a fox", width=64, height=64))
    print(json.dumps(["", "", None]))
except PromptpressError as error:
    print(json.dumps([type(error).__name__, str(error), error.retry_after]))
"""
BAD = {
    "401": (Answer(401, b"no such key"), "BadCredentials", None),
    "402": (Answer(402, b"no pollen left"), "QuotaExhausted", None),
    "404": (Answer(404, b"nothing here"), "SetupError", None),
    "422": (Answer(422, b"not allowed"), "ContentRefused", None),
    "429": (Answer(429, b"slow", {"Retry-After": "7"}), "RateLimited", 7.0),
    "500": (Answer(500, b"oh"), "OutcomeUnknown", None),
    "503": (Answer(503, b"busy"), "TransientError", None),
}


@pytest.mark.parametrize(("answer", "kind", "wait"), BAD.values(), ids=BAD.keys())
def test_the_pasted_example_tells_errors_apart(
    call: Run, service: Pollinations, answer: Answer, kind: str, wait: float | None
) -> None:
    """Each bad answer becomes the error that says what to do next, without the key."""
    service.fail("generate", Fault("before", answer))
    done = call("-c", PROBE)

    name, message, retry_after = json.loads(done.stdout)
    assert (name, retry_after) == (kind, wait)
    assert KEY not in message


def test_the_pasted_example_keeps_the_rules_of_the_rooms(project: Path) -> None:
    """Types and import rules hold for it as for all others."""
    modules = ["promptpress/adapters/pollinations.py", "promptpress/wiring/generators.py"]
    checks = [
        [sys.executable, "-m", "ruff", "check", "--no-cache", *modules],
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull, *modules],
    ]
    for command in checks:
        done = subprocess.run(
            command, cwd=project, capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
