"""Google Sheets as queue and audit log.

=========== ================================================================
queue       the port's methods
claims      which rows are free, and how a run takes them
adds        orders as new rows
works       steps and leases, planned over what is known of the sheet
commits     one call for all that waits; the truth where an answer is lost
gathering   threads that wait for each other
changes     from what is to change to one batch of requests
words       what people read in the sheet
events      the rows of the audit
layout      what a spreadsheet lacks, and how that is added
writes      the requests: a cell is swapped by its text, never by its place
spreadsheet found by id or title, looked at, written to
book        what one look shows
data        the one cell that remembers a post
headings    which column is which
cells       one cell as a value
audit       an audit log beside another queue
=========== ================================================================
"""

from promptpress.adapters.google.sheets.audit import SheetsAudit
from promptpress.adapters.google.sheets.queue import SheetsQueue
from promptpress.adapters.google.sheets.spreadsheet import Spreadsheet

__all__ = ["SheetsAudit", "SheetsQueue", "Spreadsheet"]
