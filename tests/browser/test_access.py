"""axe-core, a judge from outside, finds no barrier on any kind of page."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.posts import pages
from tests.browser.visits import PHONE, visiting

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barriers(browser: Browser, folder: Path, origin: str, scheme: str) -> None:
    """Lists, posts, articles, topics, months and search: 0 violations, light and dark."""
    paths = ["index.html", "tags/art/index.html", *pages(folder, 48, 47), "search.html"]
    if scheme == "light":  # what else there can be is the same in both
        paths += ["tags/index.html", "month/index.html", "offline.html", *pages(folder, 49)]
    # The judge is a script put into the page, which the policy would stop.
    with visiting(browser, PHONE, scheme, bypass_csp=True) as visit:  # type: ignore[arg-type]  # literals of the list
        for path in paths:
            visit.page.goto(f"{origin}/{path}")
            if path == "search.html":
                visit.page.fill("#q", "art")
                visit.page.locator(".card").first.wait_for()
            found = Axe().run(visit.page)
            assert found.violations_count == 0, found.generate_report()
