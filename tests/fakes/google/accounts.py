"""The accounts that the stand-in knows, and the tokens it gives them."""

import base64
import json
import secrets
import time
from collections.abc import Callable
from functools import cache
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.fakes.server import Answer, Request

AUDIENCE = "https://oauth2.googleapis.com/token"
ADDRESS = "promptpress@stand-in.iam.gserviceaccount.com"
SKEW = 300
"""Seconds that a clock may be wrong."""


@cache
def _usual_key() -> rsa.RSAPrivateKey:
    """Make the key of all stand-ins of this process.

    Half as long as Google's: those take 0.1 s to make and 0.03 s each time they are read.
    """
    return rsa.generate_private_key(public_exponent=65_537, key_size=1_024)


def make_key() -> rsa.RSAPrivateKey:
    """Return a new key, as Google makes them."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


class Accounts:
    """A service account and a user."""

    def __init__(self) -> None:
        self.clock: Callable[[], float] = time.time
        """What Google's own clock says."""
        self.key = _usual_key()
        self.refresh_token = "1//stand-in-refresh-token"
        self.refuses: tuple[str, str] | None = None
        """error and error_description that the token endpoint answers with."""
        self.tokens: set[str] = set()
        self.url = ""

    def key_file(self, **changes: object) -> str:
        """Return the text of the service account's key file."""
        pem = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        info = {
            "type": "service_account",
            "project_id": "stand-in",
            "private_key_id": "1",
            "private_key": pem.decode(),
            "client_email": ADDRESS,
            "token_uri": f"{self.url}/token",
        }
        return json.dumps({**info, **changes})

    def user_file(self) -> str:
        """Return the credentials of a user."""
        info = {
            "type": "authorized_user",
            "client_id": "stand-in.apps.googleusercontent.com",
            "client_secret": "GOCSPX-stand-in",
            "refresh_token": self.refresh_token,
            "token_uri": f"{self.url}/token",
        }
        return json.dumps(info)

    def accepts(self, authorization: str) -> bool:
        """Tell whether a header carries a token that holds."""
        return authorization.removeprefix("Bearer ") in self.tokens

    def give(self, request: Request) -> Answer:
        form = dict(parse_qsl(request.body.decode()))
        refused = self.refuses or self._check(form)
        if refused:
            error, description = refused
            status = 401 if error == "unauthorized_client" else 400
            return Answer.json({"error": error, "error_description": description}, status)
        token = f"ya29.stand-in-{secrets.token_hex(8)}"
        self.tokens.add(token)
        return Answer.json({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _check(self, form: dict[str, str]) -> tuple[str, str] | None:
        if form.get("grant_type") == "refresh_token":
            dead = "Token has been expired or revoked."
            return (
                None if form.get("refresh_token") == self.refresh_token else ("invalid_grant", dead)
            )
        head, _, rest = form.get("assertion", "").partition(".")
        body, _, signature = rest.partition(".")
        try:
            claims = json.loads(_unpad(body))
            self.key.public_key().verify(
                _unpad(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except (ValueError, InvalidSignature):
            return "invalid_grant", "Invalid JWT Signature."
        if claims["iss"] != ADDRESS:
            return "invalid_grant", "Invalid grant: account not found"
        if claims["aud"] != AUDIENCE:
            return "invalid_grant", "Invalid JWT: Failed audience check."
        if abs(claims["iat"] - self.clock()) > SKEW or claims["exp"] - claims["iat"] > 3600:
            words = (
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
                "timeframe. Check your iat and exp values in the JWT claim."
            )
            return "invalid_grant", words
        return None if claims.get("scope") else ("invalid_scope", "Invalid OAuth scope.")


def _unpad(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
