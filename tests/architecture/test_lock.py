"""The requirements say why, and the lock fits them."""

import re

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.architecture.tree import ROOT

FILES = ("requirements.txt", "requirements-dev.txt")
LINE = re.compile(r"(?P<requirement>[^#]+?)\s*(?P<reason>#\s*\S.*)?")


def _lines(name: str) -> list[str]:
    lines = (line.strip() for line in (ROOT / name).read_text("utf-8").splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def _split(line: str) -> tuple[Requirement, str]:
    found = LINE.fullmatch(line)
    assert found, line
    return Requirement(found["requirement"]), found["reason"] or ""


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _locked() -> dict[str, list[Requirement]]:
    locked: dict[str, list[Requirement]] = {}
    for line in _lines("constraints.txt"):
        requirement = Requirement(line)
        locked.setdefault(_plain(requirement.name), []).append(requirement)
    return locked


def _version(locked: Requirement) -> Version:
    (pin,) = locked.specifier
    assert pin.operator == "==", f"{locked} is not exact"
    return Version(pin.version)


ALL = [_split(line) for name in FILES for line in _lines(name)]


@pytest.mark.parametrize(("requirement", "reason"), ALL, ids=str)
def test_each_requirement_has_a_range_and_a_reason(requirement: Requirement, reason: str) -> None:
    """A line says which versions will do, up to the next that may break us, and what it is for."""
    upper = {"<", "==", "<="} & {one.operator for one in requirement.specifier}

    assert upper, f"{requirement} has no upper end"
    assert reason, f"{requirement} has no reason"


@pytest.mark.parametrize("requirement", [one for one, _ in ALL], ids=lambda one: one.name)
def test_the_lock_fits_the_ranges(requirement: Requirement) -> None:
    """Each requirement is locked to versions within its range."""
    locked = _locked()[_plain(requirement.name)]

    assert all(requirement.specifier.contains(_version(one)) for one in locked)


def test_the_whole_lock_is_exact() -> None:
    """Every line of the lock names one version."""
    assert all(_version(one) for versions in _locked().values() for one in versions)


def test_fastapi_is_one_that_prefect_starts_with() -> None:
    """With FastAPI 0.155 or newer Prefect's server does not come up, and no flow starts."""
    assert all(_version(one) < Version("0.155") for one in _locked()["fastapi"])


@pytest.mark.parametrize("name", FILES)
def test_installing_uses_the_lock(name: str) -> None:
    """`pip install -r` alone takes the locked versions."""
    assert "-c constraints.txt" in (ROOT / name).read_text("utf-8").splitlines()
