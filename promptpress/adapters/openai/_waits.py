"""How long OpenAI asks to wait."""

import math
from datetime import datetime

from promptpress.adapters._http import Reply, read_retry_after


def read_wait(reply: Reply, now: datetime) -> float | None:
    """Return the seconds that the service asks to wait; its own header is the exacter one."""
    try:
        seconds = float(reply.headers.get("retry-after-ms") or "") / 1_000
    except ValueError:
        seconds = math.nan
    if math.isfinite(seconds) and seconds >= 0:
        return seconds
    return read_retry_after(reply.headers.get("Retry-After"), now)
