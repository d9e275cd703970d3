"""A Google Sheet as queue: what people see in it, and that what is theirs stays as it is."""

from dataclasses import replace

from promptpress import steps
from promptpress.adapters.google.sheets.headings import OURS
from promptpress.errors import OutcomeUnknown, PermanentError
from promptpress.model import CLAIMABLE, PostState
from tests.adapters.sheeting import CHANNEL, PICTURE, PLAIN, Office
from tests.fakes.google import Google
from tests.fakes.sheets import Book, Formula, Sheets

# --- a sheet as people have it ---


def test_a_sheet_with_nothing_but_a_heading_works(office: Office) -> None:
    """Both prompts go out once, leave the tab Process, and stand in Done with link and time."""
    office.worker().work_off()

    assert office.channel.sent == ["a fox", "a lighthouse"]
    assert office.process() == []
    assert office.column("Prompt", "Done") == ["a fox", "a lighthouse"]
    assert office.column("Status", "Done") == ["published", "published"]
    links = [text.split()[1] for text in office.column("Information", "Done")]
    assert links == ["https://t.me/c/1", "https://t.me/c/2"]
    assert office.column("Time", "Done") == ["2026-11-21 09:00:00"] * 2


def test_columns_of_people_are_never_touched(google: Google, sheets: Sheets) -> None:
    """Ours are added to the right of everything; notes, blanks and formulas stay as they were."""
    mine: list[list[object]] = [
        ["Notes", "PROMPT", "", "Prize"],
        ["first", "a fox", "", 3],
        ["", "", "", Formula("=SUM(D2:D2)", 3)],
        ["last", "an owl", "loose remark", ""],
    ]
    office = Office(google, sheets, mine)
    before = [[*row, "", ""][:4] for row in office.book.rows("Process")]

    office.worker(keeps=True).work_off()

    after = office.book.rows("Process")
    assert [[*row, "", ""][:4] for row in after] == before
    assert after[0][4:] == list(OURS.values())
    cell = office.book.cell("Process", 2, 3)
    assert cell is not None
    assert cell.formula == "=SUM(D2:D2)"


def test_missing_tabs_are_added(google: Google, sheets: Sheets) -> None:
    """A new, empty spreadsheet becomes one that can be filled."""
    office = Office(google, sheets, PLAIN)
    office.book.tabs = office.book.tabs[:0]
    office.book.tabs.append(Book("x", "x").tabs[0])

    office.worker().queue.check()

    assert [tab.title for tab in office.book.tabs] == ["Sheet1", "Process", "Done", "Audit"]
    assert office.book.rows("Process") == [["Prompt", *OURS.values()]]


def test_kept_rows_tell_status_and_link(office: Office) -> None:
    """With finished rows kept, each shows what became of it."""
    office.worker(keeps=True).work_off()

    assert office.process() == ["a fox", "a lighthouse"]
    statuses = [text.split(" #")[0] for text in office.column(OURS["status"])]
    assert statuses == ["published", "published"]
    assert all("https://t.me/c/" in text for text in office.column(OURS["note"]))


def test_an_error_stands_in_its_row(office: Office) -> None:
    """A post that is set aside stays, with the reason and what to do."""
    worker = office.worker()
    (post, _) = worker.queue.claim(2, "run", CLAIMABLE)
    refused = PermanentError("the prompt is refused: change it", "huggingface")

    worker.queue.record(steps.set_aside(post, worker.stamp(post), refused))

    assert office.column(OURS["status"])[0] == f"failed #{post.id}"
    note = office.column(OURS["note"])[0]
    assert "the prompt is refused" in note
    assert "write retry over the status" in note


def test_two_equal_prompts_are_two_posts(google: Google, sheets: Sheets) -> None:
    """A prompt that stands there twice goes out twice."""
    office = Office(google, sheets, [["Prompt"], ["a fox"], ["a fox"]])

    office.worker().work_off()

    assert office.channel.sent == ["a fox", "a fox"]
    assert office.process() == []


def test_a_row_that_was_copied_is_an_order_of_its_own(office: Office) -> None:
    """A finished row copied with all its cells and a new prompt goes out as one more post."""
    office.worker(keeps=True).work_off()
    office.book.append("Process", ["a badger", *office.book.rows("Process")[1][1:]])

    office.worker(keeps=True).work_off()
    office.worker(keeps=True).work_off()

    assert office.channel.sent == ["a fox", "a lighthouse", "a badger"]


def test_a_row_whose_data_somebody_emptied_is_not_sent_again(office: Office) -> None:
    """A finished row still shows its number, so it is no new order."""
    office.worker(keeps=True).work_off()
    data = office.book.rows("Process")[0].index(OURS["data"])
    office.book.put("Process", 1, data, "")

    office.worker(keeps=True).work_off()

    assert office.channel.sent == ["a fox", "a lighthouse"]


def test_a_row_with_rubbish_in_its_data_stops_nobody(office: Office) -> None:
    """It is left alone and told at the check; the other prompt goes out."""
    office.worker().queue.check()
    data = office.book.rows("Process")[0].index(OURS["data"])
    office.book.put("Process", 1, data, "what is this?")

    office.worker().work_off()

    assert office.channel.sent == ["a lighthouse"]


