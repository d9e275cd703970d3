"""Renews the token of an Instagram account ahead of its death.

A token lives for 60 days, and while it lives it can be renewed; for a dead one a person has to log
in. With Instagram's own login it has to be a day old for that; with Facebook's the app's id and
secret are needed (developers.facebook.com/docs/instagram-platform/reference/refresh_access_token,
developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived).

The old token stays good when a new one is made, so nothing is lost, whatever is killed or goes
unanswered: a new token is kept durably beside the old one, asked one question, and only then takes
its place. In the store lie, under the name of the channel, the token in use, as `…-next` one that
was not asked yet, and as `…-given` the fingerprint of the one in the settings: a new one there
takes the place of all.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import quote

import requests

from promptpress.adapters._http import (
    Limits,
    NoReply,
    excerpt,
    exchange,
    hide_in_logs,
    read_retry_after,
)
from promptpress.adapters.instagram._answers import Answer, parse_answer
from promptpress.adapters.instagram._errors import error_of
from promptpress.adapters.instagram._usage import parse_usage
from promptpress.errors import (
    BadCredentials,
    MissingSetting,
    PermanentError,
    PromptpressError,
    SetupError,
    TransientError,
)
from promptpress.ports import Renewal, Token, TokenStore

RENEW_AHEAD = timedelta(days=30)
"""Before the end of a token: half its life, so that a weekly run has four tries."""
WARN_AHEAD = timedelta(days=7)
YOUNGEST = timedelta(hours=24)
"""Age at which a token of Instagram's login can be renewed."""
KEPT = timedelta(minutes=5)
"""How long `current` answers from memory: the store may be a service."""
LIMITS = Limits(connect=10, read=15, total=18, max_answer=100_000)
"""Of one call: a renewal makes three at the most, within a minute that others wait for it."""
DEAD = (102, 190)
"""Codes of a token that is good for nothing."""
NEW_ONE = (
    "log in to the account, make a new long-lived token and put it into INSTAGRAM_ACCESS_TOKEN"
)


def _build_refresh(api_url: str, token: Token) -> requests.Request:
    params = {"grant_type": "ig_refresh_token", "access_token": token.value}
    return requests.Request("GET", f"{api_url}/refresh_access_token", params=params)


def _build_exchange(base: str, app: tuple[str, str], token: Token) -> requests.Request:
    params = {
        "grant_type": "fb_exchange_token",
        "client_id": app[0],
        "client_secret": app[1],
        "fb_exchange_token": token.value,
    }
    return requests.Request("GET", f"{base}/oauth/access_token", params=params)


def _build_question(base: str, token: Token) -> requests.Request:
    params = {"fields": "id", "access_token": token.value}
    return requests.Request("GET", f"{base}/me", params=params)


def _parse_token(value: Mapping[str, object], now: datetime) -> Token | None:
    """Return the token that an answer gives, or None."""
    text, seconds = value.get("access_token"), value.get("expires_in")
    if not isinstance(text, str) or not text or not (text.isascii() and text.isprintable()):
        return None
    try:
        ends = now + timedelta(seconds=float(str(seconds)))
    except (ValueError, OverflowError):
        ends = None
    return Token(text, ends if ends is None or ends > now else None, now)


