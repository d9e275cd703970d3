"""Files of prompts to rows: whatever people and their spreadsheets write."""

import csv
import io
import json
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promptpress.cli.files import FileFormat, Row, format_of, read_rows
from promptpress.cli.tables import MAX_CELL_LINES, Lines, read_records
from promptpress.errors import InvalidPost


def rows_of(content: bytes | str, form: FileFormat = FileFormat.TSV) -> list[Row]:
    raw = content.encode() if isinstance(content, str) else content
    with cast("io.BufferedReader", io.BufferedReader(io.BytesIO(raw))) as file:
        return list(read_rows(file, form))


def prompts_of(content: bytes | str, form: FileFormat = FileFormat.TSV) -> list[object]:
    return [row.cells.get("prompt") for row in rows_of(content, form)]


def problems_of(content: bytes | str, form: FileFormat = FileFormat.TSV) -> list[tuple[int, str]]:
    return [(row.line, row.problem) for row in rows_of(content, form) if row.problem]


@pytest.mark.parametrize(
    "heading",
    ["prompt\tAlt Text", "Prompt\talt_text", "PROMPT\tALT-TEXT", " prompt \t alt  text "],
)
def test_headings_match_in_any_spelling(heading: str) -> None:
    """Capitals, blanks, dashes and underscores in a heading make no difference."""
    rows = rows_of(f"{heading}\na fox\tA red fox\n")

    assert rows == [Row(2, {"prompt": "a fox", "alt_text": "A red fox"})]


def test_columns_that_no_order_has_are_named_as_they_stand() -> None:
    """Other columns are left out, and their headings are kept to be told."""
    rows = rows_of("Prompt\tCategory\tNote\na fox\tAnimals\tred\n")

    assert rows == [Row(2, {"prompt": "a fox"}, ("Category", "Note"))]


@pytest.mark.parametrize(
    "prompt",
    [
        '"G I G G L E" painted in thick colorful lettering as graffiti on a brick wall.',
        'A green sign that says "Very Deep Learning" at the edge of the Grand Canyon.',
        'Two cups of coffee, one with "LOVE" written in one. The other has "PEACE"',
        "a store front that has the word ‘openai’ written on it.",
        '"',
        '"an open quote',
    ],
)
def test_quotes_that_are_no_quoting_are_part_of_the_prompt(prompt: str) -> None:
    """In a file whose writer knew no quoting every prompt arrives whole and exact."""
    content = f'Prompt\tCategory\n{prompt}\tArts\na fox\tAnimals\na "b" c\tArts\n'

    assert prompts_of(content) == [prompt, "a fox", 'a "b" c']


def test_quoted_cells_are_unquoted() -> None:
    """Delimiters, doubled quotes and line breaks in a quoted cell belong to it."""
    content = 'prompt,caption\r\n"a fox, ""red""","two\r\nlines"\r\na cat,c\r\n'

    assert rows_of(content, FileFormat.CSV) == [
        Row(2, {"prompt": 'a fox, "red"', "caption": "two\nlines"}),
        Row(4, {"prompt": "a cat", "caption": "c"}),
    ]


def test_a_stray_quote_does_not_swallow_the_file() -> None:
    """An unended quote costs nothing but its own line, however long the file is."""
    lines = ['"never ended', *(f"prompt {number}" for number in range(MAX_CELL_LINES * 3))]

    assert prompts_of("\n".join(["prompt", *lines])) == lines


_CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"))


@given(
    st.lists(st.lists(_CELLS, min_size=2, max_size=4), min_size=1, max_size=5),
    st.sampled_from([csv.excel, csv.excel_tab]),
)
@example([['"', "a"], ["b", '"']], csv.excel)
@example([['"Hi"\nthere', ""], ["", 'x"\n']], csv.excel_tab)
def test_what_a_spreadsheet_writes_is_read_back(
    table: list[list[str]], dialect: type[csv.Dialect]
) -> None:
    """Any table written with quoting, by the rules of spreadsheets, comes back as it was."""
    file = io.StringIO(newline="")
    csv.writer(file, dialect, lineterminator="\n").writerows(table)

    lines = Lines(iter(io.StringIO(file.getvalue())))

    assert [cells for _, cells in read_records(lines, dialect.delimiter)] == table


