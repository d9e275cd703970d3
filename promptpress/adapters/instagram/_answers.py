"""What comes back: the Graph API's errors, states of containers, lists of posts. Pure.

An error is {"error": {"message", "code", "error_subcode", "is_transient", "error_user_msg", …}},
nearly always with status 400; anything else is the answer itself
(developers.facebook.com/docs/graph-api/guides/error-handling).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from promptpress.adapters._bodies import find_texts, parse_json, read_page
from promptpress.adapters.instagram._handles import is_id

STATES = ("IN_PROGRESS", "FINISHED", "PUBLISHED", "EXPIRED", "ERROR")
_SUBCODE = re.compile(r"\b(2207\d{3})\b")
_WORDS = ("error", "message", "error_user_title", "error_user_msg", "debug_info")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer, understood; or the silence that came in its place."""

    silence: Literal["", "impossible", "undelivered", "lost"] = ""
    """Why there is no answer (see `_http.NoReply`); empty where there is one."""
    status: int = 0
    words: str = ""
    """What a refusal says, or the reason of the silence."""
    genuine: bool = False
    """True for JSON, as all of Instagram's answers are; False for a page of something else."""
    code: int = 0
    subcode: int = 0
    is_transient: bool = False
    """What the error says of itself; not to be relied on."""
    value: Mapping[str, Any] | None = field(default=None, repr=False)
    """Set when the call had its effect."""
    retry_after: float | None = None
    """Seconds to wait."""

    @property
    def is_missing(self) -> bool:
        """True where what was asked for is not there, or not to be seen.

        A container that was just made is answered so as well, now and then.
        """
        return (self.code, self.subcode) in ((100, 33), (24, 2207006), (24, 2207008))


def parse_answer(status: int, body: bytes) -> Answer:
    """Return what an answer says; of a page only the words."""
    value = parse_json(body)
    if not isinstance(value, dict):
        words = read_page(body) if body.strip() else ""
        return Answer(status=status, words=words)
    error = value.get("error")
    if isinstance(error, dict):
        return Answer(
            status=status,
            words=". ".join(text.strip(" .") for text in find_texts(error, _WORDS)),
            genuine=True,
            code=_number(error.get("code")),
            subcode=_number(error.get("error_subcode")),
            is_transient=error.get("is_transient") is True,
        )
    if 200 <= status < 300 and error is None:
        return Answer(status=status, genuine=True, value=value)
    return Answer(status=status, words=" ".join(find_texts(value, _WORDS)), genuine=True)


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0


def parse_id(answer: Answer, name: str = "id") -> str:
    """Return the id that an answer gives, or an empty string."""
    found = answer.value.get(name) if answer.value is not None else None
    text = str(found) if isinstance(found, int) and not isinstance(found, bool) else found
    return text if isinstance(text, str) and is_id(text) else ""


def parse_state(answer: Answer) -> str:
    """Return the state of a container, one of STATES; empty where it is not told."""
    found = answer.value.get("status_code") if answer.value is not None else None
    return found if found in STATES else ""


def parse_subcode(answer: Answer) -> int:
    """Return the code that the words beside a container's state name, or 0."""
    found = _SUBCODE.search(state_words(answer))
    return int(found[1]) if found else 0


def state_words(answer: Answer) -> str:
    """Return the words beside a container's state."""
    return str((answer.value or {}).get("status") or "")


def parse_quota(answer: Answer) -> tuple[int, int] | None:
    """Return how many posts of the last 24 hours are counted, and how many may be; or None."""
    rows = (answer.value or {}).get("data")
    row = rows[0] if isinstance(rows, list) and rows else None
    config = row.get("config") if isinstance(row, dict) else None
    if not isinstance(row, dict) or not isinstance(config, dict):
        return None
    used, total = row.get("quota_usage"), config.get("quota_total")
    return (used, total) if isinstance(used, int) and isinstance(total, int) else None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A post that the account shows."""

    id: str
    caption: str
    url: str
    at: datetime


def parse_posts(answer: Answer) -> tuple[list[Shown], str]:
    """Return the posts of one page of the account's list, and the cursor of the next page.

    The address of the next page is left alone: it holds the token.
    """
    value = answer.value or {}
    paging = value.get("paging")
    cursors = paging.get("cursors") if isinstance(paging, dict) and paging.get("next") else None
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return list(_posts(value.get("data"))), after if isinstance(after, str) else ""


def _posts(rows: object) -> Iterator[Shown]:
    for row in rows if isinstance(rows, list) else ():
        at = _moment(row.get("timestamp")) if isinstance(row, dict) else None
        if at is None or not is_id(row.get("id")):
            continue
        yield Shown(id=row["id"], caption=str(row.get("caption") or ""), url=parse_url(row), at=at)


def parse_url(value: Mapping[str, Any] | None) -> str:
    """Return the address at which people see a post, or an empty string."""
    url = (value or {}).get("permalink")
    return url if isinstance(url, str) and url.startswith("https://") else ""


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
