"""CSV, TSV and JSON-lines files to rows, as people and their spreadsheets really write them.

UTF-8 with or without byte order mark, UTF-16 with one; any line ends. Files are read in a stream:
a long one needs no more memory than a short one. Nothing here knows what a valid order is.
"""

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from io import BufferedReader, TextIOWrapper
from pathlib import PurePath

from promptpress.cli.tables import Lines, read_records, split_record
from promptpress.errors import InvalidPost
from promptpress.orders import COLUMNS, clean


class FileFormat(StrEnum):
    """How a file of prompts is written."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"


SUFFIXES: Mapping[str, FileFormat] = {
    ".csv": FileFormat.CSV,
    ".tsv": FileFormat.TSV,
    ".tab": FileFormat.TSV,
    ".txt": FileFormat.TSV,  # one prompt per line, and what Excel calls "Unicode Text"
    ".jsonl": FileFormat.JSONL,
    ".ndjson": FileFormat.JSONL,
}
_DELIMITERS: Mapping[FileFormat, str] = {FileFormat.CSV: ",", FileFormat.TSV: "\t"}


@dataclass(frozen=True)
class Row:
    """One row of a file."""

    line: int
    """The number of its first line, from 1."""
    cells: Mapping[str, object] = field(default_factory=dict)
    """Column to cell, known columns only, blank cells left out."""
    unknown: tuple[str, ...] = ()
    """Columns of the row that no order has."""
    problem: str = ""
    """Why the row cannot be read; empty when it can."""


def format_of(name: str) -> FileFormat:
    """Return the format that a file's name tells; InvalidPost when it tells none.

    The standard input, `-`, counts as TSV: one prompt per line is that too.
    """
    if name == "-":
        return FileFormat.TSV
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        valid = ", ".join(SUFFIXES)
        raise InvalidPost(f"its name ends in none of {valid}: say --format csv, tsv or jsonl")
    return SUFFIXES[suffix]


def read_rows(raw: BufferedReader, form: FileFormat) -> Iterator[Row]:
    """Return the rows of a file, without blank ones.

    Args:
        raw: the file, opened for bytes; closed when all is read.
        form: how it is written.

    Raises:
        InvalidPost: nothing in it can be told to be a prompt, or it is no text.
    """
    with _decoded(raw) as text:
        try:
            yield from _json_rows(text) if form is FileFormat.JSONL else _table_rows(text, form)
        except UnicodeDecodeError:
            raise InvalidPost("it is no whole text: save it as UTF-8") from None


def _decoded(raw: BufferedReader) -> TextIOWrapper:
    head = raw.peek(8)[:8]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return TextIOWrapper(raw, "utf-16")
    if b"\0" in head:
        raise InvalidPost("it is no text: save it as CSV in UTF-8")
    # Bytes that are not UTF-8 stay visible as lone surrogates, so that only their rows are bad.
    return TextIOWrapper(raw, "utf-8-sig", errors="surrogateescape")


ALIASES = {"time": "local_time", "media": "media_links", "at": "due_at", "images": "num_images"}
"""Short headings that people write, and the columns they mean."""


def _column(heading: str) -> str:
    name = re.sub(r"[\s_-]+", "_", clean(heading)).casefold()
    return ALIASES.get(name, name)


def _json_rows(text: TextIOWrapper) -> Iterator[Row]:
    for number, line in enumerate(text, 1):
        if line.strip():
            yield _json_row(number, line)


def _json_row(number: int, line: str) -> Row:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return Row(number, problem="it is no JSON: put one whole object on each line")
    if isinstance(value, str):
        value = {"prompt": value}
    if not isinstance(value, dict):
        return Row(number, problem='it is no JSON object such as {"prompt": "a lighthouse"}')
    named = {_column(name): cell for name, cell in value.items()}
    cells = {name: cell for name, cell in named.items() if name in COLUMNS and not _blank(cell)}
    odd = [name for name, cell in cells.items() if not _plain(cell)]
    if odd:
        return Row(number, problem=f"{', '.join(odd)}: write text, a number or a list of texts")
    return Row(number, cells, tuple(name for name in value if _column(name) not in COLUMNS))


def _blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _plain(cell: object) -> bool:
    if isinstance(cell, list):
        return all(isinstance(part, str) for part in cell)
    return isinstance(cell, str | int | float) and not isinstance(cell, bool)


def _table_rows(text: TextIOWrapper, form: FileFormat) -> Iterator[Row]:
    lines = Lines(text)
    while (first := lines.peek()) is not None and not first.strip():
        lines.take()
    columns: list[str] = []
    unknown: tuple[str, ...] = ()
    for number, cells in read_records(lines, _delimiter(first or "", _DELIMITERS[form])):
        if not any(cell.strip() for cell in cells):
            continue
        if not columns:
            columns, unknown = _headings(cells)
            if columns:
                continue
            columns = ["prompt"]  # no heading: the first line is a prompt already
        row = _row(number, columns, cells, unknown)
        if row.cells or row.problem:  # a row that is only numbered or titled is blank too
            yield row


def _delimiter(first: str, usual: str) -> str:
    """Return what the heading line is divided by; `;` is Excel's comma in half of Europe."""

    def known(delimiter: str) -> int:
        return sum(_column(cell) in COLUMNS for cell in split_record(first, delimiter) or ())

    return max((usual, ",", "\t", ";"), key=known)


def _headings(cells: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the columns, none where the first line is a prompt already, and unknown headings."""
    columns = [_column(cell) for cell in cells]
    known = [column for column in columns if column in COLUMNS]
    if not known and len(cells) == 1:
        return [], ()
    if "prompt" not in known:
        raise InvalidPost(f"name a column prompt; known columns: {', '.join(COLUMNS)}")
    twice = sorted({column for column in known if known.count(column) > 1})
    if twice:
        raise InvalidPost(f"two columns are named {', '.join(twice)}: rename one")
    strange = (cell.strip() for cell in cells if _column(cell) not in COLUMNS)
    return columns, tuple(filter(None, strange))


def _row(line: int, columns: list[str], cells: list[str], unknown: tuple[str, ...]) -> Row:
    if any(cell.strip() for cell in cells[len(columns) :]):
        count = f"{len(cells)} cells, {len(columns)} expected"
        return Row(line, problem=f"{count}: put a cell that holds the delimiter in quotes")
    pairs = zip(columns, cells, strict=False)
    found = {column: cell for column, cell in pairs if column in COLUMNS and cell.strip()}
    return Row(line, found, unknown)
