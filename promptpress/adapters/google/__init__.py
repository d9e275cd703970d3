"""Google: one account, and what it does: Sheets as queue and audit log, Drive as store.

======== ==================================================================
_account who acts: a service account, or a user's refresh token
_limiter so many calls a minute, in all processes of a machine
_api     a call with a token, in the limits, and what its answer means
_errors  the one place where Google's errors become ours
sheets   queue and audit log in a spreadsheet
drive    pictures in a folder
_upload  how bytes get there
======== ==================================================================
"""

from promptpress.adapters.google._account import Account
from promptpress.adapters.google._api import Api
from promptpress.adapters.google._limiter import Limiter

__all__ = ["Account", "Api", "Limiter"]
