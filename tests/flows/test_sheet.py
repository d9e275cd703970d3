"""Flows of somebody whose whole memory is a spreadsheet."""

from collections.abc import Iterator
from typing import Any

import pytest

from flows.check_connections import check_connections
from flows.daily_post import daily_post
from flows.recover import recover
from flows.sync_library import sync_library
from promptpress.adapters.google.sheets.headings import OURS
from promptpress.model import PostState
from promptpress.wiring import Services
from tests.fakes.google import FOLDER, SHEET, File, Google
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Fault, Journal
from tests.fakes.sheets import Book, Sheets
from tests.fakes.telegram import Telegram
from tests.flows.conftest import MakeServices, run

pytestmark = pytest.mark.flow

TITLE = "Image Prompts"
DONE = ["Prompt", "Status", "Information", "Time"]
FOLDER_ID = "f" * 33


@pytest.fixture
def google(journal: Journal) -> Iterator[Google]:
    """A service account, and a Shared Drive with a folder."""
    with Google(journal) as running:
        running.add(File(FOLDER_ID, "Pictures", FOLDER, drive="d" * 19))
        yield running


@pytest.fixture
def sheets(journal: Journal, google: Google) -> Iterator[Sheets]:
    """Sheets, with Google's quotas."""
    with Sheets(journal, authorize=google.accepts, quotas=True) as running:
        yield running


def _share(google: Google, sheets: Sheets, prompts: int) -> Book:
    rows = [["Prompt"], *([f"prompt {number}"] for number in range(prompts))]
    book = sheets.add(Book("s" * 44, TITLE, {"Process": rows, "Done": [DONE]}))
    google.add(File(book.id, TITLE, SHEET))
    return book


@pytest.fixture
def set_up(
    make_services: MakeServices,
    google: Google,
    sheets: Sheets,
    generator: HuggingFace,
    channel: Telegram,
) -> MakeServices:
    """Makes services with the sheet as queue, pictures from Hugging Face, posts to Telegram."""

    def make(**changes: Any) -> Services:
        settings = {
            "queue_url": f"gsheets://{TITLE}",
            "google_application_credentials": google.key_file(),
            "google_drive_folder_id": FOLDER_ID,
            "sheets_api_url": sheets.url,
            "google_drive_api_url": google.url,
            "generators": "huggingface",
            "channels": "telegram",
        }
        keys = {**generator.environment(), **channel.environment()}
        return make_services(**{**settings, **keys, **changes})

    return make


def _calls(journal: Journal) -> int:
    google = [entry.call for entry in journal.entries("google") if entry.call != "token"]
    return len(google) + len(journal.entries("sheets"))


def test_a_batch_of_fifty_costs_at_most_twenty_calls(
    set_up: MakeServices, google: Google, sheets: Sheets, journal: Journal
) -> None:
    """An unmodified sheet of fifty prompts is worked off, and Google is called 20 times at most."""
    book = _share(google, sheets, 50)
    set_up()
    state = run(daily_post, limit=50)

    assert state.message == "50 published"
    assert len(journal.accepted("send")) == 50
    assert book.rows("Process")[1:] == []
    assert len(book.rows("Done")) == 51
    assert _calls(journal) <= 20


def test_one_post_of_a_sheet_found_by_its_title_costs_at_most_eight_calls(
    set_up: MakeServices, google: Google, sheets: Sheets, journal: Journal
) -> None:
    """The very first time, with tabs and columns to add; later it is one less."""
    _share(google, sheets, 2)
    set_up()
    run(daily_post, limit=1)
    first = _calls(journal)
    set_up()
    run(daily_post, limit=1)

    assert first <= 8
    assert _calls(journal) - first == 7


def test_pictures_are_kept_in_drive(
    set_up: MakeServices, google: Google, sheets: Sheets, journal: Journal
) -> None:
    """With the store drive each picture lies in the folder, and the next run finds it there."""
    _share(google, sheets, 1)
    services = set_up(stores="drive")
    run(daily_post, limit=1)

    (picture,) = google.pictures()
    assert picture.parent == FOLDER_ID
    assert services.stores["drive"].get(picture.id) == picture.content


def test_a_send_left_open_is_in_doubt_and_asks_in_the_sheet(
    set_up: MakeServices, google: Google, sheets: Sheets, channel: Telegram
) -> None:
    """A lost answer of the channel is told in the row, and settled by a word in it."""
    book = _share(google, sheets, 1)
    set_up()
    channel.fail("send", Fault("after"))
    run(daily_post, limit=1)
    status = book.rows("Process")[0].index(OURS["status"])
    assert book.rows("Process")[1][status].startswith("in doubt #")

    set_up()
    run(recover)
    book.put("Process", 1, status, "sent")
    set_up()
    run(daily_post, limit=1)

    assert len(channel.journal.accepted("send")) == 1
    assert [row[0] for row in book.rows("Done")[1:]] == ["prompt 0"]


