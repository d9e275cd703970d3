"""Names, borders and the environment: what could go wrong on somebody else's machine."""

import ast
import importlib.metadata
import re
import sys
import tomllib

import pytest

from tests.architecture.tree import ROOMS, ROOT, files, name_of, parse, sources

READERS = ("environ", "environb", "getenv", "getenvb", "putenv", "unsetenv")
"""Names of os that read or write the environment."""


@pytest.mark.parametrize("room", ["flows", "deployments"])
def test_no_file_takes_the_name_of_a_library(room: str) -> None:
    """A file entrypoint puts its folder on the path: flows/queue.py would hide Python's own."""
    taken = {
        *sys.stdlib_module_names,
        *importlib.metadata.packages_distributions(),
        *ROOMS,
        "tests",
    }

    stems = {path.stem for path in sources(room)} - {"__init__"}

    assert set() == stems & taken


def test_nothing_is_installed() -> None:
    """There is no build system: names like flows and tasks must not reach site-packages."""
    assert "build-system" not in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert not {"setup.py", "setup.cfg"} & {path.name for path in files()}


def test_every_package_is_one() -> None:
    """Every folder with Python files has an `__init__.py`."""
    folders = {path.parent for path in sources(*ROOMS, "tests")}

    assert [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_top_holds_no_other_packages() -> None:
    """There is no junk drawer: no src, scripts, utils, helpers or common."""
    tops = {path.relative_to(ROOT).parts[0] for path in files() if path.suffix == ".py"}

    assert {*ROOMS, "tests"} == tops


def _asks(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(name.name in READERS for name in node.names)
    return isinstance(node, ast.Attribute) and node.attr in READERS


def _passed_on(tree: ast.Module) -> set[ast.expr]:
    """Return what is unpacked into a dict, as in `{**os.environ, "PREFECT_API_URL": url}`."""
    dicts = (node for node in ast.walk(tree) if isinstance(node, ast.Dict))
    return {
        value
        for node in dicts
        for key, value in zip(node.keys, node.values, strict=True)
        if key is None
    }


def test_only_settings_read_the_environment() -> None:
    """No other file asks os for variables; what deployments start may inherit them whole."""
    readers = []
    for path in sources(*ROOMS):
        tree = parse(path)
        passed_on = _passed_on(tree) if path.is_relative_to(ROOT / "deployments") else set()
        asking = (node for node in ast.walk(tree) if _asks(node) and node not in passed_on)
        readers += [name_of(path, node) for node in asking]

    assert [place for place in readers if not place.startswith("promptpress/settings/")] == []


# Written in two parts, so that this file does not find itself.
MACHINE = re.compile(
    "|".join(
        ("/wo" + "rk/", r"\.\./sha" + "red", "/ro" + "ot/", "/ho" + r"me/\w", "/Us" + r"ers/\w")
    )
)


def test_no_file_names_a_machine() -> None:
    """No file of the project holds a path that is true on one machine only."""
    found = []
    for path in files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        lines = enumerate(text.splitlines(), 1)
        found += [f"{name_of(path)}:{number}" for number, line in lines if MACHINE.search(line)]

    assert found == []
