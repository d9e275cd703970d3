"""Files and functions stay small, and everything public says what it does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import ROOMS, Function, functions, name_of, parse, sources

MAX_FILE, MAX_FUNCTION = 300, 50
"""Lines: what still fits into a head, and onto a screen."""
PROGRAM = sources(*ROOMS)
TESTS = sources("tests")


def test_files_are_short() -> None:
    """No file of Python is longer than 300 lines."""
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in PROGRAM + TESTS}

    assert {name: length for name, length in lengths.items() if length > MAX_FILE} == {}


def _lines(node: ast.AST) -> int:
    return int(getattr(node, "end_lineno", 0)) - int(getattr(node, "lineno", 1)) + 1


def _own_lines(function: Function) -> int:
    """Return the lines of a function without those of classes and functions inside."""
    inner = [node for node in function.body if isinstance(node, ast.ClassDef | Function)]
    return _lines(function) - sum(_lines(node) for node in inner)


def test_functions_are_short() -> None:
    """No function is longer than 50 lines."""
    long = {
        f"{name_of(path, node)} {node.name}": length
        for path in PROGRAM + TESTS
        for node in functions(path)
        if (length := _own_lines(node)) > MAX_FUNCTION
    }

    assert long == {}


def _public(path: Path) -> Iterator[ast.Module | ast.ClassDef | Function]:
    """Return the module, its public classes and functions, and the public methods of those."""
    waiting: list[ast.Module | ast.ClassDef] = [parse(path)]
    while waiting:
        parent = waiting.pop()
        yield parent
        for node in parent.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                waiting.append(node)
            elif isinstance(node, Function) and not node.name.startswith("_"):
                yield node


def test_everything_public_is_documented() -> None:
    """Every module, public class and public function has a docstring."""
    silent = [
        f"{name_of(path, node)} {getattr(node, 'name', '')}"
        for path in PROGRAM
        for node in _public(path)
        if not (ast.get_docstring(node) or "").strip()
    ]

    assert silent == []


def test_every_test_says_what_it_shows() -> None:
    """Every test function has one sentence of behaviour as its docstring."""
    unclear = [
        f"{name_of(path, node)} {node.name}"
        for path in TESTS
        if path.name.startswith("test_")
        for node in functions(path)
        if node.name.startswith("test_")
        and not re.fullmatch(r"\S.*[.!?]", " ".join((ast.get_docstring(node) or "").split()))
    ]

    assert unclear == []


def test_ignores_carry_their_reason() -> None:
    """A `noqa` or `type: ignore` names its rule and says why on the line."""
    marks = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<rest>.*)$")
    reasoned = re.compile(r"(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|\[[\w, -]+\])\s+(#\s*)?\S.*")
    here = "tests/architecture/test_shape.py"
    bare = [
        f"{name_of(path)}:{number}"
        for path in PROGRAM + TESTS
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if (found := marks.search(line)) and not reasoned.fullmatch(found["rest"].strip())
    ]

    assert [place for place in bare if not place.startswith(here)] == []
