"""What people and models wrote is shown and never obeyed; what got in could do nothing."""

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from tests.browser.posts import MARKUP, pages
from tests.browser.visits import DESK, PHONE, visiting, wait_for

pytestmark = pytest.mark.browser

UNKIND = (51, 50, 46, 45)


def test_markup_is_shown_as_text(browser: Browser, folder: Path, origin: str) -> None:
    """Markup in prompt, caption and alt text is read as it was typed; nothing of it runs."""
    (path,) = pages(folder, 51)
    with visiting(browser, DESK) as visit:
        visit.page.goto(f"{origin}/index.html")
        link = visit.page.locator(f'.card a[href="{quote(path)}"]')
        assert link.inner_text().startswith(MARKUP[:90])

        visit.page.goto(f"{origin}/{path}")
        assert "javascript:alert(3)" in visit.page.locator("article").inner_text()
        assert visit.page.locator("article img").get_attribute("alt") == '" onload="x'
        assert visit.page.locator("article").locator("script, style, b").count() == 0


def test_hostile_posts_run_nothing_anywhere(browser: Browser, folder: Path, origin: str) -> None:
    """On every page that shows them the title stays, the console is silent and nobody is asked."""
    tags = [f"tags/{found.name}/index.html" for found in (folder / "tags").iterdir()]
    lists = ["index.html", "month/2026-11/index.html", "tags/index.html"]
    posts = pages(folder, *UNKIND)
    assert len(posts) == len(UNKIND)
    with visiting(browser, PHONE) as visit:
        for path in [
            *lists,
            *posts,
            *(t for t in tags if not t.endswith("/index.html/index.html")),
        ]:
            visit.page.goto(f"{origin}/{path}")
            assert visit.page.title() != "run"
            assert visit.page.locator("h1").is_visible()
            assert (
                visit.page.locator("main script, main style, main iframe, [onclick]").count() == 0
            )
        assert visit.left(origin) == set()


def test_a_hostile_article_is_words(browser: Browser, folder: Path, origin: str) -> None:
    """Of Markdown and HTML against the reader only words and plain links to the web are left."""
    with visiting(browser, DESK) as visit:
        visit.page.goto(f"{origin}/{pages(folder, 46)[0]}")
        article = visit.page.locator(".passages")

        assert "five" in article.inner_text()
        assert article.locator("iframe, svg:not(.tone), math, script, style, [style]").count() == 0
        links = article.locator("a:not(.picture)").evaluate_all("all => all.map(a => a.protocol)")
        assert set(links) <= {"https:", "http:", "mailto:"}
        images = article.locator("img").evaluate_all("all => all.map(i => i.src)")
        assert all(address.startswith(f"{origin}/media/") for address in images)


def test_search_shows_markup_as_text(browser: Browser, origin: str) -> None:
    """What the search finds is put onto the page as words."""
    with visiting(browser, DESK) as visit:
        visit.page.goto(f"{origin}/search.html")
        visit.page.fill("#q", "script")
        visit.page.locator("#found", has_text="<script>").wait_for()
        assert visit.page.locator("#found").locator("script, b, [onerror]").count() == 0
        assert visit.page.title() == "Search · Promptpress"


def test_no_file_lies_outside_its_folder(folder: Path) -> None:
    """Words that look like a way out of a folder name files like any other."""
    (path,) = pages(folder, 45)

    assert path == "posts/45-etc-passwd.html"
    assert {found.parent.name for found in (folder / "tags").rglob("evil*/index.html")} == {"evil"}
    tops = {found.name for found in folder.iterdir() if found.is_dir()}
    assert tops <= {
        ".site",
        "assets",
        "media",
        "month",
        "page",
        "posts",
        "search",
        "sitemap",
        "tags",
    }


def test_the_policy_stops_what_got_in(browser: Browser, origin: str) -> None:
    """Even markup that got into a page could neither run nor ask another server."""
    with visiting(browser, DESK) as visit:
        visit.page.goto(f"{origin}/index.html")
        visit.page.evaluate(
            "document.body.insertAdjacentHTML('beforeend',"
            " '<img src=x onerror=document.title=1><img src=//127.0.0.2/a style=color:red>')"
        )
        wait_for(visit.page, "document.images[document.images.length - 1].complete")

        assert visit.page.title() == "Promptpress"
        assert "failed: http://127.0.0.2/a csp" in visit.trouble
        for stopped in ("Executing inline event handler", "Applying inline style"):
            assert any(stopped in line for line in visit.trouble)
        visit.trouble.clear()
