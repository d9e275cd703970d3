"""Lines, complaints and tables: coloured on a terminal, plain and uncut anywhere else."""

import io
import os
import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from promptpress.orders import clean

PROGRAM = "promptpress"
WIDEST = 100_000
"""Columns of a table that does not go to a terminal: nothing is cut."""


def one_line(text: object, limit: int | None = None) -> str:
    """Return the text on one line without control characters, cut to `limit` characters."""
    line = " ".join(clean(text).split())
    return line if limit is None or len(line) <= limit else line[: limit - 1] + "…"


def say(line: str = "") -> None:
    """Write a line to the standard output."""
    sys.stdout.write(line + "\n")


def complain(line: object) -> None:
    """Write a line with the program's name to the standard error."""
    sys.stdout.flush()
    sys.stderr.write(f"{PROGRAM}: {one_line(line)}\n")


def say_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table to the standard output; no cell is cut, on a terminal long ones are wrapped."""
    table = Table(box=box.SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=not sys.stdout.isatty())
    for row in rows:
        # Text, because a prompt may look like rich's own markup.
        table.add_row(*(Text(cell) for cell in row))
    if sys.stdout.isatty():
        sys.stdout.flush()
        Console(highlight=False).print(table)
        return
    plain = io.StringIO()
    Console(file=plain, width=WIDEST, color_system=None).print(table)
    for line in plain.getvalue().splitlines():
        say(line.rstrip())


def prepare() -> None:
    """Make the standard streams take every character, written out where they cannot show it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def abandon() -> None:
    """Let nothing more be written to a standard output that is closed or full."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
