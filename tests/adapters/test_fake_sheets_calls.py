"""The stand-in of Google Sheets: reads, values, refusals, quotas and hooks."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime

import pytest
import requests

from tests.adapters.asking import Client, asking
from tests.fakes.server import Answer, Fault
from tests.fakes.sheets import CellError, Formula

CELL = "sheets/data/rowData/values"


@pytest.fixture
def client() -> Iterator[Client]:
    with asking() as client:
        yield client


def test_zeros_are_left_out_and_grids_come_only_when_asked_for(client: Client) -> None:
    """The first tab has neither sheetId nor index, as protobuf writes JSON."""
    first, second = client.get()["sheets"]

    shape = {"rowCount": 1_000, "columnCount": 26}
    assert first == {
        "properties": {"title": "Process", "sheetType": "GRID", "gridProperties": shape}
    }
    assert (second["properties"]["sheetId"], second["properties"]["index"]) == (1, 1)
    assert "startRow" not in client.get(includeGridData="true")["sheets"][0]["data"][0]


@pytest.mark.parametrize(
    "mask",
    [
        "spreadsheetId,sheets(properties(title),data(rowData(values(formattedValue))))",
        "sheets.properties.title, sheets/data/rowData/values/formattedValue,spreadsheetId",
    ],
)
def test_a_mask_is_read_in_both_spellings(client: Client, mask: str) -> None:
    """It selects the grid itself, whatever includeGridData says; blank rows are {}."""
    client.book.insert_row("Process", 1)
    answer = client.get(fields=mask, includeGridData="false", ranges="Process!A1:B3")

    texts = [["Prompt", "Status"], [], ["a fox"]]
    rows = [{"values": [{"formattedValue": t} for t in row]} if row else {} for row in texts]
    sheet = {"properties": {"title": "Process"}, "data": [{"rowData": rows}]}
    assert answer == {"spreadsheetId": "b" * 44, "sheets": [sheet]}


@pytest.mark.parametrize("mask", ["sheets(", "sheets)", "a,,b", "sheets.titel", "sheets(data"])
def test_a_mask_that_is_none_is_refused(client: Client, mask: str) -> None:
    """A wrong bracket or name is a 400, as a slip in an adapter's mask would be."""
    assert client.call("GET", "", fields=mask).status_code == 400


def test_ranges_come_each_with_their_place(client: Client) -> None:
    """Several ranges of one tab are several grids; zeros of their starts are left out."""
    ranges = ["Process!A2:B3", "'It''s done'!1:1", "Process!B:B"]
    process, done = client.get(ranges=ranges, fields="sheets.data(startRow,startColumn)")["sheets"]

    assert process["data"] == [{"startRow": 1}, {"startColumn": 1}]
    assert done["data"] == [{}]


@pytest.mark.parametrize(
    ("value", "effective", "shown", "kind"),
    [
        (0, {"numberValue": 0}, "0", None),
        (False, {"boolValue": False}, "FALSE", None),
        ("=1+1", {"stringValue": "=1+1"}, "=1+1", None),
        (1.5, {"numberValue": 1.5}, "1.5", None),
        (date(2026, 11, 21), {"numberValue": 46347}, "2026-11-21", "DATE"),
        (
            datetime(2026, 11, 21, 9, 30),  # noqa: DTZ001  a cell has no zone
            {"numberValue": 46347 + 9.5 / 24},
            "2026-11-21 09:30:00",
            "DATE_TIME",
        ),
        (Formula("=A1", "Prompt"), {"stringValue": "Prompt"}, "Prompt", None),
        (
            Formula("=1/0", CellError("DIVIDE_BY_ZERO")),
            {"errorValue": {"type": "DIVIDE_BY_ZERO"}},
            "#DIV/0!",
            None,
        ),
    ],
)
def test_every_kind_of_cell_is_told_as_the_api_does(
    client: Client, value: object, effective: object, shown: str, kind: str | None
) -> None:
    """A zero in a cell is told; a format only where one is set; a formula by its text."""
    client.book.put("Process", 0, 0, value)

    answer = client.get(fields=CELL, ranges="Process!A1")
    cell = answer["sheets"][0]["data"][0]["rowData"][0]["values"][0]
    formats = {"numberFormat": {"type": kind}}
    assert (cell["effectiveValue"], cell["formattedValue"]) == (effective, shown)
    assert cell.get("effectiveFormat") == (formats if kind else None)
    entered = {"formulaValue": value.text} if isinstance(value, Formula) else effective
    assert cell["userEnteredValue"] == entered


