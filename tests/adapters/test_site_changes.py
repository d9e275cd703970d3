"""Posts that change, go, or are written anew: the site follows, and keeps nothing of the past."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptpress.adapters.site import SitePublisher, paging
from promptpress.errors import SetupError
from promptpress.model import Post
from promptpress.ports import LastingPublisher
from tests.adapters.sites import (
    PUBLICATION,
    broken_links,
    cards,
    essay,
    in_memory,
    page_of,
    picture,
    put,
    read,
    rendition,
    site,
    snapshot,
)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with in_memory() as folder:
        yield folder


@pytest.fixture
def publisher(tmp_path: Path) -> SitePublisher:
    return site(tmp_path)


def _take(publisher: SitePublisher, *ids: int) -> None:
    for post_id in ids:
        publisher.withdraw(Post(id=post_id, prompt=""))


def _everything(folder: Path) -> str:
    return "".join(
        file.read_text() for file in folder.rglob("*") if file.suffix in {".html", ".xml", ".json"}
    )


def _contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_a_site_lasts(publisher: SitePublisher) -> None:
    """The site is a publisher whose posts can be changed and taken away."""
    assert isinstance(publisher, LastingPublisher)


def test_a_post_that_is_taken_away_leaves_nothing(tmp_path: Path, publisher: SitePublisher) -> None:
    """Page, pictures, cards, words, its tag and its place between its neighbours are gone."""
    for number in (1, 2, 3):
        tags = ("sea", "whale") if number == 2 else ("sea",)
        put(publisher, number, caption=f"caption {number}", hashtags=tags)

    _take(publisher, 2)

    everything = _everything(tmp_path)
    assert "caption 2" not in everything
    assert "whale" not in everything
    assert [path for path in _contents(tmp_path) if re.search("whale|(posts|media)/2", path)] == []
    assert cards(tmp_path) == ["posts/3-prompt-number-3.html", "posts/1-prompt-number-1.html"]
    older = read(tmp_path, "posts/3-prompt-number-3.html").one("a", **{"class": "older"})
    assert older.attributes["href"] == "../posts/1-prompt-number-1.html"
    assert publisher.settle(rendition(2).post, PUBLICATION) is None
    assert broken_links(tmp_path) == []


def test_taking_away_again_is_harmless(tmp_path: Path, publisher: SitePublisher) -> None:
    """What is not on the site, or not any more, is taken away without a trace."""
    _take(publisher, 1)
    assert [*tmp_path.iterdir()] == []
    put(publisher, 1)
    put(publisher, 2)
    _take(publisher, 2)
    before = snapshot(tmp_path)

    _take(publisher, 2, 77)

    assert before == snapshot(tmp_path)


def test_a_post_may_come_back(tmp_path: Path, publisher: SitePublisher) -> None:
    """A post that was taken away and is published again is the newest."""
    for number in (1, 2, 3):
        put(publisher, number)
    _take(publisher, 1)

    put(publisher, 1)

    ids = [link.split("-")[0] for link in cards(tmp_path)]
    assert ids == ["posts/1", "posts/3", "posts/2"]
    assert broken_links(tmp_path) == []


def test_the_last_post_may_go(tmp_path: Path, publisher: SitePublisher) -> None:
    """A site from which everything was taken is an empty one, and goes on."""
    put(publisher, 1, hashtags=("sea",))
    _take(publisher, 1)

    assert cards(tmp_path) == []
    assert broken_links(tmp_path) == []
    put(publisher, 2)
    assert len(cards(tmp_path)) == 1


def test_a_first_page_is_never_left_empty(tmp_path: Path, publisher: SitePublisher) -> None:
    """When the newest posts go, older ones take their place on the first page and in the feed."""
    count = 2 * paging.PER_PAGE + 2
    for number in range(1, count + 1):
        put(publisher, number)

    _take(publisher, *range(paging.PER_PAGE + 1, count + 1))

    assert len(read(tmp_path, "index.html").cards()) == paging.PER_PAGE
    assert (tmp_path / "feed.xml").read_text().count("<item>") == paging.PER_PAGE
    assert broken_links(tmp_path) == []


def test_words_are_revised_and_pictures_stay(tmp_path: Path, publisher: SitePublisher) -> None:
    """New words reach every page; address, date, pictures and place stay; old tags are gone."""
    put(publisher, 1, caption="old words", hashtags=("old", "sea"), alt_text="old alt")
    put(publisher, 2, hashtags=("sea",))
    receipt = put(publisher, 1, caption="old words", hashtags=("old", "sea"), alt_text="old alt")

    new = Post(id=1, prompt="other", caption="new words", hashtags=("new",), alt_text="new alt")
    assert publisher.revise(new) == receipt

    everything = _everything(tmp_path)
    assert not re.search("old words|old alt|tags/old", everything)
    assert "new words" in page_of(tmp_path, 1).read_text()
    assert "new alt" in page_of(tmp_path, 1).read_text()
    assert (tmp_path / "tags/new/index.html").is_file()
    assert not (tmp_path / "tags/old").exists()
    assert [*(tmp_path / "media").glob("1-*")]
    assert broken_links(tmp_path) == []


def test_an_archived_post_is_brought_up_to_date(tmp_path: Path) -> None:
    """A post that has left the index gets its new caption on its archive page as well."""
    publisher = site(tmp_path)
    for number in range(1, 2 * paging.PER_PAGE + 1):
        put(publisher, number)

    put(publisher, 3, caption="new words")

    assert "new words" in (tmp_path / "page/1.html").read_text()
    assert len(cards(tmp_path)) == len(set(cards(tmp_path))) == 2 * paging.PER_PAGE


def test_an_article_is_revised(tmp_path: Path, publisher: SitePublisher) -> None:
    """An article's new text appears under its old address, with its pictures."""
    put(publisher, 1, picture(), picture("red"), prompt="x", article=essay())

    publisher.revise(Post(id=1, prompt="x", article=essay(title="On Lamps", cover_alt="a lamp")))

    page = read(tmp_path, "posts/1-on-lighthouses.html")
    assert page.one("h1").text == "On Lamps"
    shown = [i.attributes["alt"] for i in page.all("img") if "media/" in i.attributes["src"]]
    assert shown == ["a lamp", "a green wave"]


