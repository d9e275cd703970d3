"""Finds what is left on a site that belongs to no post and no list any more."""

import re
from collections.abc import Iterator, Set
from pathlib import Path

from promptpress.adapters.site import ledger
from promptpress.adapters.site.disk import OURS, Desk

FOLDERS = ("posts", "page", "tags", "month", "search", "sitemap")
"""What publishing writes: whatever else somebody keeps in the site's folder stays."""


_NUMBERED = re.compile(r"(.+/)?(page|search|sitemap)/\d+\.(html|json|xml)")


def trim(desk: Desk, folder: Path, written: Set[str]) -> None:
    """Remove the numbered pages that lists had when they were longer; all else stays.

    Args:
        desk: the folder in the hands of its one writer.
        folder: of the site.
        written: all that was written when every list was written anew.
    """
    for path in _pages(folder):
        if path not in written and _NUMBERED.fullmatch(path):
            desk.remove(path)


def sweep(desk: Desk, folder: Path, written: Set[str]) -> None:
    """Remove pages that a whole rebuild did not write, and pictures that none of them shows.

    Args:
        desk: the folder in the hands of its one writer.
        folder: of the site.
        written: all that the rebuild wrote.
    """
    shown = {path for record in ledger.read_records(folder) for path in record.media}
    kept = _damaged(folder)
    for path in [*_pages(folder), *_media(folder)]:
        post_id = path.rpartition("/")[2].partition("-")[0].partition(".")[0]
        if path not in written and path not in shown and post_id not in kept:
            desk.remove(path)
    desk.sync()


def _pages(folder: Path) -> Iterator[str]:
    for name in FOLDERS:
        for file in sorted((folder / name).rglob("*")):
            if file.is_file():
                yield file.relative_to(folder).as_posix()


def _media(folder: Path) -> Iterator[str]:
    """Yield pictures of posts; the folders below belong to others."""
    for file in sorted((folder / "media").glob("*")):
        if file.is_file():
            yield file.relative_to(folder).as_posix()


def _damaged(folder: Path) -> set[str]:
    """Return the ids of posts whose records are damaged: who repairs one needs its pictures."""
    every = {file.stem for file in (folder / OURS / "posts").glob("*.json")}
    return every - {str(record.id) for record in ledger.read_records(folder)}
