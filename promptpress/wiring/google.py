"""The Google account of the settings, and its calls: one account for queue, audit and store."""

from typing import TYPE_CHECKING

from promptpress.settings import Settings
from promptpress.wiring.maker import now

if TYPE_CHECKING:
    from promptpress.adapters.google import Account, Api


def account_of(settings: Settings) -> "Account":
    """Make the account that GOOGLE_APPLICATION_CREDENTIALS names."""
    from promptpress.adapters.google import Account

    return Account(settings.secret("GOOGLE_APPLICATION_CREDENTIALS"), clock=now)


def sheets_api(settings: Settings, account: "Account") -> "Api":
    """Make the calls to Sheets, which all processes of this machine count together."""
    from promptpress.adapters.google import Api, Limiter

    return Api(
        account,
        f"{settings.sheets_api_url}/v4/spreadsheets",
        service="queue",
        thing="spreadsheet",
        clock=now,
        limiter=Limiter(settings.data_dir / "spool" / "google-calls.db"),
    )


def drive_api(settings: Settings, account: "Account", service: str, thing: str) -> "Api":
    """Make the calls to Drive, whose own limits are far away."""
    from promptpress.adapters.google import Api

    return Api(account, settings.google_drive_api_url, service=service, thing=thing, clock=now)
