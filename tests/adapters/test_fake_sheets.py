"""The stand-in of Google Sheets: what a batchUpdate does is as the API's schema says."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest

from tests.adapters.asking import Client, asking
from tests.fakes.sheets import Formula

PROMPT = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 2, "startColumnIndex": 1}
DOUBLE = {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}
EXACTLY = {"matchEntireCell": True, "matchCase": True}


@pytest.fixture
def client() -> Iterator[Client]:
    with asking() as client:
        yield client


def _swap(old: str, new: str, **more: object) -> dict[str, Any]:
    scope = more or {"sheetId": 0}
    return {"findReplace": {"find": old, "replacement": new, **EXACTLY, **scope}}


def _fill(text: str, row: int, column: int) -> dict[str, Any]:
    place = {
        "sheetId": 0,
        "startRowIndex": row,
        "endRowIndex": row + 1,
        "startColumnIndex": column,
        "endColumnIndex": column + 1,
    }
    change = _swap("^$", text, range=place)
    change["findReplace"]["searchByRegex"] = True
    return change


def test_only_the_first_of_two_swaps_changes_anything(client: Client) -> None:
    """Compare and swap: the reply counts the change, and of none it has no counts at all."""
    change = _swap("a fox", "taken by A")

    first, second = client.batch(change)["replies"], client.batch(change)["replies"]

    counts = {"occurrencesChanged": 1, "valuesChanged": 1, "rowsChanged": 1, "sheetsChanged": 1}
    assert first == [{"findReplace": counts}]
    assert second == [{"findReplace": {}}]
    assert client.book.rows("Process")[1] == ["taken by A"]


def test_letter_case_counts_only_where_it_is_to_count(client: Client) -> None:
    """Without matchCase a FOX is a fox."""
    change = {"find": "A Fox", "replacement": "x", "matchEntireCell": True, "allSheets": True}

    (reply,) = client.batch({"findReplace": change})["replies"]

    assert reply["findReplace"]["valuesChanged"] == 2


def test_a_blank_cell_is_filled_once(client: Client) -> None:
    """The pattern ^$ writes into a blank cell of the grid, and never over anything."""
    assert client.batch(_fill("mine", 1, 1))["replies"][0]["findReplace"]["valuesChanged"] == 1
    assert client.batch(_fill("yours", 1, 1))["replies"] == [{"findReplace": {}}]
    assert client.book.rows("Process")[1] == ["a fox", "mine"]
    assert client.batch(_fill("far away", 999, 25))["replies"][0]["findReplace"]


def test_a_replacement_of_a_pattern_follows_javas_rules(client: Client) -> None:
    """A backslash quotes, a dollar names a group, and a lone one is refused."""
    client.batch(_fill(r"\$5 \\ \{x\}", 1, 1))
    change = {"find": "a (f)(o)x", "replacement": "$2$1$10", "searchByRegex": True, "sheetId": 0}
    client.batch({"findReplace": {**change, "matchCase": True}})

    assert client.book.rows("Process")[1] == ["off0", r"$5 \ {x}"]
    assert "group" in client.refused(_fill("5 $", 1, 2))
    assert "escaped" in client.refused(_fill("5 \\", 1, 2))


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("007", 7.0, ""),
        ("true", True, ""),
        ("2026-11-21", 46347.0, "DATE"),
        ("2026-11-21 12:00", 46347.5, "DATE_TIME"),
        ("'007", "007", ""),
        ("=1+1", Formula("=1+1"), ""),
        ('{"id": 7}', '{"id": 7}', ""),
    ],
)
def test_a_replacement_is_read_as_if_typed(
    client: Client, text: str, value: object, kind: str
) -> None:
    """A text of digits becomes a number, one with = a formula."""
    client.batch(_swap("a fox", text))

    cell = client.book.cell("Process", 1, 0)
    assert (cell.value, cell.format) == (value, kind)


def test_formulas_are_left_alone_unless_asked_for(client: Client) -> None:
    """A formula that shows the text is not replaced."""
    client.book.put("Process", 5, 0, Formula('="a "&"owl"', "a owl"))

    assert client.batch(_swap("a owl", "x"))["replies"] == [{"findReplace": {}}]
    change = {"find": "owl", "replacement": "cat", "sheetId": 0}
    (reply,) = client.batch({"findReplace": change})["replies"]
    assert reply["findReplace"].get("formulasChanged", 0) == 0
    (reply,) = client.batch({"findReplace": {**change, "includeFormulas": True}})["replies"]
    assert reply["findReplace"]["formulasChanged"] == 1
    assert client.book.cell("Process", 5, 0).formula == '="a "&"cat"'


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"findReplace": {"find": "a", "sheetId": 0, "allSheets": True}}, "exactly one"),
        ({"findReplace": {"find": "", "sheetId": 0}}, "find"),
        ({"findReplace": {"find": "(", "searchByRegex": True, "sheetId": 0}}, "expression"),
        (_swap("a fox", "x" * 50_001), "50000"),
        (_fill("x", 1_000, 0), "grid"),
        (_fill("x", 0, 26), "grid"),
        ({"findReplace": {"find": "a", "sheetId": 9}}, "No grid with id: 9"),
        ({"findReplace": {"find": "a", "sheet": 0}}, 'Unknown name "sheet"'),
        ({"autoFill": {}}, 'Unknown name "autoFill"'),
        ({"addSheet": {"properties": {"title": "PROCESS"}}}, "already exists"),
        ({"addSheet": {"properties": {"sheetId": 0}}}, "already exists"),
        ({"deleteDimension": {"range": {**DOUBLE, "endIndex": 1_001}}}, "only 1000 rows"),
        ({"deleteDimension": {"range": {**DOUBLE, "startIndex": 0, "endIndex": 1000}}}, "all"),
        ({"insertDimension": {"range": {**DOUBLE, "startIndex": 1000, "endIndex": 1001}}}, "less"),
        ({"appendCells": {"sheetId": 0, "rows": [{"values": [{}]}]}}, "fields"),
        ({"updateCells": {"rows": [], "fields": "hyperlink", "range": PROMPT}}, "hyperlink"),
    ],
)
def test_one_invalid_request_undoes_the_batch(
    client: Client, change: dict[str, Any], word: str
) -> None:
    """What is not valid is refused with its number, and what stood before it is not applied."""
    assert word in client.refused(_swap("an owl", "gone"), change)


def test_the_last_rows_that_are_not_frozen_stay(client: Client) -> None:
    """With frozen headings, deleting all the rest is refused."""
    grid = {"rowCount": 2, "frozenRowCount": 1}
    client.batch({"addSheet": {"properties": {"sheetId": 5, "title": "x", "gridProperties": grid}}})

    assert "non-frozen" in client.refused({"deleteDimension": {"range": {**DOUBLE, "sheetId": 5}}})


def _removal(text: str, row: int) -> list[dict[str, Any]]:
    """Return what removes a row if its first cell holds the text: by a twin put above it."""
    mine = {"sheetId": 0, "dimension": "ROWS", "startIndex": row, "endIndex": row + 1}
    both = {"sheetId": 0, "startRowIndex": row, "endRowIndex": row + 2}
    first = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}
    twin = {
        "start": {"sheetId": 0, "rowIndex": row},
        "rows": [{"values": [{"userEnteredValue": {"stringValue": text}}]}],
        "fields": "userEnteredValue",
    }
    return [
        {"insertDimension": {"range": mine}},
        {"updateCells": twin},
        {"deleteDuplicates": {"range": both, "comparisonColumns": [first]}},
        {"deleteDimension": {"range": mine}},
    ]


@pytest.mark.parametrize(
    ("mode", "left"),
    [("delete", [["a FOX", "new"], ["an owl", "new"]]), ("shift", [[], ["a FOX", "new"]])],
)
def test_duplicates_go_in_either_way(
    client: Client, mode: Literal["delete", "shift"], left: list[list[str]]
) -> None:
    """A removed row leaves nothing, or a blank row in its place; another one is not touched."""
    client.sheets.duplicates = mode

    replies = client.batch(*_removal("a fox", 1))["replies"]

    assert replies == [{}, {}, {"deleteDuplicates": {"duplicatesRemovedCount": 1}}, {}]
    assert client.book.rows("Process")[1:3] == left
    rows = client.book.rows("Process")
    assert client.batch(*_removal("not there", 1))["replies"][2] == {"deleteDuplicates": {}}
    assert client.book.rows("Process") == rows


def test_duplicates_are_so_whatever_their_letter_case(client: Client) -> None:
    """The first of the rows stays; a number is no duplicate of a text that looks the same."""
    for row, value in enumerate(("7", 7, 7), 4):
        client.book.put("Process", row, 0, value)
    area = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 7, "endColumnIndex": 1}
    (reply,) = client.batch({"deleteDuplicates": {"range": area}})["replies"]

    assert reply["deleteDuplicates"]["duplicatesRemovedCount"] == 2
    column = [row[0] if row else "" for row in client.book.rows("Process")]
    assert column == ["Prompt", "a fox", "an owl", "7", "7"]


def test_rows_are_appended_below_the_last_one_with_data(client: Client) -> None:
    """The grid grows where it ends; a stringValue is never a formula."""
    client.book.put("Process", 999, 3, "the end")
    row = {"values": [{"userEnteredValue": {"stringValue": "=1+1"}}]}
    client.batch({"appendCells": {"sheetId": 0, "rows": [row], "fields": "userEnteredValue"}})

    properties = client.get(fields="sheets.properties")["sheets"][0]["properties"]
    assert properties["gridProperties"]["rowCount"] == 1_001
    assert client.book.cell("Process", 1_000, 0).value == "=1+1"


def test_moving_and_sorting_keep_rows_whole(client: Client) -> None:
    """A row is moved to before the destination; a sort moves cells, blanks last."""
    move = {"source": DOUBLE, "destinationIndex": 4}
    client.batch({"moveDimension": move})
    assert client.book.rows("Process")[1:] == [["a FOX", "new"], ["an owl", "new"], ["a fox"]]

    specs = [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}]
    area = {"sheetId": 0, "startRowIndex": 1}
    client.batch({"sortRange": {"range": area, "sortSpecs": specs}})
    assert client.book.rows("Process")[1] == ["an owl", "new"]
    assert len(client.book.rows("Process")) == 4


def test_merged_cells_have_one_value(client: Client) -> None:
    """Only the first is kept, the others are no blank cells to fill."""
    area = {**PROMPT, "startColumnIndex": 0, "endColumnIndex": 3, "endRowIndex": 3}
    client.batch({"mergeCells": {"range": area, "mergeType": "MERGE_ALL"}})

    assert client.batch(_fill("x", 2, 1))["replies"] == [{"findReplace": {}}]
    assert client.book.rows("Process")[1:3] == [["a fox"], []]
    (merge,) = client.get(fields="sheets.merges")["sheets"][0]["merges"]
    assert merge == {"startRowIndex": 1, "endRowIndex": 3, "endColumnIndex": 3}


def test_a_batch_answers_with_what_came_of_it(client: Client) -> None:
    """The mask goes over the whole answer and selects the grid itself; ranges choose tabs."""
    mask = (
        "replies,updatedSpreadsheet(sheets(properties(title),data/rowData/values/formattedValue))"
    )
    more = {"includeSpreadsheetInResponse": True, "responseRanges": ["Process!A2:A3"]}
    answer = client.batch(_swap("a fox", "a cat"), fields=mask, **more)

    assert sorted(answer) == ["replies", "updatedSpreadsheet"]
    (sheet,) = answer["updatedSpreadsheet"]["sheets"]
    assert sheet["properties"] == {"title": "Process"}
    rows = [{"values": [{"formattedValue": text}]} for text in ("a cat", "a FOX")]
    assert sheet["data"] == [{"rowData": rows}]


def test_a_range_of_the_answer_that_names_nothing_undoes_the_batch(client: Client) -> None:
    """A tab renamed meanwhile is told as an error, with nothing applied."""
    body = {"requests": [_swap("a fox", "x")], "includeSpreadsheetInResponse": True}
    answer = client.call("POST", ":batchUpdate", {**body, "responseRanges": ["Gone!A1"]})

    assert answer.status_code == 400
    assert "Unable to parse range: Gone!A1" in answer.json()["error"]["message"]
    assert client.book.rows("Process")[1] == ["a fox"]


def test_a_new_tab_can_be_written_in_the_same_batch(client: Client) -> None:
    """Its id is chosen by who adds it; a title is there once."""
    heading = {"values": [{"userEnteredValue": {"stringValue": "Time"}}]}
    write = {"sheetId": 77, "rows": [heading], "fields": "userEnteredValue"}
    add = {"addSheet": {"properties": {"sheetId": 77, "title": "Audit"}}}
    reply, _ = client.batch(add, {"appendCells": write})["replies"]

    shape = {"rowCount": 1_000, "columnCount": 26}
    properties = {"sheetId": 77, "title": "Audit", "index": 2, "sheetType": "GRID"}
    assert reply["addSheet"]["properties"] == {**properties, "gridProperties": shape}
    assert client.book.rows("Audit") == [["Time"]]
    assert "already exists" in client.refused(add)


def test_columns_are_hidden_and_follow_when_others_come(client: Client) -> None:
    """A hidden column stays the hidden one when a column is inserted to its left."""
    span = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 2}
    hide = {"range": span, "properties": {"hiddenByUser": True}, "fields": "hiddenByUser"}
    client.batch({"updateDimensionProperties": hide})
    client.book.insert_column("Process", 0, "mine")

    data = client.get(fields="sheets.data.columnMetadata.hiddenByUser")["sheets"][0]["data"][0]
    assert [bool(column) for column in data["columnMetadata"][:4]] == [False, False, True, False]


def test_cells_move_within_a_range_alone(client: Client) -> None:
    """insertRange and deleteRange shift cells of their columns only."""
    area = {**PROMPT, "startColumnIndex": 0, "endColumnIndex": 1}
    client.batch({"insertRange": {"range": area, "shiftDimension": "ROWS"}})
    shifted = client.book.rows("Process")
    client.batch({"deleteRange": {"range": area, "shiftDimension": "ROWS"}})

    assert shifted[1:] == [[], ["a fox", "new"], ["a FOX", "new"], ["an owl"]]
    assert client.book.rows("Process")[1:] == [["a fox"], ["a FOX", "new"], ["an owl", "new"]]
