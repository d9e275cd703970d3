"""The one place where the errors of Google's APIs become ours."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from promptpress.adapters._http import NoReply, Reply, excerpt, read_retry_after
from promptpress.errors import (
    BadCredentials,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)

BUSY = (
    "ratelimitexceeded",
    "userratelimitexceeded",
    "sharingratelimitexceeded",
    "rate_limit_exceeded",
    "resource_exhausted",
)
"""Reasons that ask for a wait (developers.google.com/workspace/drive/api/guides/handle-errors)."""
SWITCHED_OFF = ("accessnotconfigured", "service_disabled")
REASONS = {
    "storagequotaexceeded": "there is no storage left, and a service account has none of its own: "
    "use a folder in a Shared Drive, or the credentials of a user (authorized_user)",
    "dailylimitexceeded": "the project's calls for today are used up: wait until tomorrow, or ask "
    "Google for more",
    "access_token_scope_insufficient": "the sign-in does not cover Sheets and Drive: sign in again "
    "with both scopes",
    "domainpolicy": "the administrator of the domain forbids it: ask there",
    "publishoutnotpermitted": "the domain forbids public links: set GOOGLE_DRIVE_PUBLIC=false",
    "cannotshareteamdrivewithnonpermitteduser": "the Shared Drive forbids public links: allow "
    "them there, or set GOOGLE_DRIVE_PUBLIC=false",
    "numchildreninnonrootlimitexceeded": "the folder is full (500,000 files): name another",
    "teamdrivefilelimitexceeded": "the Shared Drive is full: name a folder in another",
}
"""What Drive refuses for good, and what to do."""


@dataclass(frozen=True)
class Refusal:
    """What an answer that is not 2xx says."""

    status: int
    message: str = field(repr=False)
    reasons: tuple[str, ...] = ()
    """In small letters: reason, status and detail."""
    from_google: bool = True
    """False where it is no JSON: another server, or a proxy, says so."""

    def has(self, *words: str) -> bool:
        """Tell whether one of the words is among the reasons."""
        return any(word in self.reasons for word in words)


def parse_object(content: bytes) -> dict[str, Any] | None:
    """Return the object that a JSON body holds, or None."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _parts(error: dict[str, Any]) -> list[dict[str, Any]]:
    lists = [error.get(name) for name in ("errors", "details")]
    return [
        part
        for found in lists
        if isinstance(found, list)
        for part in found
        if isinstance(part, dict)
    ]


def read_refusal(reply: Reply, secrets: tuple[str, ...]) -> Refusal:
    """Return what a refusal says, whatever it is written in."""
    body = parse_object(reply.body)
    error: Any = {} if body is None else body.get("error", {})
    if not isinstance(error, dict):
        error = {"message": str(error)}
    reasons = [str(part.get("reason", "")).lower() for part in _parts(error)]
    reasons.append(str(error.get("status", "")).lower())
    text = error.get("message") or reply.body.decode("utf-8", "replace")
    said = excerpt(str(text), secrets)
    return Refusal(reply.status, said, tuple(filter(None, reasons)), from_google=body is not None)


@dataclass(frozen=True)
class Asked:
    """What a call was about, for the words of its errors."""

    service: str
    thing: str
    """What is asked for: "spreadsheet", "folder"."""
    address: str
    """Whom a file is to be shared with."""
    writes: bool


def _wait(reply: Reply, now: datetime) -> float:
    """Return the seconds until the next full minute, when the quota is filled up again."""
    next_minute = 61.0 - now.second
    return max(next_minute, read_retry_after(reply.headers.get("Retry-After"), now) or 0.0)


def translate(asked: Asked, reply: Reply, refusal: Refusal, now: datetime) -> PromptpressError:
    """Return the error that says what to do about a refusal."""
    said = f"{refusal.status}: {refusal.message}"
    name = asked.service
    if refusal.status == 429 or refusal.has(*BUSY):
        wait = _wait(reply, now)
        return RateLimited(f"Google asks us to slow down ({said}): we wait", name, wait)
    for reason, advice in REASONS.items():
        if refusal.has(reason):
            kind = QuotaExhausted if "quota" in reason or "daily" in reason else SetupError
            return kind(f"{advice} ({said})", name)
    if refusal.status >= 500 or refusal.status == 408:
        return _broken(asked, f"Google's server fails ({said})")
    if not refusal.from_google and refusal.status != 401:
        return _foreign(asked, said)
    return _forbidden(asked, refusal, said)


def _forbidden(asked: Asked, refusal: Refusal, said: str) -> PromptpressError:
    share = f"share it with {asked.address} as Editor" if asked.address else "share it"
    name, thing = asked.service, asked.thing
    if refusal.has(*SWITCHED_OFF):
        advice = "the API is switched off in the account's project: enable it"
        return SetupError(f"{advice} ({said})", name)
    if refusal.status == 401:
        return BadCredentials(f"Google refuses the account: put in a valid key ({said})", name)
    if refusal.status == 403:
        return SetupError(f"we may not use this {thing}: {share} ({said})", name)
    if refusal.status == 404:
        message = f"there is no such {thing}, or it is not shared with us: {share}, or correct"
        return SetupError(f"{message} its id ({said})", name)
    return PermanentError(f"Google refuses this call ({said}): report it", name)


def _foreign(asked: Asked, said: str) -> PromptpressError:
    where = "the address of the API (GOOGLE_DRIVE_API_URL, SHEETS_API_URL) or the proxy"
    return SetupError(f"that is no answer of Google's API ({said}): correct {where}", asked.service)


def _broken(asked: Asked, what: str) -> PromptpressError:
    if asked.writes:
        return OutcomeUnknown(
            f"{what}: it may have been written all the same: it is looked for", asked.service
        )
    return TransientError(f"{what}: it is asked again later", asked.service)


def no_answer(asked: Asked, reply: NoReply) -> PromptpressError:
    """Return the error for a call without an answer."""
    if reply.kind == "impossible":
        return SetupError(f"Google cannot be reached: {reply.reason}: correct it", asked.service)
    if reply.kind == "undelivered":
        message = f"Google cannot be reached: {reply.reason}: it is asked again later"
        return TransientError(message, asked.service)
    return _broken(asked, f"no answer from Google: {reply.reason}")


def unreadable(asked: Asked) -> PromptpressError:
    """Return the error for an answer that was cut off or is no JSON."""
    return _broken(asked, "Google's answer cannot be read")
