"""The command line: what a person asks of the queue, and what they decide.

    app.py        the commands together, and what happens when one fails
    adding.py     add, import: orders go in
    files.py      CSV, TSV and JSON lines to rows
    tables.py     lines of CSV and TSV to cells
    looking.py    list, show: what is there
    hours.py      slots: when the channels publish next
    figures.py    statistics: what people did with the posts that are out
    story.py      a post in words
    posts.py      a post by its id
    deciding.py   retry, hold, release, delete, resolve: what a person may decide
    reviewing.py  review, approve, reject, edit: posts that wait for a person's yes
    checking.py   check: would every service work
    output.py     lines, complaints and tables

Commands read and write through the services of `promptpress.wiring`; nothing here speaks to a
database or a service itself. Starting it must stay quick: no import of what a command may not use.
"""

from promptpress.cli.app import main

__all__ = ["main"]
