"""Who may act, for how long, and how a token is renewed."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from tests.fakes.instagram.records import Token
from tests.fakes.instagram.refusals import Refused
from tests.fakes.server import Answer

LIFE = timedelta(days=60)
YOUNGEST = timedelta(hours=24)
"""Age from which a token of Instagram Login can be refreshed."""
SHORT = timedelta(hours=1)
SCOPES = {
    "instagram": {"instagram_business_basic", "instagram_business_content_publish"},
    "facebook": {"instagram_basic", "instagram_content_publish", "pages_read_engagement"},
}
DENIED = {"instagram": 10, "facebook": 200}
"""Code for a missing permission, per login."""


class Tokens:
    """All tokens of the account, of one app."""

    def __init__(self, clock: Callable[[], datetime], app_id: str, app_secret: str) -> None:
        self.now = clock
        self.app_id, self.app_secret = app_id, app_secret
        self.known: dict[str, Token] = {}
        self.rotates = True
        """False: a refresh lengthens the life of the same token, as some have seen it do."""

    def give(
        self,
        login: Literal["instagram", "facebook"],
        value: str = "",
        *,
        age: timedelta = timedelta(0),
        life: timedelta = LIFE,
    ) -> Token:
        """Hand a token out, as the dashboard does."""
        issued = self.now() - age
        value = value or ("IGAA" if login == "instagram" else "EAA") + secrets.token_hex(24)
        token = Token(
            value, login, issued, issued + life, set(SCOPES[login]), is_short=life <= SHORT
        )
        self.known[value] = token
        return token

    def authorise(self, value: str, *, to_publish: bool = False) -> Token:
        """Return the token, or raise Refused."""
        if not value:
            raise Refused(104)
        token = self.known.get(value)
        if token is None:
            raise Refused(190)
        if token.subcode:
            raise Refused(190, token.subcode)
        if token.expires is not None and self.now() >= token.expires:
            raise Refused(190, 463)
        basic, publish = ("instagram_business_basic", "instagram_business_content_publish")
        if token.login == "facebook":
            basic, publish = ("instagram_basic", "instagram_content_publish")
        needed = {basic, publish} if to_publish else {basic}
        if not needed <= token.scopes:
            raise Refused(DENIED[token.login])
        return token

    def refresh(self, fields: dict[str, str]) -> Answer:
        """Renew a token of Instagram Login. What a refusal for its age looks like is not known."""
        if fields.get("grant_type") != "ig_refresh_token":
            raise Refused(100, 0, "Invalid grant_type")
        token = self.authorise(fields.get("access_token", ""))
        if token.login != "instagram" or token.is_short or self.now() - token.issued < YOUNGEST:
            raise Refused(100, 0, "Unsupported request - method type: get")
        return self._renewed(token)

    def exchange(self, fields: dict[str, str]) -> Answer:
        """Give a long-lived token of Instagram Login for a short-lived one."""
        if fields.get("grant_type") != "ig_exchange_token":
            raise Refused(100, 0, "Invalid grant_type")
        self._require_secret(fields)
        token = self.authorise(fields.get("access_token", ""))
        if token.login != "instagram" or not token.is_short:
            raise Refused(100, 0, "Session key invalid")
        return _as_given(self.give("instagram"))

    def exchange_facebook(self, fields: dict[str, str]) -> Answer:
        """Give a token of Facebook Login for 60 days, for a short- or long-lived one."""
        if fields.get("grant_type") != "fb_exchange_token":
            raise Refused(100, 0, "Invalid grant_type")
        if fields.get("client_id") != self.app_id:
            raise Refused(101, 0, "Error validating application. Invalid application ID.")
        self._require_secret(fields)
        token = self.authorise(fields.get("fb_exchange_token", ""))
        if token.login != "facebook":
            raise Refused(190)
        return self._renewed(token)

    def _require_secret(self, fields: dict[str, str]) -> None:
        if fields.get("client_secret") != self.app_secret:
            raise Refused(1, 0, "Error validating client secret.")

    def _renewed(self, token: Token) -> Answer:
        if self.rotates:
            return _as_given(self.give(token.login))
        token.issued, token.is_short = self.now(), False
        token.expires = token.issued + LIFE
        return _as_given(token)

    def debug(self, fields: dict[str, str]) -> Answer:
        """Say what a token is worth: an app asks, under its own id and secret."""
        if fields.get("access_token") != f"{self.app_id}|{self.app_secret}":
            raise Refused(190)
        token = self.known.get(fields.get("input_token", ""))
        if token is None:
            return Answer.json({"data": {"is_valid": False, "scopes": []}})
        ends = int(token.expires.timestamp()) if token.expires else 0
        alive = not token.subcode and (token.expires is None or self.now() < token.expires)
        data = {
            "app_id": self.app_id,
            "type": "USER",
            "is_valid": alive,
            "issued_at": int(token.issued.timestamp()),
            "expires_at": ends,
            "scopes": sorted(token.scopes),
        }
        return Answer.json({"data": data})


def _as_given(token: Token) -> Answer:
    shown: dict[str, object] = {"access_token": token.value, "token_type": "bearer"}
    if token.expires is not None:
        shown["expires_in"] = int((token.expires - token.issued).total_seconds())
    if token.login == "instagram":
        shown["permissions"] = ",".join(sorted(token.scopes))
    return Answer.json(shown)
