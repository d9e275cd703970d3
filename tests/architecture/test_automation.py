"""make, .ci/run and the workflow: what runs without anybody looking."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from tests.architecture.tree import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"


def _jobs() -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"])


def _make(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "--no-print-directory", "-f", str(ROOT / "Makefile"), *arguments],
        check=False,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_actions_are_pinned() -> None:
    """Each action is named by a commit nobody can move, with its version beside it."""
    used = re.findall(r"uses: (.+)", WORKFLOW.read_text("utf-8"))

    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}  # v[\d.]+", one) for one in used)


def test_the_workflow_may_do_little_and_not_for_long() -> None:
    """Nothing is permitted but reading, and each job ends by itself."""
    assert "permissions: {}\n" in WORKFLOW.read_text("utf-8")
    for job in _jobs().values():
        assert job["permissions"] in ({}, {"contents": "read"})
        assert job["timeout-minutes"] <= 45


def test_the_workflow_runs_what_anybody_can() -> None:
    """The one command is .ci/run, and `required` waits for all the others."""
    jobs = _jobs()

    assert ".ci/run" in [step.get("run") for step in jobs["test"]["steps"]]
    assert {jobs["required"]["needs"]} == set(jobs) - {"required"}


def test_ci_checks_and_tests() -> None:
    """.ci/run is a program that bash understands, and ends in the check and the tests."""
    program = ROOT / ".ci" / "run"
    lines = program.read_text("utf-8").splitlines()

    assert os.access(program, os.X_OK)
    assert subprocess.run(["bash", "-n", program], check=False).returncode == 0
    assert lines[-2:] == ["make check", "make test"]
    assert "set -euo pipefail" in lines


def test_ci_has_the_programs_that_save_a_database() -> None:
    """pg_dump refuses a server that is newer than itself, and Ubuntu 24.04 has that of 16."""
    test = _jobs()["test"]
    program = (ROOT / ".ci" / "run").read_text("utf-8")

    assert (test["runs-on"], test["services"]["postgres"]["image"]) == (
        "ubuntu-24.04",
        "postgres:16",
    )
    assert "have pg_dump || install postgresql-client\n" in program
    assert "have mariadb-dump mysqldump || install mariadb-client\n" in program


def test_make_alone_explains_itself(tmp_path: Path) -> None:
    """Without a target make prints every target and what it is for, and does nothing."""
    done = _make(ROOT)

    assert done.returncode == 0
    assert re.search(r"^  make demo +publish an article and six real", done.stdout, re.MULTILINE)


def test_an_old_python_is_told_in_words(tmp_path: Path) -> None:
    """Where no Python is new enough, make says which it needs and leaves nothing behind."""
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\necho 'Python 3.9.2'\nexit 1\n")
    old.chmod(0o755)

    done = _make(tmp_path, "setup", f"PYTHON={old}")

    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_demo_goes_nowhere_else(tmp_path: Path) -> None:
    """Whatever is set outside, the demo keeps to its own queue, site and Prefect."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    spy = tmp_path / ".venv" / "bin" / "python"
    spy.write_text('#!/bin/sh\nenv > "spy.$3"\n')
    spy.chmod(0o755)
    for name in ("requirements.txt", "constraints.txt", ".venv/.run"):
        (tmp_path / name).touch()
    outside = {
        "QUEUE_URL": "postgresql+psycopg://prod/posts",
        "AUDIT_URL": "postgresql+psycopg://prod/audit",
        "GENERATORS": "huggingface",
        "STORES": "elsewhere",
        "CHANNELS": "telegram",
        "PREFECT_API_URL": "https://prefect.example/api",
        "PREFECT_PROFILE": "production",
        "PREFECT_HOME": "/nowhere",
    }

    assert _make(tmp_path, "demo", **outside).returncode == 0

    seen = (tmp_path / "spy.--limit").read_text("utf-8")
    assert [name for name, value in outside.items() if f"{name}={value}\n" in seen] == []
    assert "DATA_DIR=data/demo\n" in seen
    # Prefect takes an empty address for one: its events would go nowhere.
    assert "PREFECT_API_URL=" not in seen


@pytest.mark.parametrize(
    ("there", "shown"),
    [(["site"], "site"), (["demo/site"], "demo/site"), (["site", "demo/site"], "site")],
)
def test_make_shows_your_own_site_or_the_demo_s(
    there: list[str], shown: str, tmp_path: Path
) -> None:
    """Your own, where there is one; at the port that is asked for."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    spy = tmp_path / ".venv" / "bin" / "python"
    spy.write_text('#!/bin/sh\necho "$@"\n')
    spy.chmod(0o755)
    for name in ("requirements.txt", "constraints.txt", ".venv/.run"):
        (tmp_path / name).touch()
    for folder in there:
        (tmp_path / "my data" / folder).mkdir(parents=True)

    told = _make(tmp_path, "site", "PORT=8123", "DATA_DIR=my data").stdout

    assert told == f"-m deployments.preview my data/{shown} 8123\n"


def test_prefect_knows_every_setting_of_its_file() -> None:
    """Prefect ignores names it does not know; ours are all in effect."""
    told = subprocess.run(
        [sys.executable, "-m", "prefect", "config", "view", "--show-sources"],
        check=True,
        cwd=ROOT,
        # prefect.toml is weaker than the variables that stand for it in the tests.
        env={name: text for name, text in os.environ.items() if not name.startswith("PREFECT_")},
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    file = tomllib.loads((ROOT / "prefect.toml").read_text("utf-8"))

    assert _leaves(file) == told.count("(from prefect.toml)")


def _leaves(values: dict[str, Any]) -> int:
    return sum(_leaves(one) if isinstance(one, dict) else 1 for one in values.values())
