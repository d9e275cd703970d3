"""Somebody reads: from the first page to a post and on, by links, keys, tags, months and words."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.posts import pages
from tests.browser.visits import DESK, PHONE, load_pictures, visiting

pytestmark = pytest.mark.browser


def _titles(page: Page) -> list[str]:
    return page.locator(".card h2").all_inner_texts()


@pytest.mark.parametrize("path", ["index.html", "page/1.html", "posts/48-two-of-a-kind.html"])
def test_pictures_load(browser: Browser, origin: str, path: str) -> None:
    """Every picture of a page is really there, from the site's own address."""
    with visiting(browser, PHONE) as visit:
        visit.page.goto(f"{origin}/{path}")

        assert all(load_pictures(visit.page))
        assert visit.left(origin) == set()


def test_a_browser_chooses_the_smallest_picture(browser: Browser, origin: str) -> None:
    """Chromium takes AVIF where there is one; what a small frame needs is the narrow copy."""
    with visiting(browser, PHONE) as visit:
        visit.page.goto(f"{origin}/index.html")
        shown = "document.querySelectorAll('.frame img')[0].currentSrc"

        assert visit.page.evaluate(shown).endswith(".avif")
        assert visit.page.locator("picture").first.locator("source").count() == 3


def test_a_reader_finds_the_way(browser: Browser, origin: str) -> None:
    """From a card to its page, to an older post and back, to older pages and home again."""
    with visiting(browser, PHONE) as visit:
        page = visit.page
        page.goto(f"{origin}/")
        page.locator(".card .frame").first.click(force=True)  # the link lies over the picture
        page.wait_for_url("**/posts/52-*.html")
        assert page.get_by_role("link", name="Newer").count() == 0
        page.get_by_role("link", name="Older").click()
        page.wait_for_url("**/posts/51-*.html")
        page.get_by_role("link", name="Newer").click()
        page.wait_for_url("**/posts/52-*.html")
        page.get_by_role("link", name="Promptpress").click()
        page.wait_for_url("**/index.html")
        page.get_by_role("link", name="Older posts").click()
        page.wait_for_url("**/page/1.html")
        page.get_by_role("link", name="Newer posts").click()
        page.wait_for_url("**/index.html")


def test_a_keyboard_is_enough(browser: Browser, origin: str) -> None:
    """The first stop skips to the content; each stop shows where it is; Enter opens a post."""
    focused = "document.activeElement.textContent"
    with visiting(browser, DESK) as visit:
        page = visit.page
        page.goto(f"{origin}/index.html")
        page.keyboard.press("Tab")
        assert page.evaluate(focused) == "Skip to the content"
        assert page.locator(".skip").evaluate("e => e.getBoundingClientRect().top") >= 0
        page.keyboard.press("Enter")
        for _ in range(page.locator(".topics a").count() + 1):
            page.keyboard.press("Tab")
        assert page.evaluate(focused) == "The newest of all"
        outline = "getComputedStyle(document.activeElement.closest('article')).outlineStyle"
        assert page.evaluate(outline) == "solid"
        page.keyboard.press("Enter")
        page.wait_for_url("**/posts/52-*.html")


def test_arrow_keys_turn_the_pages(browser: Browser, folder: Path, origin: str) -> None:
    """To the right lies the older post, to the left the newer one."""
    with visiting(browser, DESK) as visit:
        visit.page.goto(f"{origin}/{pages(folder, 48)[0]}")
        visit.page.keyboard.press("ArrowRight")
        visit.page.wait_for_url("**/posts/47-*.html")
        visit.page.keyboard.press("ArrowLeft")
        visit.page.wait_for_url("**/posts/48-*.html")


def test_an_article_is_read(browser: Browser, folder: Path, origin: str) -> None:
    """Its title, summary, cover, headings, lists and pictures are there, and its tags lead on."""
    with visiting(browser, PHONE) as visit:
        page = visit.page
        page.goto(f"{origin}/{pages(folder, 47)[0]}")

        assert page.locator("h1").inner_text() == "Why the sea is never the same blue twice"
        assert page.locator(".stand").inner_text() == "What water does to light."
        assert page.locator(".passages h2").all_inner_texts() == ["Light", "Depth"]
        assert page.locator(".passages li").count() == 4
        assert page.locator("html").get_attribute("lang") == "en"
        alts = [image.get_attribute("alt") for image in page.locator("article img").all()]
        assert alts == ["Waves", "Light in water"]
        notes = page.locator("figcaption .mark").all_inner_texts()
        assert notes == ["AI-made picture", "AI-made picture"]
        kinds = page.locator('figure [itemprop="digitalSourceType"]').evaluate_all(
            "all => all.map(one => one.href)"
        )
        assert {*kinds} == {"https://schema.org/TrainedAlgorithmicMediaDigitalSource"}
        assert all(load_pictures(page))
        page.get_by_role("link", name="blue sea").click()
        page.wait_for_url("**/tags/blue-sea/index.html")
        assert _titles(page) == ["Why the sea is never the same blue twice"]


