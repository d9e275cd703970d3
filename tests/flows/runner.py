"""A runner of GitHub Actions, as far as a step of ours sees it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_step(
    command: str, environment: dict[str, str], folder: Path, workspace: Path
) -> "subprocess.CompletedProcess[str]":
    """Run a step as a runner does: bash that stops at the first error.

    Args:
        command: what `run` says.
        environment: what `env` says, and what GitHub sets.
        folder: stands for the home of the runner; its summary and outputs are there.
        workspace: where the step begins.
    """
    own = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_OUTPUT": str(folder / "output"),
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
        check=False,
        cwd=workspace,
        env={**own, **environment},
        capture_output=True,
        text=True,
        timeout=240,
    )
