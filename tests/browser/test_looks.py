"""How pages stand on screens: they fit, nothing jumps, and they are light or dark as one likes."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.posts import pages
from tests.browser.visits import DESK, PHONE, load_pictures, visiting, wait_for

pytestmark = pytest.mark.browser

LISTS = ("index.html", "page/1.html", "tags/index.html", "month/index.html", "search.html")
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifts.push(entry.value);
}).observe({type: 'layout-shift', buffered: true});
"""


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_fits_the_screen(
    browser: Browser, folder: Path, origin: str, size: dict[str, int]
) -> None:
    """Neither long words, nor right-to-left ones, nor markup make a page wider than the screen."""
    posts = pages(folder, 52, 51, 50, 49, 48, 47, 46, 45, 44, 1)
    paths = [*LISTS, "offline.html", "tags/art/index.html", "month/2026-10/index.html", *posts]
    with visiting(browser, size) as visit:
        for path in paths:
            visit.page.goto(f"{origin}/{path}")
            wide, room = visit.page.evaluate(
                "(e => [e.scrollWidth, e.clientWidth])(document.documentElement)"
            )
            assert (path, wide) <= (path, room)  # it may be less by the room for a scroll bar
            assert room == size["width"]


def test_cards_stand_in_columns_on_a_desk_and_in_one_on_a_phone(
    browser: Browser, origin: str
) -> None:
    """A phone shows a card per row; a desk three, and the newest as wide as all of them."""
    lefts = "[...document.querySelectorAll('.card')].map(c => c.getBoundingClientRect().left)"
    columns = {}
    for name, size in (("phone", PHONE), ("desk", DESK)):
        with visiting(browser, size) as visit:
            visit.page.goto(f"{origin}/index.html")
            columns[name] = len(set(visit.page.evaluate(lefts)))
            widths = [
                visit.page.locator(".card").nth(at).evaluate("card => card.offsetWidth")
                for at in (0, 1)
            ]
            assert (widths[0] > 2.9 * widths[1]) == (name == "desk")
    assert columns == {"phone": 1, "desk": 3}


@dataclass
class Gate:
    """Lets no picture through until it is opened."""

    waiting: list[Route] = field(default_factory=list)
    is_open: bool = False

    def meet(self, route: Route) -> None:
        if self.is_open:
            route.continue_()
        else:
            self.waiting.append(route)

    def open(self) -> None:
        self.is_open = True
        for route in self.waiting:
            route.continue_()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_jumps_when_pictures_come_late(
    browser: Browser, folder: Path, origin: str, size: dict[str, int]
) -> None:
    """Text is laid out where it stays, though every picture comes after it: no shift at all."""
    paths = ["index.html", *pages(folder, 48, 47)]
    with visiting(browser, size) as visit:
        page = visit.page
        page.add_init_script(SHIFTS)
        for path in paths:
            gate = Gate()
            page.route("**/media/*", gate.meet)
            with page.expect_request("**/media/*"):
                page.goto(f"{origin}/{path}", wait_until="domcontentloaded")
            _paint(page)
            before = page.locator("h1").bounding_box()
            assert gate.waiting
            gate.open()
            page.wait_for_load_state("load")
            assert all(load_pictures(page))
            page.evaluate("scrollTo(0, 0)")
            _paint(page)
            assert page.locator("h1").bounding_box() == before
            assert (path, page.evaluate("window.shifts")) == (path, [])
            page.unroute("**/media/*")


def _paint(page: Page) -> None:
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_a_shift_would_be_seen(browser: Browser, origin: str) -> None:
    """The observer that finds no shift above does find one where something jumps."""
    with visiting(browser, DESK) as visit:
        visit.page.add_init_script(SHIFTS)
        visit.page.goto(f"{origin}/index.html")
        _paint(visit.page)
        visit.page.evaluate("document.querySelector('.topics').remove()")
        wait_for(visit.page, "window.shifts.length > 0")


def test_a_colour_stands_in_for_a_picture(browser: Browser, folder: Path, origin: str) -> None:
    """Until a picture is there, its mean colour is, in the same place."""
    with visiting(browser, PHONE) as visit:
        visit.page.goto(f"{origin}/{pages(folder, 52)[0]}")
        tone = visit.page.locator(".picture .tone")

        assert re.fullmatch("#[0-9a-f]{6}", tone.locator("rect").get_attribute("fill") or "")
        assert tone.bounding_box() == visit.page.locator(".picture img").bounding_box()


def test_light_and_dark(browser: Browser, folder: Path, origin: str) -> None:
    """The pages follow the reader's system, and their words stand out from the paper in both."""
    parts = ("h1", ".facts time", ".mark", ".bottom p", ".tags a", "figcaption", ".stand", ".sort")
    for scheme, light in (("light", True), ("dark", False)):
        with visiting(browser, PHONE, scheme) as visit:  # type: ignore[arg-type]  # literals of the tuple
            for path in ("index.html", *pages(folder, 52, 47)):
                visit.page.goto(f"{origin}/{path}")
                paper = _luminance(visit.page, "body", "backgroundColor")
                assert (paper > 0.5) == light
                for part in parts:
                    if visit.page.locator(part).count():
                        assert _contrast(_luminance(visit.page, part, "color"), paper) >= 4.5


def test_the_choice_of_light_or_dark_is_kept(browser: Browser, origin: str) -> None:
    """A reader's own choice holds on every page and after closing the tab; or it is undone."""
    with visiting(browser, DESK, "light") as visit:
        page = visit.page
        page.goto(f"{origin}/index.html")
        button = page.get_by_role("button", name="Dark colours")
        assert button.get_attribute("aria-pressed") == "false"
        button.click()
        assert button.get_attribute("aria-pressed") == "true"
        assert _luminance(page, "body", "backgroundColor") < 0.5

        again = page.context.new_page()
        again.goto(f"{origin}/month/index.html")
        assert _luminance(again, "body", "backgroundColor") < 0.5
        bars = again.locator('meta[name="theme-color"]')
        assert {bar.get_attribute("content") for bar in bars.all()} == {"#151412"}
        again.get_by_role("button", name="Dark colours").click()
        assert _luminance(again, "body", "backgroundColor") > 0.5
        assert again.evaluate("localStorage.length") == 0


def _luminance(page: Page, selector: str, name: str) -> float:
    """Return the relative luminance of a colour in use (WCAG 2.2)."""
    style: Any = page.locator(selector).first.evaluate(f"e => getComputedStyle(e).{name}")
    parts = [int(part) / 255 for part in re.findall(r"\d+", style)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def test_right_to_left_words_stand_right(browser: Browser, folder: Path, origin: str) -> None:
    """Arabic words are laid out from the right while the page around them is not."""
    (path,) = pages(folder, 49)
    with visiting(browser, DESK) as visit:
        visit.page.goto(f"{origin}/{path}")

        direction = "e => getComputedStyle(e).direction"
        assert visit.page.locator("h1").evaluate(direction) == "rtl"
        assert visit.page.locator(".facts").evaluate(direction) == "ltr"
