"""Everything written anew by a publication: what lists were before leaves no trace."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from promptpress.adapters.site import paging
from promptpress.model import Post
from tests.adapters.sites import broken_links, in_memory, put, read, site


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with in_memory() as folder:
        yield folder


def _shrunk(folder: Path) -> None:
    """Publish a list of two pages, and take away so many posts that one would do."""
    publisher = site(folder)
    for number in range(1, 2 * paging.PER_PAGE + 1):
        put(publisher, number, hashtags=("sea",))
    for number in range(1, 4):
        publisher.withdraw(Post(id=number, prompt=""))


def test_lists_that_became_shorter_leave_no_page(tmp_path: Path) -> None:
    """In a new look lists have no gaps; pages beyond their end go, and what is others' stays."""
    _shrunk(tmp_path)
    tagged = tmp_path / "tags/sea/page/1.html"
    assert tagged.exists()
    others = [tmp_path / "posts/2024-a-note.html", tmp_path / "page/about.html"]
    for other in others:
        other.write_text("kept by somebody else")

    put(site(tmp_path, title="Lanterns"), 100)

    assert not tagged.exists()
    assert not (tmp_path / "month/2026-11/page/1.html").exists()
    assert [other for other in others if not other.exists()] == []
    for other in others:
        other.unlink()
    assert broken_links(tmp_path) == []


def test_a_lost_order_leaves_no_page(tmp_path: Path) -> None:
    """From a rebuilt order the first page takes up all; no page of the longer list stays."""
    _shrunk(tmp_path)
    (tmp_path / ".site/order.txt").unlink()

    put(site(tmp_path), 100)

    assert not (tmp_path / "page/1.html").exists()
    assert broken_links(tmp_path) == []


def test_a_post_with_a_damaged_record_leaves_its_old_lists(tmp_path: Path) -> None:
    """Published again with other words and tags, it is on no list that it does not belong on."""
    publisher = site(tmp_path)
    for number in (1, 2, 3):
        put(publisher, number, hashtags=("sea", "old"))
    (tmp_path / ".site/posts/2.json").write_text("damaged")

    put(publisher, 2, caption="new words", hashtags=("sea",))

    shown = read(tmp_path, "tags/old/index.html").cards()
    assert [link.split("/")[-1].split("-")[0] for link in shown] == ["3", "1"]
    assert "new words" in (tmp_path / "tags/sea/index.html").read_text()
    assert broken_links(tmp_path) == []