@pytest.mark.parametrize("form", list(FileFormat))
@given(content=st.binary(max_size=300))
def test_no_file_whatever_breaks_the_reader(form: FileFormat, content: bytes) -> None:
    """Any bytes give rows, perhaps bad ones, or one clear error."""
    try:
        rows = rows_of(content, form)
    except InvalidPost:
        return

    assert all(row.problem or row.cells or form is FileFormat.JSONL for row in rows)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom"]
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_make_no_difference(encoding: str, line_end: str) -> None:
    """UTF-8 with or without mark, UTF-16 with one, and the line ends of every system."""
    text = line_end.join(["prompt\tcaption", "ein Löwe 🦁\tمنارة", "二\t", ""])
    if encoding.endswith("-bom"):
        content = ("\ufeff" + text).encode(encoding.removesuffix("-bom"))
    else:
        content = text.encode(encoding)

    assert prompts_of(content) == ["ein Löwe 🦁", "二"]


def test_one_column_without_a_heading_is_one_prompt_per_line() -> None:
    """A plain list of ideas needs no heading; blank lines are skipped, numbers kept."""
    rows = rows_of("\na fox, red\n\n  \na cat; black\n")

    assert rows == [Row(2, {"prompt": "a fox, red"}), Row(5, {"prompt": "a cat; black"})]


def test_blank_rows_are_skipped() -> None:
    """Rows of nothing but delimiters and blanks, or a running number, do not count."""
    assert prompts_of("prompt,caption,no\n,,\n , \n\na fox,,1\n,,2\n,,,,\n", FileFormat.CSV) == [
        "a fox"
    ]


def test_semicolons_divide_where_the_headings_say_so() -> None:
    """The CSV of a spreadsheet in a language with decimal commas is read too."""
    assert rows_of("Prompt;Caption\na fox, red;hello\n", FileFormat.CSV) == [
        Row(2, {"prompt": "a fox, red", "caption": "hello"})
    ]


def test_a_row_with_too_many_cells_is_bad_alone() -> None:
    """A forgotten quote is named with its line, and the other rows are read."""
    content = "prompt,caption\na fox, red, small,hello\na cat,hello\n"

    assert prompts_of(content, FileFormat.CSV) == [None, "a cat"]
    assert problems_of(content, FileFormat.CSV) == [
        (2, "4 cells, 2 expected: put a cell that holds the delimiter in quotes")
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("idea\tmood\na fox\tred\n", "name a column prompt; known columns", id="none"),
        pytest.param("style\tcaption\n", "name a column prompt; known columns", id="no-prompt"),
        pytest.param("prompt\tPrompt\n", "two columns are named prompt: rename one", id="twice"),
        pytest.param(b"PK\x03\x04\x14\x00", "it is no text: save it as CSV", id="workbook"),
        pytest.param(b"\xff\xfea\x00\x00\xd8", "it is no whole text", id="half-a-character"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes | str, said: str) -> None:
    """Headings without a prompt, a workbook, a torn file: one sentence with what to do."""
    with pytest.raises(InvalidPost, match=said):
        rows_of(content)


def test_json_lines_are_read() -> None:
    """Objects, and plain texts, with headings in any spelling and cells of their own types."""
    lines = [
        json.dumps({"Prompt": "a fox", "Alt Text": "x", "width": 512, "mood": "red"}),
        "",
        json.dumps("a cat"),
        json.dumps({"prompt": "ünï", "hashtags": ["a", "b"], "seed": None}),
    ]

    assert rows_of("\n".join(lines), FileFormat.JSONL) == [
        Row(1, {"prompt": "a fox", "alt_text": "x", "width": 512}, ("mood",)),
        Row(3, {"prompt": "a cat"}),
        Row(4, {"prompt": "ünï", "hashtags": ["a", "b"]}),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ('{"seed": ' + "9" * 5_000 + "}", "it is no JSON"),
        ("7", "it is no JSON object"),
        ('{"prompt": {"a": 1}}', "prompt: write text"),
        ('{"prompt": true}', "prompt: write text"),
    ],
    ids=["torn", "deep", "huge-number", "number", "object", "boolean"],
)
def test_a_bad_line_of_json_is_bad_alone(line: str, said: str) -> None:
    """A line that is no order is named, and the next line is read."""
    rows = rows_of(f'{line}\n"a fox"\n', FileFormat.JSONL)

    assert rows[0].problem.startswith(said)
    assert rows[1:] == [Row(2, {"prompt": "a fox"})]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.CSV", FileFormat.CSV),
        ("dir.csv/a.tsv", FileFormat.TSV),
        ("a.txt", FileFormat.TSV),
        ("a.ndjson", FileFormat.JSONL),
        ("-", FileFormat.TSV),
    ],
)
def test_the_name_tells_the_format(name: str, form: FileFormat) -> None:
    """The last suffix counts, in any spelling."""
    assert format_of(name) is form


def test_an_unknown_suffix_lists_the_known_ones() -> None:
    """Where the name tells nothing the person is asked to."""
    with pytest.raises(InvalidPost, match=r"none of \.csv, \.tsv, .*: say --format"):
        format_of("prompts.xlsx")