# --- what people answer in the sheet ---


def _doubtful(office: Office) -> int:
    """Leave a send in doubt whose worker died, and settle nothing; return the post's number."""
    worker = office.worker()
    (post,) = worker.queue.claim(1, "run", CLAIMABLE)
    post = worker.queue.record(steps.begin_generation(post, worker.stamp(post), "sketch", {}))
    post = worker.queue.record(steps.keep_media(post, worker.stamp(post), (PICTURE,)))
    post = worker.queue.record(steps.make_ready(post, worker.stamp(post), (CHANNEL,)))
    post = worker.queue.record(steps.begin_send(post, worker.stamp(post), CHANNEL))
    doubt = OutcomeUnknown("the answer was lost", CHANNEL)
    return worker.queue.record(steps.in_doubt(post, worker.stamp(post), CHANNEL, doubt)).id


def _write_status(office: Office, words: str) -> None:
    rows = office.book.rows("Process")
    status = rows[0].index(OURS["status"])
    place = next(n for n, row in enumerate(rows) if len(row) > status and "#" in row[status])
    office.book.put("Process", place, status, words)


def test_sent_written_over_the_status_ends_a_doubt(office: Office) -> None:
    """The post counts as published and is not sent again."""
    _doubtful(office)
    _write_status(office, " Sent")

    office.worker().work_off()

    assert office.channel.sent == ["a lighthouse"]
    assert sorted(office.column("Prompt", "Done")) == ["a fox", "a lighthouse"]


def test_not_sent_written_over_the_status_sends_it(office: Office) -> None:
    """The post goes out with the same picture."""
    _doubtful(office)
    _write_status(office, "not sent")

    office.worker().work_off()

    assert sorted(office.channel.sent) == ["a fox", "a lighthouse"]
    assert office.channel.generated == ["a lighthouse"]


def test_retry_written_over_the_status_tries_again(office: Office) -> None:
    """A failed post starts anew in the same run."""
    worker = office.worker()
    (post,) = worker.queue.claim(1, "run", CLAIMABLE)
    refused = PermanentError("no", "huggingface")
    worker.queue.record(steps.set_aside(post, worker.stamp(post), refused))
    _write_status(office, "RETRY")

    office.worker().work_off()

    assert sorted(office.channel.sent) == ["a fox", "a lighthouse"]


# --- what people say to a post that waits for a yes ---


def _waiting(office: Office) -> int:
    """Take the first row as far as review; return the post's number."""
    worker = office.worker()
    (post,) = worker.queue.claim(1, "run", CLAIMABLE)
    fills = {"caption": post.prompt, "num_images": 1}
    post = worker.queue.record(steps.begin_generation(post, worker.stamp(post), "sketch", fills))
    media = replace(PICTURE, refs={"drive": "file-1"})
    post = worker.queue.record(steps.keep_media(post, worker.stamp(post), (media,)))
    return worker.queue.record(steps.await_review(post, worker.stamp(post))).id


def test_a_row_that_waits_says_what_to_write(office: Office) -> None:
    """Its note leads to the picture in Drive; nothing is sent before a word of a person."""
    post_id = _waiting(office)
    office.worker().work_off()

    assert office.channel.sent == ["a lighthouse"]
    assert office.column(OURS["status"])[0] == f"review #{post_id}"
    note = office.column(OURS["note"])[0]
    assert "https://drive.google.com/open?id=file-1" in note
    assert "write approved, rejected or again" in note


def test_approved_written_over_the_status_lets_it_go(office: Office) -> None:
    """The same run takes the post up."""
    post_id = _waiting(office)
    _write_status(office, "Approved ")
    worker = office.worker()

    assert worker.queue.has_work(CLAIMABLE)
    (post, _) = worker.queue.claim(9, "next", CLAIMABLE)
    assert (post.id, post.state) == (post_id, PostState.READY)
    events = worker.queue.history(post_id)
    assert [e.run for e in events if e.action == "approve"] == ["a person, in the sheet"]


def test_rejected_written_over_the_status_keeps_it_back(office: Office) -> None:
    """It stays in its row, and retry asks again."""
    post_id = _waiting(office)
    _write_status(office, "no")
    office.worker().work_off()

    assert office.channel.sent == ["a lighthouse"]
    assert office.column(OURS["status"])[0] == f"rejected #{post_id}"
    _write_status(office, "retry")
    office.worker().work_off()
    assert office.column(OURS["status"])[0] == f"review #{post_id}"
    assert office.channel.sent == ["a lighthouse"]


def test_again_written_over_the_status_makes_another_picture(office: Office) -> None:
    """From the prompt as it stands in the row by now, with the words of that."""
    post_id = _waiting(office)
    place = office.book.rows("Process")[0].index("Prompt")
    office.book.put("Process", 1, place, "a red fox")
    _write_status(office, "again")
    worker = office.worker()

    assert worker.queue.has_work(CLAIMABLE)
    post = worker.queue.claim(9, "next", CLAIMABLE)[0]
    assert (post.id, post.state, post.media) == (post_id, PostState.QUEUED, ())
    assert (post.prompt, post.caption) == ("a red fox", "")
