"""What the tests of Google's adapters share: an account, and a spreadsheet of the stand-ins."""

import json
import pickle
import traceback
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from promptpress.adapters._http import Limits
from promptpress.adapters.google._account import Account
from promptpress.adapters.google._api import Api
from promptpress.adapters.google._limiter import Limiter
from promptpress.adapters.google.sheets import SheetsAudit, Spreadsheet
from promptpress.adapters.google.sheets.headings import AUDIT, DONE, PROCESS
from tests.fakes.google import Google
from tests.fakes.sheets import Sheets

PATIENT = Limits(connect=60, read=60, total=120, max_answer=60_000_000)
"""Those of a loaded machine: a test that waits for an end sets its own."""


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def account_of(google: Google, *, user: bool = False) -> Account:
    """Return the account that the stand-in knows."""
    return Account(google.accounts.user_file() if user else google.key_file(), clock=utc_now)


def spreadsheet_of(
    google: Google,
    sheets: Sheets,
    name: str,
    *,
    clock: Callable[[], datetime] = utc_now,
    account: Account | None = None,
    limiter: Limiter | None = None,
    tabs: tuple[str, ...] = (PROCESS, DONE, AUDIT),
) -> Spreadsheet:
    """Return a spreadsheet of the stand-in by its id or title, as a new process has it."""
    account = account or account_of(google)
    sheet_api = Api(
        account,
        f"{sheets.url}/v4/spreadsheets",
        service="queue",
        thing="spreadsheet",
        clock=clock,
        limiter=limiter,
        limits=PATIENT,
    )
    drive = Api(
        account, google.url, service="queue", thing="spreadsheet", clock=clock, limits=PATIENT
    )
    return Spreadsheet(f"gsheets://{name}", sheets=sheet_api, drive=drive, tabs=tabs)


def sheets_audit_of(google: Google, sheets: Sheets, name: str) -> SheetsAudit:
    """Return the audit log in a spreadsheet of the stand-in, as a new process has it."""
    spreadsheet = spreadsheet_of(google, sheets, name, tabs=(AUDIT,))
    return SheetsAudit(spreadsheet, new_id=lambda: uuid.uuid4().hex)


def shown(error: BaseException, log: str = "") -> str:
    """Return all the ways in which an error is shown, in one text."""
    context = (repr(error.__context__), repr(error.__cause__))
    pickled = pickle.dumps(error).decode("latin-1")
    ways = (
        str(error),
        repr(error),
        "".join(traceback.format_exception(error)),
        pickled,
        *context,
        log,
    )
    return "\n".join(ways)


def of_text(text: str) -> Account:
    return Account(text, clock=utc_now)


def secrets_of(google: Google) -> list[str]:
    """Return lines of the key, and the secrets of the user."""
    lines = json.loads(google.key_file())["private_key"].splitlines()[1:-1]
    return [*lines, google.accounts.refresh_token, "GOCSPX-stand-in", *google.accounts.tokens]


def assert_keeps_secrets(google: Google, error: BaseException, log: str) -> None:
    """Nothing that shows an error, and no log, shows a secret; and the error pickles."""
    text = shown(error, log)
    assert [secret for secret in secrets_of(google) if secret in text] == []
    assert "eyJ" not in text  # the beginning of every JWT
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
