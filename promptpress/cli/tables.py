"""Lines of text to records of cells: CSV and TSV, whether or not the writer knew of quoting.

Files of prompts come from spreadsheets, which quote, and from hands and scripts, which do not. So
a cell counts as quoted only where a quote also ends it: `"G I G G L E" on a wall` is a prompt,
quotes and all, and a stray quote never swallows the rest of a file.
"""

import re
from collections import deque
from collections.abc import Iterator

MAX_CELL_LINES = 200
"""Lines that one quoted cell may span."""

_QUOTED = re.compile(r'"((?:[^"]++|"")*+)"')
_OPEN = re.compile(r'"(?:[^"]++|"")*+\Z')


class Lines:
    """The lines of a text, with a look ahead."""

    def __init__(self, text: Iterator[str]) -> None:
        self._text = text
        self._ahead: deque[str] = deque()
        self.number = 0
        """How many lines are taken."""

    def peek(self, ahead: int = 0) -> str | None:
        """Return a line that is not taken yet, the next one or `ahead` more, or None."""
        while len(self._ahead) <= ahead:
            line = next(self._text, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[ahead]

    def take(self, count: int = 1) -> None:
        """Leave lines that were looked at behind."""
        for _ in range(count):
            self._ahead.popleft()
        self.number += count


def split_record(record: str, delimiter: str, *, whole: bool = False) -> list[str] | None:
    """Return the cells of a record, or None when its last cell is quoted and not ended.

    Args:
        record: one line, or several joined. The list is empty when they are no one record.
        delimiter: what stands between two cells.
        whole: True takes a quote that nothing ends for a plain character.
    """
    record = record.removesuffix("\n")
    cells: list[str] = []
    at = 0
    while True:
        quoted = _QUOTED.match(record, at)
        if quoted and record[quoted.end() : quoted.end() + 1] in ("", delimiter):
            end = quoted.end()
            cells.append(quoted[1].replace('""', '"'))
        elif not whole and _OPEN.match(record, at):
            return None
        else:
            found = record.find(delimiter, at)
            end = len(record) if found < 0 else found
            cells.append(record[at:end])
            if "\n" in cells[-1]:  # only a quoted cell may hold a line break
                return []
        if end == len(record):
            return cells
        at = end + 1


def read_records(lines: Lines, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Return each record: the number of its first line, from 1, and its cells."""
    while (line := lines.peek()) is not None:
        number = lines.number + 1
        cells, used = split_record(line, delimiter), 1
        if cells is None:
            cells, used = _span(line, lines, delimiter)
        lines.take(used)
        yield number, cells


def _span(first: str, lines: Lines, delimiter: str) -> tuple[list[str], int]:
    """Return the record that begins with an unended quote, and how many lines it has."""
    parts = [first]
    while len(parts) < MAX_CELL_LINES and (line := lines.peek(len(parts))) is not None:
        parts.append(line)
        cells = split_record("".join(parts), delimiter) if '"' in line else None
        if cells:
            return cells, len(parts)
        if cells is not None:
            break
    return split_record(first, delimiter, whole=True) or [], 1
