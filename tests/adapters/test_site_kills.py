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
    change,
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


def _killed(root: Path, act: str, before: int, post_id: int) -> list[Path]:
    """Return sites of so many posts, each killed at another moment of an act."""
    (root / "base").mkdir()
    base = site(root / "base")
    for number in range(1, before + 1):
        put(base, number, hashtags=("sea", "old") if number == 2 else ("sea",))
    if act == "renew":  # a gap, and something that is not as it should be
        change(base, "take", 1)
        (root / "base/search/1.json").unlink()
    command = ("-m", "tests.adapters.sites", str(root), act, str(post_id))
    assert _python(*command).wait() == 0
    left = sorted((f for f in root.iterdir() if f.name != "base"), key=lambda f: int(f.name))
    assert len(left) >= 10
    return left


def _is_whole(folder: Path) -> bool:
    """Tell whether every link leads somewhere; without a first page nobody sees any."""
    return not (folder / "index.html").exists() or broken_links(folder) == []


@pytest.mark.parametrize(
    ("before", "post_id"),
    [(0, 1), (3, 4), (3 * paging.PER_PAGE - 1, 3 * paging.PER_PAGE)],
    ids=["first", "next", "second archive page"],
)
def test_a_kill_at_any_moment_leaves_a_whole_site(
    tmp_path: Path, before: int, post_id: int
) -> None:
    """Killed before each change to the disk, no link is broken, and the next post mends it all."""
    for folder in _killed(tmp_path, "put", before, post_id):
        assert _is_whole(folder)
        _goes_on(folder, before, post_id)


def _goes_on(folder: Path, before: int, post_id: int) -> None:
    """Publish another post and then, unless it is settled as sent, the killed one again."""
    publisher = site(folder)
    put(publisher, 900)
    assert broken_links(folder) == []
    if publisher.settle(rendition(post_id).post, PUBLICATION) is None:
        change(publisher, "put", post_id)
    found = cards(folder)
    ids = {int(Path(link).name.split("-")[0]) for link in found}
    assert ids == {*range(1, before + 1), post_id, 900}
    assert len(found) == len(ids)
    assert broken_links(folder) == []
    assert sorted(_guids(folder)) == sorted({*_guids(folder)})  # type: ignore[type-var]  # all are set
    assert "killed" in page_of(folder, post_id).read_text()
    assert [*(folder / ".site" / "tmp").iterdir()] == []


@pytest.mark.parametrize(
    ("act", "before"), [("edit", 3), ("renew", 3), ("take", 3), ("take", 2 * paging.PER_PAGE)]
)
def test_a_killed_change_is_finished(tmp_path: Path, act: str, before: int) -> None:
    """Killed amid a change, removal or rebuild, the site is whole, and ends as if none had died."""
    killed = _killed(tmp_path, act, before, 2)
    finished = _finished(tmp_path / "base", act)

    for folder in killed:
        assert _finished(folder, act) == finished


def _finished(folder: Path, act: str) -> dict[str, bytes]:
    """Publish another post, repeat the act, and return all files of the site."""
    assert _is_whole(folder)
    publisher = site(folder)
    put(publisher, 900)
    assert _is_whole(folder)
    change(publisher, act, 2)
    assert _is_whole(folder)
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


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
