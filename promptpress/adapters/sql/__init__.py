"""The queue and the audit log in SQLite, PostgreSQL, MySQL or MariaDB.

========== ==========================================================================
tables     what the tables look like
migrate    brings them up to date by itself; migrations/ holds the steps
errors     what a database says, in our words
engine     a database behind a URL: connections and transactions
rows       rows to values and back
claim      which posts may be claimed, in which order
clock      whose time counts
fence      whether a step may still be written
reading    whole posts out of their tables
writing    orders and steps into their tables
queue      the queue
attic      what may go of what is old
keeping    the queue as a whole: copied, numbered on
audit      an audit log beside the queue's own
========== ==========================================================================
"""

from promptpress.adapters.sql.audit import SqlAudit
from promptpress.adapters.sql.clock import database_time
from promptpress.adapters.sql.queue import SqlQueue

__all__ = ["SqlAudit", "SqlQueue", "database_time"]
