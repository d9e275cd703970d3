"""A Google Sheet as queue: cells of all kinds, as a person types them."""

from datetime import datetime

import pytest

from promptpress import steps
from promptpress.errors import PermanentError, SetupError
from promptpress.model import CLAIMABLE
from tests.adapters.sheeting import Office
from tests.fakes.google import Google
from tests.fakes.sheets import Formula, Sheets
from tests.fakes.sheets.areas import Area
from tests.fakes.sheets.cells import BLANK


def test_numbers_dates_and_formulas_are_prompts_as_they_are_shown(
    google: Google, sheets: Sheets
) -> None:
    """What a person sees is what is meant; a formula's error is told, and stops nobody."""
    rows: list[list[object]] = [
        ["Prompt", "Width"],
        [1984, 512],
        [datetime(2026, 11, 21).date(), ""],  # noqa: DTZ001  a cell has no zone
        [Formula('="a "&"fox"', "a fox"), ""],
        ["an owl", Formula("=1/0", "#DIV/0!")],
        ["=1+1", ""],
    ]
    office = Office(google, sheets, rows)

    posts = office.worker().queue.claim(10, "run", CLAIMABLE)

    prompts = [post.prompt for post in posts]
    assert prompts == ["1984", "2026-11-21", "a fox", "an owl", "=1+1"]
    assert posts[0].width == 512
    assert [bool(post.problems) for post in posts] == [False, False, False, True, False]
    assert "#DIV/0!" in posts[3].problems[0]


def test_a_prompt_that_looks_like_a_formula_never_becomes_one(
    google: Google, sheets: Sheets
) -> None:
    """In Done and in the audit it is the text that it was."""
    office = Office(google, sheets, [["Prompt"], ["=1+1"], ["+49 30"], ["@here"], ["-x"]])

    office.worker().work_off()

    for tab in office.book.tabs:
        assert [cell for row in tab.rows for cell in row if cell and cell.formula] == []
    assert office.column("Prompt", "Done") == ["=1+1", "+49 30", "@here", "-x"]


def test_due_times_are_the_spreadsheets_own(google: Google, sheets: Sheets) -> None:
    """A date cell means that moment where the spreadsheet's owner lives."""
    rows: list[list[object]] = [
        ["Prompt", "Due"],
        ["early", datetime(2026, 11, 21, 9, 30)],  # noqa: DTZ001  a cell has no zone
        ["late", "2026-11-21 10:30"],
    ]
    office = Office(google, sheets, rows)
    office.book.time_zone = "Europe/Berlin"

    posts = office.worker().queue.claim(10, "run", CLAIMABLE)

    assert [post.prompt for post in posts] == ["early"]
    assert str(posts[0].due_at) == "2026-11-21 08:30:00+00:00"


def test_blank_rows_between_prompts_are_passed_over(google: Google, sheets: Sheets) -> None:
    """Blank rows, and rows with only a blank, are no posts."""
    rows: list[list[object]] = [["Prompt"], [""], ["a fox"], [], ["   "], ["an owl"]]
    office = Office(google, sheets, rows)

    office.worker().work_off()

    assert office.channel.sent == ["a fox", "an owl"]


def test_a_prompt_as_long_as_a_cell_stops_nobody(google: Google, sheets: Sheets) -> None:
    """50,000 characters are claimed with all others; the limit of a prompt is told elsewhere."""
    office = Office(google, sheets, [["Prompt"], ["x" * 50_000], ["a fox"]])

    posts = office.worker().queue.claim(10, "run", CLAIMABLE)

    assert [len(post.prompt) for post in posts] == [50_000, 5]


def test_what_no_cell_can_hold_is_refused_for_that_post_alone(office: Office) -> None:
    """Texts beyond the size of a cell fail one post, not those that are written with it."""
    worker = office.worker()
    posts = worker.queue.claim(2, "run", CLAIMABLE)
    fills = {"caption": "é" * 40_000}

    with pytest.raises(PermanentError, match="more than a cell holds"):
        worker.queue.record(
            steps.begin_generation(posts[0], worker.stamp(posts[0]), "sketch", fills)
        )
    worker.queue.record(steps.begin_generation(posts[1], worker.stamp(posts[1]), "sketch", {}))


def test_merged_cells_are_one_prompt(google: Google, sheets: Sheets) -> None:
    """What is hidden under a merged cell is no row of its own; the rest goes its way."""
    rows: list[list[object]] = [
        ["Prompt", "Notes"],
        ["a fox", "over two rows"],
        ["hidden", ""],
        ["an owl", "over two columns"],
        ["a lake", "mine"],
    ]
    office = Office(google, sheets, rows)
    tab = office.book.tab("Process")
    tab.merges += [Area(1, 0, 3, 1), Area(3, 0, 4, 2)]
    for row, column in ((2, 0), (3, 1)):
        tab.rows[row][column] = BLANK

    office.worker().work_off()
    office.worker().work_off()

    assert sorted(office.channel.sent) == ["a fox", "a lake", "an owl"]
    assert sorted(office.channel.generated) == ["a fox", "a lake", "an owl"]


def test_our_own_cells_merged_by_a_person_are_told(google: Google, sheets: Sheets) -> None:
    """What lies under a merged cell takes no value: nothing is begun until it is unmerged."""
    office = Office(google, sheets, [["Prompt"], ["a fox"], ["an owl"], ["a lake"]])
    office.worker().queue.check()
    tab = office.book.tab("Process")
    tab.merges.append(Area(1, 1, 3, 4))

    with pytest.raises(SetupError, match="merged in the tab Process: unmerge B2:D3"):
        office.worker().work_off()
    assert office.channel.generated == []

    tab.merges.clear()
    office.worker().work_off()
    assert sorted(office.channel.sent) == ["a fox", "a lake", "an owl"]