def _audit(client: Client) -> None:
    rows = [["Time", "Post"], ["1", "a"], [], ["lost", "below"]]
    for row in rows:
        client.book.insert_row("It's done", rows.index(row), row)


@pytest.mark.parametrize(
    ("how", "left"),
    [
        ("INSERT_ROWS", [["2", "=b"], ["3"], [], ["lost", "below"]]),
        ("OVERWRITE", [["2", "=b"], ["3", "below"]]),
    ],
)
def test_values_are_appended_below_the_table_of_a1(
    client: Client, how: str, left: list[list[str]]
) -> None:
    """A blank row ends the table: new rows come in between, or over what is below."""
    _audit(client)
    answer = client.append("'It''s done'!A1", [["2", "=b"], ["3"]], insertDataOption=how)

    assert answer["tableRange"] == "'It''s done'!A1:B2"
    assert answer["updates"]["updatedRange"] == "'It''s done'!A3:B4"
    assert client.book.rows("It's done")[2 : 2 + len(left)] == left
    assert client.book.cell("It's done", 2, 1).value == "=b"


def test_a_blank_first_column_moves_a_table_to_the_right(client: Client) -> None:
    """The famous trap: rows are added where the table begins, not in column A."""
    client.book.put("Process", 0, 0, "")
    client.book.delete_row("Process", 1)
    for row in (1, 2):
        client.book.put("Process", row, 0, "")

    assert client.append("Process", [["x"]])["updates"]["updatedRange"] == "Process!B4"


def test_a_typed_value_becomes_a_formula_and_a_raw_one_does_not(client: Client) -> None:
    """valueInputOption decides; null leaves a cell, an empty text clears it."""
    typed, raw = {"valueInputOption": "USER_ENTERED"}, {"valueInputOption": "RAW"}
    client.call("PUT", "/values/Process!A2:B2", {"values": [["=1+1", "7"]]}, **typed)
    client.call("PUT", "/values/Process!A3", {"values": [["=1+1", None], ["", "7"]]}, **raw)

    assert client.book.cell("Process", 1, 0).formula == "=1+1"
    assert client.book.cell("Process", 1, 1).value == 7
    assert client.book.rows("Process")[2:] == [["=1+1", "new"], ["", "7"]]
    assert client.call("PUT", "/values/Process!A2", {"values": [["x"]]}).status_code == 400


def test_values_are_read_ragged_and_as_wanted(client: Client) -> None:
    """Ends are left out, and with nothing there is no `values` at all."""
    client.book.put("Process", 1, 1, Formula("=6*7", 42.0))
    read = client.call("GET", "/values/Process!A2:B", valueRenderOption="FORMULA").json()
    assert read["range"] == "Process!A2:B1000"
    assert read["values"] == [["a fox", "=6*7"], ["a FOX", "new"], ["an owl", "new"]]

    batch = client.call("GET", "/values:batchGet", ranges=["Process!A2:B2", "Process!C1:D"])
    values = [found.get("values") for found in batch.json()["valueRanges"]]
    assert values == [[["a fox", "42"]], None]
    data = [{"range": "Process!A2", "values": [["x"]]}]
    body = {"valueInputOption": "RAW", "data": data}
    assert client.call("POST", "/values:batchUpdate", body).json()["totalUpdatedCells"] == 1
    assert client.call("POST", "/values/Process:clear").json()["clearedRange"] == "Process!A1:Z1000"
    assert client.book.rows("Process") == []


@pytest.mark.parametrize("cells", ["Gone", "Gone!A1", "Process!", "Process!A0", "Process!A1001"])
def test_a_range_that_names_nothing_is_refused(client: Client, cells: str) -> None:
    """An unknown tab, no cell, or a place below the grid."""
    answer = client.call("GET", f"/values/{cells}")
    assert (answer.status_code, cells in answer.json()["error"]["message"]) == (400, True)