def test_what_is_not_there_is_not_revised(tmp_path: Path, publisher: SitePublisher) -> None:
    """A post that is not on the site is not put there without its pictures."""
    assert publisher.revise(Post(id=1, prompt="x")) is None
    assert [*tmp_path.iterdir()] == []


def _grown(publisher: SitePublisher) -> None:
    """Publish enough for archive pages, with a tag, an article and a gap."""
    for number in range(1, 2 * paging.PER_PAGE + 3):
        put(publisher, number, hashtags=("sea",) if number % 2 else ("sea", "sky"))
    put(publisher, 90, picture(), picture("red"), prompt="x", article=essay())


def test_a_rebuilt_site_is_the_same(tmp_path: Path, publisher: SitePublisher) -> None:
    """Written anew, a whole site has the very same files, and says how far it is."""
    _grown(publisher)
    before = _contents(tmp_path)
    told: list[tuple[int, int]] = []

    publisher.rebuild(lambda done, total: told.append((done, total)))

    assert before == _contents(tmp_path)
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] >= 2 * paging.PER_PAGE


def test_a_site_is_rebuilt_from_its_records(tmp_path: Path, publisher: SitePublisher) -> None:
    """From records and pictures alone the site is whole again, but for what a kill left behind."""
    _grown(publisher)
    before = _contents(tmp_path)
    for path in tmp_path.iterdir():
        if path.name not in {".site", "media"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in (tmp_path / ".site").iterdir():
        if path.name not in {"posts", "tmp"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    publisher.rebuild(lambda *_: None)

    assert before == _contents(tmp_path)


def test_a_rebuild_removes_what_belongs_to_no_post(
    tmp_path: Path, publisher: SitePublisher
) -> None:
    """Pages and pictures of no post go; what others keep in the folder stays."""
    put(publisher, 1)
    put(publisher, 2)
    (tmp_path / ".site/posts/2.json").write_text("damaged")
    ours = ("posts/9-x.html", "page/7.html", "tags/x/index.html", "media/9-0123456789abcdef.jpg")
    others = ("media/kept/abc.png", "CNAME", "about/index.html")
    for path in (*ours, *others):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")

    publisher.rebuild(lambda *_: None)

    assert [path for path in ours if (tmp_path / path).exists()] == []
    assert [path for path in others if not (tmp_path / path).exists()] == []
    assert [*(tmp_path / "media").glob("2-*")]  # its record may be brought back
    assert broken_links(tmp_path) == []


def test_gaps_are_closed_by_a_rebuild(tmp_path: Path, publisher: SitePublisher) -> None:
    """After a rebuild the lists are as if the post had never been there."""
    count = 2 * paging.PER_PAGE
    for number in range(1, count + 1):
        put(publisher, number)
    _take(publisher, 1)
    assert (tmp_path / "page/1.html").exists()

    publisher.rebuild(lambda *_: None)

    assert not (tmp_path / "page").exists() or not [*(tmp_path / "page").iterdir()]
    assert len(cards(tmp_path)) == len(set(cards(tmp_path))) == count - 1
    assert broken_links(tmp_path) == []


def test_a_damaged_post_can_be_taken_away(tmp_path: Path, publisher: SitePublisher) -> None:
    """A post whose record is damaged is taken off every list all the same."""
    for number in (1, 2, 3):
        put(publisher, number)
    (tmp_path / ".site/posts/2.json").write_text("damaged")

    _take(publisher, 2)

    assert "posts/2-" not in _everything(tmp_path)
    assert broken_links(tmp_path) == []


def test_a_post_can_be_taken_away_without_the_order(
    tmp_path: Path, publisher: SitePublisher
) -> None:
    """Where the list of the order was lost, a post is taken off every page all the same."""
    for number in (1, 2, 3):
        put(publisher, number)
    (tmp_path / ".site/order.txt").unlink()

    _take(publisher, 2)

    assert "posts/2-" not in _everything(tmp_path)
    assert [path for path in _contents(tmp_path) if re.search("(posts|media)/2", path)] == []
    assert broken_links(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Taking away and rebuilding say what to do when the folder cannot be written."""
    (tmp_path / "a file").touch()
    publisher = site(tmp_path / "a file" / "site")

    with pytest.raises(SetupError, match="DATA_DIR"):
        publisher.rebuild(lambda *_: None)