def test_topics_and_months(browser: Browser, origin: str) -> None:
    """A tag leads to all its posts, a month to those of the month; both are listed."""
    with visiting(browser, DESK) as visit:
        page = visit.page
        page.goto(f"{origin}/index.html")
        page.get_by_role("link", name="Topics").click()
        page.wait_for_url("**/tags/index.html")
        page.locator(".register").get_by_role("link", name="art").first.click()
        page.wait_for_url("**/tags/art/index.html")
        assert page.locator("h1").inner_text() == "#art"
        assert page.locator(".card").count() == 3

        page.get_by_role("link", name="Archive").first.click()
        page.wait_for_url("**/month/index.html")
        assert page.locator(".register li").all_inner_texts() == ["November\n41", "October\n11"]
        page.get_by_role("link", name="October").click()
        page.wait_for_url("**/month/2026-10/index.html")
        assert page.locator("h1").inner_text() == "October 2026"
        assert page.locator(".card").count() == 11


def test_search_answers_while_somebody_types(browser: Browser, origin: str) -> None:
    """Each letter narrows the posts down; any script is found; the words stay in the address."""
    with visiting(browser, PHONE) as visit:
        page = visit.page
        page.goto(f"{origin}/index.html")
        page.get_by_role("link", name="Search").click()
        page.wait_for_url("**/search.html")
        page.keyboard.type("NEWEST of")
        page.locator("#state", has_text="1 post").wait_for()
        assert _titles(page) == ["The newest of all"]
        assert page.locator(".card .mark").all_inner_texts() == ["AI"]

        page.fill("#q", "منارة")
        page.locator("#found", has_text="منارة عند الفجر").wait_for()
        page.fill("#q", "灯台")
        page.locator("#found", has_text="夜明けの静かな灯台").wait_for()
        page.fill("#q", "no such words")
        page.locator("#state", has_text="0 posts").wait_for()
        assert page.locator(".card").count() == 0

        page.fill("#q", "blue sea")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=blue%20sea")
        page.reload()
        page.locator("#found").get_by_role("link", name="Why the sea").click()
        page.wait_for_url("**/posts/47-*.html")


def test_search_among_thousands(browser: Browser, origin: str) -> None:
    """Of 3,000 posts in 15 files the newest come first, and the page holds no more than a few."""

    def answer(route: Route) -> None:
        piece = int(route.request.url.rpartition("/")[2].removesuffix(".json"))
        posts = [
            {
                "i": number,
                "t": f"Boat {number}",
                "h": f"posts/{number}.html",
                "w": "boat " + "words " * 100,
                "d": f"2026-{piece % 12 + 1:02}-01",
                "p": "none.jpg",
                "g": ["sea"],
                "n": ["AI"],
            }
            for number in range(piece * 200, (piece - 1) * 200, -1)
        ]
        route.fulfill(body=json.dumps(posts), content_type="application/json")

    def enlarge(route: Route) -> None:
        page = route.fetch()
        route.fulfill(response=page, body=page.text().replace('shards="1"', 'shards="15"'))

    with visiting(browser, DESK) as visit:
        page = visit.page
        page.route("**/search.html", enlarge)
        page.route("**/search/*.json", answer)
        page.route("**/media/none.jpg", lambda route: route.fulfill(content_type="image/jpeg"))
        page.goto(f"{origin}/search.html")
        page.fill("#q", "boat sea")
        page.get_by_text("3,000 posts", exact=True).wait_for()
        assert _titles(page)[:2] == ["Boat 3000", "Boat 2999"]
        assert page.locator(".card").count() == 48
        page.get_by_role("button", name="Show more").click()
        assert page.locator(".card").count() == 96


def test_pages_from_the_disk(browser: Browser, folder: Path) -> None:
    """Opened as a file, without any server, all but the search is there, and it says so."""
    with visiting(browser, DESK) as visit:
        page = visit.page
        page.goto((folder / "index.html").as_uri())

        assert all(load_pictures(page))
        assert not page.get_by_role("link", name="Search").is_visible()
        page.get_by_role("link", name="The newest of all").click()
        page.wait_for_url("**/posts/52-the-newest-of-all.html")
        assert page.locator("body").evaluate("b => getComputedStyle(b).display") == "flex"
        page.get_by_role("button", name="Dark colours").click()
        assert page.locator("html").get_attribute("data-theme") == "dark"
        page.goto((folder / "search.html").as_uri())
        assert page.get_by_text("Searching takes a web server").is_visible()
        assert all(url.startswith("file://") for url in visit.requests)


def test_pages_without_scripts(browser: Browser, folder: Path, origin: str) -> None:
    """Where nothing runs, everything is read; what would not work is not offered."""
    with visiting(browser, PHONE, java_script_enabled=False) as visit:
        page = visit.page
        page.goto(f"{origin}/index.html")
        assert page.locator(".card").count() == 28
        assert page.locator(".tools > :visible").count() == 0
        page.get_by_role("link", name="The newest of all").click()
        page.wait_for_url("**/posts/52-*.html")
        assert page.locator("h1").inner_text() == "The newest of all"
        page.goto(f"{origin}/search.html")
        assert page.get_by_text("Searching takes a web server").is_visible()
        assert not page.locator("#q").is_visible()