def test_a_yes_typed_into_the_sheet_lets_a_post_out(
    set_up: MakeServices, google: Google, sheets: Sheets, journal: Journal
) -> None:
    """With REVIEW the row waits through any run; the run after the word sends it, once."""
    book = _share(google, sheets, 2)
    for _ in range(2):
        set_up(review=True)
        run(daily_post)
    assert journal.accepted("send") == []
    status = book.rows("Process")[0].index(OURS["status"])
    assert [row[status].split(" #")[0] for row in book.rows("Process")[1:]] == ["review"] * 2

    book.put("Process", 1, status, "approved")
    book.put("Process", 2, status, "rejected")
    set_up(review=True)
    assert run(daily_post).message == "1 published"
    assert journal.accepted("send") == ["prompt 0"]
    assert sorted(journal.accepted("generate")) == ["prompt 0", "prompt 1"]
    left = [row[status] for row in book.rows("Process")[1:] if any(row)]  # a blank row may stay
    assert [text.split(" #")[0] for text in left] == ["rejected"]


def test_check_connections_names_the_address_to_share_with(
    set_up: MakeServices, google: Google, sheets: Sheets
) -> None:
    """Refused access is told with whom to share, for the sheet and for the folder."""
    _share(google, sheets, 1).readonly = True
    google.files[FOLDER_ID].can_add = False
    services = set_up(queue_url=f"gsheets://{'s' * 44}", stores="drive")
    verdicts: dict[str, str] = {}
    for service in (services.queue, services.stores["drive"]):
        with pytest.raises(Exception, match=r"promptpress@stand-in\.iam") as caught:
            service.check()
        verdicts[service.name] = str(caught.value)

    state = run(check_connections)

    assert state.is_failed()
    assert "queue" in str(state.message)
    assert "drive" in str(state.message)
    assert set(verdicts) == {"queue", "drive"}


def test_several_audit_logs_get_every_event_once(
    set_up: MakeServices, google: Google, sheets: Sheets, tmp_path: Any
) -> None:
    """A database and another sheet have what the queue has; one that was down gets it later."""
    _share(google, sheets, 1)
    log = sheets.add(Book("l" * 44, "Log"))
    urls = f"sqlite:///{tmp_path}/audit.db, gsheets://{log.id}"
    services = set_up(audit_url=urls)
    sheets.fail("append", Fault("before"), times=9)
    assert run(daily_post, limit=1).message == "1 published"
    sheets._faults.clear()
    (post_id,) = {int(row[1]) for row in sheets.books["s" * 44].rows("Audit")[1:]}
    run(recover)

    expected = [event.id for event in services.queue.history(post_id)]
    assert [[e.id for e in audit.history(post_id)] for audit in services.audits] == [expected] * 2
    assert services.queue.undelivered(10) == []
    assert len(log.rows("Audit")) == len(expected) + 1


def test_pictures_that_people_put_into_the_folder_become_ready_posts(
    set_up: MakeServices, google: Google, sheets: Sheets, generator: HuggingFace, journal: Journal
) -> None:
    """Each is taken in once, published like any other, and never generated or stored again."""
    _share(google, sheets, 0)
    services = set_up(stores="drive")
    content = _picture()
    google.add(File("mine", "sunset_over_lake.png", "image/png", FOLDER_ID, "d" * 19, content))
    google.add(File("text", "notes.txt", "text/plain", FOLDER_ID, "d" * 19, b"no picture"))

    run(sync_library)
    run(sync_library)

    (post,) = services.queue.find()
    assert (post.state, post.prompt) == (PostState.READY, "sunset over lake")
    assert [media.refs for media in post.media] == [{"drive": "mine"}]
    run(daily_post, limit=5)
    assert journal.accepted("send") == ["sunset over lake"]
    assert journal.accepted("generate") == []
    assert len(google.pictures()) == 2


def test_a_post_whose_picture_is_gone_is_withdrawn(
    set_up: MakeServices, google: Google, sheets: Sheets, journal: Journal
) -> None:
    """What somebody has put into the bin is not published, and told once."""
    _share(google, sheets, 0)
    services = set_up(stores="drive")
    google.add(File("mine", "a fox.png", "image/png", FOLDER_ID, "d" * 19, _picture()))
    run(sync_library)
    google.files["mine"].trashed = True

    state = run(sync_library)
    again = run(sync_library)

    assert "1 deleted" in str(state.message)
    assert again.name == "NothingToDo"
    assert services.queue.count() == {}
    run(daily_post, limit=5)
    assert journal.accepted("send") == []


def _picture() -> bytes:
    from tests.unit.pictures import encode, noise

    return encode(noise((64, 64)))
