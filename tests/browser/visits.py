"""A reader in front of a screen: tabs that note all that happens in them beside what was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
Scheme = Literal["light", "dark"]
BLOCKED = "Service Worker registration blocked by Playwright"
"""What Playwright says where a test wants no worker between the page and the server."""

LOOK_AT_ALL = """async () => {
  for (const image of document.images) {
    image.scrollIntoView({block: 'center'});
    while (!image.complete) await new Promise(requestAnimationFrame);
  }
  return [...document.images].map((image) => image.naturalWidth);
}"""


@dataclass
class Visit:
    """A tab, and all that happened in it."""

    page: Page
    requests: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    def note_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the reader went on before it had come
            self.trouble.append(f"failed: {request.url} {request.failure}")

    def note_answer(self, answer: Response) -> None:
        if answer.status >= 400:
            self.trouble.append(f"{answer.status}: {answer.url}")

    def note_line(self, message: ConsoleMessage) -> None:
        if message.text != BLOCKED:
            self.trouble.append(f"console: {message.text}")

    def left(self, origin: str) -> set[str]:
        """Return what was asked of anybody but the site."""
        return {url for url in self.requests if not url.startswith(f"{origin}/")}


@contextmanager
def visiting(
    browser: Browser,
    size: dict[str, int],
    scheme: Scheme = "light",
    *,
    worker: bool = False,
    **options: Any,
) -> Iterator[Visit]:
    """Open a tab; fail at its end if anything ran, failed or was complained about.

    Args:
        browser: to open it in.
        size: of the screen: PHONE or DESK.
        scheme: what the reader's system says.
        worker: True: the site's service worker may stand between.
        options: further ones of Playwright's context.
    """
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme=scheme,
        is_mobile=size is PHONE,
        has_touch=size is PHONE,
        reduced_motion="reduce",
        service_workers="allow" if worker else "block",
        **options,
    )
    visit = Visit(context.new_page())
    page = visit.page
    page.set_default_timeout(20_000)
    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("requestfailed", visit.note_failure)
    page.on("response", visit.note_answer)
    page.on("console", visit.note_line)
    page.on("pageerror", lambda error: visit.trouble.append(f"error: {error}"))
    page.on("dialog", lambda dialog: visit.trouble.append(f"dialog: {dialog.message}"))
    try:
        yield visit
        assert visit.trouble == []
    finally:
        context.close()


def load_pictures(page: Page) -> list[int]:
    """Scroll to every picture and wait for it; return how wide each really is."""
    widths: list[int] = page.evaluate(LOOK_AT_ALL)
    return widths


def wait_for(page: Page, condition: str) -> None:
    """Wait until JavaScript, which may await, says yes.

    Playwright's own `wait_for_function` takes any promise for a yes, and evaluates its text in the
    page, which a strict policy forbids wherever the first look says no.
    """
    loop = f"""async () => {{
      for (let turns = 1000; turns > 0; turns -= 1) {{
        if ({condition}) return true;
        await new Promise((done) => setTimeout(done, 20));
      }}
      return false;
    }}"""
    assert page.evaluate(loop), condition
