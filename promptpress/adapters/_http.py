"""What adapters over HTTP share: how long to wait, and what of an answer may be repeated."""

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_EXCERPT = 300
"""Characters of a service's answer that an error may quote: enough to act on, no page of HTML."""


def read_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds a Retry-After header asks for, or None where it asks for nothing.

    Takes both forms of RFC 9110, section 10.2.3: seconds, and a date.
    """
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def excerpt(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text on one line, without the secrets, cut for an error message."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    line = " ".join(text.split())
    return line if len(line) <= MAX_EXCERPT else line[: MAX_EXCERPT - 1] + "…"
