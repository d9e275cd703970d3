"""What the tests of the house look at: the files of the project, and their syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("promptpress", "tasks", "flows", "deployments")
"""Packages of the program; tests stand beside them."""
IGNORED = (".git", ".venv", "data", "__pycache__", ".hypothesis")


def _listed_by_git() -> list[str] | None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None  # an archive without .git
    return [name for name in done.stdout.split("\0") if name]


@cache
def files() -> tuple[Path, ...]:
    """Return all files that belong to the project: what git keeps or would keep."""
    names = _listed_by_git()
    if names is None:
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        names = [
            str(path)
            for path in found
            if not any(part in IGNORED or part.endswith("_cache") for part in path.parts)
        ]
    return tuple(sorted(path for name in names if (path := ROOT / name).is_file()))


def sources(*rooms: str) -> tuple[Path, ...]:
    """Return the Python files of the rooms."""
    return tuple(
        path
        for path in files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in rooms
    )


@cache
def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"), str(path))


def name_of(path: Path, node: ast.AST | None = None) -> str:
    """Return how a finding is called, such as promptpress/model.py:12."""
    line = f":{getattr(node, 'lineno', 1)}" if node is not None else ""
    return f"{path.relative_to(ROOT)}{line}"


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    """Return all functions of a file, inner ones too."""
    return (node for node in ast.walk(parse(path)) if isinstance(node, Function))
