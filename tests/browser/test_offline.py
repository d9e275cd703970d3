"""The site as an app: it can be installed, what was read stays readable, and news are told."""

from collections.abc import Iterator
from functools import partialmethod
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.adapters.sites import in_memory
from tests.browser.conftest import serve
from tests.browser.posts import COUNT, pages, publish
from tests.browser.visits import PHONE, load_pictures, visiting, wait_for

pytestmark = pytest.mark.browser

FIRST = COUNT - 3
IS_KEPT = """(await Promise.all(
  [location.href, ...[...document.querySelectorAll('main img')].map((one) => one.currentSrc)].map(
    async (address) =>
      (await (await caches.open(address.includes('/media/') ? '/#media' : '/#pages'))
        .match(address))
  )
)).every(Boolean)"""


COME_BACK = """() => new Promise((done) => {
  navigator.serviceWorker.addEventListener('message', done, { once: true });
  document.dispatchEvent(new Event('visibilitychange'));
})"""
"""What a browser does for a page that is looked at again; it ends when the newest post is told."""
PATIENCE = "const PATIENCE = 4000;"
PATIENT = "const PATIENCE = 60000;"
"""No machine is so slow that a page comes later: what is shown never hangs on the time."""
STUCK = "Cache.prototype.put = () => new Promise(() => {});"
"""A storage that never comes to the end of a write."""


@pytest.fixture
def small() -> Iterator[Path]:
    """A site of few posts that a test may add to."""
    with in_memory() as made:
        publish(made, FIRST, COUNT)
        _change_worker(made, PATIENCE, PATIENT)
        yield made


def _change_worker(folder: Path, old: str, new: str) -> None:
    file = folder / "sw.js"
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")


def _read(page: Page, address: str) -> None:
    """Open a page, look at all of it, and wait until it is kept."""
    page.goto(address)
    assert all(load_pictures(page))
    wait_for(page, IS_KEPT)


def test_what_was_read_is_there_without_a_connection(browser: Browser, small: Path) -> None:
    """Pages and pictures that were seen are seen again; of others a page says why not."""
    with serve(small) as origin, visiting(browser, PHONE, worker=True) as visit:
        page = visit.page
        post = f"{origin}/posts/52-the-newest-of-all.html"
        _read(page, f"{origin}/index.html")
        _read(page, post)
        page.context.set_offline(True)

        page.goto(f"{origin}/")
        assert page.locator(".card").count() == 4
        page.get_by_role("link", name="The newest of all").click()
        page.wait_for_url("**/posts/52-*.html")
        assert page.locator("h1").inner_text() == "The newest of all"
        assert all(load_pictures(page))
        assert page.locator("body").evaluate("b => getComputedStyle(b).display") == "flex"

        page.get_by_role("link", name="Older").click()
        page.wait_for_url("**/offline.html")
        assert page.locator("h1").inner_text() == "No connection"
        page.get_by_role("link", name="latest posts").click()
        page.wait_for_url("**/index.html")
        page.context.set_offline(False)
        page.goto(f"{origin}/month/index.html")
        assert page.locator("h1").inner_text() == "Archive"


def test_new_posts_are_announced(browser: Browser, small: Path) -> None:
    """Whoever comes back to an open page is told that there is something new, and shown it."""
    with serve(small) as origin, visiting(browser, PHONE, worker=True) as visit:
        page = visit.page
        _read(page, f"{origin}/index.html")
        page.evaluate(COME_BACK)
        assert page.locator(".news").inner_text() == ""
        publish(small, COUNT + 1, COUNT + 1)
        page.evaluate(COME_BACK)
        page.locator(".news").get_by_role("link", name="Show").click()
        page.get_by_role("link", name=f"prompt number {COUNT + 1}").wait_for()
        assert page.locator(".news").inner_text() == ""


def test_a_new_look_takes_over(browser: Browser, small: Path) -> None:
    """When the look of the site changes, the old style goes, and what was read stays."""
    with serve(small) as origin, visiting(browser, PHONE, worker=True) as visit:
        page = visit.page
        _read(page, f"{origin}/posts/52-the-newest-of-all.html")
        (look,) = page.evaluate(
            "caches.keys().then(all => all.filter(n => n.startsWith('/#look')))"
        )
        _change_worker(small, look.removeprefix("/#look-"), "another")
        page.evaluate("navigator.serviceWorker.ready.then(worker => worker.update())")
        wait_for(page, "(await caches.keys()).sort().join() === '/#look-another,/#media,/#pages'")
        page.context.set_offline(True)
        page.reload()
        assert page.locator("h1").inner_text() == "The newest of all"
        assert page.locator("body").evaluate("b => getComputedStyle(b).display") == "flex"


