"""A stand-in for the Google Sheets API: spreadsheets, quotas, and a person who edits between.

It follows the API's schema (the discovery document of sheets v4) and refuses what it does not know:
a kind of request, a field, a range outside of the grid. What the schema leaves open is marked (U)
where it is decided, and can be switched where an adapter could depend on it.
"""

from tests.fakes.sheets.book import Book
from tests.fakes.sheets.cells import Cell, CellError, Formula
from tests.fakes.sheets.person import Person
from tests.fakes.sheets.refusals import Refused
from tests.fakes.sheets.service import Sheets

__all__ = ["Book", "Cell", "CellError", "Formula", "Person", "Refused", "Sheets"]
