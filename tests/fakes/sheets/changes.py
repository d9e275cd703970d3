"""A batchUpdate: all of its requests are applied, one after the other, or none is."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.sheets import dimensions, findreplace, ordering, sheetwork, writing
from tests.fakes.sheets.areas import take
from tests.fakes.sheets.book import Book
from tests.fakes.sheets.masks import BATCH_UPDATE, apply_mask, parse_mask, wants
from tests.fakes.sheets.refusals import Invalid
from tests.fakes.sheets.resource import show_book, without_zeros
from tests.fakes.sheets.workspace import Change, Workspace

CHANGES: Mapping[str, Change] = {
    "addSheet": sheetwork.add_sheet,
    "appendCells": writing.append_cells,
    "appendDimension": dimensions.append_dimension,
    "deleteDimension": dimensions.delete_dimension,
    "deleteDuplicates": ordering.delete_duplicates,
    "deleteRange": dimensions.delete_range,
    "deleteSheet": sheetwork.delete_sheet,
    "findReplace": findreplace.find_replace,
    "insertDimension": dimensions.insert_dimension,
    "insertRange": dimensions.insert_range,
    "mergeCells": writing.merge_cells,
    "moveDimension": dimensions.move_dimension,
    "repeatCell": writing.repeat_cell,
    "sortRange": ordering.sort_range,
    "unmergeCells": writing.unmerge_cells,
    "updateCells": writing.update_cells,
    "updateDimensionProperties": dimensions.update_dimension_properties,
    "updateSheetProperties": sheetwork.update_sheet_properties,
}
"""What each kind of request does."""
NAMES = (
    "requests",
    "includeSpreadsheetInResponse",
    "responseRanges",
    "responseIncludeGridData",
)


def kinds_of(body: Any) -> list[str]:
    """Return the kinds of the requests in a body, each once; none where it is no batch."""
    requests = body.get("requests") if isinstance(body, Mapping) else None
    named = [r for r in requests if isinstance(r, Mapping)] if isinstance(requests, list) else []
    return list(dict.fromkeys(kind for request in named for kind in request))


def batch_update(book: Book, body: Any, fields: str, workspace: Workspace) -> dict[str, Any]:
    """Apply the requests of a body and return the answer.

    Args:
        book: the spreadsheet.
        body: of the call.
        fields: the mask over the answer, or an empty text.
        workspace: its tabs, thrown away by the caller where this raises.

    Raises:
        Invalid: one of the requests is.
    """
    take(body, *NAMES)
    mask = parse_mask(fields, BATCH_UPDATE)
    requests = body.get("requests")
    if not isinstance(requests, list) or not requests:
        raise Invalid("Must specify at least one request.")
    replies = [_apply(workspace, number, request) for number, request in enumerate(requests)]
    answer: dict[str, Any] = {"spreadsheetId": book.id, "replies": replies}
    if body.get("includeSpreadsheetInResponse") and wants(mask, "updatedSpreadsheet"):
        below = mask.get("updatedSpreadsheet", {})
        with_grid = bool(body.get("responseIncludeGridData"))
        shown = show_book(book, body.get("responseRanges", []), below, with_grid=with_grid)
        answer["updatedSpreadsheet"] = shown
    masked: dict[str, Any] = apply_mask(answer, mask)
    return masked


def _apply(workspace: Workspace, number: int, request: Any) -> dict[str, Any]:
    take(request, *CHANGES)
    if len(request) != 1:
        raise Invalid(f"Invalid requests[{number}]: No request set, or more than one.")
    ((kind, body),) = request.items()
    try:
        reply = CHANGES[kind](workspace, body)
    except Invalid as error:
        raise Invalid(f"Invalid requests[{number}].{kind}: {error.message}") from None
    return without_zeros(reply) if reply else {}
