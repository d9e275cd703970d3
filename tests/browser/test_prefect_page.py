"""Prefect's own page: daily-post is started from its form, and shows what it published."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as TooLate

from promptpress.model import PostState
from tests.flows.deploying import environment, queue
from tests.programs import kill, prefect_server, start

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

DEADLINE = 180.0
"""Seconds for each step, on a machine that does much else; 2 to 10 are usual."""

NAME = "by-hand"
"""The run's name: the form would make one up."""


@contextmanager
def running(folder: Path, own: dict[str, str], *arguments: str) -> Iterator[None]:
    """Run `python -m …` meanwhile; nothing of it is left."""
    process = start([sys.executable, "-m", *arguments], cwd=folder, env=own)
    try:
        yield
    finally:
        kill(process)


@pytest.fixture
def prefect_page(tmp_path: Path, project: Path) -> Iterator[str]:
    """Prefect's page, with our flows served beside it as on one box; gives its address."""
    own = environment(
        tmp_path,
        "",
        DATA_DIR=str(tmp_path / "data"),
        # What is due at this hour is not to run beside what the test starts.
        PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED="false",
    )
    del own["PREFECT_API_URL"]
    with prefect_server(tmp_path / "prefect", own, project) as api:
        port = api.removesuffix("/api").rpartition(":")[2]
        served = {**own, "PREFECT_API_URL": api, "PREFECT_SERVER_API_PORT": port}
        with running(project, served, "deployments.serve"):
            yield api.removesuffix("/api")


@pytest.fixture
def page(browser: Browser, prefect_page: str) -> Iterator[Page]:
    """A tab that reaches nobody but this server."""
    with browser.new_context() as context:
        context.route(lambda url: not url.startswith(prefect_page), lambda route: route.abort())
        context.set_default_timeout(DEADLINE * 1000)
        yield context.new_page()


def open_run(page: Page, origin: str) -> None:
    """Open the run's own page from the list of runs, which may have been drawn too early."""
    link = page.get_by_role("link", name=NAME, exact=True).first
    end = time.monotonic() + DEADLINE
    while "/runs/flow-run/" not in page.url:
        assert time.monotonic() < end, "the run is not on the page of runs"
        page.goto(f"{origin}/runs")
        with suppress(TooLate):
            link.click(timeout=15_000)
            page.wait_for_url("**/runs/flow-run/**")


def rows_of(page: Page) -> list[list[str]]:
    """Return the cells of the first table, without its head."""
    rows = page.get_by_role("table").get_by_role("row").filter(has=page.get_by_role("cell"))
    rows.first.wait_for()
    return [row.get_by_role("cell").all_inner_texts() for row in rows.all()]


def test_a_run_from_the_form(page: Page, prefect_page: str, tmp_path: Path) -> None:
    """Of three prompts the form's limit of two is published, and the run shows them in a table."""
    services = queue(tmp_path, "a fox", "a lake", "a tower")

    page.goto(f"{prefect_page}/deployments")
    page.locator("a[href^='/deployments/deployment/']", has_text="daily-post").first.click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("link", name="Custom run").click()
    limit = page.get_by_role("spinbutton").first
    expect(limit).to_have_value("10", timeout=DEADLINE * 1000)
    page.get_by_role("textbox").first.fill(NAME)
    limit.fill("2")
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url(lambda url: "/run?" not in url)
    open_run(page, prefect_page)
    page.get_by_text("Completed", exact=True).first.wait_for()
    page.get_by_text("Artifacts", exact=True).click()
    page.get_by_role("link", name="table posts").click()

    assert [row[1:4] for row in rows_of(page)] == [
        ["published", "a fox", "site: sent"],
        ["published", "a lake", "site: sent"],
    ]
    assert services.queue.count() == {PostState.PUBLISHED: 2, PostState.QUEUED: 1}
