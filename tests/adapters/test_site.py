"""The site: what becomes of a post, and how the lists hold all of them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.site import SitePublisher, paging
from promptpress.model import Publication
from tests.adapters.sites import (
    broken_links,
    cards,
    in_memory,
    media,
    page_of,
    picture,
    put,
    read,
    rendition,
    site,
)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with in_memory() as folder:
        yield folder


@pytest.fixture
def publisher(tmp_path: Path) -> SitePublisher:
    return site(tmp_path)


def test_a_post_gets_a_page_a_card_and_a_feed_item(
    tmp_path: Path, publisher: SitePublisher
) -> None:
    """A post has its page with picture, words and facts, a card on the index, and a feed item."""
    shown = picture()
    receipt = put(
        publisher,
        7,
        shown,
        prompt="A Lighthouse at dawn",
        caption="First light\nand nobody there",
        alt_text="a white tower",
        hashtags=("art", "sea"),
        media=(
            media(shown, generator="hf", model="flux", seed=42, source="trainedAlgorithmicMedia"),
        ),
    )

    page = read(tmp_path, "posts/7-a-lighthouse-at-dawn.html")
    assert receipt.external_id == "7"
    assert receipt.url == (tmp_path / "posts/7-a-lighthouse-at-dawn.html").as_uri()
    assert page.one("h1").text == "First light"
    image = page.one("img", itemprop="contentUrl").attributes
    assert (image["alt"], image["width"], image["height"]) == ("a white tower", "64", "48")
    assert (tmp_path / "posts" / image["src"]).read_bytes() == shown.content
    words = page.one("article").text
    for part in (
        "and nobody there",
        "A Lighthouse at dawn",
        "21 November 2026",
        "AI-made picture",
        "flux · hf",
        "seed\N{NO-BREAK SPACE}42",
    ):
        assert part in words
    tags = {link.attributes["href"]: link.text for link in page.all("a", rel="tag")}
    assert tags == {"../tags/art/index.html": "art", "../tags/sea/index.html": "sea"}
    assert cards(tmp_path) == ["posts/7-a-lighthouse-at-dawn.html"]
    assert "<title>First light</title>" in (tmp_path / "feed.xml").read_text()
    assert broken_links(tmp_path) == []


@pytest.mark.parametrize(
    ("source", "whole", "short"),
    [
        ("trainedAlgorithmicMedia", "AI-made picture", "AI"),
        ("algorithmicMedia", "Drawn by a program, not AI", "Sketch"),
        ("", "", ""),
    ],
)
def test_a_page_says_what_made_the_picture(
    tmp_path: Path, publisher: SitePublisher, source: str, whole: str, short: str
) -> None:
    """The note follows the source of the picture, and nothing is claimed where it is unknown."""
    put(publisher, 1, media=(media(picture(), source=source),))

    marks = [
        [mark.text for mark in read(tmp_path, path).all("span", **{"class": "mark"})]
        for path in (str(page_of(tmp_path, 1).relative_to(tmp_path)), "index.html")
    ]
    assert marks == [[whole] * bool(whole), [short] * bool(short)]


def test_all_pictures_of_a_post_are_shown(tmp_path: Path, publisher: SitePublisher) -> None:
    """The page shows every picture in order; the card shows the first and says how many."""
    put(publisher, 1, picture("teal"), picture("red", 40, 80))

    images = read(tmp_path, "posts/1-prompt-number-1.html").all("img", itemprop="contentUrl")
    assert [image.attributes["width"] for image in images] == ["64", "40"]
    assert "2 pictures" in read(tmp_path, "index.html").one("main").text


def test_the_date_is_that_of_the_first_time(tmp_path: Path, publisher: SitePublisher) -> None:
    """A post bears the time it was sent, else the clock's, and keeps it when published again."""
    sent = Publication(channel="site", sent_at=datetime(2025, 1, 2, tzinfo=UTC))
    publisher.publish(rendition(1), sent)
    put(publisher, 1, caption="changed")
    put(publisher, 2)

    dates = [time.text for time in read(tmp_path, "index.html").all("time")]
    assert dates == ["21 November 2026", "2 January 2025"]


def test_lists_hold_every_post_once_and_newest_first(tmp_path: Path) -> None:
    """Over three archive pages every post has one card, in order, and all links lead somewhere."""
    count = 4 * paging.PER_PAGE + 2
    publisher = site(tmp_path)
    for number in range(1, count + 1):
        put(publisher, number)

    expected = [f"posts/{n}-prompt-number-{n}.html" for n in range(count, 0, -1)]
    assert expected == cards(tmp_path)
    assert broken_links(tmp_path) == []
    assert expected == _walk(tmp_path, "older", expected[0])
    assert expected[::-1] == _walk(tmp_path, "newer", expected[-1])
    there = ["index.html", "page/3.html", "page/2.html", "page/1.html"]
    assert there == _walk(tmp_path, "older", "index.html")
    assert there == [*reversed(_walk(tmp_path, "newer", "page/1.html"))]


def _walk(folder: Path, way: str, start: str) -> list[str]:
    """Follow the links to older or newer pages to their end."""
    path = start
    found = []
    while path:
        found.append(path)
        links = read(folder, path).all("a", **{"class": way})
        path = links[0].attributes["href"].removeprefix("../") if links else ""
    return found


@given(st.integers(1, 2_000))
def test_pages_share_all_posts_among_them(count: int) -> None:
    """Every position is on the index or on one archive page; the index is never nearly empty."""
    shown = [*paging.positions_of_index(count)]
    for page in range(paging.archives(count), 0, -1):
        shown = [*paging.positions_of(page), *shown]

    assert [*range(1, count + 1)] == shown
    index = len(paging.positions_of_index(count))
    assert min(count, paging.PER_PAGE) <= index < 2 * paging.PER_PAGE


def test_a_published_address_makes_links_absolute(tmp_path: Path) -> None:
    """With a URL the receipt, the feed and the previews of other sites name whole addresses."""
    receipt = put(site(tmp_path, url="https://example.org/art/"), 1)

    assert receipt.url == "https://example.org/art/posts/1-prompt-number-1.html"
    page = read(tmp_path, "posts/1-prompt-number-1.html")
    assert page.one("link", rel="canonical").attributes["href"] == receipt.url
    image = page.one("meta", property="og:image").attributes["content"]
    assert image.startswith("https://example.org/art/media/1-")
    assert f"<link>{receipt.url}</link>" in (tmp_path / "feed.xml").read_text()
