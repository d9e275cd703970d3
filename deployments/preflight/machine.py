"""Python, packages and disk of this machine."""

import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

from deployments.preflight.line import Line, bad, good, warning

REQUIREMENTS = Path("requirements.txt")
OLDEST = (3, 11)
LITTLE, TOO_LITTLE = 2_000_000_000, 200_000_000
"""Bytes free: below the first a person should look, below the second any picture may fail."""


def look_at_machine(data_dir: Path) -> Iterator[Line]:
    """Look at Python, its packages, and the disk that takes the pictures."""
    python = platform.python_version()
    if sys.version_info < OLDEST:
        yield bad("Python", f"{python} is too old: install 3.11 or newer")
    else:
        yield good("Python", python)
    yield from look_at_packages()
    yield look_at_disk(data_dir)


def look_at_packages(file: Path = REQUIREMENTS) -> Iterator[Line]:
    """Compare what is installed with the ranges of requirements.txt.

    Prefect's server does not start with every FastAPI, nor its scheduler with every SQLAlchemy.
    """
    if not file.exists():
        yield warning("packages", f"there is no {file} here: run this in the project's folder")
        return
    lines = (line.partition("#")[0].strip() for line in file.read_text("utf-8").splitlines())
    wanted = [Requirement(line) for line in lines if line and not line.startswith("-")]
    problems = [problem for one in wanted if (problem := _find_problem(one))]
    for problem in problems:
        yield bad("packages", f"{problem}: pip install -r {file}")
    if not problems:
        prefect = importlib.metadata.version("prefect")
        yield good("packages", f"all {len(wanted)} in their ranges, Prefect {prefect}")


def _find_problem(wanted: Requirement) -> str:
    if wanted.marker is not None and not wanted.marker.evaluate():
        return ""
    try:
        found = importlib.metadata.version(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{wanted.name} is not installed"
    if wanted.specifier.contains(found, prereleases=True):
        return ""
    return f"{wanted.name} is {found}, and {wanted.specifier} is needed"


def look_at_disk(folder: Path) -> Line:
    """Look whether there is room, and the right to write, where DATA_DIR is or will be."""
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    what = f"disk under {folder}"
    if not os.access(there, os.W_OK):
        return bad(what, f"{there} cannot be written to: change its rights, or DATA_DIR")
    free = shutil.disk_usage(there).free
    said = f"{free / 1e9:,.1f} GB free"
    if free < TOO_LITTLE:
        return bad(what, f"{said}: make room")
    return warning(what, f"{said}: make room soon") if free < LITTLE else good(what, said)
