"""The rules of the rooms hold, and each of them would be reported if it did not."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOMS, ROOT


def _lint(folder: Path) -> dict[str, bool]:
    """Run import-linter; return for each contract whether it is kept."""
    program = "import sys; from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    # Long lines are wrapped: only those with a verdict are read.
    verdicts = re.findall(r"^(.+?) (KEPT|BROKEN)", done.stdout, re.MULTILINE)
    assert verdicts, done.stdout + done.stderr
    return {name: word == "KEPT" for name, word in verdicts}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the program, to break things in."""
    for room in ROOMS:
        hidden = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / room, tmp_path / room, ignore=hidden)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_rules_hold() -> None:
    """Every contract of pyproject.toml is kept."""
    assert [name for name, kept in _lint(ROOT).items() if not kept] == []


BREAKS = {
    "deployments > flows > tasks > promptpress": ("tasks/policy.py", "import flows.recover"),
    "rooms inside promptpress": ("promptpress/model.py", "import promptpress.ports"),
    "adapters do not know each other": (
        "promptpress/adapters/local.py",
        "import promptpress.adapters.telegram",
    ),
    "adapters and imaging are told, they do not read settings": (
        "promptpress/adapters/local.py",
        "import promptpress.settings",
    ),
    "only wiring picks adapters": ("tasks/load.py", "import promptpress.adapters.local"),
    "promptpress does not know Prefect": ("promptpress/cli/app.py", "import prefect"),
    "only adapters talk to the world": ("tasks/load.py", "import requests"),
    "tasks are independent of each other": ("tasks/load.py", "import tasks.transform"),
    "flows are independent of each other": ("flows/recover.py", "import flows.daily_post"),
    "flows see only tasks and model": ("flows/recover.py", "import promptpress.wiring"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_rule_is_reported(name: str, copy: Path) -> None:
    """An import that a rule forbids breaks that rule."""
    file, line = BREAKS[name]
    with (copy / file).open("a", encoding="utf-8") as text:
        text.write(f"\n{line}\n")

    assert _lint(copy)[name] is False


def test_every_rule_is_tried() -> None:
    """No contract is left out of the breaking."""
    assert set(_lint(ROOT)) == set(BREAKS)


def test_a_new_file_needs_a_floor(copy: Path) -> None:
    """A module such as helpers.py is refused until somebody says which floor it lives on."""
    (copy / "promptpress" / "helpers.py").write_text('"""Of all kinds."""\n', "utf-8")

    program = "from importlinter.cli import lint_imports_command as run; run()"
    command = [sys.executable, "-c", program, "--no-cache"]
    done = subprocess.run(command, check=False, cwd=copy, capture_output=True, text=True)

    assert done.returncode != 0
    assert "helpers" in done.stdout
