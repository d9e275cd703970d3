"""The site in a browser: it fits the screen, shows pictures, and runs nothing people wrote."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Request, Response

from promptpress.adapters.site import SitePublisher
from promptpress.model import Media, Post, Publication
from promptpress.ports import Picture, Rendition
from tests.browser.conftest import serve

pytestmark = pytest.mark.browser

COUNT = 52
"""Posts on the site: the index and one archive page."""
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)><b>bold</b>"
WORDS: dict[int, dict[str, Any]] = {
    52: {"prompt": "The newest of all", "hashtags": ("art",)},
    51: {"prompt": MARKUP, "caption": f"{MARKUP}\njavascript:alert(3)", "alt_text": '" onload="x'},
    50: {"prompt": "x" * 10_000},
    49: {"prompt": "منارة عند الفجر في يوم هادئ", "hashtags": ("فن",)},
    48: {"prompt": "two of a kind", "caption": "Two of a kind\n\nwith more to say"},
}
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
Scheme = Literal["light", "dark"]


def _picture(number: int) -> Picture:
    size = [(96, 96), (128, 72), (72, 128)][number % 3]
    image = Image.linear_gradient("L").resize(size)
    colours = ("black", (number * 5 % 256, 90, 140), "wheat")
    file = BytesIO()
    colour = Image.merge("RGB", [image.point(lambda v, s=s: (v * s) % 256) for s in (1, 2, 3)])
    Image.blend(colour, Image.new("RGB", size, colours[1]), 0.6).save(file, "JPEG")
    content = file.getvalue()
    digest = sha256(content).hexdigest()
    return Picture(content=content, format="JPEG", width=size[0], height=size[1], sha256=digest)


def _fill(folder: Path) -> None:
    hours = iter(range(COUNT))
    start = datetime(2026, 11, 1, tzinfo=UTC)
    publisher = SitePublisher(folder, clock=lambda: start + timedelta(hours=next(hours)))
    for number in range(1, COUNT + 1):
        words: dict[str, Any] = {"prompt": f"prompt number {number}", **WORDS.get(number, {})}
        pictures = tuple(_picture(number + step) for step in range(2 if number == 48 else 1))
        media = tuple(
            Media(
                sha256=one.sha256,
                format="JPEG",
                width=one.width,
                height=one.height,
                size=len(one.content),
                refs={},
                position=position,
                generator="sketch",
                seed=number,
                source="algorithmicMedia",
            )
            for position, one in enumerate(pictures)
        )
        post = Post(id=number, media=media, **words)
        publisher.publish(Rendition(post=post, pictures=pictures), Publication(channel="site"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with kind and unkind posts."""
    made = tmp_path_factory.mktemp("site")
    _fill(made)
    return made


@pytest.fixture(scope="module")
def origin(folder: Path) -> Iterator[str]:
    """The address of that site."""
    with serve(folder) as address:
        yield address


@dataclass
class Visit:
    """A tab, and all that happened in it beside what was asked for."""

    page: Page
    requests: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    def note_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the reader went on before it had come
            self.trouble.append(f"failed: {request.url} {request.failure}")

    def note_answer(self, answer: Response) -> None:
        if answer.status >= 400:
            self.trouble.append(f"{answer.status}: {answer.url}")


@contextmanager
def visiting(browser: Browser, size: dict[str, int], scheme: Scheme = "light") -> Iterator[Visit]:
    """Open a tab; fail at its end if anything ran, failed or was complained about."""
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme=scheme,
        is_mobile=size is PHONE,
        has_touch=size is PHONE,
    )
    visit = Visit(context.new_page())
    page = visit.page
    page.set_default_timeout(20_000)
    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("requestfailed", visit.note_failure)
    page.on("response", visit.note_answer)
    page.on("console", lambda message: visit.trouble.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: visit.trouble.append(f"error: {error}"))
    page.on("dialog", lambda dialog: visit.trouble.append(f"dialog: {dialog.message}"))
    try:
        yield visit
        assert visit.trouble == []
    finally:
        context.close()


def _posts(folder: Path, *numbers: int) -> list[str]:
    return [f"posts/{f.name}" for n in numbers for f in (folder / "posts").glob(f"{n}[-.]*")]


def _load_pictures(page: Page) -> list[int]:
    """Scroll to every picture and wait for it; return how wide each really is."""
    for image in page.locator("img").all():
        image.scroll_into_view_if_needed()
    page.wait_for_function("[...document.images].every(image => image.complete)")
    return [int(width) for width in page.evaluate("[...document.images].map(i => i.naturalWidth)")]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_fits_the_screen(
    browser: Browser, folder: Path, origin: str, size: dict[str, int]
) -> None:
    """Neither long words, nor right-to-left ones, nor markup make a page wider than the screen."""
    paths = ["index.html", "page/1.html", *_posts(folder, 52, 51, 50, 49, 48, 1)]
    with visiting(browser, size) as visit:
        for path in paths:
            visit.page.goto(f"{origin}/{path}")
            width = visit.page.evaluate("document.documentElement.scrollWidth")
            assert (path, size["width"]) == (path, width)


