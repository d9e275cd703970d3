"""The site's lists and files for machines: tags, months, search, feeds, sitemap, sizes."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.site import paging
from promptpress.adapters.site.building import MAX_TAGS
from promptpress.model import Publication
from promptpress.ports import Rendition
from tests.adapters.sites import (
    PUBLICATION,
    broken_links,
    copies,
    in_memory,
    picture,
    put,
    read,
    rendition,
    site,
)

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with in_memory() as folder:
        yield folder


def _ids(folder: Path, path: str) -> list[int]:
    """Return the posts on a page, in their order."""
    return [int(link.rpartition("/")[2].partition("-")[0]) for link in read(folder, path).cards()]


def test_tags_have_lists(tmp_path: Path) -> None:
    """Posts with the same tag, however it is written, share a list; all tags are listed."""
    publisher = site(tmp_path)
    put(publisher, 1, hashtags=("Sea", "art"))
    put(publisher, 2, hashtags=("sea", "#SEA", "日本"))

    assert _ids(tmp_path, "tags/sea/index.html") == [2, 1]
    assert _ids(tmp_path, "tags/日本/index.html") == [2]
    assert read(tmp_path, "tags/sea/index.html").one("h1").text == "#Sea"
    links = read(tmp_path, "tags/index.html").one("main").text.split()
    assert links[1:] == ["Sea", "2", "art", "1", "日本", "1"]
    assert broken_links(tmp_path) == []


def test_only_so_many_tags_of_a_post_have_lists(tmp_path: Path) -> None:
    """A post with a thousand tags is on thirty lists."""
    put(site(tmp_path), 1, hashtags=tuple(f"tag{n}" for n in range(1_000)))

    assert len([*(tmp_path / "tags").iterdir()]) == MAX_TAGS + len(["index.html"])


def test_months_have_lists(tmp_path: Path) -> None:
    """Each month in which posts went out has its list, and the newest month comes first."""
    publisher = site(tmp_path)
    for number, month in ((1, 10), (2, 10), (3, 12)):
        sent = Publication(channel="site", sent_at=datetime(2025, month, 2, tzinfo=UTC))
        publisher.publish(rendition(number), sent)

    assert _ids(tmp_path, "month/2025-10/index.html") == [2, 1]
    assert _ids(tmp_path, "month/2025-12/index.html") == [3]
    assert read(tmp_path, "month/2025-10/index.html").one("h1").text == "October 2025"
    months = [
        a.attributes["href"]
        for a in read(tmp_path, "month/index.html").all("a")
        if "2025" in a.attributes["href"]
    ]
    assert months == ["../month/2025-12/index.html", "../month/2025-10/index.html"]


def test_a_long_list_is_paged(tmp_path: Path) -> None:
    """Over the pages of a tag every post has one card, newest first, and pages lead on."""
    count = 3 * paging.PER_PAGE + 1
    publisher = site(tmp_path)
    for number in range(1, count + 1):
        put(publisher, number, hashtags=("sea",))

    pages = ["index.html", "page/2.html", "page/1.html"]
    found = [_ids(tmp_path, f"tags/sea/{page}") for page in pages]
    assert [number for page in found for number in page] == [*range(count, 0, -1)]
    first = read(tmp_path, "tags/sea/index.html").one("a", **{"class": "older"})
    assert first.attributes["href"] == "../../tags/sea/page/2.html"
    assert broken_links(tmp_path) == []


@given(st.integers(0, 400), st.integers(1, 60))
def test_pages_that_change_are_found(listed: int, new: int) -> None:
    """Whatever came since, every archive page that is new or leads on elsewhere now is written."""
    count = listed + new
    touched = paging.touched_archives(range(listed + 1, count + 1), count)

    before, after = (range(1, paging.archives(n) + 1) for n in (listed, count))
    fresh = {*after} - {*before}
    relinked = {before[-1]} if before and fresh else set()
    assert fresh | relinked <= {*touched} <= {*after}


@pytest.mark.parametrize(
    ("order", "wanted"),
    [([1, 2, 3, 4], [4, 3]), ([1, 2, 3, 0], [3, 2]), ([1, 0, 0, 0], [1]), ([], [])],
)
def test_gaps_are_made_up_for(order: list[int], wanted: list[int]) -> None:
    """Where posts were taken away, older ones fill a first page that would be nearly empty."""
    positions = range(max(1, len(order) - 1), len(order) + 1)

    assert paging.newest(order, positions, 2) == wanted


def test_the_search_knows_every_post(tmp_path: Path) -> None:
    """Each post is in the file of its position, with its words in lower case and in any script."""
    publisher = site(tmp_path)
    put(publisher, 1, prompt="A Lighthouse, at DAWN", caption="Über Größe", hashtags=("Sea",))
    put(publisher, 2, prompt="东京 の夜 हिन्दी")

    second, first = json.loads((tmp_path / "search/1.json").read_text())
    assert first == {
        "i": 1,
        "t": "Über Größe",
        "h": "posts/1-a-lighthouse-at-dawn.html",
        "w": "a lighthouse at dawn über größe sea",
        "d": "2026-11-21",
        "p": f"1-{picture().sha256[:16]}.jpg",
        "g": ["Sea"],
        "n": [],
    }
    assert second["w"] == "东京 の夜 हिन्दी"


def test_the_sitemap_names_every_page_of_a_post(tmp_path: Path) -> None:
    """With an address there is a sitemap in parts, and robots.txt says where; without one, none."""
    publisher = site(tmp_path / "a", url="https://example.org/art")
    for number in (1, 2):
        put(publisher, number)
    put(site(tmp_path / "b"), 1)

    index = ET.parse(tmp_path / "a/sitemap.xml")
    assert [e.text for e in index.iter(f"{SITEMAP}loc")] == [
        "https://example.org/art/sitemap/1.xml"
    ]
    part = ET.parse(tmp_path / "a/sitemap/1.xml")
    assert [e.text for e in part.iter(f"{SITEMAP}loc")] == [
        "https://example.org/art/",
        "https://example.org/art/posts/2-prompt-number-2.html",
        "https://example.org/art/posts/1-prompt-number-1.html",
    ]
    robots = (tmp_path / "a/robots.txt").read_text()
    assert "Sitemap: https://example.org/art/sitemap.xml" in robots.splitlines()
    assert (tmp_path / "b/robots.txt").read_text() == "User-agent: *\nAllow: /\n"
    assert not (tmp_path / "b/sitemap.xml").exists()


@pytest.mark.parametrize("url", ["", "https://example.org/art"])
@pytest.mark.parametrize("feed", ["feed.xml", "atom.xml"])
def test_a_reader_of_feeds_reads_them(tmp_path: Path, feed: str, url: str) -> None:
    """feedparser finds no fault, and title, date, tags, text and lasting ids of each post."""
    publisher = site(tmp_path, url=url, title="Art & <b>")
    for number in range(1, 34):
        put(publisher, number, caption=f"One & <i>{number}</i>", hashtags=("sea",))

    read_in = feedparser.parse((tmp_path / feed).read_bytes())
    assert not read_in.bozo
    assert read_in.feed.title == "Art & <b>"
    assert len(read_in.entries) == len({e.id for e in read_in.entries}) == paging.FEED_ITEMS
    newest = read_in.entries[0]
    assert newest.title == "One & <i>33</i>"
    assert newest.published_parsed[:4] == (2026, 11, 22, 17)
    assert [tag.term for tag in newest.tags] == ["sea"]
    assert newest.link.endswith("posts/33-prompt-number-33.html")
    shown = newest.content[0].value if feed == "atom.xml" else newest.description
    assert f'src="{url}{"/" * bool(url)}media/33-' in shown


def test_pictures_come_in_sizes(tmp_path: Path) -> None:
    """Copies are files of the site; the page offers each format with its widths, and the colour."""
    whole = rendition(1, picture("teal", 960, 720))
    publisher = site(tmp_path)
    publisher.publish(
        Rendition(post=whole.post, pictures=whole.pictures, copies=(copies(),)), PUBLICATION
    )

    page = read(tmp_path, "posts/1-prompt-number-1.html")
    offered = {s.attributes["type"]: s.attributes["srcset"] for s in page.all("source")}
    assert [*offered] == ["image/avif", "image/webp", "image/jpeg"]
    for srcset in offered.values():
        assert [entry.split()[1] for entry in srcset.split(", ")] == ["480w", "960w"]
    assert len([*(tmp_path / "media").iterdir()]) == 6
    assert "#008080" in {e.attributes.get("fill") for e in page.elements}
    assert broken_links(tmp_path) == []
    thumb = json.loads((tmp_path / "search/1.json").read_text())[0]["p"]
    assert (tmp_path / "media" / thumb).read_bytes() == picture("teal", 480, 360).content


def test_records_of_earlier_sites_are_read(tmp_path: Path) -> None:
    """A record without kinds, tags and sizes is as good as a new one: its tags get lists."""
    publisher = site(tmp_path)
    put(publisher, 1, hashtags=("sea",))
    path = tmp_path / ".site/posts/1.json"
    fields = json.loads(path.read_text())
    for name in ("kind", "language", "tags", "article"):
        del fields[name]
    for shot in fields["shots"]:
        for name in ("alt", "colour", "copies"):
            del shot[name]
    path.write_text(json.dumps(fields))
    for file in (tmp_path / ".site/state.json", tmp_path / ".site/lists.json"):
        file.unlink()

    put(publisher, 2)

    assert _ids(tmp_path, "tags/sea/index.html") == [1]
    assert broken_links(tmp_path) == []
