"""What the documents say is what the program is."""

import importlib.util
import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pytest

from promptpress import model
from promptpress.settings import Settings
from promptpress.wiring import makers
from tests.architecture.tree import ROOT, files, name_of

PAGES = tuple(path for path in files() if path.suffix == ".md")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def _rows(page: str, heading: str) -> dict[str, list[str]]:
    """Return the first table under a heading: first cell to the other cells."""
    text = (ROOT / page).read_text("utf-8").split(f"# {heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert table, f"{page} has no table under {heading}"
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table[0].splitlines()]
    return {first.strip("`"): rest for first, *rest in cells[2:]}


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("A post", model.POST_TRANSITIONS),
        ("A publication", model.PUBLICATION_TRANSITIONS),
    ],
)
def test_states_are_those_of_the_model(
    heading: str, table: Mapping[StrEnum, frozenset[StrEnum]]
) -> None:
    """docs/states.md tells of every state, in the model's order, and what may follow it."""
    rows = _rows("docs/states.md", heading)
    told = {state: {name for name in row[1].split(", ") if name} for state, row in rows.items()}

    assert list(told) == [str(state) for state in table]
    assert told == {str(state): {str(one) for one in after} for state, after in table.items()}
    assert all(row[0] for row in rows.values())


def test_the_outcome_of_publications_is_that_of_the_model() -> None:
    """docs/states.md tells what the publications of a post make of it."""
    rows = _rows("docs/states.md", "How the two go together")
    fallback = rows.pop("otherwise")[0]
    told = {
        state: row[0]
        for words, row in rows.items()
        for state in words.removeprefix("any ").removeprefix("all ").split(" or ")
    }

    for state in model.PublicationState:
        publication = model.Publication(channel="site", state=state)
        assert model.settled_state((publication,)) == told.get(str(state), fallback)


def test_every_adapter_has_a_row() -> None:
    """The adapters' page names every adapter there is, and the settings each one needs."""
    folder = ROOT / "promptpress" / "adapters"
    parts = (path.relative_to(folder).parts[0] for path in files() if path.is_relative_to(folder))
    names = {part.removesuffix(".py") for part in parts} - {"README.md"}
    rows = _rows("promptpress/adapters/README.md", "Adding an adapter")

    tables = (makers.GENERATORS, makers.STORES, makers.publishers(Settings()))
    made = {name for table in tables for name in table}
    assert made | {name for name in names if not name.startswith("_")} == set(rows)
    # What is a store and a channel has one row, which tells what it needs as either.
    for name in made:
        needs = [need for table in tables if name in table for need in table[name].needs]
        assert re.findall(r"`(\w+)`", rows[name][-1]) == needs


def test_links_lead_somewhere() -> None:
    """Every link from a page to a file of the project finds it."""
    pattern = re.compile(r"\]\(([^)\s#]+)[^)]*\)")
    links = [(page, link) for page in PAGES for link in pattern.findall(page.read_text("utf-8"))]

    dead = [
        f"{name_of(page)}: {link}"
        for page, link in links
        if "://" not in link and link != "prompt:" and not (page.parent / link).exists()
    ]

    assert dead == []


def test_targets_that_pages_name_exist() -> None:
    """`make …` in a page is a target of the Makefile, with a line of help."""
    helped = set(re.findall(r"^([a-z]+):.*## \S", MAKEFILE, re.MULTILINE))
    named = {
        name
        for page in PAGES
        for name in re.findall(r"(?:`|^)make ([a-z]+)\b", page.read_text("utf-8"), re.MULTILINE)
    }

    assert set(re.findall(r"^\.PHONY: (\w+)", MAKEFILE, re.MULTILINE)) == helped
    assert set() == named - helped


def test_modules_that_pages_name_exist() -> None:
    """`python -m …` in a page or in the Makefile is a module."""
    pattern = re.compile(r"(?:python|\$\(PY\)) -m ([a-z_.]+[a-z])")
    texts = [*(page.read_text("utf-8") for page in PAGES), MAKEFILE]
    named = {name for text in texts for name in pattern.findall(text)}

    assert [name for name in sorted(named) if importlib.util.find_spec(name) is None] == []


def test_the_changelog_tells_of_this_version() -> None:
    """The newest entry of the changelog is the version of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    entries = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)

    assert project["version"] == entries[0]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_measured_tables_are_there(page: Path) -> None:
    """Where a table is put in by a benchmark, it has been; no figure is left to fill in."""
    text = page.read_text("utf-8")
    marks = re.findall(r"^<!-- (\w+) -->\n(.*?)^<!-- /\1 -->$", text, re.DOTALL | re.MULTILINE)

    assert {name for name, table in marks if table.count("\n|") < 2} == set()
    assert re.findall(r"\{[A-Z]+\}", text) == []