def test_cards_stand_in_columns_on_a_desk_and_in_one_on_a_phone(
    browser: Browser, origin: str
) -> None:
    """A phone shows a card per row; a desk three, the newest twice as large."""
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
            assert (widths[0] > 1.9 * widths[1]) == (name == "desk")
    assert columns == {"phone": 1, "desk": 3}


@pytest.mark.parametrize("path", ["index.html", "page/1.html", "posts/48-two-of-a-kind.html"])
def test_pictures_load(browser: Browser, origin: str, path: str) -> None:
    """Every picture of a page is really there, from the site's own address."""
    with visiting(browser, PHONE) as visit:
        visit.page.goto(f"{origin}/{path}")

        assert all(_load_pictures(visit.page))
        assert {url for url in visit.requests if not url.startswith(f"{origin}/")} == set()


def test_pictures_load_from_the_disk(browser: Browser, folder: Path) -> None:
    """Opened as a file, without any server, the site has its pictures and its style."""
    with visiting(browser, DESK) as visit:
        visit.page.goto((folder / "index.html").as_uri())

        assert all(_load_pictures(visit.page))
        visit.page.get_by_role("link", name="The newest of all").click()
        visit.page.wait_for_url("**/posts/52-the-newest-of-all.html")
        assert visit.page.locator("body").evaluate("b => getComputedStyle(b).display") == "flex"
        assert all(url.startswith("file://") for url in visit.requests)


def test_markup_is_shown_as_text(browser: Browser, folder: Path, origin: str) -> None:
    """Markup in prompt, caption and alt text is read as it was typed; nothing of it runs."""
    (path,) = _posts(folder, 51)
    with visiting(browser, DESK) as visit:
        visit.page.goto(f"{origin}/index.html")
        assert visit.page.get_by_role("link", name=MARKUP, exact=True).count() == 1

        visit.page.goto(f"{origin}/{path}")
        assert visit.page.locator("h1").inner_text() == MARKUP
        assert "javascript:alert(3)" in visit.page.locator("article").inner_text()
        assert visit.page.locator("article img").get_attribute("alt") == '" onload="x'
        assert visit.page.locator("script, article b").count() == 0


def test_the_policy_stops_what_got_in(browser: Browser, origin: str) -> None:
    """Even markup that got into a page could neither run nor ask another server."""
    with visiting(browser, DESK) as visit:
        visit.page.goto(f"{origin}/index.html")
        visit.page.evaluate(
            "document.body.insertAdjacentHTML('beforeend',"
            " '<img src=x onerror=document.title=1><img src=//127.0.0.2/a style=color:red>')"
        )
        visit.page.wait_for_function("document.images[document.images.length - 1].complete")

        assert visit.page.title() == "Promptpress"
        assert "failed: http://127.0.0.2/a csp" in visit.trouble
        for stopped in ("Executing inline event handler", "Applying inline style"):
            assert any(stopped in line for line in visit.trouble)
        visit.trouble.clear()


def test_light_and_dark(browser: Browser, origin: str) -> None:
    """The pages follow the reader's choice, and their words stand out from the paper in both."""
    for scheme, light in (("light", True), ("dark", False)):
        with visiting(browser, PHONE, scheme) as visit:  # type: ignore[arg-type]  # literals of the tuple
            for path in ("index.html", "posts/52-the-newest-of-all.html"):
                visit.page.goto(f"{origin}/{path}")
                paper = _luminance(visit.page, "body", "backgroundColor")
                assert (paper > 0.5) == light
                for part in ("h1", ".facts time", ".mark", ".bottom p", ".tags li", ".details li"):
                    if visit.page.locator(part).count():
                        assert _contrast(_luminance(visit.page, part, "color"), paper) >= 4.5


def _luminance(page: Page, selector: str, name: str) -> float:
    """Return the relative luminance of a colour in use (WCAG 2.2)."""
    style = page.locator(selector).first.evaluate(f"e => getComputedStyle(e).{name}")
    parts = [int(part) / 255 for part in re.findall(r"\d+", style)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


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
        page.get_by_role("link", name="Older pictures").click()
        page.wait_for_url("**/page/1.html")
        page.get_by_role("link", name="Newer pictures").click()
        page.wait_for_url("**/index.html")


def test_a_keyboard_is_enough(browser: Browser, origin: str) -> None:
    """The first stop skips to the content; each stop shows where it is; Enter opens a post."""
    with visiting(browser, DESK) as visit:
        page = visit.page
        page.goto(f"{origin}/index.html")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        assert page.locator(".skip").evaluate("e => e.getBoundingClientRect().top") >= 0
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "The newest of all"
        outline = "getComputedStyle(document.activeElement.closest('article')).outlineStyle"
        assert page.evaluate(outline) == "solid"
        page.keyboard.press("Enter")
        page.wait_for_url("**/posts/52-*.html")


def test_right_to_left_words_stand_right(browser: Browser, folder: Path, origin: str) -> None:
    """Arabic words are laid out from the right while the page around them is not."""
    (path,) = _posts(folder, 49)
    with visiting(browser, DESK) as visit:
        visit.page.goto(f"{origin}/{path}")

        direction = "e => getComputedStyle(e).direction"
        assert visit.page.locator("h1").evaluate(direction) == "rtl"
        assert visit.page.locator(".facts").evaluate(direction) == "ltr"