def _forms(text: str) -> tuple[str, ...]:
    """Return a secret in all the forms in which it may turn up."""
    return (text, quote(text, safe=""))


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class InstagramTokens:
    """Looks after the token of one account; safe for any number of threads and processes."""

    def __init__(
        self,
        store: TokenStore,
        given: str,
        *,
        login: Literal["instagram", "facebook"],
        api_url: str,
        version: str = "v25.0",
        app_id: str = "",
        app_secret: str = "",
        name: str = "instagram",
        limits: Limits = LIMITS,
    ) -> None:
        """Keep what is needed; nothing is asked, read or written.

        Args:
            store: where tokens are kept.
            given: the token in the settings; may be empty once one is in the store.
            login: through which the token was made.
            api_url: of the Graph API, without a version.
            version: of the Graph API.
            app_id: of the app; for Facebook's login only.
            app_secret: of the app.
            name: of the channel; the token is kept under it.
            limits: of one call.
        """
        self.name = name
        self._store = store
        self._given = given.strip()
        self._login = login
        self._api_url = api_url.rstrip("/")
        self._base = f"{self._api_url}/{version.strip('/')}"
        self._app = (app_id.strip(), app_secret.strip())
        self._limits = limits
        self._known: tuple[Token, datetime] | None = None

    def current(self, now: datetime) -> str:
        """Return the token to use.

        Raises:
            MissingSetting: there is none, in the store or in the settings.
            SetupError, TransientError: the store cannot be read.
        """
        known = self._known
        if known is None or not known[1] - KEPT <= now < known[1]:
            self._known = known = (self._in_use(now), now + KEPT)
        return known[0].value

    def renew(self, now: datetime) -> Renewal:
        """Renew the token when half of its life is over; while somebody else does so, wait.

        Raises:
            RateLimited, TransientError: not now; the old token stays as good as it was.
            BadCredentials: it is dead, or the app's secret is wrong.
            SetupError: it cannot be renewed like this, or the store cannot be used.
        """
        with self._store.lock(self.name):
            token = self._adopt(now)
            fresh = self._waiting(token, now)
            if fresh is None or not self._works(fresh, now):
                if not self._is_due(token, now):
                    return Renewal(outcome="not due", expires_at=token.expires_at)
                fresh = self._ask_for_another(token, now)
                if fresh is None:
                    return Renewal(outcome="too young", expires_at=token.expires_at)
                # Durable before its first use: from here on no kill can lose it.
                self._store.put(f"{self.name}-next", fresh)
                if not self._works(fresh, now):
                    raise TransientError(
                        "the new token does not work yet, the old one stays in use: "
                        "it is tried again",
                        self.name,
                    )
            self._store.put(self.name, fresh)
            self._known = None
        return Renewal(outcome="renewed", expires_at=fresh.expires_at)

    def expires_at(self, now: datetime) -> datetime | None:
        """Return when the token in use ends, where that is known; errors as in `current`."""
        return self._in_use(now).expires_at

    def warn(self, now: datetime) -> str:
        """Return what to do about an end within seven days, or nothing; errors as in `current`."""
        ends = self.expires_at(now)
        if ends is None or ends - now > WARN_AHEAD:
            return ""
        day = f"{ends.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if ends <= now:
            return f"The token of {self.name} ended on {day}: {NEW_ONE}."
        advice = f"run refresh-tokens and read what it says; if it cannot renew it, {NEW_ONE}"
        return f"The token of {self.name} ends on {day}: {advice}."

    def _stored(self) -> Token | None:
        """Return the token in the store, unless the settings have a newer one."""
        token = self._store.get(self.name)
        if token is None or not self._given:
            return token
        known = self._store.get(f"{self.name}-given")
        is_known = known is not None and known.value == _fingerprint(self._given)
        return token if is_known else None

    def _in_use(self, now: datetime) -> Token:
        token = self._stored() or Token(self._given, None, now)
        if token.expires_at is not None and token.expires_at <= now:
            # One that was not asked yet is better than one that is dead.
            token = self._waiting(token, now) or token
        return self._checked(token)

    def _adopt(self, now: datetime) -> Token:
        """Return the token in the store; the one in the settings is put there where it is new."""
        token = self._stored()
        if token is None:
            token = self._checked(Token(self._given, None, now))
            self._store.put(self.name, token)
            self._store.put(f"{self.name}-given", Token(_fingerprint(self._given), None, now))
        return self._checked(token)

    def _checked(self, token: Token) -> Token:
        if not token.value:
            raise MissingSetting(
                "there is no token: put one into INSTAGRAM_ACCESS_TOKEN", self.name
            )
        hide_in_logs(*_forms(token.value))
        return token

    def _waiting(self, token: Token, now: datetime) -> Token | None:
        """Return a newer token that was not asked yet, if there is one that lives."""
        found = self._store.get(f"{self.name}-next")
        if found is None or found == token or found.issued_at < token.issued_at:
            return None
        return found if found.expires_at is None or found.expires_at > now else None

    def _is_due(self, token: Token, now: datetime) -> bool:
        is_young = now - token.issued_at < YOUNGEST
        if token.expires_at is None:
            # How old the one from the settings is, nobody knows: so it is tried at once.
            return not is_young or token.value == self._given
        if is_young and self._login == "instagram":
            return False
        return token.expires_at - now < RENEW_AHEAD

    def _works(self, token: Token, now: datetime) -> bool:
        """Ask whose token it is: one question, which changes nothing."""
        answer = self._call(_build_question(self._base, token), now, token)
        if answer.code in DEAD:
            return False
        if not (answer.value or {}).get("id"):
            raise self._translate(answer)
        return True

    def _ask_for_another(self, token: Token, now: datetime) -> Token | None:
        """Return a new token; None where this one may be too young for that."""
        if self._login == "facebook":
            if not all(self._app):
                raise MissingSetting(
                    "a token of Facebook's login is renewed with the app's own: set "
                    "INSTAGRAM_APP_ID and INSTAGRAM_APP_SECRET",
                    self.name,
                )
            answer = self._call(_build_exchange(self._base, self._app, token), now, token)
        else:
            answer = self._call(_build_refresh(self._api_url, token), now, token)
        fresh = _parse_token(answer.value or {}, now)
        if fresh is not None:
            hide_in_logs(*_forms(fresh.value))
            return fresh
        error = self._translate(answer)
        is_young = self._login == "instagram" and now - token.issued_at < YOUNGEST
        if is_young and answer.code == 100 and isinstance(error, SetupError):
            return None
        raise error

    def _call(self, request: requests.Request, now: datetime, token: Token) -> Answer:
        secrets = [*_forms(token.value), *(_forms(self._app[1]) if self._app[1] else ())]
        hide_in_logs(*secrets)
        reply = exchange(request, self._limits)
        if isinstance(reply, NoReply):
            return Answer(silence=reply.kind, words=excerpt(reply.reason, secrets))
        answer = parse_answer(reply.status, reply.body if reply.whole else b"")
        wait = parse_usage(reply.headers).regain or read_retry_after(
            reply.headers.get("Retry-After"), now
        )
        return replace(answer, words=excerpt(answer.words, secrets), retry_after=wait)

    def _translate(self, answer: Answer) -> PromptpressError:
        """Return our error for an answer without what was asked for."""
        words = f"{answer.words or 'refused'} (code {answer.code})"
        if answer.code in DEAD:
            return BadCredentials(f"the token is dead: {words}. To go on, {NEW_ONE}", self.name)
        if answer.code == 101 or "client secret" in answer.words.lower():
            advice = "correct INSTAGRAM_APP_ID and INSTAGRAM_APP_SECRET"
            return BadCredentials(f"{words}: {advice}", self.name)
        error = error_of(answer, self.name)
        if isinstance(error, PermanentError):
            return SetupError(f"the token cannot be renewed: {words}. {NEW_ONE}", self.name)
        return error
