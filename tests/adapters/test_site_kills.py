"""The site under kills and crowds: whole at any moment, and nothing lost or doubled."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from promptpress.adapters.site import paging
from tests.adapters.sites import (
    PUBLICATION,
    broken_links,
    cards,
    in_memory,
    page_of,
    put,
    rendition,
    site,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with in_memory() as folder:
        yield folder


def _python(*arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT)


def _guids(folder: Path) -> list[str | None]:
    return [item.findtext("guid") for item in ET.parse(folder / "feed.xml").iter("item")]


@pytest.mark.parametrize(
    ("before", "post_id"),
    [(0, 1), (3, 4), (2 * paging.PER_PAGE - 1, 2 * paging.PER_PAGE), (3 * paging.PER_PAGE - 1, 72)],
    ids=["first", "next", "first archive page", "second archive page"],
)
def test_a_kill_at_any_moment_leaves_a_whole_site(
    tmp_path: Path, before: int, post_id: int
) -> None:
    """Killed before each change to the disk, no link is broken, and the next post mends it all."""
    (tmp_path / "base").mkdir()
    base = site(tmp_path / "base")
    for number in range(1, before + 1):
        put(base, number)

    assert _python("-m", "tests.adapters.sites", str(tmp_path), str(post_id), "killed").wait() == 0

    left = sorted((f for f in tmp_path.iterdir() if f.name != "base"), key=lambda f: int(f.name))
    assert len(left) >= 15
    for folder in left:
        assert broken_links(folder) == []
        _goes_on(folder, before, post_id)


def _goes_on(folder: Path, before: int, post_id: int) -> None:
    """Publish another post and then, unless it is settled as sent, the killed one again."""
    publisher = site(folder)
    put(publisher, 900)
    assert broken_links(folder) == []
    if publisher.settle(rendition(post_id).post, PUBLICATION) is None:
        put(publisher, post_id, caption="killed")
    found = cards(folder)
    ids = {int(Path(link).name.split("-")[0]) for link in found}
    assert ids == {*range(1, before + 1), post_id, 900}
    assert len(found) == len(ids)
    assert broken_links(folder) == []
    assert sorted(_guids(folder)) == sorted({*_guids(folder)})  # type: ignore[type-var]  # all are set
    assert "killed" in page_of(folder, post_id).read_text()
    assert [*(folder / ".site" / "tmp").iterdir()] == []


def test_many_threads_and_processes_share_a_site(tmp_path: Path) -> None:
    """Two processes and eight threads publish at once, some the same post: each is there once."""
    script = (
        "import sys; from pathlib import Path; from tests.adapters.sites import put, site\n"
        "folder, first = Path(sys.argv[1]), int(sys.argv[2])\n"
        "publisher = site(folder)\n"
        "for number in range(first, first + 12): put(publisher, number)"
    )
    others = [_python("-c", script, str(tmp_path), str(first)) for first in (100, 106)]
    publisher = site(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        numbers = [n % 20 + 1 for n in range(40)]
        receipts = [*pool.map(lambda n: (n, put(publisher, n)), numbers)]
    assert [other.wait() for other in others] == [0, 0]

    assert all(receipt.external_id == str(number) for number, receipt in receipts)
    ids = [int(Path(link).name.split("-")[0]) for link in cards(tmp_path)]
    assert sorted(ids) == [*range(1, 21), *range(100, 118)]
    assert len(_guids(tmp_path)) == len({*_guids(tmp_path)}) == paging.FEED_ITEMS
    assert broken_links(tmp_path) == []