def test_who_may_not_is_told_so() -> None:
    """401 for a token, 404 for an id, 403 where it is not shared, or not for writing."""
    with asking(authorize=lambda header: header == "T") as client:
        assert client.call("GET", "", token="old").status_code == 401
        client.book.readonly = True
        assert client.call("GET", "").status_code == 200
        write = client.call("POST", "/values/Process:clear")
        assert write.json()["error"]["status"] == "PERMISSION_DENIED"
        client.book.hidden = True
        assert client.call("GET", "").status_code == 403
        client.book.id = "other"
        assert client.call("GET", "").status_code == 404


def test_sixty_reads_and_sixty_writes_a_minute() -> None:
    """Each account has its own; the 61st is refused, until the next minute begins."""
    now = [0.0]
    with asking(quotas=True, clock=lambda: now[0]) as client:
        codes = Counter(client.call("GET", "").status_code for _ in range(61))
        write = client.call("POST", "/values/Process!Z9:clear")
        other = client.call("GET", "", token="another")
        refused = client.call("GET", "")
        now[0] = 60.0
        later = client.call("GET", "")

    assert codes == {200: 60, 429: 1}
    assert (write.status_code, other.status_code, later.status_code) == (200, 200, 200)
    detail = refused.json()["error"]["details"][0]
    assert refused.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert detail["metadata"]["quota_limit"] == "ReadRequestsPerMinutePerUser"


def test_faults_come_before_or_after_the_effect(client: Client) -> None:
    """An answer is lost with the rows written; a 503 before has written nothing."""
    client.sheets.fail("append", Fault("after"))
    client.sheets.fail("append", Fault("before", Answer(503)))

    with pytest.raises(requests.ConnectionError):
        client.append("Process!A1", [["lost answer"]])
    how = {"valueInputOption": "RAW"}
    refused = client.call("POST", "/values/Process!A1:append", {"values": [["never"]]}, **how)

    assert refused.status_code == 503
    assert client.book.rows("Process")[4:] == [["lost answer"]]
    entries = client.sheets.journal.entries("sheets", "append")
    assert [(e.post, e.accepted, e.answered) for e in entries] == [
        ("Process", True, False),
        ("Process", False, False),
    ]


def test_somebody_may_come_between_arrival_and_effect(client: Client) -> None:
    """The hooks are told which call it is; a swap then finds another text."""
    calls: list[str] = []

    def between(name: str) -> None:
        calls.append(name)
        if name == "batchUpdate":
            client.book.put("Process", 1, 0, "edited")

    client.sheets.before = between
    client.sheets.after = lambda name: calls.append(f"after {name}")
    change = {"find": "a fox", "replacement": "x", "sheetId": 0, "matchCase": True}

    assert client.batch({"findReplace": change})["replies"][0]["findReplace"] == {}
    client.get()
    assert calls == ["batchUpdate", "after batchUpdate", "get", "after get"]


@pytest.mark.parametrize(("when", "left"), [("before", ["a fox"]), ("after", ["x"])])
def test_a_hook_that_raises_cuts_the_connection(client: Client, when: str, left: list[str]) -> None:
    """Before the effect nothing is done, after it all is; the journal knows."""

    def stop(name: str) -> None:
        raise ConnectionAbortedError(name)

    setattr(client.sheets, when, stop)
    with pytest.raises(requests.ConnectionError):
        client.batch({"findReplace": {"find": "a fox", "replacement": "x", "sheetId": 0}})

    assert client.book.rows("Process")[1][:1] == left
    (entry,) = client.sheets.journal.entries("sheets", "batchUpdate")
    assert (entry.post, entry.accepted) == ("findReplace", when == "after")


def test_of_many_at_once_one_wins(client: Client) -> None:
    """Each call is one step: of eight swaps at the same moment one finds the text."""
    won: list[int] = []

    def swap(number: int) -> None:
        change = {"find": "an owl", "replacement": f"taken by {number}", "sheetId": 0}
        if client.batch({"findReplace": change})["replies"][0]["findReplace"]:
            won.append(number)

    threads = [threading.Thread(target=swap, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1
    assert client.book.rows("Process")[3] == [f"taken by {won[0]}", "new"]
