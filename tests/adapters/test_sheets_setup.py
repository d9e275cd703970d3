"""A Google Sheet as queue: one that is not as it should be, and what a run of it costs."""

import pytest

from promptpress import steps
from promptpress.cli.posts import get_post
from promptpress.errors import SetupError, TransientError
from promptpress.model import CLAIMABLE, Order, PostState
from tests.adapters.googling import spreadsheet_of
from tests.adapters.sheeting import CHANNEL, PICTURE, PLAIN, Office, calls_of
from tests.fakes.google import FOLDER, File, Google
from tests.fakes.google import SHEET as SPREADSHEET
from tests.fakes.server import Answer, Fault
from tests.fakes.sheets import Book, Sheets


def test_a_heading_that_is_there_twice_is_told(google: Google, sheets: Sheets) -> None:
    """Nobody can know which of two columns is meant."""
    office = Office(google, sheets, [["Prompt", "Caption", "prompt "], ["a fox"]])

    with pytest.raises(SetupError, match="twice, in A and C: rename one"):
        office.worker().queue.check()


def test_a_tab_without_the_heading_is_told(google: Google, sheets: Sheets) -> None:
    """Rows under other headings are nobody's prompts."""
    office = Office(google, sheets, [["Ideas"], ["a fox"]])

    with pytest.raises(SetupError, match="no heading Prompt"):
        office.worker().queue.check()


def test_a_sheet_we_may_only_read_is_told(office: Office) -> None:
    """The message names the address to share it with."""
    office.book.readonly = True

    with pytest.raises(SetupError, match=r"share it with promptpress@.*as Editor"):
        office.worker().queue.check()


def test_a_sheet_that_is_not_shared_is_told(office: Office) -> None:
    """By its id, the message names the address to share it with."""
    office.sheets.books.clear()

    with pytest.raises(SetupError, match=r"no such spreadsheet.*promptpress@"):
        office.worker().queue.check()


def _titled(google: Google, sheets: Sheets, *ids: str) -> None:
    for id_ in ids:
        google.add(File(id_, "It's mine", SPREADSHEET))
        sheets.add(Book(id_, "It's mine", {"Process": PLAIN}))


def test_a_sheet_is_found_by_its_title(google: Google, sheets: Sheets) -> None:
    """The title is looked up once, whatever signs it has."""
    _titled(google, sheets, "t" * 44)
    google.add(File("folder", "It's mine", FOLDER))
    spreadsheet = spreadsheet_of(google, sheets, "It%27s mine")

    assert [spreadsheet.id, spreadsheet.id] == ["t" * 44] * 2
    assert len(google.journal.entries(call="list")) == 1


def test_two_sheets_of_one_title_are_told(google: Google, sheets: Sheets) -> None:
    """Nobody can know which is meant: the message has the ids to choose from."""
    _titled(google, sheets, "t" * 44, "u" * 44)

    with pytest.raises(SetupError, match="put the id of one") as caught:
        _ = spreadsheet_of(google, sheets, "It's mine").id
    assert "u" * 44 in str(caught.value)


def test_a_title_that_nobody_has_is_told(google: Google, sheets: Sheets) -> None:
    """The message names the address to share it with."""
    with pytest.raises(SetupError, match=r"'Nothing' is shared with promptpress@"):
        _ = spreadsheet_of(google, sheets, "Nothing").id


def test_a_run_that_finds_nothing_looks_once(google: Google, sheets: Sheets) -> None:
    """An empty sheet costs one call, writes nothing, and gets no row in the audit."""
    office = Office(google, sheets, [["Prompt"]])
    office.worker().queue.check()
    begin = len(calls_of(office))

    assert office.worker().work_off() == []

    assert calls_of(office)[begin:] == ["get"]
    assert office.book.rows("Audit")[1:] == []


def test_one_post_costs_six_calls(office: Office) -> None:
    """A look, and one write each: claim, generation, picture, intent, receipt with everything."""
    office.worker().queue.check()
    office.book.delete_row("Process", 2)
    begin = len(calls_of(office))

    office.worker().work_off()

    assert calls_of(office)[begin:] == ["get", *["batchUpdate"] * 5]


def test_orders_are_added_below(office: Office) -> None:
    """What a command adds has its cells where the sheet has columns, and the rest is remembered."""
    queue = office.worker().queue
    (post_id,) = queue.add([Order(prompt="a badger", caption="B", width=512)], "cli")

    assert office.process() == ["a fox", "a lighthouse", "a badger"]
    assert post_id is not None
    post = queue.get(post_id)
    assert post is not None
    assert (post.caption, post.width, post.state) == ("B", 512, PostState.QUEUED)


def test_the_command_line_finds_a_post_by_its_long_number(office: Office) -> None:
    """A number of a sheet is longer than one of a database, and is found all the same."""
    queue = office.worker().queue
    (post_id,) = queue.add([Order(prompt="a badger")], "cli")
    assert post_id is not None

    assert get_post(queue, post_id).prompt == "a badger"


def test_a_service_that_fails_on_and_on_is_left_alone(office: Office) -> None:
    """After a few tries a write is given up as not done, and what waited for it is kept."""
    worker = office.worker()
    (post,) = worker.queue.claim(1, "run", CLAIMABLE)
    post = worker.queue.record(steps.begin_generation(post, worker.stamp(post), "sketch", {}))
    post = worker.queue.record(steps.keep_media(post, worker.stamp(post), (PICTURE,)))
    post = worker.queue.record(steps.make_ready(post, worker.stamp(post), (CHANNEL,)))
    begin = len(calls_of(office))
    office.sheets.fail("batchUpdate", Fault("before", Answer(503)), times=4)

    with pytest.raises(TransientError, match="tried again later"):
        worker.queue.record(steps.begin_send(post, worker.stamp(post), CHANNEL))
    assert len(calls_of(office)) - begin <= 12
    again = worker.queue.get(post.id)
    assert again is not None
    assert again.state is PostState.READY
    sending = worker.queue.record(steps.begin_send(again, worker.stamp(again), CHANNEL))
    assert sending.state is PostState.PUBLISHING
