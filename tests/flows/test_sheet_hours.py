"""publish-due from a spreadsheet: kind, caption, channels, time and media stand in its columns."""

from collections.abc import Iterator
from typing import Any

import pytest

from flows.publish_due import publish_due
from promptpress.adapters.google.sheets.headings import OURS
from tests.fakes.cloudinary import Cloudinary
from tests.fakes.google import SHEET, File, Google
from tests.fakes.instagram import Album, Instagram
from tests.fakes.server import Fault, Journal
from tests.fakes.sheets import Book, Sheets
from tests.flows.conftest import MakeServices, run
from tests.unit.pictures import encode, noise

pytestmark = pytest.mark.flow

TITLE = "Editorial plan"
HEADINGS = ["Prompt", "Kind", "Caption", "Channels", "Time", "Time zone", "Media", "Link"]


@pytest.fixture
def google(journal: Journal) -> Iterator[Google]:
    """A service account."""
    with Google(journal) as running:
        yield running


@pytest.fixture
def sheets(journal: Journal, google: Google) -> Iterator[Sheets]:
    """Sheets, with Google's quotas."""
    with Sheets(journal, authorize=google.accepts, quotas=True) as running:
        yield running


@pytest.fixture
def instagram(journal: Journal) -> Iterator[Instagram]:
    """A stand-in for Instagram."""
    with Instagram(journal=journal) as running:
        yield running


@pytest.fixture
def settings(
    google: Google, sheets: Sheets, journal: Journal, instagram: Instagram
) -> Iterator[dict[str, Any]]:
    """A sheet as queue, pictures at Cloudinary, posts to Instagram and the site."""
    with Cloudinary(journal) as cloudinary:
        yield {
            "queue_url": f"gsheets://{TITLE}",
            "google_application_credentials": google.key_file(),
            "sheets_api_url": sheets.url,
            "google_drive_api_url": google.url,
            "channels": "instagram,site",
            "stores": "local,cloudinary",
            "links_may_be_private": True,
            "instagram_settle_seconds": 0.2,
            "default_image_width": 320,
            "default_image_height": 320,
            **instagram.environment(),
            **cloudinary.environment(),
        }


def share(google: Google, sheets: Sheets, *rows: list[str]) -> Book:
    """Give somebody a plan."""
    done = [["Prompt", "Status", "Information", "Time"]]
    book = sheets.add(Book("p" * 44, TITLE, {"Process": [HEADINGS, *rows], "Done": done}))
    google.add(File(book.id, TITLE, SHEET))
    return book


def test_a_plan_is_published_when_its_time_has_come(
    make_services: MakeServices,
    settings: dict[str, Any],
    google: Google,
    sheets: Sheets,
    instagram: Instagram,
) -> None:
    """What is due goes out in its shape; what is to come waits, untouched."""
    with Album() as album:
        links = " ".join(album.put(encode(noise((400 + n, 400)), "JPEG")) for n in range(2))
        book = share(
            google,
            sheets,
            ["a fox", "photo", "Reynard", "", "2026-01-05 08:30", "Europe/Berlin", "", ""],
            ["ours", "carousel", "", "instagram", "2026-01-05 08:30", "", links, ""],
            ["a lake", "photo", "", "", "2099-01-05 08:30", "Asia/Tokyo", "", ""],
        )
        make_services(**settings)
        state = run(publish_due)

    assert state.message == "2 published"
    assert sorted(post.kind for post in instagram.posts) == ["carousel", "photo"]
    assert [row[0] for row in book.rows("Process")[1:] if row] == ["a lake"]
    make_services(**settings)
    assert run(publish_due).name == "NothingToDo"


def test_a_runner_that_forgets_everything_goes_on_from_the_sheet(
    make_services: MakeServices,
    settings: dict[str, Any],
    google: Google,
    sheets: Sheets,
    instagram: Instagram,
    journal: Journal,
) -> None:
    """The container stands in the row: after a lost answer it is asked; nothing goes out twice."""
    book = share(
        google, sheets, ["a fox", "photo", "", "instagram", "2026-01-05 08:30", "", "", ""]
    )
    make_services(**settings)
    instagram.fail("publish", Fault("after"))
    instagram.fail("status", Fault("before"), times=1)
    run(publish_due)
    for _ in range(3):
        make_services(**settings)
        run(publish_due)

    assert len(instagram.posts) == 1
    assert journal.accepted("double") == []
    assert [row for row in book.rows("Process")[1:] if row] == []


def test_a_bad_cell_is_told_in_its_row_and_stops_nobody(
    make_services: MakeServices,
    settings: dict[str, Any],
    google: Google,
    sheets: Sheets,
    instagram: Instagram,
) -> None:
    """A time that is none, a zone that is none, a kind that is none."""
    book = share(
        google,
        sheets,
        ["one", "photo", "", "", "soon", "", "", ""],
        ["two", "photo", "", "", "2026-01-05 08:30", "Mars/Base", "", ""],
        ["three", "opera", "", "", "2026-01-05 08:30", "", "", ""],
        ["four", "photo", "", "site", "2026-01-05 08:30", "", "", ""],
    )
    make_services(**settings)
    run(publish_due)

    rows = book.rows("Process")
    note = rows[0].index(OURS["note"])
    told = {row[0]: row[note] for row in rows[1:] if len(row) > note}
    assert "Mars/Base" in told["two"]
    assert "opera" in told["three"]
    assert "four" not in {row[0] for row in rows[1:]}
