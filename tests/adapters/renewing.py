"""What the tests of Instagram's tokens share: a keeper of them, and questions about them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from promptpress.adapters._http import Limits
from promptpress.adapters.instagram.tokens import InstagramTokens
from promptpress.adapters.tokens import FileTokens
from promptpress.errors import PromptpressError
from promptpress.ports import TokenKeeper
from tests.fakes.instagram import APP_ID, APP_SECRET, Instagram

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PATIENT = Limits(connect=60, read=60, total=120)
HASTY = Limits(connect=2, read=0.2, total=0.3)
LOGINS = ("instagram", "facebook")


def keeper(instagram: Instagram, store: FileTokens, **changes: Any) -> InstagramTokens:
    arguments: dict[str, Any] = {
        "given": instagram.token,
        "login": instagram.tokens.known[instagram.token].login,
        "api_url": instagram.url,
        "app_id": APP_ID,
        "app_secret": APP_SECRET,
        "limits": PATIENT,
    }
    return InstagramTokens(store, **{**arguments, **changes})


def failure(tokens: TokenKeeper, now: datetime = START) -> PromptpressError:
    """Return the error of a renewal; no frame of it is one of a test's."""
    try:
        tokens.renew(now)
    except PromptpressError as error:
        return error
    raise AssertionError("it was renewed")


def asked(instagram: Instagram) -> list[str]:
    return [entry.call for entry in instagram.journal.entries()]


def works(instagram: Instagram, value: str) -> bool:
    """Tell whether a token is good at the service."""
    token = instagram.tokens.known.get(value)
    alive = token is not None and not token.subcode
    return alive and token is not None and instagram.now() < (token.expires or instagram.now())
