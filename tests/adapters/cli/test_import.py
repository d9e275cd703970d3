"""import: files go in; what is bad is named, what is known is not queued twice."""

import io
import sys
from pathlib import Path

import pytest

from promptpress.model import PostState
from tests.adapters.cli.bench import Cli, Hooked, get

ROOT = Path(__file__).parents[3]


def test_import_takes_the_demo_prompts_as_they_are(services: Hooked, cli: Cli) -> None:
    """Every prompt of docs/prompts.tsv is queued, exact and in order; a second time adds none."""
    file = ROOT / "docs" / "prompts.tsv"
    wanted = [line.split("\t")[0].strip() for line in file.read_text("utf-8").splitlines()[1:]]

    first, second = cli("import", str(file)), cli("import", str(file))

    assert (first.code, first.lines) == (
        0,
        [f"{file}: 60 queued", f"{file}: ignored columns: Category"],
    )
    assert second.lines[0] == f"{file}: 0 queued, 60 known already"
    assert [post.prompt for post in services.queue.find(limit=100)] == wanted


def test_import_names_bad_rows_and_queues_the_good_ones(services: Hooked, cli: Cli) -> None:
    """Each bad row is named with its line and all that is wrong with it; exit code 1."""
    Path("ideas.csv").write_text(
        "prompt,width,channels\n"
        "a fox,512,site\n"
        ",512,\n"
        "a cat,wide,myspace\n"
        "an owl, 640 ,\n"
        "a dog,1,2,3,4\n",
        encoding="utf-8",
    )

    result = cli("import", "ideas.csv")

    assert (result.code, result.out) == (1, "ideas.csv: 2 queued, 3 bad\n")
    assert result.err.splitlines() == [
        "promptpress: ideas.csv, line 3: the prompt is blank: write one",
        "promptpress: ideas.csv, line 4: width: 'wide' is not a whole number; "
        "channel: 'myspace' is not set up; valid: site",
        "promptpress: ideas.csv, line 6: 5 cells, 3 expected: "
        "put a cell that holds the delimiter in quotes",
    ]
    assert [post.width for post in services.queue.find()] == [512, 640]


def test_import_of_another_encoding_names_its_rows(services: Hooked, cli: Cli) -> None:
    """A row in Latin-1 is bad alone; the rows in plain ASCII are queued."""
    Path("old.txt").write_bytes(b"caf\xe9\na fox\n")

    result = cli("import", "old.txt")

    assert (result.code, result.out) == (1, "old.txt: 1 queued, 1 bad\n")
    assert "old.txt, line 1: prompt: it is not in UTF-8: save the text as UTF-8" in result.err


def test_many_bad_rows_are_counted(cli: Cli) -> None:
    """A file that is wrong throughout does not flood the screen."""
    Path("ideas.jsonl").write_text("7\n" * 1_000, encoding="utf-8")

    result = cli("import", "ideas.jsonl")

    assert result.out == "ideas.jsonl: 0 queued, 1,000 bad\n"
    assert len(result.err.splitlines()) == 51
    assert "950 more rows are bad" in result.err


def test_equal_rows_are_separate_posts_and_an_extended_file_adds_its_new_rows(
    services: Hooked, cli: Cli
) -> None:
    """What was imported before is known, whatever stands above or below it now."""
    file = Path("ideas.txt")
    file.write_text("a fox\na cat\na fox\n", encoding="utf-8")
    cli("import", "ideas.txt")
    file.write_text("an owl\na cat\na fox\na fox\na fox\n", encoding="utf-8")

    result = cli("import", "ideas.txt")

    assert result.out == "ideas.txt: 2 queued, 3 known already\n"
    assert [post.prompt for post in services.queue.find()] == [
        *("a fox", "a cat", "a fox", "an owl", "a fox"),
    ]


def test_import_again_queues_all_rows_once_more(services: Hooked, cli: Cli) -> None:
    """`--again` is how a list is used a second time."""
    Path("ideas.txt").write_text("a fox\na cat\n", encoding="utf-8")
    cli("import", "ideas.txt")

    result = cli("import", "ideas.txt", "--again")

    assert result.out == "ideas.txt: 2 queued\n"
    assert services.queue.count() == {PostState.QUEUED: 4}


def test_a_long_file_is_imported_whole(services: Hooked, cli: Cli) -> None:
    """More rows than one transaction takes all arrive, in order."""
    Path("many.txt").write_text("".join(f"fox {n}\n" for n in range(2_500)), encoding="utf-8")

    result = cli("import", "many.txt")

    assert result.out == "many.txt: 2,500 queued\n"
    assert services.queue.count() == {PostState.QUEUED: 2_500}
    assert [post.prompt for post in services.queue.find(limit=1, after=2_499)] == ["fox 2499"]


def test_import_reads_the_standard_input(
    services: Hooked, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-` is the standard input, in the format that is named."""
    text = '{"prompt": "a fox", "Alt Text": "red"}\n'
    raw = io.BufferedReader(io.BytesIO(text.encode()))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(raw))

    result = cli("import", "-", "--format", "jsonl")

    assert result.out == "-: 1 queued\n"
    assert get(services, 1).alt_text == "red"


def test_one_unreadable_file_does_not_stop_the_others(cli: Cli) -> None:
    """Each file has its own line: missing, a folder, unknown, empty, good."""
    Path("folder.csv").mkdir()
    Path("book.xlsx").write_bytes(b"PK")
    Path("empty.csv").write_bytes(b"")
    Path("good.txt").write_text("a fox\n", encoding="utf-8")

    result = cli("import", "gone.csv", "folder.csv", "book.xlsx", "empty.csv", "good.txt")

    assert result.code == 1
    assert result.err.splitlines() == [
        "promptpress: gone.csv: No such file or directory",
        "promptpress: folder.csv: Is a directory",
        "promptpress: book.xlsx: its name ends in none of .csv, .tsv, .tab, .txt, .jsonl, "
        ".ndjson: say --format csv, tsv or jsonl",
        "promptpress: empty.csv: there is no prompt in it: write one per line",
    ]
    assert result.lines[-1] == "good.txt: 1 queued"
