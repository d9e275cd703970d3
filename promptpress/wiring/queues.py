"""Where posts wait and where events are kept: by the scheme of a URL."""

from datetime import timedelta
from typing import TYPE_CHECKING

from promptpress.ports import AuditLog, PromptQueue
from promptpress.settings import Settings
from promptpress.wiring.google import account_of, drive_api, sheets_api
from promptpress.wiring.maker import new_id, now

if TYPE_CHECKING:
    from promptpress.adapters.google.sheets import Spreadsheet
    from promptpress.adapters.sql.standing import Standing

SHEETS = "gsheets"
"""The scheme of a Google Sheet."""


def queue(settings: Settings) -> PromptQueue:
    """Make the queue that QUEUE_URL names."""
    lease = timedelta(seconds=settings.lease_seconds)
    relays = bool(settings.audit_url)
    if settings.is_sheet:
        from promptpress.adapters.google.sheets import SheetsQueue

        return SheetsQueue(
            _spreadsheet(settings, settings.queue),
            lease=lease,
            clock=now,
            new_id=new_id,
            keeps=settings.sheet_finished_rows == "keep",
            relays=relays,
        )
    from promptpress.adapters.sql import SqlQueue, database_time

    return SqlQueue(
        settings.queue,
        lease=lease,
        clock=now,
        new_id=new_id,
        relays=relays,
        migrates=settings.migrations == "automatic",
        read_time=database_time,
    )


def _spreadsheet(settings: Settings, url: str, *tabs: str) -> "Spreadsheet":
    from promptpress.adapters.google.sheets import Spreadsheet

    account = account_of(settings)
    apis = (sheets_api(settings, account), drive_api(settings, account, "queue", "spreadsheet"))
    return Spreadsheet(url, sheets=apis[0], drive=apis[1], **({"tabs": tabs} if tabs else {}))


def audit(settings: Settings, url: str) -> AuditLog:
    """Make one more audit log."""
    if url.startswith(SHEETS):
        from promptpress.adapters.google.sheets import SheetsAudit

        return SheetsAudit(_spreadsheet(settings, url, "Audit"), new_id=new_id)
    from promptpress.adapters.sql import SqlAudit

    return SqlAudit(url, migrates=settings.migrations == "automatic")


def standing(settings: Settings) -> "Standing | None":
    """Return how the queue's database stands, untouched; None where the queue is a sheet."""
    if settings.is_sheet:
        return None
    from promptpress.adapters.sql.standing import look

    return look(settings.queue, now)