def test_a_full_storage_is_nobodys_trouble(browser: Browser, small: Path) -> None:
    """Where nothing more can be kept, pages, pictures and what is new are shown all the same."""
    (post,) = pages(small, COUNT - 1)
    with serve(small) as origin, visiting(browser, PHONE, worker=True) as visit:
        page = visit.page
        _read(page, f"{origin}/index.html")
        session = page.context.new_cdp_session(page)
        session.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1})
        page.goto(f"{origin}/{post}")
        assert page.url == f"{origin}/{post}"
        assert all(load_pictures(page))
        publish(small, COUNT + 1, COUNT + 1)
        page.goto(f"{origin}/index.html")
        assert page.get_by_role("link", name=f"prompt number {COUNT + 1}").count()
        assert all(load_pictures(page))


def test_no_answer_waits_for_the_storage(browser: Browser, small: Path) -> None:
    """Where it takes for ever to keep something, pages and pictures are shown at once."""
    (post,) = pages(small, COUNT - 1)
    _change_worker(small, PATIENT, f"{PATIENT}\n{STUCK}")
    with serve(small) as origin, visiting(browser, PHONE, worker=True) as visit:
        page = visit.page
        page.goto(f"{origin}/index.html")
        wait_for(page, "navigator.serviceWorker.controller")
        page.goto(f"{origin}/{post}")
        assert page.url == f"{origin}/{post}"
        assert all(load_pictures(page))


def test_a_server_in_trouble_takes_nothing_away(
    browser: Browser, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is shown while the server answers with nothing but an error."""
    with serve(small) as origin, visiting(browser, PHONE, worker=True) as visit:
        page = visit.page
        post = f"{origin}/posts/52-the-newest-of-all.html"
        _read(page, post)
        refuse = partialmethod(SimpleHTTPRequestHandler.send_error, HTTPStatus.SERVICE_UNAVAILABLE)
        monkeypatch.setattr(SimpleHTTPRequestHandler, "do_GET", refuse)
        page.goto(post)
        assert page.locator("h1").inner_text() == "The newest of all"


def test_a_server_that_is_slow_holds_nothing_up(
    browser: Browser, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is shown while the server takes its time."""
    over = Event()
    answer = SimpleHTTPRequestHandler.do_GET

    def wait(handler: SimpleHTTPRequestHandler) -> None:
        over.wait(60)
        answer(handler)

    _change_worker(small, PATIENT, "const PATIENCE = 100;")
    with serve(small) as origin, visiting(browser, PHONE, worker=True) as visit:
        page = visit.page
        post = f"{origin}/posts/52-the-newest-of-all.html"
        _read(page, post)
        monkeypatch.setattr(SimpleHTTPRequestHandler, "do_GET", wait)
        page.goto(post)
        assert page.locator("h1").inner_text() == "The newest of all"
        over.set()


def test_sites_of_one_origin_keep_their_own(browser: Browser, tmp_path: Path) -> None:
    """Another site beside it takes neither look nor pages away."""
    for name in ("art", "cats"):
        publish(tmp_path / name, COUNT, COUNT)
    with serve(tmp_path) as origin, visiting(browser, PHONE, worker=True) as visit:
        page = visit.page
        for name in ("art", "cats"):
            page.goto(f"{origin}/{name}/index.html")
            wait_for(page, f"await (await caches.open('/{name}/#pages')).match(location.href)")
        page.context.set_offline(True)
        page.goto(f"{origin}/art/search.html")
        assert page.locator("h1").inner_text() == "Search"


def test_a_lost_page_for_no_connection_is_not_looked_for_twice(
    browser: Browser, small: Path
) -> None:
    """Where even that page was evicted, the browser shows its own instead of going in circles."""
    with serve(small) as origin, visiting(browser, PHONE, worker=True) as visit:
        page = visit.page
        _read(page, f"{origin}/index.html")
        page.evaluate("caches.keys().then(all => Promise.all(all.map(n => caches.delete(n))))")
        page.context.set_offline(True)
        with pytest.raises(Error, match="ERR_FAILED"):
            page.goto(f"{origin}/posts/52-the-newest-of-all.html")
        visit.trouble.clear()  # what failed was meant to


def test_it_can_be_installed(browser: Browser, small: Path) -> None:
    """Chromium finds nothing that keeps the site from being installed, but for the private tab."""
    with serve(small) as origin, visiting(browser, PHONE, worker=True) as visit:
        visit.page.goto(f"{origin}/posts/52-the-newest-of-all.html")
        session = visit.page.context.new_cdp_session(visit.page)
        manifest: dict[str, Any] = session.send("Page.getAppManifest")
        faults = session.send("Page.getInstallabilityErrors")["installabilityErrors"]

        assert manifest["errors"] == []
        assert manifest["url"] == f"{origin}/manifest.webmanifest"
        assert {fault["errorId"] for fault in faults} <= {"in-incognito"}
        icons = visit.page.evaluate(
            "fetch('../manifest.webmanifest').then(a => a.json()).then(m => m.icons)"
        )
        for icon in icons:
            assert visit.page.request.get(f"{origin}/{icon['src']}").ok
        assert "maskable" in {icon.get("purpose") for icon in icons}
